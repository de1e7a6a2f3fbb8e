package io.reft.python.library;

import io.reft.python.runtime.BigInts;
import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Counters;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Sorting;
import io.reft.python.runtime.Stop;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/** {@code statistics}: means, medians, modes and spreads of ints, floats and Fractions, summed exactly as CPython does. */
final class StatisticsModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        define(t, "mean(data)", (m, a) -> {
            Object[] data = data(m, a[0], 1, "mean requires at least one data point");
            return convert(m, sum(m, data).over(m, count(data)), data);
        });
        define(t, "fmean(data)", (m, a) -> {
            Object[] data = data(m, a[0], 1, "fmean requires at least one data point");
            return MathModule.exactSum(m, data) / data.length;
        });
        define(t, "median(data)", (m, a) -> {
            Object[] data = sorted(m, a[0], "no median for empty data");
            int middle = data.length / 2;
            return data.length % 2 == 1 ? data[middle] : Operators.binary(m, Operator.TRUE_DIV,
                    Operators.binary(m, Operator.ADD, data[middle - 1], data[middle]), 2L);
        });
        define(t, "median_low(data)", (m, a) -> {
            Object[] data = sorted(m, a[0], "no median for empty data");
            return data[(data.length - 1) / 2];
        });
        define(t, "median_high(data)", (m, a) -> {
            Object[] data = sorted(m, a[0], "no median for empty data");
            return data[data.length / 2];
        });
        define(t, "mode(data)", (m, a) -> {
            PyDict counts = counts(m, a[0]);
            if (counts.size == 0) {
                throw Errors.raise(ExceptionTypes.STATISTICS_ERROR, "no mode for empty data");
            }
            return counts.keys[0];
        });
        define(t, "multimode(data)", (m, a) -> {
            PyDict counts = counts(m, a[0]);
            PyList modes = m.newList();
            for (int i = 0; i < counts.end && counts.values[i].equals(counts.values[0]); i++) {
                modes.add(m, counts.keys[i]);
            }
            return modes;
        });
        define(t, "pvariance(data)", (m, a) -> variance(m, a[0], 1, "pvariance requires at least one data point", false));
        define(t, "variance(data)", (m, a) -> variance(m, a[0], 2, "variance requires at least two data points", false));
        define(t, "pstdev(data)", (m, a) -> variance(m, a[0], 1, "pstdev requires at least one data point", true));
        define(t, "stdev(data)", (m, a) -> variance(m, a[0], 2, "stdev requires at least two data points", true));
        t.put("StatisticsError", ExceptionTypes.STATISTICS_ERROR);
        MODULE = new PyModule("statistics", Map.copyOf(t), null);
    }

    private StatisticsModule() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("", signature, body);
        table.put(b.name, b);
    }

    private static Object[] data(Machine m, Object iterable, int least, String message) {
        PyList list = m.newList();
        list.extend(m, iterable);
        for (int i = 0; i < list.size; i++) {
            Object x = list.items[i];
            if (!Comparison.isNumber(x) || x instanceof Decimal || x instanceof Boolean || x instanceof Double d && !Double.isFinite(d)) {
                throw Stop.unsupported("statistics of " + PyType.of(x).name + " and of what is not finite");
            }
        }
        if (list.size < least) {
            throw Errors.raise(ExceptionTypes.STATISTICS_ERROR, message);
        }
        return list.toArray(m);
    }

    private static Object[] sorted(Machine m, Object iterable, String message) {
        PyList list = m.newList();
        list.extend(m, iterable);
        if (list.size == 0) {
            throw Errors.raise(ExceptionTypes.STATISTICS_ERROR, message);
        }
        Sorting.sort(m, list, null, null);
        return list.toArray(m);
    }

    private static PyDict counts(Machine m, Object iterable) {
        Object counter = CollectionsModule.COUNTER.call(m, new Object[] {iterable}, null);
        return Counters.mostCommonFirst(m, (PyDict) counter);
    }

    private static Fraction exact(Machine m, Object x) {
        return x instanceof Double d ? Fraction.of(m, d) : Fraction.from(x);
    }

    private static Fraction count(Object[] data) {
        return Fraction.of(BigInteger.valueOf(data.length));
    }

    private static Fraction sum(Machine m, Object[] data) {
        Fraction total = Fraction.from(0L);
        for (Object x : data) {
            m.charge(4);
            total = total.plus(m, exact(m, x));
        }
        return total;
    }

    /** As the data's own type: an int only where it is whole. */
    private static Object convert(Machine m, Fraction f, Object[] data) {
        m.charge(data.length >> 4);
        m.bits((long) f.numerator().bitLength() + f.denominator().bitLength());
        boolean fraction = false;
        boolean floats = false;
        for (Object x : data) {
            fraction |= x instanceof Fraction;
            floats |= x instanceof Double;
        }
        if (floats) {
            return f.toDouble(m);
        }
        if (fraction) {
            return f;
        }
        return f.plain(m);
    }

    private static Object variance(Machine m, Object iterable, int least, String message, boolean root) {
        Object[] data = data(m, iterable, least, message);
        Fraction mean = sum(m, data).over(m, count(data));
        Fraction squares = Fraction.from(0L);
        for (Object x : data) {
            m.charge(4);
            Fraction d = exact(m, x).minus(m, mean);
            squares = squares.plus(m, d.times(m, d));
        }
        Fraction variance = squares.over(m, Fraction.of(BigInteger.valueOf(data.length + 1 - least)));
        if (!root) {
            return convert(m, variance, data);
        }
        if (variance.numerator().signum() == 0) {
            return 0.0;
        }
        // the root of 2^shift times as much: 40 digits of the quotient or more
        int shift = Math.max(0, 266 - variance.numerator().bitLength() + variance.denominator().bitLength()) + 1 & -2;
        m.bits((long) variance.numerator().bitLength() + shift);
        BigInteger[] quotient = BigInts.divide(m, variance.numerator().shiftLeft(shift), variance.denominator());
        // what is left after a division makes the quotient odd, so that no later rounding sees a tie
        return BigInts.squareRoot(m, quotient[1].signum() == 0 ? quotient[0] : quotient[0].setBit(0), -shift);
    }
}
