package io.reft.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Converts arrays between the floating-point types, by way of 32-bit floats and in pieces that stay in the first cache.
 * The loops run over plain arrays, which the JIT vectorises. Rounding is to nearest even, as in PyTorch.
 */
final class Conversion {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PIECE = 2048;
    private static final float FP16_OVERFLOW = 65520; // from here on fp16 rounds to infinity

    private final float[] floats = new float[PIECE];
    private final short[] shorts = new short[PIECE];
    private final double[] doubles = new double[PIECE];
    private boolean overflow;

    private Conversion() {}

    /**
     * Converts {@code count} elements; both types must be readable ones. The segments may lie at any address.
     *
     * @return whether finite values stayed finite, which fp16 does not promise
     */
    static boolean convert(DataType from, MemorySegment source, DataType to, MemorySegment target, long count) {
        if (from == to) {
            MemorySegment.copy(source, 0, target, 0, count * from.bytes());
            return true;
        }
        Conversion pieces = new Conversion();
        for (long at = 0; at < count; at += PIECE) {
            int length = (int) Math.min(PIECE, count - at);
            pieces.load(from, source, at * from.bytes(), length);
            pieces.store(to, target, at * to.bytes(), length);
        }
        return !pieces.overflow;
    }

    private void load(DataType from, MemorySegment source, long offset, int length) {
        switch (from) {
            case F32 -> MemorySegment.copy(source, FLOAT, offset, floats, 0, length);
            case F64 -> {
                MemorySegment.copy(source, DOUBLE, offset, doubles, 0, length);
                for (int i = 0; i < length; i++) {
                    floats[i] = (float) doubles[i];
                }
            }
            case F16 -> {
                MemorySegment.copy(source, SHORT, offset, shorts, 0, length);
                for (int i = 0; i < length; i++) {
                    floats[i] = Float.float16ToFloat(shorts[i]);
                }
            }
            case BF16 -> {
                MemorySegment.copy(source, SHORT, offset, shorts, 0, length);
                for (int i = 0; i < length; i++) {
                    floats[i] = Float.intBitsToFloat(shorts[i] << 16);
                }
            }
            default -> throw new IllegalArgumentException(from + " cannot be converted");
        }
    }

    private void store(DataType to, MemorySegment target, long offset, int length) {
        switch (to) {
            case F32 -> MemorySegment.copy(floats, 0, target, FLOAT, offset, length);
            case F64 -> {
                for (int i = 0; i < length; i++) {
                    doubles[i] = floats[i];
                }
                MemorySegment.copy(doubles, 0, target, DOUBLE, offset, length);
            }
            case F16 -> {
                float largest = 0;
                for (int i = 0; i < length; i++) {
                    shorts[i] = Float.floatToFloat16(floats[i]);
                    float size = Math.abs(floats[i]);
                    largest = size < Float.POSITIVE_INFINITY ? Math.max(largest, size) : largest;
                }
                overflow |= largest >= FP16_OVERFLOW;
                MemorySegment.copy(shorts, 0, target, SHORT, offset, length);
            }
            case BF16 -> {
                for (int i = 0; i < length; i++) {
                    int bits = Float.floatToRawIntBits(floats[i]);
                    int rounded = bits + 0x7fff + (bits >>> 16 & 1) >> 16;
                    // rounding could carry a NaN over to zero
                    shorts[i] = (short) ((bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
                }
                MemorySegment.copy(shorts, 0, target, SHORT, offset, length);
            }
            default -> throw new IllegalArgumentException(to + " cannot be converted");
        }
    }
}
