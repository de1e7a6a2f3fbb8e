package io.reft.reward.python;

/** A Python tuple, or with another {@code type} a named one; its items never change. */
record PyTuple(Object[] items, PyType type) implements PyValue {
    static final PyTuple EMPTY = new PyTuple(new Object[0]);

    PyTuple(Object[] items) {
        this(items, PyType.TUPLE);
    }

    static PyTuple of(Object... items) {
        return new PyTuple(items);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
