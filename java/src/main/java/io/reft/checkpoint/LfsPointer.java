package io.reft.checkpoint;

import io.reft.InputError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What Git leaves in the place of a file that it keeps elsewhere (Git LFS), and what people then take for the file itself. */
public final class LfsPointer {
    private static final String BEGINNING = "version https://git-lfs";

    /** How many first bytes of a file tell. */
    public static final int LENGTH = BEGINNING.length();

    private static final byte[] BYTES = BEGINNING.getBytes(StandardCharsets.US_ASCII);

    private LfsPointer() {}

    /** Whether a text is one, or its beginning. */
    public static boolean is(String text) {
        return text != null && text.startsWith(BEGINNING);
    }

    /** Whether a file's first bytes, {@link #LENGTH} of them, are those of one. */
    public static boolean is(byte[] beginning) {
        return Arrays.equals(beginning, BYTES);
    }

    /** The sentence that {@code file} is one, and what to do. */
    public static InputError error(Object file) {
        return new InputError("%s: only a Git LFS pointer; fetch the file itself with \"git lfs pull\".", file);
    }
}
