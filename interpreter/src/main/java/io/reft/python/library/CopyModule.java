package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.PyDeque;
import io.reft.python.runtime.PyDict;
import io.reft.python.runtime.PyIterator;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PySet;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import java.util.IdentityHashMap;
import java.util.Map;

/** {@code copy}: copy and deepcopy of the built-in containers. */
final class CopyModule {
    static final PyModule MODULE = new PyModule("copy", Map.of(
            "copy", Builtin.of("", "copy(x)", (m, a) -> shallow(m, a[0])),
            "deepcopy", Builtin.of("", "deepcopy(x, memo=)", (m, a) -> deep(m, a[0], new IdentityHashMap<>()))), null);

    private CopyModule() {}

    private static Object shallow(Machine m, Object x) {
        return switch (x) {
            case PyList l -> l.slice(m, 0, l.size);
            case PyDict d -> d.copy(m);
            case PySet s -> s.frozen ? s : s.copy(m, false);
            case PyDeque d -> d.copy(m);
            case PyIterator i -> throw Stop.unsupported("a copy of an iterator");
            default -> x;
        };
    }

    /** {@code copies} holds what has been copied, so that what is shared stays shared. */
    private static Object deep(Machine m, Object x, Map<Object, Object> copies) {
        if (!(x instanceof PyList || x instanceof PyTuple || x instanceof PyDict || x instanceof PySet)) {
            if (x instanceof PyIterator || x instanceof PyDeque) {
                throw Stop.unsupported("a deep copy of " + PyType.of(x).name);
            }
            return x;
        }
        Object known = copies.get(x);
        if (known != null) {
            return known;
        }
        m.enter();
        m.charge(1);
        m.allocate(64);
        Object copy;
        switch (x) {
            case PyList l -> {
                PyList to = m.newList();
                copies.put(x, to);
                m.charge(l.size >> 2);
                for (int i = 0; i < l.size; i++) {
                    to.add(m, deep(m, l.items[i], copies));
                }
                copy = to;
            }
            case PyDict d -> {
                PyDict to = m.newDict();
                to.type = d.type;
                to.factory = d.factory;
                copies.put(x, to);
                m.charge(d.end >> 4);
                for (int i = 0; i < d.end; i++) {
                    if (d.keys[i] != null) {
                        to.put(m, deep(m, d.keys[i], copies), deep(m, d.values[i], copies));
                    }
                }
                copy = to;
            }
            // what can be in a set or is a tuple of such does not change: only tuples that hold something that does are copied
            case PySet s -> copy = s.frozen ? s : s.copy(m, false);
            default -> {
                PyTuple t = (PyTuple) x;
                Object[] items = new Object[m.slots(t.items().length)];
                m.charge(items.length >> 2);
                for (int i = 0; i < items.length; i++) {
                    items[i] = deep(m, t.items()[i], copies);
                }
                boolean same = true;
                for (int i = 0; i < items.length; i++) {
                    same &= items[i] == t.items()[i];
                }
                copy = copies.getOrDefault(x, same ? x : new PyTuple(items, t.type()));
            }
        }
        copies.put(x, copy);
        m.leave();
        return copy;
    }
}
