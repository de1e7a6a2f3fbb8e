package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyTuple;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Stop;
import java.util.HashMap;
import java.util.Map;

/** {@code bisect}: places in sorted lists. */
final class BisectModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        for (String name : new String[] {"bisect", "bisect_right", "bisect_left"}) {
            define(t, name + "(a, x, lo=, hi=, *, key=)", (m, a) -> (long) place(m, a, name.endsWith("left"), false));
        }
        for (String name : new String[] {"insort", "insort_right", "insort_left"}) {
            define(t, name + "(a, x, lo=, hi=, *, key=)", (m, a) -> {
                int at = place(m, a, name.endsWith("left"), true);
                ((PyList) a[0]).insert(m, at, a[1]);
                return None.NONE;
            });
        }
        MODULE = new PyModule("bisect", Map.copyOf(t), null);
    }

    private BisectModule() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("", signature, body);
        table.put(b.name, b);
    }

    private static int place(Machine m, Object[] a, boolean left, boolean insertion) {
        Object[] items;
        int size;
        if (a[0] instanceof PyList list) {
            items = list.items;
            size = list.size;
        } else if (a[0] instanceof PyTuple tuple && !insertion) {
            items = tuple.items();
            size = items.length;
        } else {
            throw Stop.unsupported("bisect of " + PyType.of(a[0]).name);
        }
        if (a[4] != null && a[4] != None.NONE) {
            throw Stop.unsupported("bisect with a key");
        }
        int low = a[2] == null ? 0 : Ints.index(a[2]);
        int high = a[3] == null || a[3] == None.NONE ? size : Ints.index(a[3]);
        if (low < 0) {
            throw Errors.valueError("lo must be non-negative");
        }
        if (high > size) {
            throw Errors.indexError("list index out of range");
        }
        while (low < high) {
            int middle = low + high >>> 1;
            m.charge(1);
            if (left ? Comparison.less(m, items[middle], a[1]) : !Comparison.less(m, a[1], items[middle])) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
