package io.reft.python.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;

/** {@code fractions.Fraction}: in lowest terms, the denominator positive. */
public record Fraction(BigInteger numerator, BigInteger denominator) implements PyValue, Comparable<Fraction> {
    @Override
    public PyType type() {
        return PyType.FRACTION;
    }

    public static Fraction of(BigInteger numerator, BigInteger denominator) {
        BigInteger g = numerator.gcd(denominator);
        if (denominator.signum() < 0) {
            g = g.negate();
        }
        return new Fraction(numerator.divide(g), denominator.divide(g));
    }

    /** A finite double, exactly. */
    public static Fraction of(double x) {
        BigDecimal exact = new BigDecimal(x);
        return exact.scale() <= 0 ? of(exact.toBigIntegerExact(), BigInteger.ONE)
                : of(exact.unscaledValue(), BigInteger.TEN.pow(exact.scale()));
    }

    public static boolean isRational(Object x) {
        return x instanceof Fraction || Ints.isInt(x);
    }

    /** An int or Fraction as a Fraction. */
    public static Fraction from(Object x) {
        return x instanceof Fraction f ? f : new Fraction(Ints.big(x), BigInteger.ONE);
    }

    public Fraction negate() {
        return new Fraction(numerator.negate(), denominator);
    }

    public Fraction plus(Fraction o) {
        return of(numerator.multiply(o.denominator).add(o.numerator.multiply(denominator)), denominator.multiply(o.denominator));
    }

    public Fraction times(Fraction o) {
        return of(numerator.multiply(o.numerator), denominator.multiply(o.denominator));
    }

    public Fraction over(Fraction o) {
        return of(numerator.multiply(o.denominator), denominator.multiply(o.numerator));
    }

    @Override
    public int compareTo(Fraction o) {
        return numerator.multiply(o.denominator).compareTo(o.numerator.multiply(denominator));
    }

    public BigInteger floor() {
        BigInteger[] both = numerator.divideAndRemainder(denominator);
        return both[1].signum() < 0 ? both[0].subtract(BigInteger.ONE) : both[0];
    }

    public Object truncated() {
        return Ints.normalize(numerator.divide(denominator));
    }

    /** The nearest integer, ties to even. */
    public BigInteger rounded() {
        BigInteger floor = floor();
        int half = numerator.subtract(floor.multiply(denominator)).shiftLeft(1).compareTo(denominator);
        return half > 0 || half == 0 && floor.testBit(0) ? floor.add(BigInteger.ONE) : floor;
    }

    public double toDouble() {
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
    public Fraction limitDenominator(Machine m, BigInteger most) {
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
