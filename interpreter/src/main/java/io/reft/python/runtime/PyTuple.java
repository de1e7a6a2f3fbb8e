package io.reft.python.runtime;

/** A Python tuple, or with another {@code type} a named one; its items never change. */
public record PyTuple(Object[] items, PyType type) implements PyValue {
    public static final PyTuple EMPTY = new PyTuple(new Object[0]);

    public PyTuple(Object[] items) {
        this(items, PyType.TUPLE);
    }

    public static PyTuple of(Object... items) {
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
