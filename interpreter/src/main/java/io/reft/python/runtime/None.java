package io.reft.python.runtime;

/** Python's values that exist once. */
public enum None implements PyValue {
    NONE(PyType.NONE, "None"), ELLIPSIS(PyType.ELLIPSIS, "Ellipsis"), NOT_IMPLEMENTED(PyType.NOT_IMPLEMENTED, "NotImplemented");

    private final PyType type;
    final String repr;

    None(PyType type, String repr) {
        this.type = type;
        this.repr = repr;
    }

    @Override
    public PyType type() {
        return type;
    }
}
