package io.reft.python;

/**
 * What one run may spend. A program cannot catch the end of a budget.
 *
 * @param steps       work: up to sixteen instructions in line, or as much work inside a built-in function, are a step
 * @param bytes       memory that the program's values may hold
 * @param depth       calls inside one another; beyond it Python's own {@code RecursionError} is raised
 * @param intBits     length of an integer in bits
 * @param sourceChars length of the source
 */
public record Limits(long steps, long bytes, int depth, int intBits, int sourceChars) {
    /** 20 million steps, 64 MB, CPython's recursion limit, integers of a million bits, 64 K characters of source. */
    public static final Limits DEFAULT = new Limits(20_000_000, 64L << 20, 1000, 1 << 20, 1 << 16);

    /** Refuses budgets below one. */
    public Limits {
        if (steps < 1 || bytes < 1 || depth < 1 || intBits < 64 || sourceChars < 1) {
            throw new IllegalArgumentException("every limit must be positive, and intBits at least 64");
        }
    }
}
