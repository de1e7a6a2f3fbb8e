package io.reft.python.runtime;

/** What annotations are made of: {@code List[int]}, {@code int | None}. It says nothing and can be subscripted. */
public enum Typing implements PyValue {
    ALIAS, FORM;

    @Override
    public PyType type() {
        return this == ALIAS ? PyType.GENERIC_ALIAS : PyType.TYPING;
    }

    /** Whether {@code |} joins the value to another type. */
    static boolean isType(Object x) {
        return x instanceof Typing || x instanceof PyType || x == None.NONE;
    }
}
