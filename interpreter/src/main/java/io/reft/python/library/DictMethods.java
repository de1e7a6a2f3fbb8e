package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.DictView;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Iteration;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyTuple;
import java.util.HashMap;
import java.util.Map;

/** The methods of dict, which defaultdict shares. */
final class DictMethods {
    static final Map<String, Builtin> TABLE;
    static final Builtin FROM_KEYS = Builtin.of("dict", "fromkeys(iterable, value=, /)", (m, a) -> {
        PyDict dict = m.newDict();
        PyIterator iterator = Iteration.iterator(m, a[0]);
        for (Object key = m.next(iterator); key != null; key = m.next(iterator)) {
            dict.put(m, key, a[1] == null ? None.NONE : a[1]);
        }
        return dict;
    });

    static {
        Map<String, Builtin> t = new HashMap<>();
        define(t, "get(self, key, default=, /)", (m, a) -> {
            Object value = dict(a).get(m, a[1]);
            return value != null ? value : a[2] != null ? a[2] : None.NONE;
        });
        define(t, "keys(self, /)", (m, a) -> new DictView(dict(a), DictView.Kind.KEYS));
        define(t, "values(self, /)", (m, a) -> new DictView(dict(a), DictView.Kind.VALUES));
        define(t, "items(self, /)", (m, a) -> new DictView(dict(a), DictView.Kind.ITEMS));
        define(t, "pop(self, key, default=, /)", (m, a) -> {
            Object value = dict(a).remove(m, a[1]);
            if (value == null && a[2] == null) {
                throw Errors.keyError(a[1]);
            }
            return value != null ? value : a[2];
        });
        define(t, "popitem(self, /)", (m, a) -> {
            PyDict dict = dict(a);
            int last = dict.last();
            if (last < 0) {
                throw Errors.keyError("popitem(): dictionary is empty");
            }
            PyTuple item = PyTuple.of(dict.keys[last], dict.values[last]);
            dict.remove(m, dict.keys[last]);
            return item;
        });
        define(t, "setdefault(self, key, default=, /)", (m, a) -> {
            Object value = dict(a).get(m, a[1]);
            if (value == null) {
                value = a[2] == null ? None.NONE : a[2];
                dict(a).put(m, a[1], value);
            }
            return value;
        });
        define(t, "clear(self, /)", (m, a) -> {
            dict(a).clear(m);
            return None.NONE;
        });
        define(t, "copy(self, /)", (m, a) -> dict(a).copy(m));
        t.put("update", Builtin.withKeywords("dict", "update", (m, a, names) -> {
            int given = a.length - (names == null ? 0 : names.length);
            if (given > 2) {
                throw Errors.typeError("update expected at most 1 argument, got %d", given - 1);
            }
            if (given == 2) {
                dict(a).update(m, a[1]);
            }
            for (int i = 0; names != null && i < names.length; i++) {
                dict(a).put(m, names[i], a[given + i]);
            }
            return None.NONE;
        }));
        TABLE = Map.copyOf(t);
    }

    private DictMethods() {}

    private static void define(Map<String, Builtin> table, String signature, Builtin.Body body) {
        ListMethods.define(table, "dict", signature, body);
    }

    static PyDict dict(Object[] a) {
        if (!(a[0] instanceof PyDict dict)) {
            throw Errors.typeError("descriptor requires a 'dict' object but received a '%s'", Errors.typeName(a[0]));
        }
        return dict;
    }
}
