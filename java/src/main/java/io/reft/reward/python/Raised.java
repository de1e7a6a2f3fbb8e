package io.reft.reward.python;

/** A Python exception on its way up through Java. */
final class Raised extends RuntimeException {
    private static final long serialVersionUID = 1;
    final transient PyException value;

    Raised(PyException value) {
        super(null, null, false, false);
        this.value = value;
    }

    boolean is(PyType type) {
        return value.type.isSubclassOf(type);
    }
}
