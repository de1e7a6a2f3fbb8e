package io.reft.reward.python;

/** Makes Python's exceptions. */
final class Errors {
    private Errors() {}

    static Raised raise(PyType type, String message) {
        return new Raised(new PyException(type, message));
    }

    static Raised typeError(String format, Object... arguments) {
        return raise(ExceptionTypes.TYPE_ERROR, text(format, arguments));
    }

    static Raised valueError(String format, Object... arguments) {
        return raise(ExceptionTypes.VALUE_ERROR, text(format, arguments));
    }

    static Raised syntaxError(String format, Object... arguments) {
        return raise(ExceptionTypes.SYNTAX_ERROR, text(format, arguments));
    }

    static Raised indexError(String message) {
        return raise(ExceptionTypes.INDEX_ERROR, message);
    }

    static Raised keyError(Object key) {
        return new Raised(new PyException(ExceptionTypes.KEY_ERROR, key));
    }

    static Raised zeroDivision(String message) {
        return raise(ExceptionTypes.ZERO_DIVISION_ERROR, message);
    }

    static Raised overflow(String message) {
        return raise(ExceptionTypes.OVERFLOW_ERROR, message);
    }

    static Raised attributeError(String format, Object... arguments) {
        return raise(ExceptionTypes.ATTRIBUTE_ERROR, text(format, arguments));
    }

    /** A value's type, as messages name it. */
    static String typeName(Object value) {
        return PyType.of(value).shown();
    }

    private static String text(String format, Object... arguments) {
        return arguments.length == 0 ? format : String.format(java.util.Locale.ROOT, format, arguments);
    }
}
