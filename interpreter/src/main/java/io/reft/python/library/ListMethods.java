package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyRange;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Sorting;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The methods of list, tuple and range. */
final class ListMethods {
    static final Map<String, Builtin> TABLE;
    static final Map<String, Builtin> TUPLE;
    static final Map<String, Builtin> RANGE;

    static {
        Map<String, Builtin> t = new HashMap<>();
        define(t, "list", "append(self, object, /)", (m, a) -> {
            list(a).add(m, a[1]);
            return None.NONE;
        });
        define(t, "list", "extend(self, iterable, /)", (m, a) -> {
            list(a).extend(m, a[1]);
            return None.NONE;
        });
        define(t, "list", "insert(self, index, object, /)", (m, a) -> {
            int size = list(a).size;
            int at = Ints.index(a[1]);
            list(a).insert(m, Math.clamp(at < 0 ? (long) at + size : at, 0, size), a[2]);
            return None.NONE;
        });
        define(t, "list", "pop(self, index=, /)", (m, a) -> pop(m, list(a), a[1]));
        define(t, "list", "remove(self, value, /)", (m, a) -> {
            int at = index(m, list(a).items, 0, list(a).size, a[1]);
            if (at < 0) {
                throw Errors.valueError("list.remove(x): x not in list");
            }
            list(a).removeRange(m, at, at + 1);
            return None.NONE;
        });
        define(t, "list", "clear(self, /)", (m, a) -> {
            Arrays.fill(list(a).items, null);
            list(a).size = 0;
            return None.NONE;
        });
        define(t, "list", "copy(self, /)", (m, a) -> list(a).slice(m, 0, list(a).size));
        define(t, "list", "count(self, value, /)", (m, a) -> count(m, list(a).items, list(a).size, a[1]));
        define(t, "list", "index(self, value, start=, stop=, /)", (m, a) -> {
            int at = index(m, list(a).items, list(a).size, a);
            if (at < 0) {
                throw Errors.valueError("%s is not in list", Repr.repr(m, a[1]));
            }
            return (long) at;
        });
        define(t, "list", "reverse(self, /)", (m, a) -> {
            PyList.reverse(m, list(a).items, list(a).size);
            return None.NONE;
        });
        define(t, "list", "sort(self, /, *, key=, reverse=)", (m, a) -> {
            Sorting.sort(m, list(a), a[1], a[2]);
            return None.NONE;
        });
        TABLE = Map.copyOf(t);
        TUPLE = Map.of("count", Builtin.of("tuple", "count(self, value, /)",
                (m, a) -> count(m, tuple(a), tuple(a).length, a[1])),
                "index", Builtin.of("tuple", "index(self, value, start=, stop=, /)", (m, a) -> {
                    int at = index(m, tuple(a), tuple(a).length, a);
                    if (at < 0) {
                        throw Errors.valueError("tuple.index(x): x not in tuple");
                    }
                    return (long) at;
                }));
        RANGE = Map.of("count", Builtin.of("range", "count(self, value, /)",
                (m, a) -> Comparison.contains(m, a[0], a[1]) ? 1L : 0L),
                "index", Builtin.of("range", "index(self, value, /)", (m, a) -> {
                    long at = Ints.plain(a[1]) instanceof Long x ? ((PyRange) a[0]).indexOf(x) : -1;
                    if (at < 0) {
                        throw Errors.valueError("%s is not in range", Repr.repr(m, a[1]));
                    }
                    return at;
                }));
    }

    private ListMethods() {}

    static void define(Map<String, Builtin> table, String owner, String signature, Builtin.Body body) {
        Builtin b = Builtin.of(owner, signature, body);
        table.put(b.name, b);
    }

    private static PyList list(Object[] a) {
        if (!(a[0] instanceof PyList list)) {
            throw Errors.typeError("descriptor requires a 'list' object but received a '%s'", Errors.typeName(a[0]));
        }
        return list;
    }

    private static Object[] tuple(Object[] a) {
        if (!(a[0] instanceof PyTuple tuple)) {
            throw Errors.typeError("descriptor requires a 'tuple' object but received a '%s'", Errors.typeName(a[0]));
        }
        return tuple.items();
    }

    private static Object pop(Machine m, PyList list, Object index) {
        if (index != null && !Ints.isInt(index)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(index));
        }
        if (list.size == 0) {
            throw Errors.indexError("pop from empty list");
        }
        long at = index == null ? -1 : Ints.clamped(index, Integer.MAX_VALUE);
        at = at < 0 ? at + list.size : at;
        if (at < 0 || at >= list.size) {
            throw Errors.indexError("pop index out of range");
        }
        Object value = list.items[(int) at];
        list.removeRange(m, (int) at, (int) at + 1);
        return value;
    }

    private static int index(Machine m, Object[] items, int size, Object[] a) {
        long from = a[2] == null ? 0 : Ints.index(a[2]);
        long to = a[3] == null ? size : Ints.index(a[3]);
        return index(m, items, Math.clamp(from < 0 ? from + size : from, 0, size),
                Math.clamp(to < 0 ? to + size : to, 0, size), a[1]);
    }

    private static int index(Machine m, Object[] items, int from, int to, Object value) {
        for (int i = from; i < to; i++) {
            m.charge(1);
            if (Comparison.same(m, items[i], value)) {
                return i;
            }
        }
        return -1;
    }

    private static Object count(Machine m, Object[] items, int size, Object value) {
        long count = 0;
        for (int i = 0; i < size; i++) {
            m.charge(1);
            count += Comparison.same(m, items[i], value) ? 1 : 0;
        }
        return count;
    }
}
