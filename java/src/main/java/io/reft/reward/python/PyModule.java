package io.reft.reward.python;

import java.util.Map;

/**
 * A module that may be imported.
 *
 * @param complete whether {@code members} is all that CPython's module has, so that another name is an AttributeError
 */
record PyModule(String name, Map<String, Object> members, boolean complete) implements PyValue {
    @Override
    public PyType type() {
        return PyType.MODULE;
    }
}
