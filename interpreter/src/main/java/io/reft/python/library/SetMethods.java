package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PySet;
import java.util.HashMap;
import java.util.Map;

/** The methods of set and frozenset. */
final class SetMethods {
    static final Map<String, Builtin> TABLE;
    static final Map<String, Builtin> FROZEN;
    static final Map<String, Builtin> VIEW;

    static {
        Map<String, Builtin> f = new HashMap<>();
        define(f, "union(self, /, *others)", (m, a) -> {
            PySet result = set(a).copy(m, set(a).frozen);
            for (Object other : (Object[]) a[1]) {
                result.update(m, other);
            }
            return result;
        });
        define(f, "intersection(self, /, *others)", (m, a) -> {
            PySet result = ((Object[]) a[1]).length == 0 ? set(a).copy(m, set(a).frozen) : set(a);
            for (Object other : (Object[]) a[1]) {
                result = result.intersection(m, other);
            }
            return result;
        });
        define(f, "difference(self, /, *others)", (m, a) -> {
            PySet result = ((Object[]) a[1]).length == 0 ? set(a).copy(m, set(a).frozen) : null;
            for (Object other : (Object[]) a[1]) {
                if (result == null) {
                    result = set(a).difference(m, other);
                } else {
                    result.subtract(m, other);
                }
            }
            return result;
        });
        define(f, "symmetric_difference(self, other, /)", (m, a) -> set(a).symmetricDifference(m, a[1]));
        define(f, "issubset(self, other, /)", (m, a) -> set(a).isSubsetOf(m, PySet.from(m, a[1])));
        define(f, "issuperset(self, other, /)", (m, a) -> PySet.from(m, a[1]).isSubsetOf(m, set(a)));
        define(f, "isdisjoint(self, other, /)", (m, a) -> set(a).intersection(m, a[1]).size == 0);
        define(f, "copy(self, /)", (m, a) -> set(a).copy(m, set(a).frozen));
        FROZEN = Map.copyOf(f);
        VIEW = Map.of("isdisjoint", Builtin.of("dict_keys", "isdisjoint(self, other, /)",
                (m, a) -> PySet.from(m, a[0]).intersection(m, a[1]).size == 0));
        Map<String, Builtin> t = new HashMap<>(f);
        define(t, "add(self, item, /)", (m, a) -> {
            set(a).add(m, a[1]);
            return None.NONE;
        });
        define(t, "discard(self, item, /)", (m, a) -> {
            set(a).remove(m, a[1]);
            return None.NONE;
        });
        define(t, "remove(self, item, /)", (m, a) -> {
            if (!set(a).remove(m, a[1])) {
                throw Errors.keyError(a[1]);
            }
            return None.NONE;
        });
        define(t, "pop(self, /)", (m, a) -> {
            if (set(a).size == 0) {
                throw Errors.keyError("pop from an empty set");
            }
            return set(a).pop(m);
        });
        define(t, "clear(self, /)", (m, a) -> {
            set(a).clear();
            return None.NONE;
        });
        define(t, "update(self, /, *others)", (m, a) -> {
            for (Object other : (Object[]) a[1]) {
                set(a).update(m, other);
            }
            return None.NONE;
        });
        define(t, "intersection_update(self, /, *others)", (m, a) -> {
            for (Object other : (Object[]) a[1]) {
                set(a).become(set(a).intersection(m, other));
            }
            return None.NONE;
        });
        define(t, "difference_update(self, /, *others)", (m, a) -> {
            for (Object other : (Object[]) a[1]) {
                set(a).subtract(m, other);
            }
            return None.NONE;
        });
        define(t, "symmetric_difference_update(self, other, /)", (m, a) -> {
            set(a).toggle(m, a[1]);
            return None.NONE;
        });
        TABLE = Map.copyOf(t);
    }

    private SetMethods() {}

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "set", signature, body);
    }

    private static PySet set(Object[] a) {
        if (!(a[0] instanceof PySet set)) {
            throw Errors.typeError("descriptor requires a 'set' object but received a '%s'", Errors.typeName(a[0]));
        }
        return set;
    }
}
