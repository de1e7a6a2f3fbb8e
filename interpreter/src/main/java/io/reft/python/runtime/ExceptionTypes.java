package io.reft.python.runtime;

import java.util.LinkedHashMap;
import java.util.Map;

/** Python's built-in exception classes. */
public final class ExceptionTypes {
    private static final Map<String, PyType> TABLE = new LinkedHashMap<>();
    static final PyType BASE_EXCEPTION = define("BaseException", PyType.OBJECT);
    static final PyType EXCEPTION = define("Exception", BASE_EXCEPTION);
    static final PyType ARITHMETIC_ERROR = define("ArithmeticError", EXCEPTION);
    static final PyType ZERO_DIVISION_ERROR = define("ZeroDivisionError", ARITHMETIC_ERROR);
    static final PyType OVERFLOW_ERROR = define("OverflowError", ARITHMETIC_ERROR);
    static final PyType ASSERTION_ERROR = define("AssertionError", EXCEPTION);
    static final PyType ATTRIBUTE_ERROR = define("AttributeError", EXCEPTION);
    static final PyType IMPORT_ERROR = define("ImportError", EXCEPTION);
    static final PyType LOOKUP_ERROR = define("LookupError", EXCEPTION);
    static final PyType INDEX_ERROR = define("IndexError", LOOKUP_ERROR);
    static final PyType KEY_ERROR = define("KeyError", LOOKUP_ERROR);
    public static final PyType NAME_ERROR = define("NameError", EXCEPTION);
    static final PyType UNBOUND_LOCAL_ERROR = define("UnboundLocalError", NAME_ERROR);
    static final PyType RUNTIME_ERROR = define("RuntimeError", EXCEPTION);
    static final PyType RECURSION_ERROR = define("RecursionError", RUNTIME_ERROR);
    public static final PyType STOP_ITERATION = define("StopIteration", EXCEPTION);
    public static final PyType SYSTEM_EXIT = define("SystemExit", BASE_EXCEPTION);
    static final PyType SYNTAX_ERROR = define("SyntaxError", EXCEPTION);
    public static final PyType INDENTATION_ERROR = define("IndentationError", SYNTAX_ERROR);
    public static final PyType TAB_ERROR = define("TabError", INDENTATION_ERROR);
    static final PyType TYPE_ERROR = define("TypeError", EXCEPTION);
    static final PyType VALUE_ERROR = define("ValueError", EXCEPTION);
    public static final PyType STATISTICS_ERROR = new PyType("StatisticsError", "statistics", VALUE_ERROR);
    /** By name; never changed after this class is loaded. */
    public static final Map<String, PyType> ALL;

    static {
        define("FloatingPointError", ARITHMETIC_ERROR);
        define("BufferError", EXCEPTION);
        define("EOFError", EXCEPTION);
        define("ModuleNotFoundError", IMPORT_ERROR);
        define("MemoryError", EXCEPTION);
        PyType os = define("OSError", EXCEPTION);
        TABLE.put("IOError", os);
        TABLE.put("EnvironmentError", os);
        for (String name : new String[] {"BlockingIOError", "ChildProcessError", "FileExistsError", "FileNotFoundError",
                "InterruptedError", "IsADirectoryError", "NotADirectoryError", "PermissionError", "ProcessLookupError",
                "TimeoutError"}) {
            define(name, os);
        }
        PyType connection = define("ConnectionError", os);
        define("BrokenPipeError", connection);
        define("ConnectionRefusedError", connection);
        define("ReferenceError", EXCEPTION);
        define("NotImplementedError", RUNTIME_ERROR);
        define("StopAsyncIteration", EXCEPTION);
        define("SystemError", EXCEPTION);
        define("UnicodeError", VALUE_ERROR);
        define("GeneratorExit", BASE_EXCEPTION);
        define("KeyboardInterrupt", BASE_EXCEPTION);
        PyType warning = define("Warning", EXCEPTION);
        for (String name : new String[] {"DeprecationWarning", "FutureWarning", "RuntimeWarning", "SyntaxWarning",
                "UserWarning"}) {
            define(name, warning);
        }
        ALL = Map.copyOf(TABLE);
        TABLE.clear();
    }

    private ExceptionTypes() {}

    private static PyType define(String name, PyType base) {
        PyType type = new PyType(name, base);
        TABLE.put(name, type);
        return type;
    }
}
