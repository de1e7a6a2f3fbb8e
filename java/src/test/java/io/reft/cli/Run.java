package io.reft.cli;

import io.reft.InputError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What one command line did, run within the test.
 *
 * @param code its exit code
 * @param out  what it printed
 * @param err  what it said on standard error
 */
record Run(int code, String out, String err) {
    /** Runs {@code reft} with these arguments and nothing on standard input. */
    static Run reft(Object... arguments) {
        return fed("", arguments);
    }

    /** As {@link #reft}, with {@code input} on standard input. */
    static Run fed(String input, Object... arguments) {
        return run(input, new ByteArrayOutputStream(), arguments);
    }

    /** As {@link #reft}, ended by an error of its own as soon as it says {@code words} on standard error. */
    static Run failing(String words, Object... arguments) {
        return run("", new Listening(words, () -> {
            throw new InputError("stopped at: %s", words);
        }), arguments);
    }

    /** Listens to what is said and acts once, within the call that says certain words. */
    static final class Listening extends ByteArrayOutputStream {
        private final String words;
        private final Runnable action;
        private boolean heard;

        Listening(String words, Runnable action) {
            this.words = words;
            this.action = action;
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            super.write(bytes, from, length);
            if (!heard && toString(StandardCharsets.UTF_8).contains(words)) {
                heard = true;
                action.run();
            }
        }
    }

    private static Run run(String input, ByteArrayOutputStream said, Object... arguments) {
        PrintStream out = System.out, err = System.err;
        InputStream in = System.in;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        try {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            int code = Main.run(texts);
            return new Run(code, printed.toString(StandardCharsets.UTF_8), said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
        }
    }
}
