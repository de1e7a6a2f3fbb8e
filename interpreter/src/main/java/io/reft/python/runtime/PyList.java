package io.reft.python.runtime;

import java.util.Arrays;

/** A Python list. Its methods for the program are in the library. */
public final class PyList implements PyValue {
    private static final Object[] EMPTY = {};
    public Object[] items;
    public int size;

    PyList() {
        this(EMPTY, 0);
    }

    /** Takes over an array whose bytes were already charged. */
    PyList(Object[] items, int size) {
        this.items = items;
        this.size = size;
    }

    @Override
    public PyType type() {
        return PyType.LIST;
    }

    public void add(Machine m, Object value) {
        if (size == items.length) {
            reserve(m, (long) size + 1);
        }
        items[size++] = value;
    }

    /** Makes room for so many items. */
    void reserve(Machine m, long capacity) {
        if (capacity > items.length) {
            int grown = m.slots(Math.max(capacity, 4 + items.length + (long) (items.length >> 1)));
            items = Arrays.copyOf(items, grown);
        }
    }

    void addAll(Machine m, Object[] values, int from, int to) {
        int count = to - from;
        m.charge(count >> 3);
        reserve(m, (long) size + count);
        System.arraycopy(values, from, items, size, count);
        size += count;
    }

    public void insert(Machine m, int index, Object value) {
        m.charge((size - index) >> 3);
        add(m, value);
        System.arraycopy(items, index, items, index + 1, size - 1 - index);
        items[index] = value;
    }

    /** Takes out the items from one index to before another. */
    public void removeRange(Machine m, int from, int to) {
        m.charge((size - from) >> 3);
        System.arraycopy(items, to, items, from, size - to);
        int shorter = size - (to - from);
        Arrays.fill(items, shorter, size, null);
        size = shorter;
    }

    /** A copy of a part. */
    public PyList slice(Machine m, int from, int to) {
        int count = Math.max(0, to - from);
        m.charge(count >> 3);
        m.slots(count);
        return new PyList(count == 0 ? EMPTY : Arrays.copyOfRange(items, from, to), count);
    }

    public Object[] toArray(Machine m) {
        m.charge(size >> 3);
        m.slots(size);
        return Arrays.copyOf(items, size);
    }

    /** Adds all that an iterable gives. */
    public void extend(Machine m, Object iterable) {
        switch (iterable) {
            case PyList other -> addAll(m, other.items, 0, other.size);
            case PyTuple other -> addAll(m, other.items(), 0, other.items().length);
            default -> {
                PyIterator iterator = Iteration.iterator(m, iterable);
                for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
                    add(m, x);
                }
            }
        }
    }

    /** {@code list *= count}. */
    void repeat(Machine m, Object count) {
        items = Operators.repeat(m, items, size, Math.max(0, Ints.clamped(count, Integer.MAX_VALUE)));
        size = items.length;
    }

    /** Turns the first items of an array around. */
    public static void reverse(Machine m, Object[] items, int size) {
        m.charge(size >> 2);
        for (int i = 0, j = size - 1; i < j; i++, j--) {
            Object x = items[i];
            items[i] = items[j];
            items[j] = x;
        }
    }
}
