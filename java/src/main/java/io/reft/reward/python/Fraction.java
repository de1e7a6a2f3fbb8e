package io.reft.reward.python;

import java.math.BigDecimal;
import java.math.BigInteger;

/** {@code fractions.Fraction}: in lowest terms, the denominator positive. */
record Fraction(BigInteger numerator, BigInteger denominator) implements PyValue, Comparable<Fraction> {
    static final Builtin CONSTRUCTOR = Builtin.of("", "Fraction(numerator=, denominator=)", (m, a) -> {
        if (a[1] == null || a[1] == None.NONE) {
            return a[0] == null ? of(BigInteger.ZERO, BigInteger.ONE) : convert(m, a[0]);
        }
        if (!isRational(a[0]) || !isRational(a[1])) {
            throw Errors.typeError("both arguments should be Rational instances");
        }
        Fraction d = from(a[1]);
        Fraction n = from(a[0]);
        if (d.numerator.signum() == 0) {
            throw Errors.zeroDivision("Fraction(" + Repr.repr(m, a[0]) + ", 0)");
        }
        return n.over(d);
    });

    @Override
    public PyType type() {
        return PyType.FRACTION;
    }

    static Fraction of(BigInteger numerator, BigInteger denominator) {
        BigInteger g = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
            g = g.negate();
        }
        return new Fraction(numerator.divide(g), denominator.divide(g));
    }

    /** A finite double, exactly. */
    static Fraction of(double x) {
        BigDecimal exact = new BigDecimal(x);
        return exact.scale() <= 0 ? of(exact.toBigIntegerExact(), BigInteger.ONE)
                : of(exact.unscaledValue(), BigInteger.TEN.pow(exact.scale()));
    }

    static boolean isRational(Object x) {
        return x instanceof Fraction || Ints.isInt(x);
    }

    /** An int or Fraction as a Fraction. */
    static Fraction from(Object x) {
        return x instanceof Fraction f ? f : new Fraction(Ints.big(x), BigInteger.ONE);
    }

    private static Fraction convert(Machine m, Object x) {
        switch (Ints.plain(x)) {
            case Double d -> {
                if (!Double.isFinite(d)) {
                    throw Double.isNaN(d) ? Errors.valueError("cannot convert NaN to integer ratio")
                            : Errors.overflow("cannot convert Infinity to integer ratio");
                }
                return of(d);
            }
            case String s -> {
                return parse(m, s);
            }
            case Object o when isRational(o) -> {
                return from(o);
            }
            default -> throw Errors.typeError("argument should be a string or a Rational instance");
        }
    }

    private static final java.util.regex.Pattern TEXT = java.util.regex.Pattern.compile(
            "\\s*([-+]?)(?=\\d|\\.\\d)(\\d{0,4000})(?:/(\\d{1,4000})|(?:\\.(\\d{0,4000}))?(?:[eE]([-+]?\\d{1,4}))?)\\s*");

    private static Fraction parse(Machine m, String s) {
        m.charge(s.length());
        java.util.regex.Matcher match = TEXT.matcher(s);
        if (s.indexOf('_') >= 0 || s.length() > 4000) {
            throw Stop.unsupported("this text of a Fraction");
        }
        if (!match.matches()) {
            throw Errors.valueError("Invalid literal for Fraction: %s", Repr.repr(m, s));
        }
        BigInteger n = new BigInteger(match.group(2).isEmpty() ? "0" : match.group(2));
        BigInteger d = BigInteger.ONE;
        if (match.group(3) != null) {
            d = new BigInteger(match.group(3));
            if (d.signum() == 0) {
                throw Errors.zeroDivision("Fraction(" + n + ", 0)");
            }
        } else {
            int scale = 0;
            if (match.group(4) != null) {
                n = new BigInteger("0" + match.group(2) + match.group(4));
                scale = match.group(4).length();
            }
            scale -= match.group(5) == null ? 0 : Integer.parseInt(match.group(5));
            m.bits(4L * Math.abs(scale));
            if (scale > 0) {
                d = BigInteger.TEN.pow(scale);
            } else {
                n = n.multiply(BigInteger.TEN.pow(-scale));
            }
        }
        return of(match.group(1).equals("-") ? n.negate() : n, d);
    }

    Fraction negate() {
        return new Fraction(numerator.negate(), denominator);
    }

    Fraction plus(Fraction o) {
        return of(numerator.multiply(o.denominator).add(o.numerator.multiply(denominator)), denominator.multiply(o.denominator));
    }

    Fraction times(Fraction o) {
        return of(numerator.multiply(o.numerator), denominator.multiply(o.denominator));
    }

    Fraction over(Fraction o) {
        return of(numerator.multiply(o.denominator), denominator.multiply(o.numerator));
    }

    @Override
    public int compareTo(Fraction o) {
        return numerator.multiply(o.denominator).compareTo(o.numerator.multiply(denominator));
    }

    BigInteger floor() {
        BigInteger[] both = numerator.divideAndRemainder(denominator);
        return both[1].signum() < 0 ? both[0].subtract(BigInteger.ONE) : both[0];
    }

    Object truncated() {
        return Ints.normalize(numerator.divide(denominator));
    }

    /** The nearest integer, ties to even. */
    BigInteger rounded() {
        BigInteger floor = floor();
        int half = numerator.subtract(floor.multiply(denominator)).shiftLeft(1).compareTo(denominator);
        return half > 0 || half == 0 && floor.testBit(0) ? floor.add(BigInteger.ONE) : floor;
    }

    double toDouble() {
        double d = Ints.quotient(numerator, denominator);
        if (Double.isInfinite(d)) {
            throw Errors.overflow("integer division result too large for a float");
        }
        return d;
    }

    /** An int if it is whole, otherwise a float. */
    Object plain() {
        return denominator.equals(BigInteger.ONE) ? Ints.normalize(numerator) : (Object) toDouble();
    }

    /** {@code str(f)}. */
    String text(Machine m) {
        String n = Ints.toString(m, Ints.normalize(numerator));
        return denominator.equals(BigInteger.ONE) ? n : n + "/" + Ints.toString(m, Ints.normalize(denominator));
    }

    /** CPython's hash before −1 is avoided: equal to that of an equal float or int. */
    long hash(BigInteger modulus) {
        BigInteger inverse = denominator.mod(modulus).signum() == 0 ? null : denominator.modInverse(modulus);
        long hash = inverse == null ? 314159 : numerator.abs().multiply(inverse).mod(modulus).longValue();
        return numerator.signum() < 0 ? -hash : hash;
    }

    /** The closest fraction with at most that denominator. */
    Fraction limitDenominator(Machine m, BigInteger most) {
        if (most.signum() < 1) {
            throw Errors.valueError("max_denominator should be at least 1");
        }
        if (denominator.compareTo(most) <= 0) {
            return this;
        }
        BigInteger p0 = BigInteger.ZERO;
        BigInteger q0 = BigInteger.ONE;
        BigInteger p1 = BigInteger.ONE;
        BigInteger q1 = BigInteger.ZERO;
        BigInteger n = numerator;
        BigInteger d = denominator;
        while (true) {
            m.charge(1 + (d.bitLength() >> 6));
            BigInteger a = Fraction.of(n, d).floor();
            BigInteger q2 = q0.add(a.multiply(q1));
            if (q2.compareTo(most) > 0) {
                break;
            }
            BigInteger p2 = p0.add(a.multiply(p1));
            p0 = p1;
            q0 = q1;
            p1 = p2;
            q1 = q2;
            BigInteger rest = n.subtract(a.multiply(d));
            n = d;
            d = rest;
        }
        BigInteger k = most.subtract(q0).divide(q1);
        Fraction bound1 = Fraction.of(p0.add(k.multiply(p1)), q0.add(k.multiply(q1)));
        Fraction bound2 = Fraction.of(p1, q1);
        return distance(bound2).compareTo(distance(bound1)) <= 0 ? bound2 : bound1;
    }

    private Fraction distance(Fraction o) {
        Fraction difference = plus(o.negate());
        return difference.numerator.signum() < 0 ? difference.negate() : difference;
    }

    /** An operator with a Fraction on one side; null where it is not defined. */
    static Object binary(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            if (!(isRational(a) || isRational(b)) || !Floats.supports(operator)) {
                return null;
            }
            return Floats.binary(operator, a instanceof Double d ? d : from(a).toDouble(),
                    b instanceof Double d ? d : from(b).toDouble());
        }
        if (!isRational(a) || !isRational(b)) {
            return null;
        }
        Fraction x = from(a);
        Fraction y = from(b);
        long bits = (long) x.numerator.bitLength() + x.denominator.bitLength() + y.numerator.bitLength() + y.denominator.bitLength();
        m.bits(bits);
        m.charge(4 + 4 * (bits >> 6) * (bits >> 6) / 16);
        switch (operator) {
            case ADD:
                return x.plus(y);
            case SUB:
                return x.plus(y.negate());
            case MUL:
                return x.times(y);
            case TRUE_DIV, FLOOR_DIV, MOD:
                if (y.numerator.signum() == 0) {
                    throw Errors.zeroDivision(operator == Operator.TRUE_DIV
                            ? "Fraction(" + x.numerator.signum() + ", 0)"
                            : operator == Operator.MOD ? "integer modulo by zero" : "integer division or modulo by zero");
                }
                if (operator == Operator.TRUE_DIV) {
                    return x.over(y);
                }
                BigInteger floor = x.over(y).floor();
                return operator == Operator.FLOOR_DIV ? Ints.normalize(floor)
                        : x.plus(y.times(new Fraction(floor, BigInteger.ONE)).negate());
            case POW:
                return power(m, a, x, y);
            default:
                return null;
        }
    }

    private static Object power(Machine m, Object base, Fraction x, Fraction y) {
        if (!y.denominator.equals(BigInteger.ONE)) {
            if (x.numerator.signum() < 0) {
                throw Stop.unsupported("complex");
            }
            return Floats.power(x.toDouble(), y.toDouble());
        }
        if (!(base instanceof Fraction)) {
            return Operators.binary(m, Operator.POW, base, Ints.normalize(y.numerator));
        }
        Object exponent = Ints.normalize(y.numerator.abs());
        BigInteger n = Ints.big(Ints.power(m, Ints.normalize(x.numerator), exponent));
        BigInteger d = Ints.big(Ints.power(m, Ints.normalize(x.denominator), exponent));
        if (y.numerator.signum() >= 0) {
            return new Fraction(n, d);
        }
        if (n.signum() == 0) {
            throw Errors.zeroDivision("Fraction(1, 0)");
        }
        return of(d, n);
    }
}
