package io.reft.python.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * {@code decimal.Decimal}: ±coefficient · 10^exponent, in the steps of Python's {@code _pydecimal}. A BigDecimal will not do,
 * as it has no −0. Whatever computes charges by the digits it computes with. Left out: infinities, NaN, exponents beyond {@link
 * #MAX_DIGITS}, and powers that are not whole.
 */
public record Decimal(boolean negative, BigInteger coefficient, int exponent) implements PyValue {
    private static final int MAX_DIGITS = 5000;
    private static final java.util.regex.Pattern TEXT = java.util.regex.Pattern.compile(
            "([-+]?)(?=\\d|\\.\\d)(\\d*+)(?:\\.(\\d*+))?(?:[eE]([-+]?\\d{1,9}))?");

    /** Refuses what would take long to compute with. */
    public Decimal {
        if (Math.abs((long) exponent) > MAX_DIGITS || coefficient.bitLength() > 4 * MAX_DIGITS) {
            throw Stop.unsupported("a Decimal beyond " + MAX_DIGITS + " digits");
        }
    }

    @Override
    public PyType type() {
        return PyType.DECIMAL;
    }

    // ---- from and to other values

    /** An int or Decimal as a Decimal, exactly. */
    public static Decimal from(Machine m, Object x) {
        if (x instanceof Decimal d) {
            return d;
        }
        BigInteger i = Ints.big(x);
        return new Decimal(i.signum() < 0, i.abs(), 0);
    }

    /** A finite double, exactly. */
    public static Decimal of(Machine m, double x) {
        m.charge(16);
        if (!Double.isFinite(x)) {
            throw Stop.unsupported("a Decimal that is not finite");
        }
        m.charge(Math.abs(Math.getExponent(x)) >> 3);
        m.allocate(200);
        BigDecimal exact = new BigDecimal(x);
        exact = exact.scale() < 0 ? exact.setScale(0) : exact;
        return new Decimal(x < 0 || 1 / x < 0, exact.unscaledValue().abs(), -exact.scale());
    }

    public static Decimal parse(Machine m, String text) {
        m.charge(text.length());
        String s = Strings.strip(m, text, null, true, true).replace("_", "");
        if (s.length() > MAX_DIGITS) {
            throw Stop.unsupported("a Decimal beyond " + MAX_DIGITS + " digits");
        }
        java.util.regex.Matcher match = TEXT.matcher(s);
        if (!match.matches()) {
            String word = s.toLowerCase(java.util.Locale.ROOT).replaceFirst("^[-+]", "");
            if (word.matches("inf|infinity|s?nan\\d*") || s.chars().anyMatch(c -> c > 127)) {
                throw Stop.unsupported("a Decimal that is not finite");
            }
            throw DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.CONVERSION_SYNTAX);
        }
        String fraction = match.group(3) == null ? "" : match.group(3);
        long exponent = (match.group(4) == null ? 0 : Long.parseLong(match.group(4))) - fraction.length();
        return new Decimal(match.group(1).equals("-"), BigInts.ofDigits(m, match.group(2) + fraction, 10),
                Math.clamp(exponent, -MAX_DIGITS - 1, MAX_DIGITS + 1));
    }

    private BigInteger signed() {
        return negative ? coefficient.negate() : coefficient;
    }

    public Fraction toFraction(Machine m) {
        BigInteger power = BigInts.powerOfTen(m, Math.abs(exponent));
        m.charge(4);
        return exponent >= 0 ? Fraction.of(BigInts.multiply(m, signed(), power)) : Fraction.of(m, signed(), power);
    }

    public double toDouble(Machine m) {
        m.charge(8 + (coefficient.bitLength() >> 2) + (Math.abs(exponent) >> 2));
        double x = new BigDecimal(coefficient, -exponent).doubleValue();
        return negative ? -x : x;
    }

    /** Towards zero. */
    public Object toInt(Machine m) {
        m.charge(8);
        Object whole = Ints.normalize(rounded(m, 0, RoundingMode.DOWN).signed());
        m.bits(Ints.big(whole).bitLength());
        return whole;
    }

    public boolean isZero() {
        return coefficient.signum() == 0;
    }

    private boolean isWhole(Machine m) {
        return exponent >= 0 || rounded(m, 0, RoundingMode.DOWN).compare(m, this) == 0;
    }

    private String digits(Machine m) {
        return BigInts.digits(m, coefficient);
    }

    /** How many digits the coefficient has; a zero has one. */
    private int digitCount(Machine m) {
        return isZero() ? 1 : BigInts.digitCount(m, coefficient);
    }

    /** The exponent of the first digit. */
    public int adjusted(Machine m) {
        return exponent + digitCount(m) - 1;
    }

    /** The exact order: -1, 0 or 1. */
    int compare(Machine m, Decimal o) {
        int sign = signed().signum();
        if (sign != o.signed().signum() || sign == 0) {
            return Integer.compare(sign, o.signed().signum());
        }
        int order = Integer.compare(adjusted(m), o.adjusted(m));
        if (order == 0) {
            int least = Math.min(exponent, o.exponent);
            order = BigInts.compare(m, BigInts.multiply(m, coefficient, BigInts.powerOfTen(m, exponent - least)),
                    BigInts.multiply(m, o.coefficient, BigInts.powerOfTen(m, o.exponent - least)));
        }
        return sign * order;
    }

    /** {@code str(d)}. */
    String text(Machine m) {
        String digits = digits(m);
        int left = exponent + digits.length();
        int point = exponent <= 0 && left > -6 ? left : 1;
        m.text(digits.length() + 16L + Math.max(0, -point));
        String body = point <= 0 ? "0." + "0".repeat(-point) + digits
                : point >= digits.length() ? digits + "0".repeat(point - digits.length())
                : digits.substring(0, point) + "." + digits.substring(point);
        return (negative ? "-" : "") + body + (left == point ? "" : String.format("E%+d", left - point));
    }

    // ---- rounding

    public Decimal absolute() {
        return new Decimal(false, coefficient, exponent);
    }

    public Decimal negated() {
        return new Decimal(!negative, coefficient, exponent);
    }

    /** A zero without its sign; any other value as it is. */
    Decimal unsignedZero() {
        return isZero() ? absolute() : this;
    }

    /** With another exponent. */
    public Decimal rounded(Machine m, long to, RoundingMode mode) {
        if (Math.abs(to) > MAX_DIGITS) {
            throw Stop.unsupported("a Decimal beyond " + MAX_DIGITS + " digits");
        }
        m.charge(4);
        BigInteger c = to <= exponent ? BigInts.multiply(m, coefficient, BigInts.powerOfTen(m, exponent - to))
                : BigInts.overPowerOfTen(m, signed(), to - exponent, mode).abs();
        return new Decimal(negative, c, (int) to);
    }

    /** With at most so many digits. */
    private Decimal toPrecision(Machine m, int precision, RoundingMode mode) {
        int excess = digitCount(m) - precision;
        if (excess <= 0) {
            return this;
        }
        Decimal shorter = rounded(m, (long) exponent + excess, mode);
        return shorter.digitCount(m) > precision ? shorter.rounded(m, shorter.exponent + 1L, mode) : shorter;
    }

    /** As the result of an operation: rounded to the context's precision. */
    public Decimal rounded(Machine m) {
        return toPrecision(m, m.decimal.precision(), m.decimal.rounding());
    }

    public Decimal quantize(Machine m, long to, RoundingMode mode) {
        // a coefficient that cannot fit is not computed
        if (!isZero() && adjusted(m) - to >= m.decimal.precision() || Math.abs(to) > MAX_DIGITS) {
            throw DecimalContext.signal(DecimalContext.INVALID_OPERATION);
        }
        Decimal result = rounded(m, to, mode);
        if (result.digitCount(m) > m.decimal.precision()) {
            throw DecimalContext.signal(DecimalContext.INVALID_OPERATION);
        }
        return result;
    }

    public Decimal normalized(Machine m) {
        Decimal d = rounded(m);
        if (d.isZero()) {
            return new Decimal(d.negative, BigInteger.ZERO, 0);
        }
        String digits = d.digits(m);
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return new Decimal(d.negative, BigInts.ofDigits(m, digits.substring(0, end), 10), d.exponent + digits.length() - end);
    }

    // ---- arithmetic

    /** An operator with a Decimal on one side; null where it is not defined. */
    static Object binary(Machine m, Operator operator, Object a, Object b) {
        if (!(a instanceof Decimal || Ints.isInt(a)) || !(b instanceof Decimal || Ints.isInt(b))) {
            return null;
        }
        Decimal x = from(m, a);
        Decimal y = from(m, b);
        m.allocate(200);
        m.charge(4);
        Decimal result = switch (operator) {
            case ADD -> x.plus(m, y);
            case SUB -> x.plus(m, y.negated());
            case MUL -> new Decimal(x.negative ^ y.negative, BigInts.multiply(m, x.coefficient, y.coefficient),
                    x.exponent + y.exponent).rounded(m);
            case TRUE_DIV -> x.over(m, y);
            case FLOOR_DIV -> {
                if (y.isZero()) {
                    throw x.isZero() ? DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.DIVISION_UNDEFINED)
                            : DecimalContext.signal(DecimalContext.DIVISION_BY_ZERO);
                }
                yield x.divided(m, y)[0];
            }
            case MOD -> {
                if (y.isZero()) {
                    throw x.isZero() ? DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.DIVISION_UNDEFINED)
                            : DecimalContext.signal(DecimalContext.INVALID_OPERATION);
                }
                yield x.divided(m, y)[1].rounded(m);
            }
            case POW -> x.power(m, y);
            default -> null;
        };
        if (result != null) {
            m.allocate(result.coefficient.bitLength() >> 3);
        }
        return result;
    }

    /** {@code divmod(a, b)}. */
    public static PyTuple divmod(Machine m, Decimal a, Decimal b) {
        if (b.isZero()) {
            throw a.isZero() ? DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.DIVISION_UNDEFINED)
                    : Stop.unsupported("divmod by a Decimal of zero");
        }
        Decimal[] both = a.divided(m, b);
        return PyTuple.of(both[0], both[1].rounded(m));
    }

    private Decimal plus(Machine m, Decimal o) {
        int least = Math.min(exponent, o.exponent);
        RoundingMode mode = m.decimal.rounding();
        if (isZero() && o.isZero()) {
            return new Decimal(mode == RoundingMode.FLOOR && negative != o.negative || negative && o.negative, BigInteger.ZERO, least);
        }
        if (isZero() || o.isZero()) {
            Decimal other = isZero() ? o : this;
            // no more digits than the precision has room for
            long to = Math.max(least, other.exponent - (long) m.decimal.precision() - 1);
            return other.padded(m, Math.max(to, least)).rounded(m);
        }
        // what is below all digits that are kept counts as the least that is above zero (_pydecimal._normalize)
        Decimal high = exponent >= o.exponent ? this : o;
        Decimal low = high == this ? o : this;
        long floor = high.exponent + Math.min(-1L, high.digitCount(m) - (long) m.decimal.precision() - 2);
        if (low.adjusted(m) < floor) {
            low = new Decimal(low.negative, BigInteger.ONE, (int) floor);
        }
        BigInteger sum = high.rounded(m, low.exponent, mode).signed().add(low.signed());
        if (sum.signum() == 0) {
            return new Decimal(mode == RoundingMode.FLOOR, BigInteger.ZERO, least);
        }
        return new Decimal(sum.signum() < 0, sum.abs(), low.exponent).rounded(m);
    }

    /** With a lower exponent, as far as the precision allows. */
    private Decimal padded(Machine m, long to) {
        long room = (long) exponent - (m.decimal.precision() - digitCount(m));
        return rounded(m, Math.min(exponent, Math.max(to, room)), RoundingMode.DOWN);
    }

    private Decimal over(Machine m, Decimal o) {
        boolean sign = negative ^ o.negative;
        if (o.isZero()) {
            throw isZero() ? DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.DIVISION_UNDEFINED)
                    : DecimalContext.signal(DecimalContext.DIVISION_BY_ZERO);
        }
        int ideal = exponent - o.exponent;
        if (isZero()) {
            return new Decimal(sign, BigInteger.ZERO, ideal);
        }
        int shift = o.digitCount(m) - digitCount(m) + m.decimal.precision() + 1;
        int e = ideal - shift;
        BigInteger[] both = shift >= 0
                ? BigInts.divide(m, BigInts.multiply(m, coefficient, BigInts.powerOfTen(m, shift)), o.coefficient)
                : BigInts.divide(m, coefficient, BigInts.multiply(m, o.coefficient, BigInts.powerOfTen(m, -shift)));
        BigInteger quotient = both[0];
        if (both[1].signum() != 0) {
            quotient = sticky(m, quotient);
        } else {
            // zeros at its end are dropped
            for (BigInteger[] next; e < ideal && (next = BigInts.divide(m, quotient, BigInteger.TEN))[1].signum() == 0; e++) {
                quotient = next[0];
            }
        }
        return new Decimal(sign, quotient, e).rounded(m);
    }

    /** Marks that digits were dropped, so that a later rounding sees no tie. */
    private static BigInteger sticky(Machine m, BigInteger truncated) {
        return BigInts.modulo(m, truncated, BigInteger.valueOf(5)).signum() == 0 ? truncated.add(BigInteger.ONE) : truncated;
    }

    /** The whole quotient, towards zero, and the remainder. */
    private Decimal[] divided(Machine m, Decimal o) {
        int least = Math.min(exponent, o.exponent);
        boolean sign = negative ^ o.negative;
        if (isZero() || adjusted(m) - o.adjusted(m) <= -2) {
            return new Decimal[] {new Decimal(sign, BigInteger.ZERO, 0), isZero() ? new Decimal(negative, BigInteger.ZERO, least)
                    : rounded(m, least, RoundingMode.DOWN)};
        }
        if (adjusted(m) - o.adjusted(m) <= m.decimal.precision()) {
            BigInteger[] both = BigInts.divide(m, rounded(m, least, RoundingMode.DOWN).coefficient,
                    o.rounded(m, least, RoundingMode.DOWN).coefficient);
            if (both[0].signum() == 0 || BigInts.digitCount(m, both[0]) <= m.decimal.precision()) {
                return new Decimal[] {new Decimal(sign, both[0], 0), new Decimal(negative, both[1], least)};
            }
        }
        throw DecimalContext.signal(DecimalContext.INVALID_OPERATION, DecimalContext.DIVISION_IMPOSSIBLE);
    }

    private Decimal power(Machine m, Decimal o) {
        if (!o.isWhole(m) || o.adjusted(m) > 3) {
            throw Stop.unsupported("such a power of a Decimal");
        }
        int n = ((Long) o.toInt(m)).intValue();
        if (n == 0) {
            if (isZero()) {
                throw DecimalContext.signal(DecimalContext.INVALID_OPERATION);
            }
            return new Decimal(false, BigInteger.ONE, 0);
        }
        boolean sign = negative && (n & 1) == 1;
        if (isZero()) {
            if (n < 0) {
                throw Stop.unsupported("a Decimal that is not finite");
            }
            return new Decimal(sign, BigInteger.ZERO, 0);
        }
        long bits = (long) coefficient.bitLength() * Math.abs(n);
        if (bits > 4L * MAX_DIGITS || Math.abs((long) exponent * n) > MAX_DIGITS) {
            throw Stop.unsupported("a Decimal beyond " + MAX_DIGITS + " digits");
        }
        Decimal whole = new Decimal(sign, BigInts.power(m, coefficient, Math.abs(n)), exponent * Math.abs(n));
        return n > 0 ? whole.rounded(m) : new Decimal(false, BigInteger.ONE, 0).over(m, whole);
    }

    public Decimal squareRoot(Machine m) {
        if (isZero()) {
            return new Decimal(negative, BigInteger.ZERO, exponent >> 1);
        }
        if (negative) {
            throw DecimalContext.signal(DecimalContext.INVALID_OPERATION);
        }
        int precision = m.decimal.precision() + 1;
        boolean odd = (exponent & 1) == 1;
        BigInteger c = odd ? BigInts.multiply(m, coefficient, BigInteger.TEN) : coefficient;
        int length = odd ? (digitCount(m) >> 1) + 1 : digitCount(m) + 1 >> 1;
        int shift = precision - length;
        boolean exact = true;
        if (shift >= 0) {
            c = BigInts.multiply(m, c, BigInts.powerOfTen(m, 2L * shift));
        } else {
            BigInteger[] both = BigInts.divide(m, c, BigInts.powerOfTen(m, -2L * shift));
            c = both[0];
            exact = both[1].signum() == 0;
        }
        int e = (exponent >> 1) - shift;
        BigInteger n = BigInts.squareRoot(m, c);
        if (exact && BigInts.multiply(m, n, n).equals(c)) {
            n = shift >= 0 ? BigInts.divide(m, n, BigInts.powerOfTen(m, shift))[0]
                    : BigInts.multiply(m, n, BigInts.powerOfTen(m, -shift));
            e += shift;
        } else {
            n = sticky(m, n);
        }
        return new Decimal(false, n, e).toPrecision(m, m.decimal.precision(), RoundingMode.HALF_EVEN);
    }

    /**
     * As {@code format} writes it, without its sign: the digits before the point, and all after them.
     *
     * @param type      {@code e f g %}, in either case
     * @param precision digits, or negative if not given
     */
    String[] shown(Machine m, char type, long precision) {
        RoundingMode mode = m.decimal.rounding();
        char kind = Character.toLowerCase(type);
        Decimal d = kind == '%' ? new Decimal(negative, coefficient, exponent + 2) : this;
        boolean fixed = kind == 'f' || kind == '%';
        if (precision >= 0) {
            if (fixed) {
                d = d.rounded(m, -precision, mode);
            } else {
                d = d.toPrecision(m, (int) Math.max(1, Math.min(precision + (kind == 'e' ? 1 : 0), MAX_DIGITS)), mode);
            }
        }
        if (d.isZero() && d.exponent > 0 && fixed) {
            d = d.rounded(m, 0, mode);
        }
        String digits = d.digits(m);
        int left = d.exponent + digits.length();
        int point = switch (kind) {
            case 'e' -> d.isZero() && precision >= 0 ? (int) (1 - precision) : 1;
            case 'g' -> d.exponent <= 0 && left > -6 ? left : 1;
            default -> left;
        };
        if (kind == 'e' && point + (long) digits.length() > MAX_DIGITS) {
            throw Stop.unsupported("a Decimal beyond " + MAX_DIGITS + " digits");
        }
        m.text(Math.abs((long) point) + digits.length() + 16);
        String whole;
        String rest;
        if (point < 0) {
            whole = "0";
            rest = "0".repeat(-point) + digits;
        } else if (point > digits.length()) {
            whole = digits + "0".repeat(point - digits.length());
            rest = "";
        } else {
            whole = point == 0 ? "0" : digits.substring(0, point);
            rest = digits.substring(point);
        }
        int e = left - point;
        if (kind == 'e' && precision > rest.length()) {
            rest += "0".repeat((int) Math.min(precision, MAX_DIGITS) - rest.length());
        }
        rest = (rest.isEmpty() ? "" : ".") + rest;
        if (e != 0 || kind == 'e') {
            rest += (Character.isLowerCase(type) ? "e" : "E") + String.format("%+d", e);
        }
        return new String[] {d.negative ? "-" : "", whole, rest + (kind == '%' ? "%" : "")};
    }
}
