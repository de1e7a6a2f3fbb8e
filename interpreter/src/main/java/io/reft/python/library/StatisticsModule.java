package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Counters;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Sorting;
import io.reft.python.runtime.Stop;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.HashMap;
import java.util.Map;

/** {@code statistics}: means, medians, modes and spreads of ints, floats and Fractions, summed exactly as CPython does. */
final class StatisticsModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        define(t, "mean(data)", (m, a) -> {
            Object[] data = data(m, a[0], 1, "mean requires at least one data point");
            return convert(sum(m, data).over(count(data)), data);
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

    private static Fraction exact(Object x) {
        return x instanceof Double d ? Fraction.of(d) : Fraction.from(x);
    }

    private static Fraction count(Object[] data) {
        return new Fraction(BigInteger.valueOf(data.length), BigInteger.ONE);
    }

    private static Fraction sum(Machine m, Object[] data) {
        Fraction total = Fraction.from(0L);
        for (Object x : data) {
            Fraction f = exact(x);
            int bits = total.numerator().bitLength() + total.denominator().bitLength() + f.numerator().bitLength();
            m.bits(bits);
            m.charge(4 + (bits >> 4));
            total = total.plus(f);
        }
        return total;
    }

    /** As the data's own type: an int only where it is whole. */
    private static Object convert(Fraction f, Object[] data) {
        boolean fraction = false;
        boolean floats = false;
        for (Object x : data) {
            fraction |= x instanceof Fraction;
            floats |= x instanceof Double;
        }
        if (floats) {
            return f.toDouble();
        }
        if (fraction) {
            return f;
        }
        return f.denominator().equals(BigInteger.ONE) ? Ints.normalize(f.numerator()) : (Object) f.toDouble();
    }

    private static Object variance(Machine m, Object iterable, int least, String message, boolean root) {
        Object[] data = data(m, iterable, least, message);
        Fraction mean = sum(m, data).over(count(data));
        Fraction squares = Fraction.from(0L);
        for (Object x : data) {
            Fraction d = exact(x).plus(mean.negate());
            int bits = squares.numerator().bitLength() + 2 * d.numerator().bitLength() + 2 * d.denominator().bitLength();
            m.bits(bits);
            m.charge(4 + (bits >> 4));
            squares = squares.plus(d.times(d));
        }
        Fraction variance = squares.over(new Fraction(BigInteger.valueOf(data.length + 1 - least), BigInteger.ONE));
        if (!root) {
            return convert(variance, data);
        }
        if (variance.numerator().signum() == 0) {
            return 0.0;
        }
        // 40 digits of the root, rounded to a double once more: the same unless the root lies that close to a tie
        BigDecimal quotient = new BigDecimal(variance.numerator()).divide(new BigDecimal(variance.denominator()),
                new MathContext(80));
        return quotient.sqrt(new MathContext(40)).doubleValue();
    }
}
