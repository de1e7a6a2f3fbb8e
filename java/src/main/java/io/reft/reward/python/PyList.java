package io.reft.reward.python;

import java.util.Arrays;

/** A Python list. Its methods for the program are in {@link ListMethods}. */
final class PyList implements PyValue {
    private static final Object[] EMPTY = {};
    Object[] items;
    int size;

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

    void add(Machine m, Object value) {
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

    void insert(Machine m, int index, Object value) {
        m.charge((size - index) >> 3);
        add(m, value);
        System.arraycopy(items, index, items, index + 1, size - 1 - index);
        items[index] = value;
    }

    /** Takes out the items from one index to before another. */
    void removeRange(Machine m, int from, int to) {
        m.charge((size - from) >> 3);
        System.arraycopy(items, to, items, from, size - to);
        int shorter = size - (to - from);
        Arrays.fill(items, shorter, size, null);
        size = shorter;
    }

    /** A copy of a part. */
    PyList slice(Machine m, int from, int to) {
        int count = Math.max(0, to - from);
        m.charge(count >> 3);
        m.slots(count);
        return new PyList(count == 0 ? EMPTY : Arrays.copyOfRange(items, from, to), count);
    }

    Object[] toArray(Machine m) {
        m.charge(size >> 3);
        m.slots(size);
        return Arrays.copyOf(items, size);
    }
}
