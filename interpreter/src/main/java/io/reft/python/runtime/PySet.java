package io.reft.python.runtime;

import java.util.Arrays;

/**
 * A Python set or frozenset. The table is CPython's own, step by step, because the order in which a set of numbers comes out
 * is the order of that table, and programs show it.
 */
public final class PySet implements PyValue {
    private static final int LINEAR_PROBES = 9;
    private static final Object DUMMY = new Object();
    public final boolean frozen;
    Object[] keys = new Object[8];
    private long[] hashes = new long[8];
    /** Entries that are not free: active ones and dummies. */
    private int fill;
    private int finger;
    /** The last dummy that {@link #find} went past, or -1: CPython puts a new key there. */
    private int passed;
    public int size;

    PySet(boolean frozen) {
        this.frozen = frozen;
    }

    @Override
    public PyType type() {
        return frozen ? PyType.FROZENSET : PyType.SET;
    }

    /** The key in a slot of the table, or null. */
    Object at(int slot) {
        Object key = keys[slot];
        return key == DUMMY ? null : key;
    }

    private int find(Machine m, Object key, long hash) {
        int mask = keys.length - 1;
        long perturb = hash;
        int i = (int) hash & mask;
        int dummy = -1;
        while (true) {
            int probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
            for (int e = i; e <= i + probes; e++) {
                if (keys[e] == null) {
                    passed = dummy;
                    return -1 - e;
                }
                if (keys[e] == DUMMY) {
                    dummy = e;
                } else if (hashes[e] == hash && (keys[e] == key || Comparison.equal(m, keys[e], key))) {
                    return e;
                }
                m.charge(e == i ? 0 : 1);
            }
            m.charge(1);
            perturb >>>= 5;
            i = (int) (i * 5L + 1 + perturb) & mask;
        }
    }

    boolean contains(Machine m, Object key) {
        return find(m, key, Comparison.hash(m, key)) >= 0;
    }

    public void add(Machine m, Object key) {
        add(m, key, Comparison.hash(m, key));
    }

    private void add(Machine m, Object key, long hash) {
        int slot = find(m, key, hash);
        if (slot >= 0) {
            return;
        }
        slot = -1 - slot;
        size++;
        if (passed >= 0) {
            keys[passed] = key;
            hashes[passed] = hash;
            return;
        }
        keys[slot] = key;
        hashes[slot] = hash;
        fill++;
        if (fill * 5L >= (keys.length - 1) * 3L) {
            resize(m, size > 50000 ? size * 2L : size * 4L);
        }
    }

