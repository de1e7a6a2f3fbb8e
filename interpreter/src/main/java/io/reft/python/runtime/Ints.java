package io.reft.python.runtime;

import java.math.BigInteger;

/**
 * Python's int: a Long, or a BigInteger where it does not fit. Booleans count as ints everywhere. What may grow is
 * charged before it is computed.
 */
public final class Ints {
    /** CPython converts no more digits between int and str. */
    public static final int MAX_DIGITS = 4300;

    private Ints() {}

    public static boolean isInt(Object x) {
        return x instanceof Long || x instanceof BigInteger || x instanceof Boolean;
    }

    /** A Long if it fits. */
    public static Object normalize(BigInteger x) {
        return x.bitLength() < 64 ? (Object) x.longValue() : x;
    }

    /** A bool as an int; anything else as it is. */
    public static Object plain(Object x) {
        return x instanceof Boolean b ? (Object) (b ? 1L : 0L) : x;
    }

    public static BigInteger big(Object x) {
        return x instanceof Long l ? BigInteger.valueOf(l) : x instanceof Boolean b ? BigInteger.valueOf(b ? 1 : 0)
                : x instanceof BigInteger i ? i : refuse(x);
    }

    private static BigInteger refuse(Object x) {
        throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(x));
    }

    public static int sign(Object x) {
        return x instanceof Long l ? Long.signum(l) : big(x).signum();
    }

    /** The value within ±limit. */
    public static long clamped(Object x, long limit) {
        return plain(x) instanceof Long l ? Math.clamp(l, -limit, limit) : big(x).signum() < 0 ? -limit : limit;
    }

    public static Object add(Machine m, Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            long sum = x + y;
            if (((x ^ sum) & (y ^ sum)) >= 0) {
                return sum;
            }
        }
        BigInteger x = big(a);
        BigInteger y = big(b);
        m.bits(Math.max(x.bitLength(), y.bitLength()) + 1);
        return normalize(x.add(y));
    }

    static Object subtract(Machine m, Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            long difference = x - y;
            if (((x ^ y) & (x ^ difference)) >= 0) {
                return difference;
            }
        }
        BigInteger x = big(a);
        BigInteger y = big(b);
        m.bits(Math.max(x.bitLength(), y.bitLength()) + 1);
        return normalize(x.subtract(y));
    }

    public static Object multiply(Machine m, Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            long high = Math.multiplyHigh(x, y);
            long low = x * y;
            if (high == low >> 63) {
                return low;
            }
        }
        BigInteger x = big(a);
        BigInteger y = big(b);
        m.bits((long) x.bitLength() + y.bitLength());
        return normalize(BigInts.multiply(m, x, y));
    }

    public static Object floorDivide(Machine m, Object a, Object b, String whenZero) {
        if (sign(b) == 0) {
            throw Errors.zeroDivision(whenZero);
        }
        if (a instanceof Long x && b instanceof Long y && !(x == Long.MIN_VALUE && y == -1)) {
            return Math.floorDiv(x, y);
        }
        return normalize(divideAndFloor(m, a, b)[0]);
    }

    public static Object modulo(Machine m, Object a, Object b, String whenZero) {
        if (sign(b) == 0) {
            throw Errors.zeroDivision(whenZero);
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Math.floorMod(x, y);
        }
        return normalize(divideAndFloor(m, a, b)[1]);
    }

    private static BigInteger[] divideAndFloor(Machine m, Object a, Object b) {
        BigInteger x = big(a);
        BigInteger y = big(b);
        m.bits(Math.max(x.bitLength(), y.bitLength()));
        return BigInts.divideAndFloor(m, x, y);
    }

    static Object power(Machine m, Object a, Object b) {
        BigInteger base = big(a);
        if (base.bitLength() <= 1 && base.abs().bitLength() <= 1) {
            // -1, 0 and 1 to any power
            return base.signum() >= 0 ? (sign(b) == 0 ? 1L : (Object) base.longValue())
                    : big(b).testBit(0) ? (Object) (-1L) : (Object) 1L;
        }
        if (!(b instanceof Long exponent) || exponent > m.budget.intBits()) {
            throw Stop.limit("size of an integer");
        }
        if (a instanceof Long x && exponent < 64) {
            long result = 1;
            boolean fits = true;
            for (int i = 0; i < exponent && fits; i++) {
                fits = Math.multiplyHigh(result, x) == result * x >> 63;
                result *= x;
            }
            if (fits) {
                return result;
            }
        }
        m.bits(base.bitLength() * exponent);
        return normalize(BigInts.power(m, base, exponent.intValue()));
    }

    public static Object powerModulo(Machine m, Object a, Object b, Object modulus) {
        BigInteger n = big(modulus);
        if (n.signum() == 0) {
            throw Errors.valueError("pow() 3rd argument cannot be 0");
        }
        BigInteger base = big(a);
        BigInteger exponent = big(b);
        m.bits(Math.max(base.bitLength(), n.bitLength()));
        BigInteger absolute = n.abs();
        if (exponent.signum() < 0) {
            base = BigInts.inverse(m, base, absolute);
            if (base == null) {
                throw Errors.valueError("base is not invertible for the given modulus");
            }
        }
        BigInteger result = BigInts.powerModulo(m, base, exponent.abs(), absolute);
        if (n.signum() < 0 && result.signum() != 0) {
            result = result.add(n);
        }
        return normalize(result);
    }

    static Object shift(Machine m, Object a, Object count, boolean left) {
        if (sign(count) < 0) {
            throw Errors.valueError("negative shift count");
        }
        if (sign(a) == 0) {
            return 0L;
        }
        BigInteger x = big(a);
        long by = clamped(count, Integer.MAX_VALUE);
        if (left) {
            m.bits(x.bitLength() + by);
            return normalize(x.shiftLeft((int) by));
        }
        m.bits(x.bitLength());
        return normalize(x.shiftRight((int) by));
    }

    static Object bitwise(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            return switch (operator) {
                case AND -> x & y;
                case OR -> x | y;
                default -> x ^ y;
            };
        }
        BigInteger x = big(a);
        BigInteger y = big(b);
        m.bits(Math.max(x.bitLength(), y.bitLength()));
        return normalize(switch (operator) {
            case AND -> x.and(y);
            case OR -> x.or(y);
            default -> x.xor(y);
        });
    }

    static Object negate(Object x) {
        return x instanceof Long l && l != Long.MIN_VALUE ? (Object) (-l) : normalize(big(x).negate());
    }

    public static Object absolute(Object x) {
        return sign(x) < 0 ? negate(x) : x;
    }

    /** The int as a double, or OverflowError. */
    public static double toDouble(Object x) {
        if (x instanceof Long l) {
            return l;
        }
        double d = big(x).doubleValue();
        if (Double.isInfinite(d)) {
            throw Errors.overflow("int too large to convert to float");
        }
        return d;
    }

    /** Whether the double of an integer is surely the same number. */
    private static boolean isExact(long x) {
        return x <= 1L << 53 && x >= -(1L << 53);
    }

    static double trueDivide(Machine m, Object a, Object b) {
        if (sign(b) == 0) {
            throw Errors.zeroDivision("division by zero");
        }
        if (a instanceof Long x && b instanceof Long y && isExact(x) && isExact(y)) {
            return (double) x / (double) y;
        }
        double q = BigInts.quotient(m, big(a), big(b));
        if (Double.isInfinite(q)) {
            throw Errors.overflow("integer division result too large for a float");
        }
        return q;
    }

    /** Decimal digits, or CPython's error where there are too many. */
    static String toString(Machine m, Object x) {
        if (x instanceof Long l) {
            return Long.toString(l);
        }
        BigInteger i = (BigInteger) x;
        String digits = i.bitLength() < 14400 ? BigInts.digits(m, i) : null;
        if (digits == null || digits.length() - (i.signum() < 0 ? 1 : 0) > MAX_DIGITS) {
            throw Errors.valueError("Exceeds the limit (4300 digits) for integer string conversion; "
                    + "use sys.set_int_max_str_digits() to increase the limit");
        }
        return digits;
    }

    /** What {@code int(text, base)} gives. */
    public static Object parse(Machine m, String text, int base) {
        m.charge(1 + (text.length() >> 3));
        String s = Strings.strip(m, text, null, true, true);
        boolean negative = s.startsWith("-");
        if (negative || s.startsWith("+")) {
            s = s.substring(1);
        }
        int radix = base;
        if (s.length() > 1 && s.charAt(0) == '0') {
            int prefix = switch (s.charAt(1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                case 'b', 'B' -> 2;
                default -> 0;
            };
            if (prefix != 0 && (base == 0 || base == prefix)) {
                s = s.substring(2);
                radix = prefix;
                s = s.startsWith("_") ? s.substring(1) : s;
            } else if (base == 0 && !s.chars().allMatch(c -> c == '0' || c == '_')) {
                s = "";
            }
        }
        radix = radix == 0 ? 10 : radix;
        StringBuilder digits = new StringBuilder(s.length());
        boolean valid = !s.isEmpty();
        char previous = '_';
        for (int i = 0; i < s.length() && valid; i++) {
            char c = s.charAt(i);
            int digit = Character.digit(c, radix);
            if (digit >= 0 && c < 0xff00) {
                digits.append(Character.forDigit(digit, radix));
            } else {
                valid = c == '_' && previous != '_';
            }
            previous = c;
        }
        if (!valid || previous == '_') {
            String shown = Repr.repr(m, text);
            throw Errors.valueError("invalid literal for int() with base %d: %s", base,
                    shown.substring(0, Math.min(200, shown.length())));
        }
        if ((radix & radix - 1) != 0 && digits.length() > MAX_DIGITS) {
            throw Errors.valueError("Exceeds the limit (4300 digits) for integer string conversion: value has %d digits; "
                    + "use sys.set_int_max_str_digits() to increase the limit", digits.length());
        }
        m.bits(digits.length() * 5L);
        BigInteger value = (radix & radix - 1) == 0 ? BigInts.ofBits(m, digits, radix) : BigInts.ofDigits(m, digits.toString(), radix);
        return normalize(negative ? value.negate() : value);
    }

    /** An int that fits an index, or CPython's error. */
    public static int index(Object x) {
        if (!isInt(x)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(x));
        }
        return (int) clamped(x, Integer.MAX_VALUE);
    }

    /** An int that fits 64 bits. */
    public static long toLong(Object x) {
        Object plain = plain(x);
        if (plain instanceof Long l) {
            return l;
        }
        if (plain instanceof BigInteger) {
            throw Errors.overflow("Python int too large to convert to C ssize_t");
        }
        throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(x));
    }

    /** An int, or CPython's error for what is none. */
    public static Object require(Object x) {
        if (!isInt(x)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(x));
        }
        return plain(x);
    }
}
