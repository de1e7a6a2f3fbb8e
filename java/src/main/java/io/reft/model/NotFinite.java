package io.reft.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The numbers of a tensor that are NaN or infinite.
 *
 * @param count how many there are
 * @param first index of the first, in row-major order; -1 without any
 */
record NotFinite(long count, long first) {
    private static final int PIECE = 4096, EXPONENT = 0x7f800000;

    /** Those among the fp32 numbers of a segment. */
    static NotFinite in(MemorySegment floats) {
        int[] bits = new int[PIECE];
        long n = floats.byteSize() / Float.BYTES, count = 0, first = -1;
        for (long at = 0; at < n; at += PIECE) {
            int length = (int) Math.min(PIECE, n - at), found = 0;
            MemorySegment.copy(floats, ValueLayout.JAVA_INT_UNALIGNED, at * Float.BYTES, bits, 0, length);
            for (int i = 0; i < length; i++) {
                found += (bits[i] & EXPONENT) == EXPONENT ? 1 : 0;
            }
            for (int i = 0; first < 0 && found > 0 && i < length; i++) {
                first = (bits[i] & EXPONENT) == EXPONENT ? at + i : -1;
            }
            count += found;
        }
        return new NotFinite(count, first);
    }
}
