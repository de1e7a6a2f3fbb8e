package io.reft.python.runtime;

/** A method that was taken from its object: {@code items.append}. */
public record BoundMethod(Object self, Builtin method) implements PyCallable {
    @Override
    public PyType type() {
        return PyType.BUILTIN;
    }

    @Override
    public Object call(Machine m, Object[] arguments, String[] names) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = self;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return method.call(m, all, names);
    }
}
