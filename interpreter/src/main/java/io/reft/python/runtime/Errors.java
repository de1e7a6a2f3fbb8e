package io.reft.python.runtime;

/** Makes Python's exceptions. */
public final class Errors {
    private Errors() {}

    public static Raised raise(PyType type, String message) {
        return new Raised(new PyException(type, message));
    }

    public static Raised typeError(String format, Object... arguments) {
        return raise(ExceptionTypes.TYPE_ERROR, text(format, arguments));
    }

    public static Raised valueError(String format, Object... arguments) {
        return raise(ExceptionTypes.VALUE_ERROR, text(format, arguments));
    }

    public static Raised syntaxError(String format, Object... arguments) {
        return raise(ExceptionTypes.SYNTAX_ERROR, text(format, arguments));
    }

    public static Raised indexError(String message) {
        return raise(ExceptionTypes.INDEX_ERROR, message);
    }

    public static Raised keyError(Object key) {
        return new Raised(new PyException(ExceptionTypes.KEY_ERROR, key));
    }

    public static Raised zeroDivision(String message) {
        return raise(ExceptionTypes.ZERO_DIVISION_ERROR, message);
    }

    public static Raised overflow(String message) {
        return raise(ExceptionTypes.OVERFLOW_ERROR, message);
    }

    public static Raised attributeError(String format, Object... arguments) {
        return raise(ExceptionTypes.ATTRIBUTE_ERROR, text(format, arguments));
    }

    /** A value's type, as messages name it. */
    public static String typeName(Object value) {
        return PyType.of(value).shown();
    }

    private static String text(String format, Object... arguments) {
        return arguments.length == 0 ? format : String.format(java.util.Locale.ROOT, format, arguments);
    }
}
