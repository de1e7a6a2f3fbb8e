package io.reft.python.runtime;

import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Arithmetic of long integers, each operation charged before it is done: by the words of its operands, as Java's algorithms need them. What
 * costs more than a pass over the words is nowhere else (ArchitectureTest), so that nothing is underpriced by oversight. Memory is
 * charged by those who keep a result ({@link Machine#bits}).
 */
public final class BigInts {
    private static final double LOG10_2 = 0.30102999566398120;

    private BigInts() {}

    private static long words(long bits) {
        return (bits >> 5) + 1;
    }

    /** Refuses what is longer than integers may be. */
    private static void refuseLong(Machine m, long bits) {
        if (bits > m.budget.intBits()) {
            throw Stop.limit("size of an integer");
        }
    }

    // ---- products

    private static void chargeProduct(Machine m, long bitsX, long bitsY) {
        m.charge((bitsX >> 5) * (bitsY >> 5) >> 8);
    }

    public static BigInteger multiply(Machine m, BigInteger x, BigInteger y) {
        refuseLong(m, (long) x.bitLength() + y.bitLength());
        chargeProduct(m, x.bitLength(), y.bitLength());
        return x.multiply(y);
    }

    /** x to a power that is not negative. */
    static BigInteger power(Machine m, BigInteger x, int exponent) {
        long bits = (long) x.bitLength() * exponent;
        refuseLong(m, bits);
        chargeProduct(m, bits, 2 * bits);
        m.charge(8 + (bits >> 9));
        return x.pow(exponent);
    }

    /** 10 to a power that is not negative. */
    public static BigInteger powerOfTen(Machine m, long exponent) {
        long bits = exponent * 10 / 3 + 1;
        refuseLong(m, bits);
        // its squarings end with one of half the length
        chargeProduct(m, bits >> 1, bits >> 1);
        m.charge(1 + (bits >> 9));
        return BigInteger.TEN.pow((int) exponent);
    }

    // ---- quotients

    private static void chargeQuotient(Machine m, BigInteger x, BigInteger y) {
        int excess = x.bitLength() - y.bitLength();
        long words = words(y.bitLength());
        // long ones are divided in blocks of the divisor's length
        long quotient = words < 80 || excess < 40 << 5 ? words(excess) : Math.max(words(excess), words);
        m.charge(2 + (x.bitLength() >> 9) + (excess < 0 ? 0 : quotient * words >> 6));
    }

    /** Quotient towards zero, and remainder; y is not 0. */
    public static BigInteger[] divide(Machine m, BigInteger x, BigInteger y) {
        chargeQuotient(m, x, y);
        return x.divideAndRemainder(y);
    }

    /** Floor quotient and modulus; y is not 0. */
    static BigInteger[] divideAndFloor(Machine m, BigInteger x, BigInteger y) {
        BigInteger[] both = divide(m, x, y);
        if (both[1].signum() != 0 && both[1].signum() != y.signum()) {
            both[0] = both[0].subtract(BigInteger.ONE);
            both[1] = both[1].add(y);
        }
        return both;
    }

    /** x / 10^k for k ≥ 0, rounded to an integer. */
    public static BigInteger overPowerOfTen(Machine m, BigInteger x, long k, RoundingMode mode) {
        boolean tiny = k > x.bitLength() * LOG10_2 + 2;
        BigInteger power = tiny ? null : powerOfTen(m, k);
        BigInteger[] both = tiny ? new BigInteger[] {BigInteger.ZERO, x} : divide(m, x, power);
        int half = tiny ? -1 : both[1].abs().shiftLeft(1).compareTo(power);
        boolean away = both[1].signum() != 0 && switch (mode) {
            case UP -> true;
            case DOWN, UNNECESSARY -> false;
            case CEILING -> x.signum() > 0;
            case FLOOR -> x.signum() < 0;
            case HALF_UP -> half >= 0;
            case HALF_DOWN -> half > 0;
            case HALF_EVEN -> half > 0 || half == 0 && both[0].testBit(0);
        };
        return away ? both[0].add(BigInteger.valueOf(x.signum())) : both[0];
    }

    /** The quotient of two integers as a double, rounded once; infinite where it is beyond the doubles. y is not 0. */
    public static double quotient(Machine m, BigInteger a, BigInteger b) {
        m.charge(12 + (Math.max(a.bitLength(), b.bitLength()) >> 8) + (b.bitLength() >> 7));
        return quotient(a, b);
    }

    /** The same for those who have no machine. */
    public static double quotient(BigInteger a, BigInteger b) {
        if (a.signum() == 0) {
            return b.signum() < 0 ? -0.0 : 0.0;
        }
        BigInteger x = a.abs();
        BigInteger y = b.abs();
        boolean negative = a.signum() != b.signum();
        int magnitude = x.bitLength() - y.bitLength();
        if (magnitude > Double.MAX_EXPONENT + 1 || magnitude < -1080) {
            return (negative ? -1 : 1) * (magnitude > 0 ? Double.POSITIVE_INFINITY : 0.0);
        }
        // 66 or more bits of quotient, and whether anything is left: enough to round to 53 bits, or fewer if subnormal
        int shift = 66 - magnitude;
        BigInteger[] both = shift >= 0 ? x.shiftLeft(shift).divideAndRemainder(y) : x.divideAndRemainder(y.shiftLeft(-shift));
        return rounded(negative, both[0], both[1].signum() != 0, -shift);
    }

    /** ±(q + something below 1 if {@code sticky}) · 2^exponent as a double, rounded once; q has at least 55 bits. */
    private static double rounded(boolean negative, BigInteger q, boolean sticky, int exponent) {
        int top = q.bitLength() - 1 + exponent;
        int kept = top >= Double.MIN_EXPONENT ? 53 : 53 - (Double.MIN_EXPONENT - top);
        if (kept < 0) {
            return negative ? -0.0 : 0.0;
        }
        int drop = q.bitLength() - kept;
        BigInteger mantissa = q.shiftRight(drop);
        boolean half = q.testBit(drop - 1);
        boolean below = sticky || q.getLowestSetBit() < drop - 1;
        if (half && (below || mantissa.testBit(0))) {
            mantissa = mantissa.add(BigInteger.ONE);
        }
        // exact: the mantissa has no more bits than the double there
        double result = Math.scalb((double) mantissa.longValue(), drop + exponent);
        return negative ? -result : result;
    }

    /** x · 2^exponent as a double, rounded once, without a charge: what counts are its first bits, and whether any follow. */
    public static double scaled(BigInteger x, int exponent) {
        if (x.signum() == 0) {
            return 0;
        }
        BigInteger absolute = x.abs();
        int cut = absolute.bitLength() - 66;
        return rounded(x.signum() < 0, cut > 0 ? absolute.shiftRight(cut) : absolute.shiftLeft(-cut),
                cut > 0 && absolute.getLowestSetBit() < cut, exponent + cut);
    }

    /** The square root of x · 2^exponent as a double, rounded once; x is not negative. */
    public static double squareRoot(Machine m, BigInteger x, int exponent) {
        if (x.signum() == 0) {
            return 0;
        }
        // 132 bits or one more, the exponent even: a root of 66 bits
        int cut = x.bitLength() - 132;
        cut += cut + exponent & 1;
        BigInteger y = cut > 0 ? x.shiftRight(cut) : x.shiftLeft(-cut);
        m.charge(16);
        BigInteger[] root = y.sqrtAndRemainder();
        return rounded(false, root[0], root[1].signum() != 0 || cut > 0 && x.getLowestSetBit() < cut, exponent + cut >> 1);
    }

    // ---- number theory

    private static void chargeGcd(Machine m, BigInteger x, BigInteger y, int times) {
        BigInteger large = x.bitLength() > y.bitLength() ? x : y;
        BigInteger small = large == x ? y : x;
        if (small.signum() != 0) {
            chargeQuotient(m, large, small);
        }
        long words = words(small.bitLength());
        m.charge((4 + (words * words >> 1)) * times);
    }

    public static BigInteger gcd(Machine m, BigInteger x, BigInteger y) {
        chargeGcd(m, x, y, 1);
        return x.gcd(y);
    }

    /** The inverse of x for a positive modulus, or null. */
    static BigInteger inverse(Machine m, BigInteger x, BigInteger modulus) {
        if (!gcd(m, x, modulus).equals(BigInteger.ONE)) {
            return null;
        }
        m.charge(100);
        chargeGcd(m, x, modulus, 4);
        return x.modInverse(modulus);
    }

    /** x to a power that is not negative, for a positive modulus. */
    static BigInteger powerModulo(Machine m, BigInteger x, BigInteger exponent, BigInteger modulus) {
        long words = words(modulus.bitLength());
        chargeQuotient(m, x, modulus);
        // two products of the modulus' length a bit of the exponent, and one more for four bits; twice that for an even modulus
        m.charge(64 + (exponent.bitLength() + 8L) * (2 + (words * words >> 5)));
        return x.modPow(exponent, modulus);
    }

    public static BigInteger squareRoot(Machine m, BigInteger x) {
        m.charge(8);
        chargeProduct(m, x.bitLength(), 4L * x.bitLength());
        return x.sqrt();
    }

    /** x modulo a positive number of one or two words. */
    static BigInteger modulo(Machine m, BigInteger x, BigInteger modulus) {
        m.charge(2 + (x.bitLength() >> 6));
        return x.mod(modulus);
    }

    /** The order of two integers: -1, 0 or 1. */
    static int compare(Machine m, BigInteger x, BigInteger y) {
        m.charge(Math.min(x.bitLength(), y.bitLength()) >> 10);
        return x.compareTo(y);
    }

    // ---- digits

    /** How many decimal digits a positive number has. */
    static int digitCount(Machine m, BigInteger x) {
        int least = (int) ((x.bitLength() - 1) * LOG10_2) + 1;
        int most = (int) (x.bitLength() * LOG10_2) + 1;
        return least == most || compare(m, x, powerOfTen(m, least)) < 0 ? least : most;
    }

    /** Decimal digits, charged one each; the length is not bounded here. */
    static String digits(Machine m, BigInteger x) {
        long count = (long) (x.bitLength() * LOG10_2) + 1;
        m.charge(count + (count * count >> 12));
        return x.toString();
    }

    /** The number that digits, with or without a sign, are. */
    public static BigInteger ofDigits(Machine m, String digits, int radix) {
        long count = digits.length();
        m.charge(1 + (count >> 2) + (count * count >> 10));
        return new BigInteger(digits, radix);
    }

    /** Digits of a number that is not negative in a base of 2, 8 or 16; the text is charged. */
    static String digits(Machine m, BigInteger x, int radix) {
        int width = Integer.numberOfTrailingZeros(radix);
        int count = m.text(Math.max(1, (x.bitLength() + width - 1) / width));
        m.charge(x.bitLength() >> 4);
        byte[] bytes = x.toByteArray();
        char[] text = new char[count];
        for (int i = 0, bit = 0; i < count; i++, bit += width) {
            int at = bytes.length - 1 - (bit >> 3);
            int pair = bytes[at] & 255 | (at > 0 ? (bytes[at - 1] & 255) << 8 : 0);
            text[count - 1 - i] = Character.forDigit(pair >> (bit & 7) & radix - 1, radix);
        }
        return new String(text);
    }

    /** The number that digits of a base that is a power of two are, in one pass. */
    static BigInteger ofBits(Machine m, CharSequence digits, int radix) {
        int width = Integer.numberOfTrailingZeros(radix);
        m.charge(1 + (digits.length() >> 2));
        byte[] bytes = new byte[(int) ((long) digits.length() * width / 8) + 2];
        for (int i = digits.length() - 1, bit = 0; i >= 0; i--, bit += width) {
            int value = Character.digit(digits.charAt(i), radix) << (bit & 7);
            int at = bytes.length - 1 - (bit >> 3);
            bytes[at] |= (byte) value;
            bytes[at - 1] |= (byte) (value >> 8);
        }
        return new BigInteger(1, bytes);
    }
}
