package io.reft.python.runtime;

/** Gives values one by one. */
public abstract class PyIterator implements PyValue {
    private final PyType type;

    public PyIterator(PyType type) {
        this.type = type;
    }

    @Override
    public final PyType type() {
        return type;
    }

    /** The next value, or null at the end. Callers charge; see {@link Machine#next}. */
    public abstract Object next(Machine m);

    /** How many values are left if that is known, to size what takes them; otherwise 0. */
    long remaining() {
        return 0;
    }
}
