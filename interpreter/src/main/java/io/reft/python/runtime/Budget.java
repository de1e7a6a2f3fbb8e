package io.reft.python.runtime;

/**
 * What a {@link Machine} may spend: steps of work, bytes of the program's values, calls inside one another, and bits of an integer.
 */
public record Budget(long steps, long bytes, int depth, int intBits) {}
