package io.reft.cli;

import io.reft.InputError;
import io.reft.checkpoint.JsonFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard output as UTF-8 in any locale, that ends the program quietly when its reader goes away, as in {@code reft exec |
 * head}, and with a sentence where it cannot be written, as on a full disk: Java's own swallows errors and goes on working for nobody.
 */
final class StandardOutput extends OutputStream {
    /** Nobody reads standard output any more. */
    static final class Closed extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** What a shell reports for programs that end by SIGPIPE. */
        static final int EXIT_CODE = 141;

        Closed(IOException cause) {
            super("standard output: " + cause.getMessage(), cause);
        }
    }

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    private StandardOutput() {}

    /** Makes it {@link System#out}. */
    static void install() {
        System.setOut(new PrintStream(new StandardOutput(), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            if (hasReader()) {
                throw new Closed(e);
            }
            throw new InputError("Standard output cannot be written (%s).", JsonFile.reason(e));
        }
    }

    /** Whether somebody reads it at another end; a file or a device is just written. */
    private static boolean hasReader() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("pipe:") || target.startsWith("socket:");
        } catch (IOException e) {
            return true;
        }
    }
}
