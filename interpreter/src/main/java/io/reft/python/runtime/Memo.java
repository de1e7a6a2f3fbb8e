package io.reft.python.runtime;

/**
 * A function behind {@code functools.lru_cache} or {@code cache}. What it misses runs in a {@link Frame} of its own, as any
 * call does, so that recursion through it does not deepen Java's stack.
 */
public final class Memo implements PyValue {
    private static final PyType TYPE = new PyType("_lru_cache_wrapper", "functools", PyType.OBJECT);
    /** Stands between positional and named arguments in a key. */
    private static final None MARK = None.ELLIPSIS;
    final Object function;
    /** The most that is kept, the least recently used leaving first; negative for any number. */
    private final int most;
    private PyDict kept;
    private long hits;
    private long misses;

    public Memo(Machine m, Object function, int most) {
        this.function = function;
        this.most = most;
        this.kept = m.newDict();
    }

    @Override
    public PyType type() {
        return TYPE;
    }

    /** The value, or the frame of a program's function that will give it. */
    Object call(Machine m, Object[] arguments, String[] names) {
        Object key = key(m, arguments, names);
        Object value = kept.get(m, key);
        if (value != null) {
            hits++;
            if (most >= 0) {
                kept.remove(m, key);
                kept.put(m, key, value);
            }
            return value;
        }
        misses++;
        if (!(function instanceof PyFunction f) || f.code().generator()) {
            value = m.call(function, arguments, names);
            keep(m, key, value);
            return value;
        }
        Frame frame = Calls.bind(m, f, arguments, names);
        frame.memo = this;
        frame.key = key;
        return frame;
    }

    /** As CPython makes it: an int or str that is the only argument stands for itself. */
    private static Object key(Machine m, Object[] arguments, String[] names) {
        if (names == null) {
            return arguments.length == 1 && (arguments[0] instanceof String || arguments[0] instanceof Long
                    || arguments[0] instanceof java.math.BigInteger) ? arguments[0] : m.newTuple(arguments);
        }
        int given = arguments.length - names.length;
        Object[] items = new Object[m.slots(given + 1 + 2L * names.length)];
        System.arraycopy(arguments, 0, items, 0, given);
        items[given] = MARK;
        for (int i = 0; i < names.length; i++) {
            items[given + 1 + 2 * i] = names[i];
            items[given + 2 + 2 * i] = arguments[given + i];
        }
        return new PyTuple(items);
    }

    void keep(Machine m, Object key, Object value) {
        if (most == 0) {
            return;
        }
        if (most > 0 && kept.size >= most && !kept.containsKey(m, key)) {
            kept.removeFirst(m);
        }
        kept.put(m, key, value);
    }

    public void clear(Machine m) {
        kept = m.newDict();
        hits = 0;
        misses = 0;
    }

    /** {@code hits, misses, maxsize, currsize}. */
    public PyTuple info(Machine m) {
        return m.newTuple(hits, misses, most < 0 ? None.NONE : (Object) (long) most, (long) kept.size);
    }
}