    private void resize(Machine m, long used) {
        long capacity = 8;
        while (capacity <= used) {
            capacity <<= 1;
        }
        m.charge(keys.length >> 2);
        m.allocate(capacity * 16 + size * 16L);
        Object[] oldKeys = keys;
        long[] oldHashes = hashes;
        keys = new Object[(int) capacity];
        hashes = new long[(int) capacity];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != null && oldKeys[i] != DUMMY) {
                insertClean(m, oldKeys[i], oldHashes[i]);
            }
        }
        fill = size;
    }

    private void insertClean(Machine m, Object key, long hash) {
        int mask = keys.length - 1;
        long perturb = hash;
        int i = (int) hash & mask;
        while (true) {
            int probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
            for (int e = i; e <= i + probes; e++) {
                if (keys[e] == null) {
                    keys[e] = key;
                    hashes[e] = hash;
                    return;
                }
            }
            m.charge(1);
            perturb >>>= 5;
            i = (int) (i * 5L + 1 + perturb) & mask;
        }
    }

    /** Whether the key was there. */
    public boolean remove(Machine m, Object key) {
        return remove(m, key, Comparison.hash(m, key));
    }

    private boolean remove(Machine m, Object key, long hash) {
        int slot = find(m, key, hash);
        if (slot < 0) {
            return false;
        }
        keys[slot] = DUMMY;
        hashes[slot] = -1;
        size--;
        return true;
    }

    /** Takes out any key; the set must not be empty. */
    public Object pop(Machine m) {
        int mask = keys.length - 1;
        int i = finger & mask;
        while (at(i) == null) {
            m.charge(1);
            i = (i + 1) & mask;
        }
        Object key = keys[i];
        keys[i] = DUMMY;
        hashes[i] = -1;
        size--;
        finger = i + 1;
        return key;
    }

    public void clear() {
        keys = new Object[8];
        hashes = new long[8];
        fill = 0;
        size = 0;
        finger = 0;
    }

    /** Adds all that an iterable gives, in the ways CPython does for a set, a dict and the rest. */
    public void update(Machine m, Object other) {
        if (other instanceof PySet set) {
            merge(m, set);
        } else if (other instanceof PyDict dict) {
            if ((fill + (long) dict.size) * 5 >= (keys.length - 1) * 3L) {
                resize(m, (size + (long) dict.size) * 2);
            }
            m.charge(dict.end >> 4);
            for (int i = 0; i < dict.end; i++) {
                if (dict.keys[i] != null) {
                    m.charge(1);
                    add(m, dict.keys[i]);
                }
            }
        } else {
            PyIterator iterator = Iteration.iterator(m, other);
            for (Object key = m.next(iterator); key != null; key = m.next(iterator)) {
                add(m, key);
            }
        }
    }

    private void merge(Machine m, PySet other) {
        if (other == this || other.size == 0) {
            return;
        }
        m.charge(other.keys.length >> 2);
        if ((fill + (long) other.size) * 5 >= (keys.length - 1) * 3L) {
            resize(m, (size + (long) other.size) * 2);
        }
        if (fill == 0 && keys.length == other.keys.length && other.fill == other.size) {
            m.allocate(32L * keys.length);
            keys = Arrays.copyOf(other.keys, other.keys.length);
            hashes = Arrays.copyOf(other.hashes, other.hashes.length);
            fill = other.fill;
            size = other.size;
            return;
        }
        boolean clean = fill == 0;
        if (clean) {
            fill = other.size;
            size = other.size;
        }
        for (int i = 0; i < other.keys.length; i++) {
            Object key = other.at(i);
            if (key != null) {
                if (clean) {
                    insertClean(m, key, other.hashes[i]);
                } else {
                    add(m, key, other.hashes[i]);
                }
            }
        }
    }

    public PySet copy(Machine m, boolean asFrozen) {
        PySet copy = m.newSet(asFrozen);
        copy.merge(m, this);
        return copy;
    }

    /** What another value holds, as a set: itself if it is one. */
    public static PySet from(Machine m, Object other) {
        if (other instanceof PySet set) {
            return set;
        }
        PySet set = m.newSet(false);
        set.update(m, other);
        return set;
    }

    PySet union(Machine m, Object other) {
        PySet result = copy(m, frozen);
        result.update(m, other);
        return result;
    }

    public PySet intersection(Machine m, Object other) {
        if (other == this) {
            return copy(m, frozen);
        }
        PySet result = m.newSet(frozen);
        if (other instanceof PySet set) {
            PySet larger = set.size > size ? set : this;
            PySet smaller = larger == this ? set : this;
            m.charge(smaller.keys.length >> 2);
            for (int i = 0; i < smaller.keys.length; i++) {
                Object key = smaller.at(i);
                if (key != null && larger.find(m, key, smaller.hashes[i]) >= 0) {
                    result.add(m, key, smaller.hashes[i]);
                }
            }
            return result;
        }
        PyIterator iterator = Iteration.iterator(m, other);
        for (Object key = m.next(iterator); key != null; key = m.next(iterator)) {
            if (contains(m, key)) {
                result.add(m, key);
            }
        }
        return result;
    }

    public PySet difference(Machine m, Object other) {
        long otherSize = other instanceof PySet s ? s.size : other instanceof PyDict d ? d.size : -1;
        if (otherSize < 0 || size >> 2 > otherSize) {
            PySet result = copy(m, frozen);
            result.subtract(m, other);
            return result;
        }
        PySet result = m.newSet(frozen);
        m.charge(keys.length >> 2);
        for (int i = 0; i < keys.length; i++) {
            Object key = at(i);
            if (key != null && !(other instanceof PySet s ? s.find(m, key, hashes[i]) >= 0
                    : ((PyDict) other).containsKey(m, key))) {
                result.add(m, key, hashes[i]);
            }
        }
        return result;
    }

    /** Takes out all that another value holds. */
    public void subtract(Machine m, Object other) {
        if (other == this) {
            clear();
            return;
        }
        PyIterator iterator = Iteration.iterator(m, other);
        for (Object key = m.next(iterator); key != null; key = m.next(iterator)) {
            remove(m, key);
        }
        if (fill - size > (keys.length - 1) / 4) {
            resize(m, size > 50000 ? size * 2L : size * 4L);
        }
    }

    public PySet symmetricDifference(Machine m, Object other) {
        PySet result = m.newSet(frozen);
        result.update(m, other);
        result.toggle(m, this);
        return result;
    }

    /** Takes out what is in both, adds what is only in the other. */
    public void toggle(Machine m, Object other) {
        if (other == this) {
            clear();
            return;
        }
        PySet set = from(m, other);
        m.charge(set.keys.length >> 2);
        for (int i = 0; i < set.keys.length; i++) {
            Object key = set.at(i);
            if (key != null && !remove(m, key, set.hashes[i])) {
                add(m, key, set.hashes[i]);
            }
        }
    }

    /** Takes over the contents of a set that nobody else holds. */
    public void become(PySet other) {
        keys = other.keys;
        hashes = other.hashes;
        fill = other.fill;
        size = other.size;
    }

    public boolean isSubsetOf(Machine m, PySet other) {
        if (size > other.size) {
            return false;
        }
        m.charge(keys.length >> 2);
        for (int i = 0; i < keys.length; i++) {
            Object key = at(i);
            if (key != null && other.find(m, key, hashes[i]) < 0) {
                return false;
            }
        }
        return true;
    }

    /** CPython's hash of a frozenset: independent of order. */
    long hash() {
        long hash = 0;
        for (int i = 0; i < keys.length; i++) {
            if (at(i) != null) {
                long h = hashes[i];
                hash ^= ((h ^ 89869747L) ^ (h << 16)) * 3644798167L;
            }
        }
        return hash ^ (size + 1L) * 1927868237L;
    }
}
