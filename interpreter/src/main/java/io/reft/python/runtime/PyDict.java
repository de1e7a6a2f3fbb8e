package io.reft.python.runtime;

/**
 * A Python dict, in order of insertion, and with another {@code type} a Counter or a defaultdict. Entries stand in arrays;
 * an open-addressing index finds them. Probes beyond the first are charged, so that colliding hashes are no loophole.
 */
public final class PyDict implements PyValue {
    private static final int DELETED = -1;
    public PyType type = PyType.DICT;
    /** A defaultdict's factory, or null. */
    public Object factory;
    /** Keys in order; null where one was deleted; the last is never null. */
    public Object[] keys = new Object[8];
    public Object[] values = new Object[8];
    private long[] hashes = new long[8];
    /** Entry number + 1; 0 is free, -1 was deleted. */
    private int[] index = new int[16];
    /** Entries in use, those that were deleted included. */
    public int end;
    public int size;
    /** Places of the index that are not free. */
    private int filled;

    @Override
    public PyType type() {
        return type;
    }

    private int find(Machine m, Object key, long hash) {
        int mask = index.length - 1;
        for (int i = slot(hash, mask), probes = 0;; i = (i + 1) & mask, probes++) {
            int entry = index[i] - 1;
            if (entry == -1) {
                return -1;
            }
            if (entry >= 0 && hashes[entry] == hash && (keys[entry] == key || Comparison.equal(m, keys[entry], key))) {
                return i;
            }
            if (probes > 0) {
                m.charge(1);
            }
        }
    }

    private static int slot(long hash, int mask) {
        long mixed = hash * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 40) & mask;
    }

    /** The value, or null. */
    public Object get(Machine m, Object key) {
        int i = find(m, key, Comparison.hash(m, key));
        return i < 0 ? null : values[index[i] - 1];
    }

    boolean containsKey(Machine m, Object key) {
        return get(m, key) != null;
    }

    public void put(Machine m, Object key, Object value) {
        long hash = Comparison.hash(m, key);
        int found = find(m, key, hash);
        if (found >= 0) {
            values[index[found] - 1] = value;
            return;
        }
        if (end == keys.length || filled * 4 >= index.length * 3) {
            grow(m);
        }
        keys[end] = key;
        values[end] = value;
        hashes[end] = hash;
        place(end++);
        size++;
    }

    private void place(int entry) {
        int mask = index.length - 1;
        int i = slot(hashes[entry], mask);
        while (index[i] > 0) {
            i = (i + 1) & mask;
        }
        filled += index[i] == 0 ? 1 : 0;
        index[i] = entry + 1;
    }

    /** Leaves out what was deleted, and doubles the room if need be. */
    private void grow(Machine m) {
        m.charge(end);
        int capacity = size * 2 > keys.length ? keys.length * 2 : keys.length;
        m.allocate(56L * capacity);
        Object[] oldKeys = keys;
        Object[] oldValues = values;
        long[] oldHashes = hashes;
        keys = new Object[capacity];
        values = new Object[capacity];
        hashes = new long[capacity];
        index = new int[2 * capacity];
        filled = 0;
        int n = 0;
        for (int i = 0; i < end; i++) {
            if (oldKeys[i] != null) {
                keys[n] = oldKeys[i];
                values[n] = oldValues[i];
                hashes[n] = oldHashes[i];
                place(n++);
            }
        }
        end = n;
    }

    /** The value that was there, or null. */
    public Object remove(Machine m, Object key) {
        int i = find(m, key, Comparison.hash(m, key));
        return i < 0 ? null : removeAt(i);
    }

    private Object removeAt(int i) {
        int entry = index[i] - 1;
        Object value = values[entry];
        index[i] = DELETED;
        keys[entry] = null;
        values[entry] = null;
        size--;
        while (end > 0 && keys[end - 1] == null) {
            end--;
        }
        return value;
    }

    /** Takes out the oldest entry, a pair; there must be one. */
    public PyTuple removeFirst(Machine m) {
        int first = 0;
        while (keys[first] == null) {
            m.charge(++first & 1);
        }
        Object key = keys[first];
        return PyTuple.of(key, remove(m, key));
    }

    /** The number of the last entry; -1 if there is none. */
    public int last() {
        return end - 1;
    }

    public void clear(Machine m) {
        if (filled == 0) {
            return;
        }
        m.charge(4);
        keys = new Object[8];
        values = new Object[8];
        hashes = new long[8];
        index = new int[16];
        end = 0;
        size = 0;
        filled = 0;
    }

    /** Puts all of another dict's entries into this one. */
    public void putAll(Machine m, PyDict other) {
        m.charge(other.end >> 4);
        for (int i = 0; i < other.end; i++) {
            if (other.keys[i] != null) {
                m.charge(1);
                put(m, other.keys[i], other.values[i]);
            }
        }
    }

    public PyDict copy(Machine m) {
        PyDict copy = m.newDict();
        copy.type = type;
        copy.factory = factory;
        copy.putAll(m, this);
        return copy;
    }

    /** Takes in a mapping, or pairs. */
    public void update(Machine m, Object other) {
        if (other instanceof PyDict mapping) {
            putAll(m, mapping);
            return;
        }
        PyIterator iterator = Iteration.iterator(m, other);
        int at = 0;
        for (Object pair = m.next(iterator); pair != null; pair = m.next(iterator), at++) {
            if (!Iteration.isIterable(pair)) {
                throw Errors.typeError("cannot convert dictionary update sequence element #%d to a sequence", at);
            }
            PyList both = m.newList();
            both.extend(m, pair);
            if (both.size != 2) {
                throw Errors.valueError("dictionary update sequence element #%d has length %d; 2 is required", at, both.size);
            }
            put(m, both.items[0], both.items[1]);
        }
    }
}
