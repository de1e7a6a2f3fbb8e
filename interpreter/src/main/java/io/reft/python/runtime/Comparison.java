package io.reft.python.runtime;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Equality, order, membership and hashes. Nested values recurse in Java, so each level is counted. */
public final class Comparison {
    private static final long MODULUS = (1L << 61) - 1;
    private static final BigInteger BIG_MODULUS = BigInteger.valueOf(MODULUS);
    /** What {@link #number} gives where one of the two is NaN. */
    private static final int UNORDERED = 2;

    private Comparison() {}

    public static Object compare(Machine m, Operator operator, Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            switch (operator) {
                case EQ:
                    return (long) x == y;
                case NE:
                    return (long) x != y;
                case LT:
                    return x < y;
                case LE:
                    return x <= y;
                case GT:
                    return x > y;
                case GE:
                    return x >= y;
                default:
                    break;
            }
        }
        return switch (operator) {
            case EQ -> equal(m, a, b);
            case NE -> !equal(m, a, b);
            case IS -> is(m, a, b);
            case IS_NOT -> !is(m, a, b);
            case IN -> contains(m, b, a);
            case NOT_IN -> !contains(m, b, a);
            default -> ordered(m, operator, a, b);
        };
    }

    /** Identity, where it does not depend on what CPython happens to share. */
    private static boolean is(Machine m, Object a, Object b) {
        if (a instanceof Boolean || b instanceof Boolean) {
            return a.equals(b);
        }
        boolean shareable = a instanceof String || a instanceof Double || Ints.isInt(a);
        if (shareable && a.getClass() == b.getClass()) {
            m.charge(a instanceof String s ? s.length() >> 6 : a instanceof BigInteger i ? i.bitLength() >> 10 : 0);
            if (a instanceof Long x && b instanceof Long y && x >= -5 && x <= 256 || !a.equals(b)) {
                return a.equals(b);
            }
            if (a == b) {
                return true;
            }
            throw Stop.unsupported("is between equal " + PyType.of(a).name + " objects");
        }
        return a == b || a instanceof PyTuple x && b instanceof PyTuple y && x.items().length + y.items().length == 0;
    }

    /** Identity or equality, as containers look for their items. */
    public static boolean same(Machine m, Object a, Object b) {
        return a == b || equal(m, a, b);
    }

    public static boolean equal(Machine m, Object left, Object right) {
        if (left instanceof String x && right instanceof String y) {
            m.charge(x.length() >> 6);
            return x.equals(y);
        }
        Object a = Ints.plain(left);
        Object b = Ints.plain(right);
        if (isNumber(a)) {
            return isNumber(b) && number(m, a, b) == 0;
        }
        m.enter();
        boolean result = switch (a) {
            case PyList x -> b instanceof PyList y && items(m, x.items, x.size, y.items, y.size);
            case PyTuple x -> b instanceof PyTuple y && items(m, x.items(), x.items().length, y.items(), y.items().length);
            case PyDict x -> b instanceof PyDict y && dicts(m, x, y);
            case PySet x -> b instanceof PySet y ? x.size == y.size && x.isSubsetOf(m, y)
                    : b instanceof DictView v && v.isSet() && equal(m, x, PySet.from(m, v));
            case DictView x -> x == b || x.isSet() && (b instanceof PySet || b instanceof DictView y && y.isSet())
                    && equal(m, PySet.from(m, x), PySet.from(m, b));
            case PyRange x -> b instanceof PyRange y && x.length() == y.length() && (x.length() == 0
                    || x.start() == y.start() && (x.length() == 1 || x.step() == y.step()));
            case Temporal x -> b instanceof Temporal y && Temporal.equal(x, y);
            case PyDeque x -> b instanceof PyDeque y && equal(m, x.toList(m), y.toList(m));
            case PySlice x -> b instanceof PySlice y && same(m, x.start(), y.start()) && same(m, x.stop(), y.stop())
                    && same(m, x.step(), y.step());
            default -> a == b;
        };
        m.leave();
        return result;
    }

    private static boolean items(Machine m, Object[] a, int countA, Object[] b, int countB) {
        if (countA != countB) {
            return false;
        }
        for (int i = 0; i < countA; i++) {
            m.charge(1);
            if (!same(m, a[i], b[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean dicts(Machine m, PyDict a, PyDict b) {
        if (a.type == PyType.COUNTER && b.type == PyType.COUNTER) {
            return Counters.countersEqual(m, a, b);
        }
        if (a.size != b.size) {
            return false;
        }
        if (a.type == PyType.ORDEREDDICT && b.type == PyType.ORDEREDDICT) {
            PyList x = m.newList();
            PyList y = m.newList();
            x.extend(m, new DictView(a, DictView.Kind.ITEMS));
            y.extend(m, new DictView(b, DictView.Kind.ITEMS));
            return equal(m, x, y);
        }
        for (int i = 0; i < a.end; i++) {
            m.charge(1);
            if (a.keys[i] != null) {
                Object other = b.get(m, a.keys[i]);
                if (other == null || !same(m, a.values[i], other)) {
                    return false;
                }
            }
        }
        return true;
    }

    public static boolean isNumber(Object x) {
        return x instanceof Long || x instanceof Double || x instanceof BigInteger || x instanceof Boolean
                || x instanceof Fraction || x instanceof Decimal;
    }

    /** The exact order of two numbers: -1, 0, 1, or UNORDERED. */
    private static int number(Machine m, Object left, Object right) {
        Object a = Ints.plain(left);
        Object b = Ints.plain(right);
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (a instanceof Double x && b instanceof Double y) {
            return doubles(x, y);
        }
        if (a instanceof Double x) {
            return doubleAndExact(m, x, b);
        }
        if (b instanceof Double y) {
            int order = doubleAndExact(m, y, a);
            return order == UNORDERED ? order : -order;
        }
        if (a instanceof Decimal x && b instanceof Decimal y) {
            return x.compare(m, y);
        }
        if (!Ints.isInt(a) || !Ints.isInt(b)) {
            return exact(m, a).compare(m, exact(m, b));
        }
        return BigInts.compare(m, Ints.big(a), Ints.big(b));
    }

    private static Fraction exact(Machine m, Object x) {
        return x instanceof Decimal d ? d.toFraction(m) : Fraction.from(x);
    }

    private static int doubles(double x, double y) {
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : UNORDERED;
    }

    private static int doubleAndExact(Machine m, double x, Object exact) {
        if (exact instanceof Long y && Math.abs(y) < 1L << 53) {
            return doubles(x, y);
        }
        if (!Double.isFinite(x)) {
            return Double.isNaN(x) ? UNORDERED : x > 0 ? 1 : -1;
        }
        m.charge(4);
        if (Ints.isInt(exact)) {
            // either of the two may be too far away for the other to matter; between the ends every double is whole
            BigInteger y = Ints.big(exact);
            return Math.abs(x) < 0x1p53 || y.bitLength() > Double.MAX_EXPONENT + 1 ? -y.signum()
                    : new BigDecimal(x).toBigInteger().compareTo(y);
        }
        return Fraction.of(m, x).compare(m, exact(m, exact));
    }

    /** {@code a < b}, or TypeError. */
    public static boolean less(Machine m, Object a, Object b) {
        return ordered(m, Operator.LT, a, b);
    }

    public static boolean ordered(Machine m, Operator operator, Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return holds(operator, number(m, a, b));
        }
        if (a instanceof String x && b instanceof String y) {
            m.charge(Math.min(x.length(), y.length()) >> 4);
            return holds(operator, Strings.compare(x, y));
        }
        m.enter();
        Boolean result = switch (a) {
            case PyList x when b instanceof PyList y -> items(m, operator, x.items, x.size, y.items, y.size);
            case PyTuple x when b instanceof PyTuple y ->
                    items(m, operator, x.items(), x.items().length, y.items(), y.items().length);
            case PySet x when b instanceof PySet y -> switch (operator) {
                case LT -> x.size < y.size && x.isSubsetOf(m, y);
                case LE -> x.isSubsetOf(m, y);
                case GT -> y.size < x.size && y.isSubsetOf(m, x);
                default -> y.isSubsetOf(m, x);
            };
            case Temporal x when b instanceof Temporal y -> {
                Integer order = Temporal.compare(operator, x, y);
                yield order == null ? null : holds(operator, order);
            }
            case PyDeque x when b instanceof PyDeque y -> ordered(m, operator, x.toList(m), y.toList(m));
            case DictView x when b instanceof PySet || b instanceof DictView ->
                    throw Stop.unsupported("order of dict views");
            case PyDict x when b instanceof PyDict y && x.type == PyType.COUNTER && y.type == PyType.COUNTER ->
                    throw Stop.unsupported("order of Counters");
            default -> null;
        };
        m.leave();
        if (result == null) {
            throw Errors.typeError("'%s' not supported between instances of '%s' and '%s'", operator.symbol,
                    Errors.typeName(a), Errors.typeName(b));
        }
        return result;
    }

    private static boolean holds(Operator operator, int order) {
        if (order == UNORDERED) {
            return false;
        }
        return switch (operator) {
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            default -> order >= 0;
        };
    }

    /** The first items that differ decide. */
    private static boolean items(Machine m, Operator operator, Object[] a, int countA, Object[] b, int countB) {
        int common = Math.min(countA, countB);
        for (int i = 0; i < common; i++) {
            m.charge(1);
            if (!same(m, a[i], b[i])) {
                return ordered(m, operator, a[i], b[i]);
            }
        }
        return holds(operator, Integer.compare(countA, countB));
    }

    public static boolean contains(Machine m, Object container, Object item) {
        switch (container) {
            case String s:
                if (!(item instanceof String part)) {
                    throw Errors.typeError("'in <string>' requires string as left operand, not %s", Errors.typeName(item));
                }
                return Strings.find(m, s, part, 0, s.length()) >= 0;
            case PyList l:
                for (int i = 0; i < l.size; i++) {
                    m.charge(1);
                    if (same(m, l.items[i], item)) {
                        return true;
                    }
                }
                return false;
            case PyTuple t:
                for (Object x : t.items()) {
                    m.charge(1);
                    if (same(m, x, item)) {
                        return true;
                    }
                }
                return false;
            case PyDict d:
                return d.containsKey(m, item);
            case PySet s:
                return s.contains(m, item instanceof PySet x && !x.frozen ? x.copy(m, true) : item);
            case PyRange r:
                Object number = Ints.plain(item);
                if (number instanceof Double d) {
                    return d == Math.rint(d) && Math.abs(d) < 0x1p62 && r.indexOf((long) (double) d) >= 0;
                } else if (number instanceof Fraction || number instanceof Decimal) {
                    throw Stop.unsupported("a " + PyType.of(number).name + " in a range");
                }
                return number instanceof Long x && r.indexOf(x) >= 0;
            case DictView v:
                return v.contains(m, item);
            default:
                if (!Iteration.isIterable(container)) {
                    throw Errors.typeError("argument of type '%s' is not iterable", Errors.typeName(container));
                }
                PyIterator iterator = Iteration.iterator(m, container);
                for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
                    if (same(m, x, item)) {
                        return true;
                    }
                }
                return false;
        }
    }

    /** CPython's hash for numbers and tuples of them; for strings, where CPython's is random, another. */
    public static long hash(Machine m, Object x) {
        switch (x) {
            case String s:
                m.charge(s.length() >> 6);
                long h = s.hashCode() * 0x9E3779B97F4A7C15L;
                return h ^ h >>> 32;
            case Long l:
                return hash(l);
            case Double d:
                return hash(d);
            case Boolean b:
                return b ? 1 : 0;
            case BigInteger i:
                return avoidMinusOne(i.signum() * BigInts.modulo(m, i.abs(), BIG_MODULUS).longValue());
            case PyTuple t:
                m.enter();
                long sum = 2870177450012600261L;
                for (Object item : t.items()) {
                    m.charge(1);
                    sum += hash(m, item) * -4417276706812531889L;
                    sum = Long.rotateLeft(sum, 31) * -7046029288634856825L;
                }
                sum += t.items().length ^ (2870177450012600261L ^ 3527539L);
                m.leave();
                return sum == -1 ? 1546275796 : sum;
            case PySet s when s.frozen:
                m.charge(s.keys.length >> 2);
                return s.hash();
            case Fraction f:
                return avoidMinusOne(f.hash(m, BIG_MODULUS));
            case Decimal d:
                return avoidMinusOne(d.toFraction(m).hash(m, BIG_MODULUS));
            case Temporal t:
                return t.hashCode();
            case None n:
                return 0x5ca1ab1eL + n.ordinal();
            case PyRange r:
                throw Stop.unsupported("hash of a range");
            case PyList l:
                throw unhashable(x);
            case PyDict d:
                throw unhashable(x);
            case PySet s:
                throw unhashable(x);
            case PyDeque d:
                throw unhashable(x);
            case PySlice s:
                throw unhashable(x);
            case DictView v:
                throw unhashable(x);
            default:
                return System.identityHashCode(x);
        }
    }

    private static Raised unhashable(Object x) {
        return Errors.typeError("unhashable type: '%s'", Errors.typeName(x));
    }

    private static long hash(long x) {
        return avoidMinusOne(x % MODULUS);
    }

    private static long avoidMinusOne(long hash) {
        return hash == -1 ? -2 : hash;
    }

    private static long hash(double x) {
        if (x == (long) x && Math.abs(x) < 0x1p62) {
            return hash((long) x);
        }
        if (!Double.isFinite(x)) {
            return Double.isNaN(x) ? 0 : x > 0 ? 314159 : -314159;
        }
        int exponent = Math.getExponent(x);
        if (exponent < Double.MIN_EXPONENT) {
            exponent = Math.getExponent(x * 0x1p54) - 54;
        }
        // m in [0.5, 1), x = m · 2^e
        double m = Math.abs(exponent < -1000 ? x * 0x1p500 * Math.scalb(1.0, -(exponent + 501)) : Math.scalb(x, -(exponent + 1)));
        int e = exponent + 1;
        long sum = 0;
        while (m != 0) {
            sum = sum << 28 & MODULUS | sum >>> 33;
            m *= 0x1p28;
            e -= 28;
            long y = (long) m;
            m -= y;
            sum += y;
            if (sum >= MODULUS) {
                sum -= MODULUS;
            }
        }
        e = e >= 0 ? e % 61 : 60 - (-1 - e) % 61;
        sum = sum << e & MODULUS | sum >>> 61 - e;
        return avoidMinusOne(x < 0 ? -sum : sum);
    }
}
