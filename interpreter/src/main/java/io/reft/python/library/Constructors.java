package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Floats;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.NamedTuple;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyException;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyRange;
import io.reft.python.runtime.PySet;
import io.reft.python.runtime.PySlice;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.Strings;

/** What calling a type does: {@code int("7")}, {@code list(x)}, {@code ValueError("…")}. */
final class Constructors {
    private static final Builtin INT = Builtin.of("", "int(x=, /, base=)", (m, a) -> toInt(m, a[0], a[1]));
    private static final Builtin FLOAT = Builtin.of("", "float(x=, /)", (m, a) -> a[0] == null ? 0.0 : toFloat(m, a[0]));
    private static final Builtin BOOL = Builtin.of("", "bool(x=, /)", (m, a) -> a[0] != null && Operators.truth(a[0]));
    private static final Builtin STR = Builtin.of("", "str(object=, encoding=, errors=)", (m, a) -> {
        if (a[1] != null || a[2] != null) {
            throw Stop.unsupported("decoding to str");
        }
        return a[0] == null ? "" : Repr.str(m, a[0]);
    });
    private static final Builtin LIST = Builtin.of("", "list(iterable=, /)", (m, a) -> {
        PyList list = m.newList();
        if (a[0] != null) {
            list.extend(m, a[0]);
        }
        return list;
    });
    private static final Builtin TUPLE = Builtin.of("", "tuple(iterable=, /)", (m, a) -> {
        if (a[0] == null || PyType.of(a[0]) == PyType.TUPLE) {
            return a[0] == null ? PyTuple.EMPTY : a[0];
        }
        PyList list = m.newList();
        list.extend(m, a[0]);
        return new PyTuple(list.toArray(m));
    });
    private static final Builtin SET = Builtin.of("", "set(iterable=, /)", (m, a) -> set(m, a[0], false));
    private static final Builtin FROZENSET = Builtin.of("", "frozenset(iterable=, /)",
            (m, a) -> a[0] instanceof PySet s && s.frozen ? s : set(m, a[0], true));
    private static final Builtin DICT = Builtin.withKeywords("", "dict", (m, a, names) -> {
        int given = a.length - (names == null ? 0 : names.length);
        if (given > 1) {
            throw Errors.typeError("dict expected at most 1 argument, got %d", given);
        }
        PyDict dict = m.newDict();
        if (given == 1) {
            dict.update(m, a[0]);
        }
        for (int i = 0; names != null && i < names.length; i++) {
            dict.put(m, names[i], a[given + i]);
        }
        return dict;
    });
    private static final Builtin RANGE = Builtin.of("", "range(start, stop=, step=, /)", (m, a) -> {
        for (Object x : a) {
            if (x != null && Ints.plain(x) instanceof java.math.BigInteger) {
                throw Stop.unsupported("a range beyond 64 bits");
            }
        }
        long first = Ints.toLong(a[0]);
        return a[1] == null ? PyRange.of(0, first, 1) : PyRange.of(first, Ints.toLong(a[1]), a[2] == null ? 1 : Ints.toLong(a[2]));
    });
    private static final Builtin SLICE = Builtin.of("", "slice(start, stop=, step=, /)", (m, a) -> a[1] == null
            ? new PySlice(None.NONE, a[0], None.NONE) : new PySlice(a[0], a[1], a[2] == null ? None.NONE : a[2]));
    private static final Builtin TYPE = Builtin.of("", "type(object, bases=, dict=, /)", (m, a) -> {
        if (a[1] != null) {
            throw Stop.unsupported("making types");
        }
        return PyType.of(a[0]);
    });
    private static final Builtin ENUMERATE = Builtin.of("", "enumerate(iterable, start=)", (m, a) -> {
        PyIterator items = Iteration.iterator(m, a[0]);
        Object[] count = {a[1] == null ? 0L : Ints.plain(a[1])};
        if (!Ints.isInt(count[0])) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(count[0]));
        }
        return new Lazy(PyType.ENUMERATE, machine -> {
            Object x = items.next(machine);
            if (x == null) {
                return null;
            }
            PyTuple pair = PyTuple.of(count[0], x);
            count[0] = Ints.add(machine, count[0], 1L);
            return pair;
        });
    });
    private static final Builtin REVERSED = Builtin.of("", "reversed(sequence, /)", (m, a) -> Iteration.reversed(m, a[0]));
    private static final Builtin FILTER = Builtin.of("", "filter(function, iterable, /)", (m, a) -> {
        PyIterator items = Iteration.iterator(m, a[1]);
        return new Lazy(PyType.FILTER, machine -> {
            for (Object x = machine.next(items); x != null; x = machine.next(items)) {
                if (Operators.truth(a[0] == None.NONE ? x : machine.call(a[0], x))) {
                    return x;
                }
            }
            return null;
        });
    });
    private static final Builtin MAP = Builtin.of("", "map(function, /, *iterables)", (m, a) -> {
        Object[] iterables = (Object[]) a[1];
        if (iterables.length == 0) {
            throw Errors.typeError("map() must have at least two arguments.");
        }
        PyIterator[] all = iterators(m, iterables, null);
        return new Lazy(PyType.MAP, machine -> {
            Object[] arguments = new Object[all.length];
            for (int i = 0; i < all.length; i++) {
                arguments[i] = machine.next(all[i]);
                if (arguments[i] == null) {
                    return null;
                }
            }
            return machine.call(a[0], arguments);
        });
    });
    private static final Builtin ZIP = Builtin.of("", "zip(*iterables, strict=)", (m, a) -> {
        PyIterator[] all = iterators(m, (Object[]) a[0], "zip argument #%d must support iteration");
        boolean strict = a[1] != null && Operators.truth(a[1]);
        return new Lazy(PyType.ZIP, machine -> zipped(machine, all, strict));
    });

    /** An iterator that computes the next value when asked. */
    static final class Lazy extends PyIterator {
        private final java.util.function.Function<Machine, Object> next;

        Lazy(PyType type, java.util.function.Function<Machine, Object> next) {
            super(type);
            this.next = next;
        }

        @Override
        public Object next(Machine m) {
            // iterators on iterators on iterators recurse in Java, and each takes its time
            m.charge(1);
            m.enter();
            Object value = next.apply(m);
            m.leave();
            return value;
        }
    }

    private Constructors() {}

    static Object call(Machine m, PyType type, Object[] arguments, String[] names) {
        if (type instanceof NamedTuple named) {
            return named.make(m, arguments, names);
        }
        Builtin constructor = switch (type.name) {
            case "int" -> INT;
            case "float" -> FLOAT;
            case "bool" -> BOOL;
            case "str" -> STR;
            case "list" -> LIST;
            case "tuple" -> TUPLE;
            case "set" -> SET;
            case "frozenset" -> FROZENSET;
            case "dict" -> DICT;
            case "range" -> RANGE;
            case "slice" -> SLICE;
            case "type" -> TYPE;
            case "enumerate" -> ENUMERATE;
            case "reversed" -> REVERSED;
            case "filter" -> FILTER;
            case "map" -> MAP;
            case "zip" -> ZIP;
            case "Fraction" -> FractionsModule.CONSTRUCTOR;
            case "date" -> DatetimeModule.DATE;
            case "datetime" -> DatetimeModule.DATETIME;
            case "timedelta" -> DatetimeModule.TIMEDELTA;
            case "Counter" -> CollectionsModule.COUNTER;
            case "defaultdict" -> CollectionsModule.DEFAULTDICT;
            case "deque" -> CollectionsModule.DEQUE;
            case "OrderedDict" -> CollectionsModule.ORDEREDDICT;
            case "Decimal" -> DecimalModule.DECIMAL;
            default -> null;
        };
        if (constructor != null) {
            return constructor.call(m, arguments, names);
        }
        if (type.isException()) {
            if (names != null) {
                throw Errors.typeError("%s() takes no keyword arguments", type.name);
            }
            return new PyException(type, arguments);
        }
        throw Stop.unsupported("making a " + type.name);
    }

    private static PyIterator[] iterators(Machine m, Object[] iterables, String message) {
        PyIterator[] all = new PyIterator[iterables.length];
        for (int i = 0; i < all.length; i++) {
            if (message != null && !Iteration.isIterable(iterables[i])) {
                throw Errors.typeError("'%s' object is not iterable", Errors.typeName(iterables[i]));
            }
            all[i] = Iteration.iterator(m, iterables[i]);
        }
        return all;
    }

    private static Object zipped(Machine m, PyIterator[] all, boolean strict) {
        if (all.length == 0) {
            return null;
        }
        Object[] items = new Object[m.slots(all.length)];
        for (int i = 0; i < all.length; i++) {
            items[i] = m.next(all[i]);
            if (items[i] == null) {
                if (strict && i > 0) {
                    throw Errors.valueError("zip() argument %d is shorter than argument%s", i + 1, i == 1 ? " 1" : "s 1-" + i);
                }
                for (int j = 1; strict && j < all.length; j++) {
                    if (m.next(all[j]) != null) {
                        throw Errors.valueError("zip() argument %d is longer than argument%s", j + 1, j == 1 ? " 1" : "s 1-" + j);
                    }
                }
                return null;
            }
        }
        return new PyTuple(items);
    }

    private static PySet set(Machine m, Object iterable, boolean frozen) {
        PySet set = m.newSet(frozen);
        if (iterable != null) {
            set.update(m, iterable);
        }
        return set;
    }

    private static Object toInt(Machine m, Object x, Object base) {
        if (x == null) {
            if (base != null) {
                throw Errors.typeError("int() missing string argument");
            }
            return 0L;
        }
        if (base != null) {
            if (!(x instanceof String s)) {
                throw Errors.typeError("int() can't convert non-string with explicit base");
            }
            int radix = Ints.index(base);
            if (radix != 0 && (radix < 2 || radix > 36)) {
                throw Errors.valueError("int() base must be >= 2 and <= 36, or 0");
            }
            return Ints.parse(m, s, radix);
        }
        return switch (Ints.plain(x)) {
            case Double d -> Floats.toInt(m, d);
            case String s -> Ints.parse(m, s, 10);
            case Fraction f -> f.truncated(m);
            case Decimal d -> d.toInt(m);
            case Object o when Ints.isInt(o) -> o;
            default -> throw Errors.typeError(
                    "int() argument must be a string, a bytes-like object or a real number, not '%s'", Errors.typeName(x));
        };
    }

    private static Object toFloat(Machine m, Object x) {
        return switch (Ints.plain(x)) {
            case Double d -> d;
            case String s -> parseFloat(m, s);
            case Fraction f -> f.toDouble(m);
            case Decimal d -> d.toDouble(m);
            case Object o when Ints.isInt(o) -> Ints.toDouble(o);
            default -> throw Errors.typeError("float() argument must be a string or a real number, not '%s'",
                    Errors.typeName(x));
        };
    }

    private static double parseFloat(Machine m, String text) {
        m.charge(text.length());
        String s = Strings.strip(m, text, null, true, true).toLowerCase(java.util.Locale.ROOT);
        boolean negative = s.startsWith("-");
        String unsigned = negative || s.startsWith("+") ? s.substring(1) : s;
        switch (unsigned) {
            case "inf", "infinity":
                return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            case "nan":
                return Double.NaN;
            default:
                break;
        }
        boolean digits = false;
        boolean point = false;
        boolean exponent = false;
        boolean valid = !unsigned.isEmpty();
        char previous = ' ';
        for (int i = 0; i < unsigned.length() && valid; i++) {
            char c = unsigned.charAt(i);
            if (c >= '0' && c <= '9') {
                digits = true;
            } else if (c == '_') {
                valid = previous >= '0' && previous <= '9' && i + 1 < unsigned.length()
                        && unsigned.charAt(i + 1) >= '0' && unsigned.charAt(i + 1) <= '9';
            } else if (c == '.') {
                valid = !point && !exponent;
                point = true;
            } else if (c == 'e') {
                valid = digits && !exponent;
                exponent = true;
                digits = false;
            } else if (c == '+' || c == '-') {
                valid = previous == 'e';
            } else if (c > 127 && Character.isDigit(c)) {
                throw Stop.unsupported("digits of other scripts");
            } else {
                valid = false;
            }
            previous = c;
        }
        if (!valid || !digits) {
            throw Errors.valueError("could not convert string to float: %s", Repr.repr(m, text));
        }
        return Double.parseDouble(s.replace("_", ""));
    }
}
