package io.reft.reward.python;

/** A Python tuple; its items never change. */
record PyTuple(Object[] items) implements PyValue {
    static final PyTuple EMPTY = new PyTuple(new Object[0]);

    static PyTuple of(Object... items) {
        return new PyTuple(items);
    }

    @Override
    public PyType type() {
        return PyType.TUPLE;
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
