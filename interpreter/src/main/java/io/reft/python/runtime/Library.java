package io.reft.python.runtime;

/** What a {@link Machine} asks of Python's library, which stands above it: built-in names, modules, attributes, constructors. */
public interface Library {
    /** A built-in name's value, or NameError. */
    Object builtin(String name);

    /** The module of an import. */
    PyModule module(String name);

    /** A method of the value's type, or null. */
    Builtin method(Object self, String name);

    /** {@code object.name}. */
    Object attribute(Machine m, Object object, String name);

    /** {@code object.name = value}. */
    void setAttribute(Object object, String name, Object value);

    /** What calling a type makes. */
    Object make(Machine m, PyType type, Object[] arguments, String[] names);
}
