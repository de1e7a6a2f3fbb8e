package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Comparison;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyList;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.Sorting;
import java.util.HashMap;
import java.util.Map;

/** {@code heapq}, in CPython's own steps, as the list shows them. Left out: merge. */
final class HeapModule {
    static final PyModule MODULE;

    static {
        Map<String, Object> t = new HashMap<>();
        define(t, "heappush(heap, item, /)", (m, a) -> {
            PyList heap = heap(a[0]);
            heap.add(m, a[1]);
            siftDown(m, heap, 0, heap.size - 1);
            return None.NONE;
        });
        define(t, "heappop(heap, /)", (m, a) -> {
            PyList heap = heap(a[0]);
            if (heap.size == 0) {
                throw Errors.indexError("index out of range");
            }
            Object last = heap.items[heap.size - 1];
            heap.removeRange(m, heap.size - 1, heap.size);
            return heap.size == 0 ? last : replace(m, heap, last);
        });
        define(t, "heapreplace(heap, item, /)", (m, a) -> {
            if (heap(a[0]).size == 0) {
                throw Errors.indexError("index out of range");
            }
            return replace(m, heap(a[0]), a[1]);
        });
        define(t, "heappushpop(heap, item, /)", (m, a) -> {
            PyList heap = heap(a[0]);
            return heap.size > 0 && Comparison.less(m, heap.items[0], a[1]) ? replace(m, heap, a[1]) : a[1];
        });
        define(t, "heapify(heap, /)", (m, a) -> {
            PyList heap = heap(a[0]);
            for (int i = heap.size / 2 - 1; i >= 0; i--) {
                siftUp(m, heap, i);
            }
            return None.NONE;
        });
        define(t, "nlargest(n, iterable, key=)", (m, a) -> first(m, a, true));
        define(t, "nsmallest(n, iterable, key=)", (m, a) -> first(m, a, false));
        MODULE = new PyModule("heapq", Map.copyOf(t), null);
    }

    private HeapModule() {}

    private static void define(Map<String, Object> table, String signature, Builtin.Body body) {
        Builtin b = Builtin.of("", signature, body);
        table.put(b.name, b);
    }

    private static PyList heap(Object x) {
        if (!(x instanceof PyList list)) {
            throw Errors.typeError("heap argument must be a list, not %s", Errors.typeName(x));
        }
        return list;
    }

    private static Object replace(Machine m, PyList heap, Object item) {
        Object least = heap.items[0];
        heap.items[0] = item;
        siftUp(m, heap, 0);
        return least;
    }

    private static void siftDown(Machine m, PyList heap, int start, int at) {
        Object item = heap.items[at];
        while (at > start) {
            int parent = at - 1 >> 1;
            m.charge(1);
            if (!Comparison.less(m, item, heap.items[parent])) {
                break;
            }
            heap.items[at] = heap.items[parent];
            at = parent;
        }
        heap.items[at] = item;
    }

    /** Lets the smaller child rise until there is none, and then the item from there. */
    private static void siftUp(Machine m, PyList heap, int start) {
        int at = start;
        Object item = heap.items[at];
        for (int child = 2 * at + 1; child < heap.size; child = 2 * at + 1) {
            m.charge(1);
            if (child + 1 < heap.size && !Comparison.less(m, heap.items[child], heap.items[child + 1])) {
                child++;
            }
            heap.items[at] = heap.items[child];
            at = child;
        }
        heap.items[at] = item;
        siftDown(m, heap, start, at);
    }

    private static PyList first(Machine m, Object[] a, boolean largest) {
        if (!Ints.isInt(a[0])) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(a[0]));
        }
        PyList sorted = m.newList();
        sorted.extend(m, a[1]);
        Sorting.sort(m, sorted, a[2], largest);
        return sorted.slice(m, 0, Math.clamp(Ints.clamped(a[0], Integer.MAX_VALUE), 0, sorted.size));
    }
}
