package io.reft.reward.python;

/** A method that was taken from its object: {@code items.append}. */
record BoundMethod(Object self, Builtin method) implements PyValue {
    @Override
    public PyType type() {
        return PyType.BUILTIN;
    }
}
