package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Errors;
import io.reft.python.runtime.ExceptionTypes;
import io.reft.python.runtime.Ints;
import io.reft.python.runtime.None;
import io.reft.python.runtime.PyException;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Stop;
import java.util.Map;

/** The modules that can be imported, and no others. */
final class Modules {
    private static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
    private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    private static final Map<String, PyModule> TABLE = Map.ofEntries(
            Map.entry("math", MathModule.MODULE),
            Map.entry("fractions", FractionsModule.MODULE),
            Map.entry("decimal", DecimalModule.MODULE),
            Map.entry("datetime", DatetimeModule.MODULE),
            Map.entry("calendar", DatetimeModule.CALENDAR),
            Map.entry("itertools", ItertoolsModule.MODULE),
            Map.entry("functools", FunctoolsModule.MODULE),
            Map.entry("operator", FunctoolsModule.OPERATOR),
            Map.entry("collections", CollectionsModule.MODULE),
            Map.entry("heapq", HeapModule.MODULE),
            Map.entry("bisect", BisectModule.MODULE),
            Map.entry("copy", CopyModule.MODULE),
            Map.entry("string", new PyModule("string", Map.of("ascii_lowercase", LOWER, "ascii_uppercase", UPPER,
                    "ascii_letters", LOWER + UPPER, "digits", "0123456789", "hexdigits", "0123456789abcdefABCDEF",
                    "octdigits", "01234567", "punctuation", PUNCTUATION, "whitespace", " \t\n\r\u000b\f",
                    "printable", "0123456789" + LOWER + UPPER + PUNCTUATION + " \t\n\r\u000b\f"), null)),
            Map.entry("statistics", StatisticsModule.MODULE),
            Map.entry("sys", new PyModule("sys", Map.of("maxsize", Long.MAX_VALUE,
                    "setrecursionlimit", Builtin.of("sys", "setrecursionlimit(limit, /)", (m, a) -> {
                        int limit = Ints.index(a[0]);
                        if (limit < 1) {
                            throw Errors.valueError("recursion limit must be greater or equal than 1");
                        }
                        m.recursionLimit(limit);
                        return None.NONE;
                    }),
                    "getrecursionlimit", Builtin.of("sys", "getrecursionlimit()", (m, a) -> (long) m.recursionLimit()),
                    "exit", Builtin.of("sys", "exit(status=, /)", (m, a) -> {
                        throw new Raised(a[0] == null ? new PyException(ExceptionTypes.SYSTEM_EXIT)
                                : new PyException(ExceptionTypes.SYSTEM_EXIT, a[0]));
                    })), null)),
            Map.entry("typing", TypingModule.MODULE),
            Map.entry("__future__", new PyModule("__future__", Map.of("annotations", None.NONE), null)),
            // these are imported out of habit; what is in them is refused when it is used
            Map.entry("random", new PyModule("random", Map.of(), null)),
            Map.entry("re", new PyModule("re", Map.of(), null)),
            Map.entry("time", new PyModule("time", Map.of(), null)),
            Map.entry("json", new PyModule("json", Map.of(), null)));

    private Modules() {}

    /** The module, or UNSUPPORTED: whether CPython would find it is not known here. */
    static PyModule get(String name) {
        PyModule module = TABLE.get(name);
        if (module == null) {
            throw Stop.unsupported("import " + name);
        }
        return module;
    }
}
