package io.reft.python.runtime;

/**
 * A value of a Python program that is not one of Java's own classes. An {@code int} is a Long, or a BigInteger where it
 * does not fit; {@code float} is Double, {@code bool} Boolean, {@code str} String. Nothing else is ever a value.
 */
interface PyValue {
    PyType type();
}
