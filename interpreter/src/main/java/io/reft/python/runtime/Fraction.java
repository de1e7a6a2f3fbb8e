package io.reft.python.runtime;

import java.math.BigInteger;

/** {@code fractions.Fraction}: in lowest terms, the denominator positive. Whatever computes charges by the lengths of both. */
public record Fraction(BigInteger numerator, BigInteger denominator) implements PyValue {
    /** Of a double's fraction. */
    private static final int MANTISSA_BITS = 52;

    @Override
    public PyType type() {
        return PyType.FRACTION;
    }

    /** The fraction of two integers, in lowest terms; the denominator is not 0. */
    public static Fraction of(Machine m, BigInteger numerator, BigInteger denominator) {
        BigInteger g = BigInts.gcd(m, numerator, denominator);
        if (denominator.signum() < 0) {
            g = g.negate();
        }
        return g.equals(BigInteger.ONE) ? new Fraction(numerator, denominator)
                : new Fraction(BigInts.divide(m, numerator, g)[0], BigInts.divide(m, denominator, g)[0]);
    }

    /** An integer. */
    public static Fraction of(BigInteger whole) {
        return new Fraction(whole, BigInteger.ONE);
    }

    /** A finite double, exactly. */
    public static Fraction of(Machine m, double x) {
        m.charge(8);
        long bits = Double.doubleToRawLongBits(x);
        int exponent = Math.max((int) (bits >> MANTISSA_BITS & 0x7ff), 1) - 1075;
        long mantissa = bits & (1L << MANTISSA_BITS) - 1 | (Math.abs(x) < Double.MIN_NORMAL ? 0 : 1L << MANTISSA_BITS);
        if (mantissa == 0) {
            return of(BigInteger.ZERO);
        }
        int zeros = Long.numberOfTrailingZeros(mantissa);
        BigInteger odd = BigInteger.valueOf(x < 0 ? -(mantissa >> zeros) : mantissa >> zeros);
        exponent += zeros;
        m.allocate(100 + (Math.abs(exponent) >> 3));
        return exponent >= 0 ? of(odd.shiftLeft(exponent)) : new Fraction(odd, BigInteger.ONE.shiftLeft(-exponent));
    }

    public static boolean isRational(Object x) {
        return x instanceof Fraction || Ints.isInt(x);
    }

    /** An int or Fraction as a Fraction. */
    public static Fraction from(Object x) {
        return x instanceof Fraction f ? f : of(Ints.big(x));
    }

    public boolean isWhole() {
        return denominator.equals(BigInteger.ONE);
    }

    public Fraction negate() {
        return new Fraction(numerator.negate(), denominator);
    }

    /** How long both parts are together. */
    private long bits() {
        return (long) numerator.bitLength() + denominator.bitLength();
    }

    public Fraction plus(Machine m, Fraction o) {
        BigInteger sum = BigInts.multiply(m, numerator, o.denominator).add(BigInts.multiply(m, o.numerator, denominator));
        return of(m, sum, BigInts.multiply(m, denominator, o.denominator));
    }

    public Fraction minus(Machine m, Fraction o) {
        return plus(m, o.negate());
    }

    public Fraction times(Machine m, Fraction o) {
        return of(m, BigInts.multiply(m, numerator, o.numerator), BigInts.multiply(m, denominator, o.denominator));
    }

    /** The quotient by what is not 0. */
    public Fraction over(Machine m, Fraction o) {
        return of(m, BigInts.multiply(m, numerator, o.denominator), BigInts.multiply(m, denominator, o.numerator));
    }

    /** -1, 0 or 1. */
    int compare(Machine m, Fraction o) {
        if (numerator.signum() != o.numerator.signum()) {
            return Integer.compare(numerator.signum(), o.numerator.signum());
        }
        return BigInts.compare(m, BigInts.multiply(m, numerator, o.denominator), BigInts.multiply(m, o.numerator, denominator));
    }

    public BigInteger floor(Machine m) {
        m.bits(bits());
        return BigInts.divideAndFloor(m, numerator, denominator)[0];
    }

    public Object truncated(Machine m) {
        m.bits(bits());
        return Ints.normalize(BigInts.divide(m, numerator, denominator)[0]);
    }

    /** The nearest integer, ties to even. */
    public BigInteger rounded(Machine m) {
        m.bits(bits());
        BigInteger[] both = BigInts.divideAndFloor(m, numerator, denominator);
        int half = both[1].shiftLeft(1).compareTo(denominator);
        return half > 0 || half == 0 && both[0].testBit(0) ? both[0].add(BigInteger.ONE) : both[0];
    }

    public double toDouble(Machine m) {
        double d = BigInts.quotient(m, numerator, denominator);
        if (Double.isInfinite(d)) {
            throw Errors.overflow("integer division result too large for a float");
        }
        return d;
    }

