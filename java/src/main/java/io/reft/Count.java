package io.reft;

import java.util.Locale;

/** A number of things in words, for sentences that hold at none, one and many. */
public final class Count {
    private Count() {}

    /** {@code 1 question}, {@code 2,000 questions}, {@code no questions}; {@code one} is the singular, and takes an s. */
    public static String of(long number, String one) {
        return (number == 0 ? "no" : String.format(Locale.ROOT, "%,d", number)) + " " + one + (number == 1 ? "" : "s");
    }
}
