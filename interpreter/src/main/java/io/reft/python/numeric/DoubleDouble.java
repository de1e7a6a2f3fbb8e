package io.reft.python.numeric;

/**
 * A number of about 106 bits: the sum of two doubles, of which the first is the sum rounded. Enough to round an elementary
 * function to a double correctly in all but one of some 10¹⁴ cases.
 */
record DoubleDouble(double high, double low) {
    static final DoubleDouble ONE = new DoubleDouble(1, 0);

    static DoubleDouble of(double x) {
        return new DoubleDouble(x, 0);
    }

    /** The exact sum of two doubles. */
    static DoubleDouble sum(double a, double b) {
        double s = a + b;
        double t = s - a;
        return new DoubleDouble(s, (a - (s - t)) + (b - t));
    }

    /** The exact product of two doubles. */
    static DoubleDouble product(double a, double b) {
        double p = a * b;
        return new DoubleDouble(p, Math.fma(a, b, -p));
    }

    /** Normalised, where {@code |a| ≥ |b|}. */
    private static DoubleDouble quick(double a, double b) {
        double s = a + b;
        return new DoubleDouble(s, b - (s - a));
    }

    DoubleDouble plus(DoubleDouble o) {
        DoubleDouble s = sum(high, o.high);
        DoubleDouble t = sum(low, o.low);
        DoubleDouble u = quick(s.high, s.low + t.high);
        return quick(u.high, u.low + t.low);
    }

    DoubleDouble plus(double x) {
        DoubleDouble s = sum(high, x);
        return quick(s.high, s.low + low);
    }

    DoubleDouble negate() {
        return new DoubleDouble(-high, -low);
    }

    DoubleDouble minus(DoubleDouble o) {
        return plus(o.negate());
    }

    DoubleDouble times(DoubleDouble o) {
        DoubleDouble p = product(high, o.high);
        return quick(p.high, p.low + Math.fma(high, o.low, low * o.high));
    }

    DoubleDouble times(double x) {
        DoubleDouble p = product(high, x);
        return quick(p.high, Math.fma(low, x, p.low));
    }

    DoubleDouble over(DoubleDouble o) {
        double q = high / o.high;
        DoubleDouble r = minus(o.times(q));
        double q2 = r.high / o.high;
        r = r.minus(o.times(q2));
        return quick(q, q2).plus(r.high / o.high);
    }

    DoubleDouble sqrt() {
        if (high == 0) {
            return this;
        }
        double root = Math.sqrt(high);
        DoubleDouble rest = minus(product(root, root));
        return quick(root, rest.high / (2 * root));
    }

    /** Times a power of two that leaves the parts normal. */
    DoubleDouble scaled(int exponent) {
        return new DoubleDouble(Math.scalb(high, exponent), Math.scalb(low, exponent));
    }

    /** Rounded to a double. */
    double value() {
        return high + low;
    }
}
