package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Conversions against slow definitions of the formats. */
class ConversionTest {
    private static float[] toFloats(DataType from, MemorySegment source, int count) {
        float[] floats = new float[count];
        Conversion.convert(from, source, DataType.F32, MemorySegment.ofArray(floats), count);
        return floats;
    }

    private static short[] allShorts() {
        short[] all = new short[1 << 16];
        for (int i = 0; i < all.length; i++) {
            all[i] = (short) i;
        }
        return all;
    }

    /** The value of a float of {@code exponentBits} and {@code fractionBits}, by the book. */
    private static double value(int bits, int exponentBits, int fractionBits) {
        int fraction = bits & (1 << fractionBits) - 1;
        int exponent = bits >>> fractionBits & (1 << exponentBits) - 1;
        int bias = (1 << exponentBits - 1) - 1;
        double sign = bits >>> exponentBits + fractionBits == 0 ? 1 : -1;
        if (exponent == (1 << exponentBits) - 1) {
            return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        double scaled = exponent == 0 ? fraction : fraction + (1 << fractionBits);
        return sign * scaled * Math.pow(2, Math.max(exponent, 1) - bias - fractionBits);
    }

    @Test
    void everyBf16AndF16IsReadExactly() {
        float[] bf16 = toFloats(DataType.BF16, MemorySegment.ofArray(allShorts()), 1 << 16);
        float[] f16 = toFloats(DataType.F16, MemorySegment.ofArray(allShorts()), 1 << 16);
        for (int i = 0; i < 1 << 16; i++) {
            assertEquals(value(i, 8, 7), bf16[i]);
            assertEquals(value(i, 5, 10), f16[i]);
        }
    }

    @Test
    void roundingIsToNearestEven() {
        SplittableRandom random = new SplittableRandom(1);
        float[] floats = new float[200_001];
        for (int i = 0; i < floats.length; i++) {
            int bits = random.nextInt();
            // every third lies exactly between two bf16
            floats[i] = Float.intBitsToFloat(i % 3 == 0 ? bits & 0xffff0000 | 0x8000 : bits);
        }
        short[] rounded = new short[floats.length];
        Conversion.convert(DataType.F32, MemorySegment.ofArray(floats), DataType.BF16, MemorySegment.ofArray(rounded), floats.length);
        for (int i = 0; i < floats.length; i++) {
            int below = Float.floatToRawIntBits(floats[i]) >>> 16; // towards zero
            double down = value(below, 8, 7);
            double got = value(rounded[i] & 0xffff, 8, 7);
            if (Float.isNaN(floats[i])) {
                assertTrue(Double.isNaN(got));
                continue;
            }
            double step = Math.abs(value(below & 0x7f80 | 1, 8, 7) - value(below & 0x7f80, 8, 7));
            double rest = Math.abs(floats[i] - down);
            boolean up = rest > step / 2 || rest == step / 2 && (below & 1) == 1;
            assertEquals(up ? value(below + 1, 8, 7) : down, got, () -> "of many");
        }
    }

    @Test
    void doublesRoundOnceToFloat() {
        double[] doubles = {1 / 3.0, -1e300, 1e-320, Double.NaN, 16777217};
        float[] floats = toFloats(DataType.F64, MemorySegment.ofArray(doubles), doubles.length);
        for (int i = 0; i < doubles.length; i++) {
            assertEquals((float) doubles[i], floats[i]);
        }
    }

    @Test
    void oddCountsAndAddresses() {
        for (int count : new int[] {0, 1, 13, 2047, 2048, 2049, 4098}) {
            byte[] bytes = new byte[2 * count + 1];
            new java.util.Random(count).nextBytes(bytes);
            byte[] target = new byte[4 * count + 3];
            Conversion.convert(DataType.BF16, MemorySegment.ofArray(bytes).asSlice(1), DataType.F32,
                    MemorySegment.ofArray(target).asSlice(3), count);
            for (int i = 0; i < count; i++) {
                assertEquals(0, target[3 + 4 * i]);
                assertEquals(bytes[1 + 2 * i], target[3 + 4 * i + 2]);
                assertEquals(bytes[1 + 2 * i + 1], target[3 + 4 * i + 3]);
            }
        }
    }
}