    /** An int if it is whole, otherwise a float. */
    public Object plain(Machine m) {
        return isWhole() ? Ints.normalize(numerator) : (Object) toDouble(m);
    }

    /** {@code str(f)}. */
    String text(Machine m) {
        String n = Ints.toString(m, Ints.normalize(numerator));
        String text = isWhole() ? n : n + "/" + Ints.toString(m, Ints.normalize(denominator));
        m.text(text.length());
        return text;
    }

    /** CPython's hash before −1 is avoided: equal to that of an equal float or int. */
    long hash(Machine m, BigInteger modulus) {
        m.charge(32);
        BigInteger rest = BigInts.modulo(m, denominator, modulus);
        long hash = rest.signum() == 0 ? 314159 : BigInts.modulo(m, BigInts.multiply(m, BigInts.modulo(m, numerator.abs(), modulus),
                BigInts.inverse(m, rest, modulus)), modulus).longValue();
        return numerator.signum() < 0 ? -hash : hash;
    }

    /** The closest fraction with at most that denominator. */
    public Fraction limitDenominator(Machine m, BigInteger most) {
        if (most.signum() < 1) {
            throw Errors.valueError("max_denominator should be at least 1");
        }
        if (BigInts.compare(m, denominator, most) <= 0) {
            return this;
        }
        BigInteger p0 = BigInteger.ZERO;
        BigInteger q0 = BigInteger.ONE;
        BigInteger p1 = BigInteger.ONE;
        BigInteger q1 = BigInteger.ZERO;
        BigInteger n = numerator;
        BigInteger d = denominator;
        while (true) {
            BigInteger[] both = BigInts.divideAndFloor(m, n, d);
            BigInteger q2 = q0.add(BigInts.multiply(m, both[0], q1));
            m.charge(4 + (q2.bitLength() >> 8));
            if (q2.compareTo(most) > 0) {
                break;
            }
            BigInteger p2 = p0.add(BigInts.multiply(m, both[0], p1));
            p0 = p1;
            q0 = q1;
            p1 = p2;
            q1 = q2;
            n = d;
            d = both[1];
        }
        m.bits(bits());
        BigInteger k = BigInts.divide(m, most.subtract(q0), q1)[0];
        // neighbours among the convergents: in lowest terms as they are
        Fraction bound1 = new Fraction(p0.add(BigInts.multiply(m, k, p1)), q0.add(BigInts.multiply(m, k, q1)));
        Fraction bound2 = new Fraction(p1, q1);
        return distance(m, bound2).compare(m, distance(m, bound1)) <= 0 ? bound2 : bound1;
    }

    private Fraction distance(Machine m, Fraction o) {
        Fraction difference = minus(m, o);
        return difference.numerator.signum() < 0 ? difference.negate() : difference;
    }

    /** An operator with a Fraction on one side; null where it is not defined. */
    static Object binary(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            if (!(isRational(a) || isRational(b)) || !Floats.supports(operator)) {
                return null;
            }
            return Floats.binary(m, operator, a instanceof Double d ? d : from(a).toDouble(m),
                    b instanceof Double d ? d : from(b).toDouble(m));
        }
        if (!isRational(a) || !isRational(b)) {
            return null;
        }
        Fraction x = from(a);
        Fraction y = from(b);
        m.bits(x.bits() + y.bits());
        m.charge(4);
        switch (operator) {
            case ADD:
                return x.plus(m, y);
            case SUB:
                return x.minus(m, y);
            case MUL:
                return x.times(m, y);
            case TRUE_DIV, FLOOR_DIV, MOD:
                if (y.numerator.signum() == 0) {
                    throw Errors.zeroDivision(operator == Operator.TRUE_DIV
                            ? "Fraction(" + x.numerator.signum() + ", 0)"
                            : operator == Operator.MOD ? "integer modulo by zero" : "integer division or modulo by zero");
                }
                if (operator == Operator.TRUE_DIV) {
                    return x.over(m, y);
                }
                BigInteger floor = x.over(m, y).floor(m);
                return operator == Operator.FLOOR_DIV ? Ints.normalize(floor) : x.minus(m, y.times(m, of(floor)));
            case POW:
                return power(m, a, x, y);
            default:
                return null;
        }
    }

    private static Object power(Machine m, Object base, Fraction x, Fraction y) {
        if (!y.isWhole()) {
            if (x.numerator.signum() < 0) {
                throw Stop.unsupported("complex");
            }
            return Floats.power(x.toDouble(m), y.toDouble(m));
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
        return n.signum() < 0 ? new Fraction(d.negate(), n.negate()) : new Fraction(d, n);
    }
}
