package io.reft.python.numeric;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * Powers and exponentials to the bit as CPython has them on Linux: in the steps of the algorithm that C libraries took over from
 * Arm's optimized routines (logarithm and exponential by tables of 128 entries, fused multiply-add). It rounds about one result
 * in a thousand the other way than correctly, and programs show all digits. The tables follow from their definitions.
 */
final class CPower {
    private static final int N = 128;
    /** Bits behind the point of the numbers that the tables are computed with. */
    private static final int BITS = 200;
    /** Of the subintervals of [0x1.69555p-1, 0x1.69555p0): 1/c, log c in 43 bits behind the point, and the rest of it. */
    private static final double[] INVERSE = new double[N];
    private static final double[] LOG = new double[N];
    private static final double[] LOG_REST = new double[N];
    /** 2^(i/128) without its exponent as bits, and what is missing relative to it. */
    private static final long[] ROOT = new long[N];
    private static final double[] ROOT_REST = new double[N];
    private static final long OFFSET = 0x3fe6955500000000L;
    private static final double LN_2_HIGH = 0x1.62e42fefa3800p-1;
    private static final double LN_2_LOW = 0x1.ef35793c76730p-45;
    private static final double[] A = {-0x1p-1, 0x1.555555555556p-2 * -2, -0x1.0000000000006p-2 * -2, 0x1.999999959554ep-3 * 4,
            -0x1.555555529a47ap-3 * 4, 0x1.2495b9b4845e9p-3 * -8, -0x1.0002b8b263fc3p-3 * -8};
    private static final double[] C = {0, 0, 0x1.ffffffffffdbdp-2, 0x1.555555555543cp-3, 0x1.55555cf172b91p-5, 0x1.1111167a4d017p-7};
    private static final double INVERSE_LN_2 = 0x1.71547652b82fep0 * N;
    private static final double LN_2_N_HIGH = -0x1.62e42fefa0000p-8;
    private static final double LN_2_N_LOW = -0x1.cf79abc9e3b39p-47;
    /** Adding it leaves an integer in the low bits. */
    private static final double SHIFT = 0x1.8p52;

    static {
        BigInteger ln2 = logarithm(2, 1);
        for (int i = 0; i < N; i++) {
            double start = Double.longBitsToDouble(OFFSET + ((long) i << 45) & ~(0xfffL << 52) | (i < (int) ((0x3ff0000000000000L
                    - OFFSET) >> 45) + 1 ? 0x3feL : 0x3ffL) << 52);
            double center = start + (start < 1 ? 0x1p-9 : 0x1p-8);
            int j = (int) Math.rint(N / center * (center < 1 ? 1 : 2));
            int scale = center < 1 ? N : 2 * N;
            INVERSE[i] = (double) j / scale;
            BigInteger log = logarithm(scale, j);
            BigInteger high = log.shiftRight(BITS - 43 - 1).add(BigInteger.ONE).shiftRight(1).shiftLeft(BITS - 43);
            LOG[i] = real(high);
            LOG_REST[i] = real(log.subtract(high));
            BigInteger root = exponential(ln2.multiply(BigInteger.valueOf(i)).divide(BigInteger.valueOf(N)));
            double h = real(root);
            ROOT[i] = Double.doubleToRawLongBits(h) - ((long) i << 45);
            BigInteger exact = new BigDecimal(h).multiply(new BigDecimal(BigInteger.ONE.shiftLeft(BITS))).toBigInteger();
            ROOT_REST[i] = real(root.subtract(exact).shiftLeft(BITS).divide(exact));
        }
    }

    private CPower() {}

    /** log(a / b) for a ratio near 1, by the series of the inverse hyperbolic tangent. */
    private static BigInteger logarithm(int a, int b) {
        BigInteger x = BigInteger.valueOf(a - b).shiftLeft(BITS).divide(BigInteger.valueOf(a + b));
        BigInteger square = x.multiply(x).shiftRight(BITS);
        BigInteger sum = BigInteger.ZERO;
        for (int n = 1; x.signum() != 0 && n < 500; n += 2) {
            sum = sum.add(x.divide(BigInteger.valueOf(n)));
            x = x.multiply(square).shiftRight(BITS);
        }
        return sum.shiftLeft(1);
    }

    private static BigInteger exponential(BigInteger x) {
        BigInteger term = BigInteger.ONE.shiftLeft(BITS);
        BigInteger sum = term;
        for (int n = 1; term.signum() != 0; n++) {
            term = term.multiply(x).shiftRight(BITS).divide(BigInteger.valueOf(n));
            sum = sum.add(term);
        }
        return sum;
    }

    private static double real(BigInteger fixed) {
        return new BigDecimal(fixed).divide(new BigDecimal(BigInteger.ONE.shiftLeft(BITS)), new MathContext(60)).doubleValue();
    }

    /** x to the power y; x positive and normal, both finite, and the result far from the ends of the range. */
    static double pow(double x, double y) {
        long bits = Double.doubleToRawLongBits(x);
        long from = bits - OFFSET;
        int i = (int) (from >> 45) & N - 1;
        double k = from >> 52;
        double z = Double.longBitsToDouble(bits - (from & 0xfffL << 52));
        double r = Math.fma(z, INVERSE[i], -1);
        double t1 = Math.fma(k, LN_2_HIGH, LOG[i]);
        double t2 = t1 + r;
        double low1 = Math.fma(k, LN_2_LOW, LOG_REST[i]);
        double low2 = t1 - t2 + r;
        double ar = A[0] * r;
        double ar2 = r * ar;
        double ar3 = r * ar2;
        double high = t2 + ar2;
        double low3 = Math.fma(ar, r, -ar2);
        double low4 = t2 - high + ar2;
        double q = Math.fma(ar2, Math.fma(ar2, Math.fma(r, A[6], A[5]), Math.fma(r, A[4], A[3])), Math.fma(r, A[2], A[1]));
        double low = Math.fma(ar3, q, low1 + low2 + low3 + low4);
        double log = high + low;
        double rest = high - log + low;
        double product = y * log;
        return exp(product, Math.fma(y, rest, Math.fma(y, log, -product)));
    }

    /** e to the power x, which lies within ±500. */
    static double exp(double x) {
        return exp(x, 0);
    }

    private static double exp(double x, double rest) {
        if (Math.abs(x) < 0x1p-54) {
            return 1 + x;
        }
        double shifted = Math.fma(INVERSE_LN_2, x, SHIFT);
        long k = Double.doubleToRawLongBits(shifted);
        double kd = shifted - SHIFT;
        double r = Math.fma(kd, LN_2_N_LOW, Math.fma(kd, LN_2_N_HIGH, x)) + rest;
        int i = (int) k & N - 1;
        double scale = Double.longBitsToDouble(ROOT[i] + (k << 45));
        double square = r * r;
        double sum = Math.fma(square * square, Math.fma(r, C[5], C[4]), Math.fma(square, Math.fma(r, C[3], C[2]), ROOT_REST[i] + r));
        return Math.fma(scale, sum, scale);
    }
}
