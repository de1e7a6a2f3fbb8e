package io.reft.reward.python;

/** Elementary functions. */
final class Accurate {
    private Accurate() {}
    static double pow(double x, double y) { return Math.pow(x, y); }
    static double exp(double x) { return Math.exp(x); }
    static double cbrt(double x) { return Math.cbrt(x); }
    static double expm1(double x) { return Math.expm1(x); }
    static double log1p(double x) { return Math.log1p(x); }
    static double sin(double x) { return Math.sin(x); }
    static double cos(double x) { return Math.cos(x); }
    static double tan(double x) { return Math.tan(x); }
    static double asin(double x) { return Math.asin(x); }
    static double acos(double x) { return Math.acos(x); }
    static double atan(double x) { return Math.atan(x); }
    static double atan2(double y, double x) { return Math.atan2(y, x); }
    static double sinh(double x) { return Math.sinh(x); }
    static double cosh(double x) { return Math.cosh(x); }
    static double tanh(double x) { return Math.tanh(x); }
    static double log(double x, int base) { return base == 0 ? Math.log(x) : base == 10 ? Math.log10(x) : Math.log(x) / Math.log(2); }
}
