package io.reft.python.runtime;

/**
 * Stable sorting that compares with {@code <} only. Up to 63 items it makes CPython's own comparisons (a run, then binary
 * insertion), so that even unorderable values end alike; above that it merges, and refuses NaN.
 */
public final class Sorting {
    private static final int SMALL = 63;

    private Sorting() {}

    /** Sorts a list where it is; {@code key} and {@code reverse} may be null. */
    public static void sort(Machine m, PyList list, Object key, Object reverse) {
        boolean backwards = reverse != null && Operators.truth(reverse instanceof Long || reverse instanceof Boolean ? reverse
                : integer(reverse));
        Object[] items = list.toArray(m);
        int size = list.size;
        // the list is empty for whoever looks at it from the key function
        Object[] hidden = list.items;
        list.items = new Object[0];
        list.size = 0;
        try {
            Object[] keys = items;
            if (key != null && key != None.NONE) {
                keys = new Object[m.slots(size)];
                for (int i = 0; i < size; i++) {
                    keys[i] = m.call(key, items[i]);
                }
            }
            items = sorted(m, items, keys, size, backwards);
        } finally {
            list.items = hidden;
            list.size = size;
        }
        System.arraycopy(items, 0, list.items, 0, size);
    }

    private static Object integer(Object reverse) {
        if (!Ints.isInt(reverse)) {
            throw Errors.typeError("'%s' object cannot be interpreted as an integer", Errors.typeName(reverse));
        }
        return reverse;
    }

    private static Object[] sorted(Machine m, Object[] items, Object[] keys, int size, boolean backwards) {
        if (size < 2) {
            return items;
        }
        // reversing before and after keeps equal items in their order
        if (backwards) {
            PyList.reverse(m, items, size);
            if (keys != items) {
                PyList.reverse(m, keys, size);
            }
        }
        Integer[] order = new Integer[m.slots(size)];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        if (size <= SMALL) {
            insertion(m, order, keys, 0, size);
        } else {
            for (int i = 0; i < size; i++) {
                if (keys[i] instanceof Double d && Double.isNaN(d)) {
                    throw Stop.unsupported("sorting NaN");
                }
            }
            m.slots(size);
            merge(m, order, new Integer[size], keys, 0, size);
        }
        m.slots(size);
        Object[] result = new Object[size];
        for (int i = 0; i < size; i++) {
            result[i] = items[order[i]];
        }
        if (backwards) {
            PyList.reverse(m, result, size);
        }
        return result;
    }

    private static boolean less(Machine m, Object[] keys, Integer a, Integer b) {
        m.charge(1);
        return Comparison.less(m, keys[a], keys[b]);
    }

    private static void insertion(Machine m, Integer[] order, Object[] keys, int from, int to) {
        int run = from + 1;
        if (run == to) {
            return;
        }
        if (less(m, keys, order[run], order[run - 1])) {
            for (run++; run < to && less(m, keys, order[run], order[run - 1]); run++) {}
            for (int i = from, j = run - 1; i < j; i++, j--) {
                Integer x = order[i];
                order[i] = order[j];
                order[j] = x;
            }
        } else {
            for (run++; run < to && !less(m, keys, order[run], order[run - 1]); run++) {}
        }
        for (; run < to; run++) {
            Integer pivot = order[run];
            int low = from;
            int high = run;
            while (low < high) {
                int middle = low + (high - low >> 1);
                if (less(m, keys, pivot, order[middle])) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            System.arraycopy(order, low, order, low + 1, run - low);
            order[low] = pivot;
        }
    }

    private static void merge(Machine m, Integer[] order, Integer[] spare, Object[] keys, int from, int to) {
        if (to - from <= 32) {
            insertion(m, order, keys, from, to);
            return;
        }
        int middle = from + to >>> 1;
        merge(m, order, spare, keys, from, middle);
        merge(m, order, spare, keys, middle, to);
        if (!less(m, keys, order[middle], order[middle - 1])) {
            return;
        }
        System.arraycopy(order, from, spare, from, middle - from);
        int left = from;
        int right = middle;
        int at = from;
        while (left < middle && right < to) {
            order[at++] = less(m, keys, order[right], spare[left]) ? order[right++] : spare[left++];
        }
        System.arraycopy(spare, left, order, at, middle - left);
    }

    /** {@code sorted(iterable)}. */
    static PyList sorted(Machine m, Object iterable) {
        PyList list = m.newList();
        list.extend(m, iterable);
        sort(m, list, null, null);
        return list;
    }
}
