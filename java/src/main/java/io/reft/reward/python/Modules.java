package io.reft.reward.python;

import java.util.Map;

/** The modules that can be imported, and no others. */
final class Modules {
    private static final Map<String, PyModule> TABLE = Map.of(
            "math", MathModule.MODULE,
            "fractions", new PyModule("fractions", Map.of("Fraction", PyType.FRACTION), null),
            "datetime", DatetimeModule.MODULE,
            "itertools", ItertoolsModule.MODULE,
            "functools", FunctoolsModule.MODULE,
            "operator", FunctoolsModule.OPERATOR,
            "collections", CollectionsModule.MODULE,
            "statistics", StatisticsModule.MODULE,
            "typing", Typing.MODULE,
            "__future__", new PyModule("__future__", Map.of(), null));

    private Modules() {}

    /** The module, or UNSUPPORTED: whether CPython would find it is not known here. */
    static PyModule get(String name) {
        PyModule module = TABLE.get(name);
        if (module == null) {
            throw Stop.unsupported("import " + name);
        }
        return module;
    }

    /** {@code module.name}. */
    static Object attribute(PyModule module, String name) {
        Object value = module.members().get(name);
        if (value != null) {
            return value;
        }
        if (module.lacks(name)) {
            throw Errors.attributeError("module '%s' has no attribute '%s'", module.name(), name);
        }
        throw Stop.unsupported(module.name() + "." + name);
    }

    /** {@code from module import name}. */
    static Object member(PyModule module, String name) {
        Object value = module.members().get(name);
        if (value != null) {
            return value;
        }
        if (module.lacks(name)) {
            // CPython's message ends with where the module's file lies
            throw Errors.raise(ExceptionTypes.IMPORT_ERROR, "cannot import name '" + name + "' from '" + module.name() + "'");
        }
        throw Stop.unsupported("from " + module.name() + " import " + name);
    }
}
