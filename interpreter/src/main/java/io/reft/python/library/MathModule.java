package io.reft.python.library;

import io.reft.python.numeric.Accurate;
import io.reft.python.runtime.BigInts;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Floats;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Stop;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/** {@code math}, all of it but the error and gamma functions, and {@code cbrt}, which C rounds badly. */
final class MathModule {
    /** Bits behind the point that a double has at most. */
    private static final int POINT = 1074;
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        t.put("pi", Math.PI);
        t.put("e", Math.E);
        t.put("tau", 2 * Math.PI);
        t.put("inf", Double.POSITIVE_INFINITY);
        t.put("nan", Double.NaN);
        function(t, "sqrt", Math::sqrt);
        function(t, "exp", Accurate::exp);
        function(t, "exp2", x -> Accurate.pow(2, x));
        function(t, "expm1", Accurate::expm1);
        function(t, "log1p", Accurate::log1p);
        function(t, "sin", x -> Accurate.sin(moderate(x)));
        function(t, "cos", x -> Accurate.cos(moderate(x)));
        function(t, "tan", x -> Accurate.tan(moderate(x)));
        function(t, "asin", Accurate::asin);
        function(t, "acos", Accurate::acos);
        function(t, "atan", Accurate::atan);
        function(t, "sinh", Accurate::sinh);
        function(t, "cosh", Accurate::cosh);
        function(t, "tanh", Accurate::tanh);
        function(t, "fabs", Math::abs);
        function(t, "degrees", x -> x * (180.0 / Math.PI));
        function(t, "radians", x -> x * (Math.PI / 180.0));
        define(t, "log2(x, /)", (m, a) -> logarithm(m, a[0], 2));
        define(t, "log10(x, /)", (m, a) -> logarithm(m, a[0], 10));
        t.put("log", Builtin.withKeywords("math", "log", (m, a, names) -> {
            if (names != null) {
                throw Errors.typeError("math.log() takes no keyword arguments");
            }
            if (a.length < 1 || a.length > 2) {
                throw Errors.typeError("math.log requires 1 to 2 arguments");
            }
            double x = logarithm(m, a[0], 0);
            if (a.length == 1) {
                return x;
            }
            double base = logarithm(m, a[1], 0);
            if (base == 0) {
                throw Errors.zeroDivision("float division by zero");
            }
            return x / base;
        }));
        define(t, "pow(x, y, /)", (m, a) -> pow(m, Floats.real(m, a[0]), Floats.real(m, a[1])));
        define(t, "atan2(y, x, /)", (m, a) -> {
            m.charge(Accurate.COST);
            return Accurate.atan2(Floats.real(m, a[0]), Floats.real(m, a[1]));
        });
        define(t, "fmod(x, y, /)", (m, a) -> {
            double x = Floats.real(m, a[0]);
            double y = Floats.real(m, a[1]);
            Floats.chargeRemainder(m, x, y);
            double result = x % y;
            if (Double.isNaN(result) && !Double.isNaN(x) && !Double.isNaN(y)) {
                throw domainError();
            }
            return result;
        });
        define(t, "copysign(x, y, /)", (m, a) -> Math.copySign(Floats.real(m, a[0]), Floats.real(m, a[1])));
        define(t, "modf(x, /)", (m, a) -> {
            double x = Floats.real(m, a[0]);
            double whole = Double.isInfinite(x) ? x : x < 0 ? Math.ceil(x) : Math.floor(x);
            return PyTuple.of(Math.copySign(Double.isInfinite(x) ? 0 : x - whole, x), whole);
        });
        define(t, "ulp(x, /)", (m, a) -> Math.ulp(Floats.real(m, a[0])));
        define(t, "nextafter(x, y, /)", (m, a) -> Math.nextAfter(Floats.real(m, a[0]), Floats.real(m, a[1])));
        define(t, "remainder(x, y, /)", (m, a) -> {
            double x = Floats.real(m, a[0]);
            double y = Floats.real(m, a[1]);
            Floats.chargeRemainder(m, x, y);
            double result = Math.IEEEremainder(x, y);
            if (Double.isNaN(result) && !Double.isNaN(x) && !Double.isNaN(y)) {
                throw domainError();
            }
            return result;
        });
        define(t, "frexp(x, /)", (m, a) -> {
            double x = Floats.real(m, a[0]);
            if (x == 0 || !Double.isFinite(x)) {
                return PyTuple.of(x, 0L);
            }
            boolean subnormal = Math.abs(x) < Double.MIN_NORMAL;
            double scaled = subnormal ? x * 0x1p54 : x;
            int exponent = Math.getExponent(scaled) + 1;
            return PyTuple.of(Math.scalb(scaled, -exponent), (long) exponent - (subnormal ? 54 : 0));
        });
        define(t, "ldexp(x, i, /)", (m, a) -> {
            double x = Floats.real(m, a[0]);
            double y = Math.scalb(x, (int) Ints.clamped(Ints.normalize(integer(a[1])), 1 << 20));
            if (Double.isInfinite(y) && Double.isFinite(x)) {
                throw Errors.overflow("math range error");
            }
            return y;
        });
        define(t, "isnan(x, /)", (m, a) -> Double.isNaN(Floats.real(m, a[0])));
        define(t, "isinf(x, /)", (m, a) -> Double.isInfinite(Floats.real(m, a[0])));
        define(t, "isfinite(x, /)", (m, a) -> Double.isFinite(Floats.real(m, a[0])));
        define(t, "isclose(a, b, /, *, rel_tol=, abs_tol=)", (m, a) -> isClose(Floats.real(m, a[0]), Floats.real(m, a[1]),
                a[2] == null ? 1e-9 : Floats.real(m, a[2]), a[3] == null ? 0 : Floats.real(m, a[3])));
        define(t, "floor(x, /)", (m, a) -> toInt(m, a[0], -1));
        define(t, "ceil(x, /)", (m, a) -> toInt(m, a[0], 1));
        define(t, "trunc(x, /)", (m, a) -> toInt(m, a[0], 0));
        define(t, "factorial(x, /)", (m, a) -> factorial(m, a[0]));
        define(t, "comb(n, k, /)", (m, a) -> comb(m, nonNegative(a[0], a[1], "n"), nonNegative(a[1], a[0], "k")));
        define(t, "perm(n, k=, /)", (m, a) -> a[1] == null || a[1] == None.NONE ? factorial(m, a[0])
                : perm(m, nonNegative(a[0], a[1], "n"), nonNegative(a[1], a[0], "k")));
        define(t, "gcd(*integers)", (m, a) -> gcd(m, (Object[]) a[0]));
        define(t, "lcm(*integers)", (m, a) -> lcm(m, (Object[]) a[0]));
        define(t, "isqrt(n, /)", (m, a) -> {
            BigInteger n = integer(a[0]);
            if (n.signum() < 0) {
                throw Errors.valueError("isqrt() argument must be nonnegative");
            }
            m.bits(n.bitLength());
            return Ints.normalize(BigInts.squareRoot(m, n));
        });
        define(t, "prod(iterable, /, *, start=)", (m, a) -> {
            PyIterator iterator = Iteration.iterator(m, a[0]);
            Object product = a[1] == null ? 1L : a[1];
            for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
                product = Operators.binary(m, Operator.MUL, product, x);
            }
            return product;
        });
        define(t, "fsum(seq, /)", (m, a) -> {
            PyList list = m.newList();
            list.extend(m, a[0]);
            return exactSum(m, list.toArray(m));
        });
        define(t, "hypot(*coordinates)", (m, a) -> {
            Object[] parts = (Object[]) a[0];
            double[] x = new double[parts.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = Floats.real(m, parts[i]);
            }
            return norm(m, x);
        });
        define(t, "dist(p, q, /)", (m, a) -> {
            Object[] p = point(m, a[0]);
            Object[] q = point(m, a[1]);
            if (p.length != q.length) {
                throw Errors.valueError("both points must have the same number of dimensions");
            }
            double[] x = new double[p.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = Floats.real(m, p[i]) - Floats.real(m, q[i]);
            }
            return norm(m, x);
        });
        MODULE = new PyModule("math", Map.copyOf(t), Set.of("cbrt", "erf", "erfc", "gamma", "lgamma"));
    }

    private MathModule() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("math", signature, body);
        table.put(b.name, b);
    }

    /** A function of one float: NaN out of a number is a domain error, infinity out of a finite one a range error. */
    private static void function(Map<String, Object> table, String name, DoubleUnaryOperator f) {
        define(table, name + "(x, /)", (m, a) -> {
            m.charge(Accurate.COST);
            double x = Floats.real(m, a[0]);
            double y = f.applyAsDouble(x);
            if (Double.isNaN(y) && !Double.isNaN(x)) {
                throw domainError();
            }
            if (Double.isInfinite(y) && Double.isFinite(x)) {
                throw name.equals("log1p") ? domainError() : Errors.overflow("math range error");
            }
            return y;
        });
    }

    private static Raised domainError() {
        return Errors.valueError("math domain error");
    }

    private static BigInteger integer(Object x) {
        if (!Ints.isInt(x)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(x));
        }
        return Ints.big(x);
    }

    /** The {@code other} argument is looked at too: what is not an int comes before what is negative. */
    private static BigInteger nonNegative(Object x, Object other, String name) {
        BigInteger i = integer(x);
        integer(other);
        if (i.signum() < 0) {
            throw Errors.valueError("%s must be a non-negative integer", name);
        }
        return i;
    }

    /** The logarithm to base 2 or 10, or the natural one for 0; of ints of any size. */
    private static double logarithm(Machine m, Object value, int base) {
        m.charge(Accurate.COST);
        Object x = Ints.plain(value);
        if (x instanceof BigInteger i) {
            if (i.signum() < 0) {
                throw domainError();
            }
            double d = i.doubleValue();
            if (Double.isFinite(d)) {
                return Accurate.log(d, base);
            }
            // CPython: log(x) = log(mantissa) + exponent · log(2), the mantissa in [0.5, 1)
            int exponent = i.bitLength();
            return Accurate.log(BigInts.scaled(i, -exponent), base) + Accurate.log(2.0, base) * exponent;
        }
        double d = Floats.real(m, x);
        if (d <= 0) {
            throw domainError();
        }
        return Accurate.log(d, base);
    }

    private static double pow(Machine m, double x, double y) {
        m.charge(Accurate.COST);
        double result = Accurate.pow(x, y);
        if (x == 1 || y == 0 || x == -1 && Double.isInfinite(y)) {
            return 1;
        }
        if (Double.isFinite(x) && Double.isFinite(y)) {
            if (Double.isNaN(result) || x == 0 && y < 0) {
                throw domainError();
            }
            if (Double.isInfinite(result)) {
                throw Errors.overflow("math range error");
            }
        }
        return result;
    }

    private static boolean isClose(double a, double b, double relative, double absolute) {
        if (relative < 0 || absolute < 0) {
            throw Errors.valueError("tolerances must be non-negative");
        }
        if (a == b) {
            return true;
        }
        if (Double.isInfinite(a) || Double.isInfinite(b)) {
            return false;
        }
        double difference = Math.abs(b - a);
        return difference <= Math.abs(relative * b) || difference <= Math.abs(relative * a) || difference <= absolute;
    }

    /** Floor (−1), ceiling (1) or towards zero (0). */
    private static Object toInt(Machine m, Object value, int direction) {
        return switch (Ints.plain(value)) {
            case Double d -> Floats.toInt(m, !Double.isFinite(d) || direction == 0 ? d : direction < 0 ? Math.floor(d) : Math.ceil(d));
            case Fraction f -> direction < 0 ? Ints.normalize(f.floor(m))
                    : direction > 0 ? Ints.normalize(f.negate().floor(m).negate()) : f.truncated(m);
            case Decimal d -> d.rounded(m, 0, direction < 0 ? java.math.RoundingMode.FLOOR
                    : direction > 0 ? java.math.RoundingMode.CEILING : java.math.RoundingMode.DOWN).toInt(m);
            case Object o when Ints.isInt(o) -> o;
            default -> throw direction == 0
                    ? Errors.typeError("type %s doesn't define __trunc__ method", Errors.typeName(value))
                    : Errors.typeError("must be real number, not %s", Errors.typeName(value));
        };
    }

    private static Object factorial(Machine m, Object x) {
        BigInteger n = integer(x);
        if (n.signum() < 0) {
            throw Errors.valueError("factorial() not defined for negative values");
        }
        if (n.bitLength() > 63) {
            throw Errors.overflow("factorial() argument should not exceed 9223372036854775807");
        }
        return perm(m, n, n);
    }

    private static Object perm(Machine m, BigInteger n, BigInteger k) {
        if (k.compareTo(n) > 0) {
            return 0L;
        }
        if (k.bitLength() > 20) {
            throw Stop.limit("size of an integer");
        }
        Object product = 1L;
        for (int i = 0; i < k.intValue(); i++) {
            m.charge(1);
            product = Ints.multiply(m, product, Ints.normalize(n.subtract(BigInteger.valueOf(i))));
        }
        return product;
    }

    private static Object comb(Machine m, BigInteger n, BigInteger k) {
        if (k.compareTo(n) > 0) {
            return 0L;
        }
        k = k.min(n.subtract(k));
        if (k.bitLength() > 20) {
            throw Stop.limit("size of an integer");
        }
        Object product = 1L;
        for (int i = 0; i < k.intValue(); i++) {
            m.charge(1);
            product = Ints.multiply(m, product, Ints.normalize(n.subtract(BigInteger.valueOf(i))));
            product = Ints.floorDivide(m, product, (long) i + 1, "");
        }
        return product;
    }

    private static Object gcd(Machine m, Object[] values) {
        BigInteger gcd = BigInteger.ZERO;
        for (Object value : values) {
            m.charge(1);
            gcd = BigInts.gcd(m, gcd, integer(value));
        }
        m.bits(gcd.bitLength());
        return Ints.normalize(gcd);
    }

    private static Object lcm(Machine m, Object[] values) {
        Object lcm = 1L;
        for (Object value : values) {
            Object x = Ints.normalize(integer(value).abs());
            if (Ints.sign(x) == 0) {
                lcm = 0L;
            }
            if (Ints.sign(lcm) != 0) {
                lcm = Ints.multiply(m, lcm, Ints.floorDivide(m, x, gcd(m, new Object[] {lcm, x}), ""));
            }
        }
        return lcm;
    }

    private static Object[] point(Machine m, Object point) {
        PyList list = m.newList();
        list.extend(m, point);
        return list.toArray(m);
    }

    /** A finite double as a multiple of 2^-1074, exactly. */
    private static BigInteger fixed(double x) {
        int exponent = Math.max(Math.getExponent(x), Double.MIN_EXPONENT);
        return BigInteger.valueOf((long) Math.scalb(x, 52 - exponent)).shiftLeft(exponent - 52 + POINT);
    }

    /** The length of a vector, correctly rounded. */
    private static double norm(Machine m, double[] x) {
        BigInteger squares = BigInteger.ZERO;
        boolean nan = false;
        for (double d : x) {
            m.charge(16);
            if (Double.isInfinite(d)) {
                return Double.POSITIVE_INFINITY;
            }
            nan |= Double.isNaN(d);
            if (!nan) {
                BigInteger exact = fixed(d);
                squares = squares.add(BigInts.multiply(m, exact, exact));
            }
        }
        return nan ? Double.NaN : BigInts.squareRoot(m, squares, -2 * POINT);
    }

    /** The sum of numbers, rounded once. */
    static double exactSum(Machine m, Object[] data) {
        BigInteger sum = BigInteger.ZERO;
        double special = 0;
        boolean infinite = false;
        for (Object value : data) {
            m.charge(4);
            double x = Floats.real(m, value);
            if (Double.isFinite(x)) {
                sum = sum.add(fixed(x));
            } else {
                infinite |= Double.isInfinite(x);
                special += x;
            }
        }
        if (special != 0) {
            if (Double.isNaN(special) && infinite) {
                throw Stop.unsupported("the sum of infinities and NaN");
            }
            return special;
        }
        double result = BigInts.scaled(sum, -POINT);
        if (Double.isInfinite(result)) {
            throw Errors.overflow("intermediate overflow in fsum");
        }
        return result;
    }

    /** An angle whose reduction loses no digits. */
    private static double moderate(double angle) {
        if (Double.isFinite(angle) && Math.abs(angle) > Accurate.MAX_ANGLE) {
            throw Stop.unsupported("angles beyond 2 to the 30");
        }
        return angle;
    }
}
