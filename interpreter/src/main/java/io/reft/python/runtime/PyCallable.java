package io.reft.python.runtime;

/** A value that Java calls by itself, without a {@link Frame}. */
public interface PyCallable extends PyValue {
    /** Calls it; the last arguments belong to {@code names}, which may be null. */
    Object call(Machine m, Object[] arguments, String[] names);
}
