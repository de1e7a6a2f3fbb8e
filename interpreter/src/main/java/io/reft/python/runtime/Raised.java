package io.reft.python.runtime;

/** A Python exception on its way up through Java. */
public final class Raised extends RuntimeException {
    private static final long serialVersionUID = 1;
    public final transient PyException value;

    public Raised(PyException value) {
        super(null, null, false, false);
        this.value = value;
    }

    boolean is(PyType type) {
        return value.type.isSubclassOf(type);
    }
}
