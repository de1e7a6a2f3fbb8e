package io.reft;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A mistake in what the user gave: an option, a file, a row of data, a checkpoint. The message is one sentence that says
 * what is wrong, where, and what to do; the command line prints it alone and exits with code 2. Anything else that is
 * thrown is a fault of the engine and exits with code 1.
 */
public final class InputError extends RuntimeException {
    /** Characters of an argument in a message: enough for a sentence, too few for a file's whole text. */
    private static final int ARGUMENT = 1000;
    /** As many as a path can have. */
    private static final int PATH = 4096;

    /** @param message one sentence for the user */
    public InputError(String message) {
        super(message, null, false, false);
    }

    /**
     * @param format as {@link String#format}, with its arguments, which may come from files: control characters in them are
     *               escaped, and long ones cut
     */
    public InputError(String format, Object... arguments) {
        this(String.format(Locale.ROOT, format, printable(arguments)));
    }

    private static Object[] printable(Object[] arguments) {
        Object[] printable = arguments.clone();
        for (int i = 0; i < printable.length; i++) {
            if (printable[i] instanceof Path path) {
                printable[i] = printable(path.toString(), PATH);
            } else if (!(printable[i] instanceof Number || printable[i] instanceof Character || printable[i] instanceof Boolean
                    || printable[i] == null)) {
                printable[i] = printable(printable[i].toString(), ARGUMENT);
            }
        }
        return printable;
    }

    /**
     * A text as messages show it: control characters, and marks that change the direction of writing or the line, as escapes; of
     * more than {@code limit} characters the first ones and their number.
     */
    public static String printable(String text, int limit) {
        StringBuilder shown = new StringBuilder();
        for (int at = 0; at < text.length() && at < limit;) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            switch (c) {
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> {
                    if (unseen(c)) {
                        shown.append(String.format(c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                    } else {
                        shown.appendCodePoint(c);
                    }
                }
            }
        }
        return text.length() <= limit ? shown.toString() : shown + "… (" + text.length() + " characters)";
    }

    private static boolean unseen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
