package io.reft;

/** A number of things in words, for sentences that hold at none, one and many. */
public final class Count {
    private Count() {}

    /** {@code 1 question}, {@code 2 questions}, {@code no questions}; {@code one} is the singular, and takes an s. */
    public static String of(long number, String one) {
        return (number == 0 ? "no" : Long.toString(number)) + " " + one + (number == 1 ? "" : "s");
    }
}
