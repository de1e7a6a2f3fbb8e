package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Decimal;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Floats;
import io.reft.python.runtime.Format;
import io.reft.python.runtime.Fraction;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.Memo;
import io.reft.python.runtime.None;
import io.reft.python.runtime.Operator;
import io.reft.python.runtime.Operators;
import io.reft.python.runtime.PyCallable;
import io.reft.python.runtime.PyException;
import io.reft.python.runtime.PyFunction;
import io.reft.python.runtime.PyGenerator;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Sorting;
import io.reft.python.runtime.Stop;
import io.reft.python.runtime.Strings;
import io.reft.python.runtime.TimeDelta;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Python's built-in functions and names. What is left out is named in {@link #LEFT_OUT}. */
final class Builtins {
    private static final Set<String> LEFT_OUT = Set.of("input", "open", "eval", "exec", "compile", "__import__", "getattr",
            "setattr", "hasattr", "delattr", "globals", "locals", "vars", "dir", "id", "memoryview", "bytes", "bytearray",
            "complex", "property", "staticmethod", "classmethod", "super", "help", "breakpoint", "exit", "quit", "aiter",
            "anext", "copyright", "credits", "license", "__build_class__", "__debug__", "__doc__", "__loader__", "__spec__",
            "__package__", "BaseExceptionGroup", "ExceptionGroup");
    private static final Map<String, Object> TABLE;

    static {
        Map<String, Object> t = new HashMap<>(ExceptionTypes.ALL);
        for (PyType type : new PyType[] {PyType.INT, PyType.FLOAT, PyType.BOOL, PyType.STR, PyType.LIST, PyType.TUPLE,
                PyType.DICT, PyType.SET, PyType.FROZENSET, PyType.RANGE, PyType.SLICE, PyType.TYPE, PyType.OBJECT,
                PyType.ENUMERATE, PyType.FILTER, PyType.MAP, PyType.ZIP, PyType.REVERSED}) {
            t.put(type.name, type);
        }
        t.put("__name__", "builtins");
        t.put("Ellipsis", None.ELLIPSIS);
        t.put("NotImplemented", None.NOT_IMPLEMENTED);
        define(t, "abs(x, /)", (m, a) -> a[0] instanceof Decimal d ? d.absolute().rounded(m) : absolute(a[0]));
        define(t, "all(iterable, /)", (m, a) -> all(m, a[0], false));
        define(t, "any(iterable, /)", (m, a) -> !all(m, a[0], true));
        define(t, "ascii(obj, /)", (m, a) -> Repr.ascii(m, Repr.repr(m, a[0])));
        define(t, "bin(number, /)", (m, a) -> Format.prefixed(m, Ints.require(a[0]), "0b", 2));
        define(t, "oct(number, /)", (m, a) -> Format.prefixed(m, Ints.require(a[0]), "0o", 8));
        define(t, "hex(number, /)", (m, a) -> Format.prefixed(m, Ints.require(a[0]), "0x", 16));
        define(t, "callable(obj, /)", (m, a) -> a[0] instanceof PyFunction || a[0] instanceof PyCallable || a[0] instanceof PyType
                || a[0] instanceof Memo);
        define(t, "chr(i, /)", (m, a) -> Strings.ofCodePoint(a[0]));
        define(t, "ord(c, /)", (m, a) -> {
            if (!(a[0] instanceof String s)) {
                throw Errors.typeError("ord() expected string of length 1, but %s found", Errors.typeName(a[0]));
            }
            m.charge(s.length() >> 5);
            int count = s.codePointCount(0, s.length());
            if (count != 1) {
                throw Errors.typeError("ord() expected a character, but string of length %d found", count);
            }
            return (long) s.codePointAt(0);
        });
        define(t, "divmod(x, y, /)", (m, a) -> divmod(m, a[0], a[1]));
        define(t, "format(value, format_spec=, /)", (m, a) -> {
            if (a[1] != null && !(a[1] instanceof String)) {
                throw Errors.typeError("format() argument 2 must be str, not %s", Errors.typeName(a[1]));
            }
            return Format.format(m, a[0], a[1] == null ? "" : (String) a[1]);
        });
        define(t, "hash(obj, /)", (m, a) -> {
            if (!Comparison.isNumber(a[0])) {
                Comparison.hash(m, a[0]);
                throw Stop.unsupported("hash of " + PyType.of(a[0]).name);
            }
            return Comparison.hash(m, a[0]);
        });
        define(t, "isinstance(obj, class_or_tuple, /)", (m, a) -> PyType.isInstance(m, PyType.of(a[0]), a[1], "isinstance"));
        define(t, "issubclass(cls, class_or_tuple, /)", (m, a) -> {
            if (!(a[0] instanceof PyType type)) {
                throw Errors.typeError("issubclass() arg 1 must be a class");
            }
            return PyType.isInstance(m, type, a[1], "issubclass");
        });
        define(t, "iter(iterable, sentinel=, /)", (m, a) -> {
            if (a[1] != null) {
                throw Stop.unsupported("iter with a sentinel");
            }
            return Iteration.iterator(m, a[0]);
        });
        define(t, "len(obj, /)", (m, a) -> Iteration.length(m, a[0]));
        define(t, "max(first, /, *rest, key=, default=)", (m, a) -> extreme(m, a, "max", Operator.GT));
        define(t, "min(first, /, *rest, key=, default=)", (m, a) -> extreme(m, a, "min", Operator.LT));
        define(t, "next(iterator, default=, /)", (m, a) -> next(m, a[0], a[1]));
        define(t, "pow(base, exp, mod=)", (m, a) -> pow(m, a[0], a[1], a[2]));
        define(t, "print(*values, sep=, end=, file=, flush=)", Builtins::print);
        define(t, "repr(obj, /)", (m, a) -> Repr.repr(m, a[0]));
        define(t, "round(number, ndigits=)", (m, a) -> NumberMethods.round(m, a[0], a[1]));
        define(t, "sorted(iterable, /, *, key=, reverse=)", (m, a) -> {
            PyList list = m.newList();
            list.extend(m, a[0]);
            Sorting.sort(m, list, a[1], a[2]);
            return list;
        });
        define(t, "sum(iterable, /, start=)", (m, a) -> sum(m, a[0], a[1] == null ? 0L : a[1]));
        TABLE = Map.copyOf(t);
    }

