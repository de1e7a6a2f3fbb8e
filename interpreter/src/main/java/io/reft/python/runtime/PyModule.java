package io.reft.python.runtime;

import java.util.Map;
import java.util.Set;

/**
 * A module that may be imported.
 *
 * @param leftOut what else CPython's module has; null where that is not listed, and any other name is refused
 */
public record PyModule(String name, Map<String, Object> members, Set<String> leftOut) implements PyValue {
    @Override
    public PyType type() {
        return PyType.MODULE;
    }

    /** Whether CPython's module certainly does not have the name. */
    boolean lacks(String name) {
        return leftOut != null && !leftOut.contains(name) && !name.startsWith("__");
    }

    /** {@code module.name}. */
    public Object attribute(String name) {
        Object value = members.get(name);
        if (value != null) {
            return value;
        }
        if (lacks(name)) {
            throw Errors.attributeError("module '%s' has no attribute '%s'", this.name, name);
        }
        throw Stop.unsupported(this.name + "." + name);
    }

    /** {@code from module import name}. */
    Object imported(String name) {
        Object value = members.get(name);
        if (value != null) {
            return value;
        }
        if (lacks(name)) {
            // CPython's message ends with where the module's file lies
            throw Errors.raise(ExceptionTypes.IMPORT_ERROR, "cannot import name '" + name + "' from '" + this.name + "'");
        }
        throw Stop.unsupported("from " + this.name + " import " + name);
    }
}
