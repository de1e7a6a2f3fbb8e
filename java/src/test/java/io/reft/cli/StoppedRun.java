package io.reft.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A run of {@code reft} in a JVM of its own that is stopped from outside as soon as it says certain words. */
final class StoppedRun {
    private StoppedRun() {}

    /** Runs it; {@code signal} is {@code KILL} or {@code TERM}, which does what Ctrl-C does. Returns the exit code. */
    static int stopped(String signal, String words, Object... arguments) throws IOException, InterruptedException {
        return start(StoppedRun.class, Stream.concat(Stream.of(signal, words), Stream.of(arguments)).toArray()).waitFor();
    }

    /** Starts {@code reft} in a JVM of its own. */
    static Process start(Object... arguments) throws IOException {
        return start(Main.class, arguments);
    }

    private static Process start(Class<?> main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        for (String property : List.of("reft.natives", "ai.djl.offline", "RUST_FLAVOR", "java.awt.headless")) {
            if (System.getProperty(property) != null) {
                command.add("-D" + property + "=" + System.getProperty(property));
            }
        }
        command.add(main.getName());
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** @param arguments signal, words, command line */
    public static void main(String[] arguments) {
        System.setErr(new PrintStream(new Run.Listening(arguments[1], () -> signal(arguments[0])), true));
        System.exit(Main.run(Arrays.copyOfRange(arguments, 2, arguments.length)));
    }

    private static void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(ProcessHandle.current().pid())).start().waitFor();
            Thread hook = new Thread(() -> {});
            while (true) { // until the shutdown has begun
                Runtime.getRuntime().addShutdownHook(hook);
                Runtime.getRuntime().removeShutdownHook(hook);
                Thread.sleep(1);
            }
        } catch (IllegalStateException shuttingDown) {
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
