package io.reft.reward.python;

/** An exception as a value of the program. */
final class PyException implements PyValue {
    final PyType type;
    final Object[] args;

    PyException(PyType type, Object... args) {
        this.type = type;
        this.args = args;
    }

    @Override
    public PyType type() {
        return type;
    }

    /** What {@code str(e)} gives. */
    String message(Machine m) {
        if (args.length == 0) {
            return "";
        }
        if (args.length > 1) {
            return Repr.repr(m, new PyTuple(args));
        }
        return type.isSubclassOf(ExceptionTypes.KEY_ERROR) ? Repr.repr(m, args[0]) : Repr.str(m, args[0]);
    }
}
