package io.reft.reward.python;

import java.util.Map;
import java.util.Set;

/**
 * A module that may be imported.
 *
 * @param leftOut what else CPython's module has; null where that is not listed, and any other name is refused
 */
record PyModule(String name, Map<String, Object> members, Set<String> leftOut) implements PyValue {
    @Override
    public PyType type() {
        return PyType.MODULE;
    }

    /** Whether CPython's module certainly does not have the name. */
    boolean lacks(String name) {
        return leftOut != null && !leftOut.contains(name) && !name.startsWith("__");
    }
}
