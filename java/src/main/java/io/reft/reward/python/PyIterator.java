package io.reft.reward.python;

/** Gives values one by one. */
abstract class PyIterator implements PyValue {
    private final PyType type;

    PyIterator(PyType type) {
        this.type = type;
    }

    @Override
    public final PyType type() {
        return type;
    }

    /** The next value, or null at the end. Callers charge; see {@link Machine#next}. */
    abstract Object next(Machine m);

    /** How many values are left if that is known, to size what takes them; otherwise 0. */
    long remaining() {
        return 0;
    }
}
