package io.reft.python.runtime;

/** A {@code collections.deque}: a ring in an array. {@code limit} is its maxlen, or -1. */
public final class PyDeque implements PyValue {
    private final int limit;
    private Object[] ring = new Object[8];
    private int first;
    private int size;
    private long version;

    public PyDeque(int limit) {
        this.limit = limit;
    }

    @Override
    public PyType type() {
        return PyType.DEQUE;
    }

    public int limit() {
        return limit;
    }

    public int size() {
        return size;
    }

    /** Changes with every change. */
    long version() {
        return version;
    }

    Object get(int index) {
        return ring[(first + index) % ring.length];
    }

    void set(int index, Object value) {
        ring[(first + index) % ring.length] = value;
    }

    private void room(Machine m) {
        if (size == ring.length) {
            Object[] larger = new Object[m.slots(2L * size)];
            for (int i = 0; i < size; i++) {
                larger[i] = get(i);
            }
            ring = larger;
            first = 0;
        }
        version++;
    }

    public void append(Machine m, Object value) {
        if (limit == 0) {
            return;
        }
        if (size == limit) {
            popFirst();
        }
        room(m);
        ring[(first + size++) % ring.length] = value;
    }

    public void appendFirst(Machine m, Object value) {
        if (limit == 0) {
            return;
        }
        if (size == limit) {
            popLast();
        }
        room(m);
        first = (first + ring.length - 1) % ring.length;
        ring[first] = value;
        size++;
    }

    public Object popFirst() {
        refuseEmpty();
        Object value = ring[first];
        ring[first] = null;
        first = (first + 1) % ring.length;
        size--;
        version++;
        return value;
    }

    public Object popLast() {
        refuseEmpty();
        int last = (first + --size) % ring.length;
        Object value = ring[last];
        ring[last] = null;
        version++;
        return value;
    }

    private void refuseEmpty() {
        if (size == 0) {
            throw Errors.indexError("pop from an empty deque");
        }
    }

    public void clear() {
        ring = new Object[8];
        first = 0;
        size = 0;
        version++;
    }

    public void extend(Machine m, Object iterable) {
        PyIterator iterator = Iteration.iterator(m, iterable == this ? toList(m) : iterable);
        for (Object x = m.next(iterator); x != null; x = m.next(iterator)) {
            append(m, x);
        }
    }

    public PyDeque copy(Machine m) {
        PyDeque copy = new PyDeque(limit);
        copy.extend(m, this);
        return copy;
    }

    public PyList toList(Machine m) {
        m.charge(size >> 2);
        Object[] items = new Object[m.slots(size)];
        for (int i = 0; i < size; i++) {
            items[i] = get(i);
        }
        return new PyList(items, size);
    }

    public void become(PyList list) {
        clear();
        ring = list.items;
        size = list.size;
        if (ring.length == 0) {
            ring = new Object[8];
        }
    }
}
