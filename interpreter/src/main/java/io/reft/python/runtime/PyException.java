package io.reft.python.runtime;

/** An exception as a value of the program. */
public final class PyException implements PyValue {
    public final PyType type;
    public final Object[] args;

    public PyException(PyType type, Object... args) {
        this.type = type;
        this.args = args;
    }

    @Override
    public PyType type() {
        return type;
    }

    /** What {@code str(e)} gives. */
    public String message(Machine m) {
        if (args.length == 0) {
            return "";
        }
        if (args.length > 1) {
            return Repr.repr(m, new PyTuple(args));
        }
        m.enter();
        String message = type.isSubclassOf(ExceptionTypes.KEY_ERROR) ? Repr.repr(m, args[0]) : Repr.str(m, args[0]);
        m.leave();
        return message;
    }
}
