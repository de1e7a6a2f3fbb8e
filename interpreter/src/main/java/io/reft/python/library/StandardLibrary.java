package io.reft.python.library;

import io.reft.python.runtime.Builtin;
import io.reft.python.runtime.Library;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.PyModule;
import io.reft.python.runtime.PyType;

/** Python's library as a {@link Machine} sees it. */
public final class StandardLibrary implements Library {
    @Override
    public Object builtin(String name) {
        return Builtins.get(name);
    }

    @Override
    public PyModule module(String name) {
        return Modules.get(name);
    }

    @Override
    public Builtin method(Object self, String name) {
        return Attributes.method(self, name);
    }

    @Override
    public Object attribute(Machine m, Object object, String name) {
        return Attributes.get(m, object, name);
    }

    @Override
    public void setAttribute(Object object, String name, Object value) {
        Attributes.set(object, name, value);
    }

    @Override
    public Object make(Machine m, PyType type, Object[] arguments, String[] names) {
        return Constructors.call(m, type, arguments, names);
    }
}
