package io.reft.python.numeric;

/**
 * Elementary functions, rounded correctly but for very rare cases. CPython takes them from the C library, whose results for
 * these are correctly rounded in about 999 of 1000 cases; Java's own are less close, and differ between machines. Powers and
 * exponentials of moderate size, which programs need most, are the C library's to the bit ({@link CPower}).
 * The hyperbolic functions, {@code expm1}, {@code log1p} and {@code log10} follow the formulas that both libraries have from fdlibm.
 */
public final class Accurate {
    /** Steps to charge for one of these functions. */
    public static final int COST = 32;
    private static final DoubleDouble LN_2 = new DoubleDouble(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
    private static final double LN_2_REST = 0x1.7b57a079a1934p-111;
    private static final double[] HALF_PI = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
    /** Beyond it the reduction of an angle would lose digits. */
    public static final double MAX_ANGLE = 0x1p30;
    private static final double LOG10_2_HIGH = 3.01029995663611771306e-01;
    private static final double LOG10_2_LOW = 3.69423907715893078616e-13;

    private static final double LOG10_E = 4.34294481903251816668e-01;
    /** 1/n!, by n. */
    private static final DoubleDouble[] INVERSE_FACTORIAL = new DoubleDouble[30];

    static {
        INVERSE_FACTORIAL[0] = DoubleDouble.ONE;
        for (int n = 1; n < INVERSE_FACTORIAL.length; n++) {
            INVERSE_FACTORIAL[n] = INVERSE_FACTORIAL[n - 1].over(DoubleDouble.of(n));
        }
    }

    private Accurate() {}

    // ---- exponentials

    /** e to a sum that lies within ±745; without the power of two, which comes out in {@code exponent[0]}. */
    private static DoubleDouble exp(DoubleDouble x, int[] exponent) {
        double k = Math.rint(x.high() / LN_2.high());
        DoubleDouble r = x.minus(DoubleDouble.product(LN_2.high(), k)).minus(DoubleDouble.product(LN_2.low(), k))
                .plus(-LN_2_REST * k).scaled(-8);
        // |r| < 0.0014: ten terms are exact to 2⁻¹¹⁰, the last of them in plain doubles; then e^r is squared eight times
        double tail = INVERSE_FACTORIAL[10].high();
        for (int n = 9; n >= 6; n--) {
            tail = tail * r.high() + INVERSE_FACTORIAL[n].high();
        }
        DoubleDouble sum = DoubleDouble.of(tail);
        for (int n = 5; n >= 0; n--) {
            sum = sum.times(r).plus(INVERSE_FACTORIAL[n]);
        }
        for (int i = 0; i < 8; i++) {
            sum = sum.times(sum);
        }
        exponent[0] = (int) k;
        return sum;
    }

    private static double exp(DoubleDouble x) {
        if (x.high() > 710) {
            return Double.POSITIVE_INFINITY;
        }
        if (x.high() < -746) {
            return 0;
        }
        int[] exponent = new int[1];
        return scale(exp(x, exponent), exponent[0]);
    }

    /** A number times a power of two, rounded once even where the result is subnormal. */
    private static double scale(DoubleDouble x, int exponent) {
        double value = x.value();
        if (Math.getExponent(value) + exponent >= Double.MIN_EXPONENT) {
            // in two steps, as 2¹⁰²⁴ itself is no double
            return Math.scalb(Math.scalb(value, exponent / 2), exponent - exponent / 2);
        }
        return new java.math.BigDecimal(x.high()).add(new java.math.BigDecimal(x.low()))
                .divide(new java.math.BigDecimal(java.math.BigInteger.TWO.pow(-exponent)), new java.math.MathContext(60))
                .doubleValue();
    }

    public static double exp(double x) {
        if (!(Math.abs(x) < 800)) {
            return Math.exp(x);
        }
        return Math.abs(x) < 500 ? CPower.exp(x) : exp(DoubleDouble.of(x));
    }

    /** x to the power y for finite numbers whose power is real; other cases as Java has them, which is as C has them. */
    public static double pow(double x, double y) {
        if (x == 0 || !Double.isFinite(x) || !Double.isFinite(y) || y == 0 || x == 1 || x < 0 && y != Math.rint(y)) {
            return Math.pow(x, y);
        }
        boolean negative = x < 0 && y % 2 != 0;
        double base = Math.abs(x);
        double rough = y * Math.log(base);
        if (rough > 710) {
            return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (rough < -746) {
            return negative ? -0.0 : 0.0;
        }
        double result = Math.abs(rough) < 500 && base >= Double.MIN_NORMAL ? CPower.pow(base, y) : exp(log(base).times(y));
        return negative ? -result : result;
    }

    // ---- logarithms

    /** The natural logarithm of a positive finite number. */
    private static DoubleDouble log(double x) {
        boolean subnormal = x < Double.MIN_NORMAL;
        double scaled = subnormal ? x * 0x1p54 : x;
        double m = Math.scalb(scaled, -Math.getExponent(scaled));
        int k = Math.getExponent(scaled) - (subnormal ? 54 : 0);
        if (m > 1.4) {
            m /= 2;
            k++;
        }
        // one step of Newton's method from the double: log m = y + log(m · e^−y)
        DoubleDouble y = DoubleDouble.of(Math.log(m));
        int[] exponent = new int[1];
        DoubleDouble z = exp(y.negate(), exponent).scaled(exponent[0]).times(m).plus(-1);
        DoubleDouble log = y.plus(z).plus(-z.high() * z.high() / 2);
        return k == 0 ? log : DoubleDouble.product(LN_2.high(), k).plus(DoubleDouble.product(LN_2.low(), k)).plus(log);
    }

    /** The logarithm of a positive number to base 2 or 10, or the natural one for 0. */
    public static double log(double x, int base) {
        if (x == Double.POSITIVE_INFINITY || Double.isNaN(x) || x == 1) {
            return x == 1 ? 0 : x;
        }
        if (base == 0) {
            return log(x).value();
        }
        if (base == 2) {
            int k = Math.getExponent(x);
            return k >= Double.MIN_EXPONENT && x == Math.scalb(1.0, k) ? k : log(x).over(LN_2).value();
        }
        boolean subnormal = x < Double.MIN_NORMAL;
        double scaled = subnormal ? x * 0x1p54 : x;
        double m = Math.scalb(scaled, -Math.getExponent(scaled));
        int k = Math.getExponent(scaled) - (subnormal ? 54 : 0);
        if (k < 0) {
            m /= 2;
            k++;
        }
        double low = k * LOG10_2_LOW + LOG10_E * (m == 1 ? 0 : log(m).value());
        return low + k * LOG10_2_HIGH;
    }

    public static double log1p(double x) {
        return StrictMath.log1p(x);
    }

    public static double expm1(double x) {
        return StrictMath.expm1(x);
    }

    // ---- angles

    /** Sine and cosine of a moderate angle. */
    private static DoubleDouble[] sineAndCosine(double x) {
        double k = Math.rint(x / HALF_PI[0]);
        DoubleDouble r = DoubleDouble.of(x);
        for (double part : HALF_PI) {
            r = r.minus(DoubleDouble.product(part, k));
        }
        // |r| ≤ π/4: the terms up to r²⁷/27! and r²⁶/26!
        DoubleDouble square = r.times(r).negate();
        DoubleDouble sine = INVERSE_FACTORIAL[27];
        DoubleDouble cosine = INVERSE_FACTORIAL[26];
        for (int n = 24; n >= 0; n -= 2) {
            sine = sine.times(square).plus(INVERSE_FACTORIAL[n + 1]);
            cosine = cosine.times(square).plus(INVERSE_FACTORIAL[n]);
        }
        sine = sine.times(r);
        return switch ((int) ((long) k & 3)) {
            case 0 -> new DoubleDouble[] {sine, cosine};
            case 1 -> new DoubleDouble[] {cosine, sine.negate()};
            case 2 -> new DoubleDouble[] {sine.negate(), cosine.negate()};
            default -> new DoubleDouble[] {cosine.negate(), sine};
        };
    }

    public static double sin(double x) {
        return !Double.isFinite(x) ? Double.NaN : Math.abs(x) < 1e-8 ? x : sineAndCosine(x)[0].value();
    }

    public static double cos(double x) {
        return !Double.isFinite(x) ? Double.NaN : sineAndCosine(x)[1].value();
    }

    public static double tan(double x) {
        if (!Double.isFinite(x) || Math.abs(x) < 1e-8) {
            return Double.isFinite(x) ? x : Double.NaN;
        }
        DoubleDouble[] both = sineAndCosine(x);
        return both[0].over(both[1]).value();
    }

    /** The angle of a point that is not at an axis: one step of Newton's method from the double. */
    private static double angle(DoubleDouble y, DoubleDouble x) {
        double rough = Math.atan2(y.high(), x.high());
        DoubleDouble[] both = sineAndCosine(rough);
        DoubleDouble delta = y.times(both[1]).minus(x.times(both[0])).over(x.times(both[1]).plus(y.times(both[0])));
        return delta.plus(rough).value();
    }

    public static double atan(double x) {
        return !(Math.abs(x) < 1e150) || Math.abs(x) < 1e-8 ? Math.atan(x) : angle(DoubleDouble.of(x), DoubleDouble.ONE);
    }

    public static double atan2(double y, double x) {
        boolean plain = Math.abs(x) < 1e140 && Math.abs(x) > 1e-140 && Math.abs(y) < 1e140 && Math.abs(y) > 1e-140;
        return plain ? angle(DoubleDouble.of(y), DoubleDouble.of(x)) : Math.atan2(y, x);
    }

    private static DoubleDouble cathetus(double x) {
        return DoubleDouble.sum(1, -x).times(DoubleDouble.sum(1, x)).sqrt();
    }

    public static double asin(double x) {
        if (!(Math.abs(x) < 1) || Math.abs(x) < 1e-8) {
            return Math.asin(x);
        }
        return angle(DoubleDouble.of(x), cathetus(x));
    }

    public static double acos(double x) {
        if (!(Math.abs(x) < 1) || x == 0) {
            return Math.acos(x);
        }
        return angle(cathetus(x), DoubleDouble.of(x));
    }

    // ---- hyperbolic functions

    public static double sinh(double x) {
        double a = Math.abs(x);
        return a > 22 && a < 709 ? Math.copySign(0.5, x) * exp(a) : StrictMath.sinh(x);
    }

    public static double cosh(double x) {
        double a = Math.abs(x);
        if (!(a >= 0.5 * LN_2.high() && a < 709)) {
            return StrictMath.cosh(x);
        }
        double t = exp(a);
        return a < 22 ? 0.5 * t + 0.5 / t : 0.5 * t;
    }

    public static double tanh(double x) {
        return StrictMath.tanh(x);
    }
}
