package io.reft;

/**
 * A mistake in what the user gave: an option, a file, a row of data, a checkpoint. The message is one sentence that says
 * what is wrong, where, and what to do; the command line prints it alone and exits with code 2. Anything else that is
 * thrown is a fault of the engine and exits with code 1.
 */
public final class InputError extends RuntimeException {
    /** @param message one sentence for the user */
    public InputError(String message) {
        super(message, null, false, false);
    }

    /** @param format as {@link String#format}, with its arguments */
    public InputError(String format, Object... arguments) {
        this(String.format(java.util.Locale.ROOT, format, arguments));
    }
}