    private Builtins() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("", signature, body);
        table.put(b.name, b);
    }

    /** A built-in name's value, or NameError. */
    static Object get(String name) {
        Object value = TABLE.get(name);
        if (value != null) {
            return value;
        }
        if (LEFT_OUT.contains(name)) {
            throw Stop.unsupported(name);
        }
        throw Errors.raise(ExceptionTypes.NAME_ERROR, "name '" + name + "' is not defined");
    }

    static boolean isType(String name) {
        return TABLE.get(name) instanceof PyType;
    }

    static Object absolute(Object x) {
        return switch (Ints.plain(x)) {
            case Double d -> Math.abs(d);
            case Fraction f -> f.numerator().signum() < 0 ? f.negate() : f;
            case TimeDelta t -> t.microseconds() < 0 ? t.times(-1) : t;
            case Object o when Ints.isInt(o) -> Ints.absolute(o);
            default -> throw Errors.typeError("bad operand type for abs(): '%s'", Errors.typeName(x));
        };
    }

    /** Whether no item's truth is {@code stop}. */
    private static boolean all(Machine m, Object iterable, boolean stop) {
        PyIterator iterator = Iteration.iterator(m, iterable);
        for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
            if (Operators.truth(x) == stop) {
                return false;
            }
        }
        return true;
    }

    private static Object divmod(Machine m, Object x, Object y) {
        Object a = Ints.plain(x);
        Object b = Ints.plain(y);
        if (Ints.isInt(a) && Ints.isInt(b)) {
            return PyTuple.of(Ints.floorDivide(m, a, b, "integer division or modulo by zero"), Ints.modulo(m, a, b, ""));
        }
        if ((a instanceof Double || Ints.isInt(a)) && (b instanceof Double || Ints.isInt(b))) {
            double divisor = b instanceof Double d ? d : Ints.toDouble(b);
            if (divisor == 0) {
                throw Errors.zeroDivision("float divmod()");
            }
            double dividend = a instanceof Double d ? d : Ints.toDouble(a);
            Floats.chargeRemainder(m, dividend, divisor);
            double[] both = Floats.divide(dividend, divisor);
            return PyTuple.of(both[0], both[1]);
        }
        if ((a instanceof Decimal || b instanceof Decimal) && !(a instanceof Double || b instanceof Double || a instanceof Fraction
                || b instanceof Fraction) && Comparison.isNumber(a) && Comparison.isNumber(b)) {
            return Decimal.divmod(m, Decimal.from(m, a), Decimal.from(m, b));
        }
        if (Comparison.isNumber(a) && Comparison.isNumber(b) && !(a instanceof Decimal) && !(b instanceof Decimal)
                || a instanceof TimeDelta && b instanceof TimeDelta) {
            return PyTuple.of(Operators.binary(m, Operator.FLOOR_DIV, a, b), Operators.binary(m, Operator.MOD, a, b));
        }
        throw Errors.typeError("unsupported operand type(s) for divmod(): '%s' and '%s'", Errors.typeName(x), Errors.typeName(y));
    }

    private static Object extreme(Machine m, Object[] a, String name, Operator wins) {
        Object[] rest = (Object[]) a[1];
        if (rest.length > 0 && a[3] != null) {
            throw Errors.typeError("Cannot specify a default for %s() with multiple positional arguments", name);
        }
        Object key = a[2] == None.NONE ? null : a[2];
        Object best = null;
        Object bestKey = null;
        PyIterator iterator = rest.length == 0 ? Iteration.iterator(m, a[0]) : null;
        for (int i = 0;; i++) {
            Object x;
            if (iterator != null) {
                x = m.next(iterator);
            } else {
                m.charge(1);
                x = i == 0 ? a[0] : i <= rest.length ? rest[i - 1] : null;
            }
            if (x == null) {
                break;
            }
            Object k = key == null ? x : m.call(key, x);
            if (best == null || Comparison.ordered(m, wins, k, bestKey)) {
                best = x;
                bestKey = k;
            }
        }
        if (best == null) {
            if (a[3] == null) {
                throw Errors.valueError("%s() arg is an empty sequence", name);
            }
            return a[3];
        }
        return best;
    }

    private static Object next(Machine m, Object iterator, Object initial) {
        if (!(iterator instanceof PyIterator i)) {
            throw Errors.typeError("'%s' object is not an iterator", Errors.typeName(iterator));
        }
        Object value = m.next(i);
        if (value != null) {
            return value;
        }
        if (initial != null) {
            return initial;
        }
        Object result = i instanceof PyGenerator g ? g.result() : None.NONE;
        throw new Raised(result == None.NONE ? new PyException(ExceptionTypes.STOP_ITERATION)
                : new PyException(ExceptionTypes.STOP_ITERATION, result));
    }

    private static Object pow(Machine m, Object base, Object exponent, Object modulus) {
        if (modulus == null || modulus == None.NONE) {
            return Operators.binary(m, Operator.POW, base, exponent);
        }
        if (!Ints.isInt(base) || !Ints.isInt(exponent) || !Ints.isInt(modulus)) {
            if (base instanceof Double || exponent instanceof Double || modulus instanceof Double) {
                throw Errors.typeError("pow() 3rd argument not allowed unless all arguments are integers");
            }
            throw Errors.typeError("unsupported operand type(s) for ** or pow(): '%s', '%s', '%s'", Errors.typeName(base),
                    Errors.typeName(exponent), Errors.typeName(modulus));
        }
        return Ints.powerModulo(m, Ints.plain(base), Ints.plain(exponent), Ints.plain(modulus));
    }

    /** What would be printed is made, since that may fail, and then dropped. */
    private static Object print(Machine m, Object[] a) {
        if (a[3] != null && a[3] != None.NONE) {
            throw Stop.unsupported("print to a file");
        }
        for (int i = 1; i <= 2; i++) {
            if (a[i] != null && a[i] != None.NONE && !(a[i] instanceof String)) {
                throw Errors.typeError("%s must be None or a string, not %s", i == 1 ? "sep" : "end", Errors.typeName(a[i]));
            }
        }
        for (Object value : (Object[]) a[0]) {
            m.charge(1);
            int level = m.nesting();
            try {
                Repr.str(m, value);
            } catch (Stop stop) {
                // what cannot be shown for an address or a random order in it does no harm here
                if (stop.kind == Stop.Kind.LIMIT) {
                    throw stop;
                }
                m.nesting(level);
            }
        }
        return None.NONE;
    }

    /** {@code sum}: an int total and then a float total as CPython keeps them, which for these is the plain addition. */
    static Object sum(Machine m, Object iterable, Object start) {
        PyIterator iterator = Iteration.iterator(m, iterable);
        if (start instanceof String) {
            throw Errors.typeError("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Object total = start;
        for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
            total = Operators.binary(m, Operator.ADD, total, x);
        }
        return total;
    }
}
