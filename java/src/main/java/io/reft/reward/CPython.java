package io.reft.reward;

import io.reft.InputError;
import io.reft.python.Limits;
import io.reft.python.Outcome;
import io.reft.python.Outcome.Kind;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Runs programs in CPython ({@code --python cpython}), for those that need sympy or numpy. Worker processes have the modules loaded and
 * fork for each program; the child gives up every system call but a few for memory and time before it looks at the program
 * ({@code worker.py}), so that it reaches no file, socket or process, and is killed at its limits of time and memory.
 *
 * <p>It works on Linux on x86-64 with a kernel that has seccomp. Elsewhere opening it is refused; it never falls back. Workers end
 * with their standard input, so none is left behind when this process ends, however it ends.
 */
public final class CPython implements Function<String, Outcome>, AutoCloseable {
    /** Longest message of a worker in bytes. */
    private static final int LONGEST = 1 << 19;
    private static final int SOURCE_CHARS = Limits.DEFAULT.sourceChars();
    /** What {@link Outcome#number} can read. A program may name a class of its own like a number, and give it any {@code repr}. */
    private static final Map<String, Pattern> NUMBERS = Map.of("int", Pattern.compile("-?\\d+"), "float",
            Pattern.compile("nan|-?inf|-?\\d+(\\.\\d+)?(e[+-]?\\d+)?"), "Fraction", Pattern.compile("Fraction\\(-?\\d+, [1-9]\\d*\\)"),
            "Decimal", Pattern.compile("Decimal\\('-?\\d+(\\.\\d+)?(E[+-]?\\d{1,9})?'\\)"));

    private final String python;
    private final byte[] script;
    private final BlockingQueue<Worker> idle = new LinkedBlockingQueue<>();
    private final List<Worker> all = new ArrayList<>();

    private CPython(String python, byte[] script) {
        this.python = python;
        this.script = script;
    }

    /**
     * Starts one worker; more are started as more threads ask.
     *
     * @param python the executable, found on the PATH
     * @throws InputError where it is not there, or programs could not be kept from doing harm
     */
    public static CPython open(String python) {
        try (InputStream in = CPython.class.getResourceAsStream("worker.py")) {
            CPython opened = new CPython(python, in.readAllBytes());
            opened.idle.add(opened.start());
            return opened;
        } catch (IOException e) {
            throw new InputError("--python cpython needs %s, which does not run here (%s).", python, e.getMessage());
        }
    }

    /**
     * What a program's {@code solution()} gives, at any thread. A worker that a program takes down with it is replaced by another one, and
     * that program alone has failed.
     *
     * @throws InputError where no other worker starts
     */
    @Override
    public Outcome apply(String source) {
        if (source.length() > SOURCE_CHARS) {
            return new Outcome(Kind.LIMIT, null, null, "length of the source");
        }
        Worker worker = idle.poll();
        if (worker == null) {
            try {
                worker = start();
            } catch (IOException e) {
                throw new InputError("--python cpython needs %s, which does not run here any more (%s).", python, e.getMessage());
            }
        }
        try {
            Outcome outcome = worker.run(source);
            idle.add(worker);
            return outcome;
        } catch (IOException e) {
            synchronized (all) {
                all.remove(worker);
            }
            worker.close();
            return new Outcome(Kind.ERROR, null, null, "the Python worker died");
        }
    }

    private Worker start() throws IOException {
        // the script starts itself once more, with an empty environment; until then nothing of the user's own is loaded
        ProcessBuilder builder = new ProcessBuilder(python, "-E", "-s", "-S", "-B", "-c", new String(script, StandardCharsets.UTF_8));
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.directory(new File("/")); // nothing to import by mistake
        Worker worker = new Worker(builder.start());
        String greeting;
        try {
            greeting = worker.read();
        } catch (EOFException e) {
            greeting = "";
        }
        if (!greeting.equals("ready")) {
            worker.close();
            throw new InputError("--python cpython cannot be made safe here (%s); leave it out to use reft's own interpreter.",
                    greeting.isEmpty() ? "the worker does not start" : greeting);
        }
        synchronized (all) {
            all.add(worker);
        }
        return worker;
    }

    @Override
    public void close() {
        synchronized (all) {
            all.forEach(Worker::close);
        }
    }

    private static final class Worker {
        private final Process process;
        private final DataOutputStream to;
        private final DataInputStream from;

        Worker(Process process) {
            this.process = process;
            to = new DataOutputStream(process.getOutputStream());
            from = new DataInputStream(new BufferedInputStream(process.getInputStream()));
        }

        /** One message: its length, and so many bytes. */
        String read() throws IOException {
            int length = from.readInt();
            if (length < 0 || length > LONGEST) {
                throw new IOException("a message of " + length + " bytes");
            }
            byte[] bytes = new byte[length];
            from.readFully(bytes);
            // lone surrogates become question marks: no answer holds any
            return StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes)).toString();
        }

        Outcome run(String source) throws IOException {
            byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
            to.writeInt(bytes.length);
            to.write(bytes);
            to.flush();
            String[] parts = read().split("\0", 3);
            return switch (parts[0]) {
                case "ok" -> value(parts);
                case "error" -> new Outcome(Kind.ERROR, null, null, parts.length > 1 ? parts[1] : "");
                case "limit" -> new Outcome(Kind.LIMIT, null, null, parts.length > 1 ? parts[1] : "");
                // a child may write what it likes: it can only spoil its own answer
                default -> new Outcome(Kind.ERROR, null, null, "no answer");
            };
        }

        private static Outcome value(String[] parts) {
            if (parts.length != 3 || parts[1].isEmpty()) {
                return new Outcome(Kind.ERROR, null, null, "no answer");
            }
            Pattern number = NUMBERS.get(parts[1]);
            if (number == null || number.matcher(parts[2]).matches()) {
                return Outcome.ok(parts[1], parts[2]);
            }
            return parts[2].endsWith("…") ? new Outcome(Kind.LIMIT, null, null, "length of the answer")
                    : new Outcome(Kind.ERROR, null, null, "no answer");
        }

        void close() {
            try {
                process.getOutputStream().close();
                if (!process.waitFor(2, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                process.destroyForcibly();
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
