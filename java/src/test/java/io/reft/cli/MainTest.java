package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Exit codes, and the one line that goes with each. */
class MainTest {
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complained = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(out);
        System.setErr(err);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private String complaint() {
        String text = complained.toString(StandardCharsets.UTF_8);
        assertEquals(1, text.lines().count(), text);
        return text.strip();
    }

    @Test
    void versionAndHelpAreResults() {
        assertEquals(0, Main.run("--version"));
        assertTrue(printed().startsWith("reft "), printed());
        assertEquals(0, Main.run("--help"));
        assertEquals(0, Main.run());
        assertEquals("", complained.toString());
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (String name : commands()) {
            printed.reset();
            assertEquals(0, Main.run(name, "--help"), name);
            assertTrue(printed().contains("Example:\n  reft " + name), name + ": " + printed());
            assertEquals("", complained.toString(), "its text is a format");
        }
    }

    private static List<String> commands() {
        List<String> names = new ArrayList<>();
        Main.COMMANDS.forEach(c -> names.add(new CommandLine(c).getCommandName()));
        return names;
    }

    @Test
    void wrongUseIsOneSentence() {
        assertEquals(2, Main.run("info", "--sead", "3"));
        assertEquals("reft info: Unknown options: '--sead', '3'; did you mean --seed? (see reft info --help)", complaint());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--seed=x", "--device=abacus", "--threads=-1", "--dtype=fp7", "--seed"})
    void wrongValuesAreOneSentence(String option) {
        assertEquals(2, Main.run("info", option));
        assertTrue(complaint().startsWith("reft info: "), complaint());
    }

    @Test
    void unknownCommand() {
        assertEquals(2, Main.run("inof"));
        assertEquals("reft: There is no command 'inof'; did you mean info or inspect? (see reft --help)", complaint());
    }

    /** Fails in the way that the test asks for. */
    @CommandLine.Command(name = "fail")
    static final class Fail implements Runnable {
        static Throwable how;

        @Override
        public void run() {
            Fail.<RuntimeException>raise(how);
        }

        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void raise(Throwable error) throws T {
            throw (T) error;
        }
    }

    private int failWith(Throwable how) {
        Fail.how = how;
        return Main.run(List.of(Fail.class), "fail");
    }

    @Test
    void badInputIsOneSentence() {
        assertEquals(2, failWith(new InputError("Row 3 of train.json has no answer_value.")));
        assertEquals("reft fail: Row 3 of train.json has no answer_value.", complaint());
    }

    @Test
    void aMissingFileIsBadInput() {
        assertEquals(2, failWith(new java.io.UncheckedIOException(new NoSuchFileException("/a/b"))));
        assertEquals("reft fail: There is no file /a/b.", complaint());
    }

    @Test
    void aFaultOfOursSaysWhereItsTraceIs() throws IOException {
        assertEquals(1, failWith(new IllegalStateException("the fault")));
        String text = complaint();
        assertTrue(text.startsWith("reft fail: java.lang.IllegalStateException: the fault (stack trace in "), text);
        Path trace = Path.of(text.replaceAll(".*stack trace in (.*)\\)$", "$1"));
        assertTrue(Files.readString(trace).contains("at io.reft.cli.MainTest"));
        Files.delete(trace);
    }

    @Test
    void errorsOfTheMachineAreFaults() {
        assertEquals(1, failWith(new UnsatisfiedLinkError("no such library")));
        assertFalse(complaint().isEmpty());
    }

    @Test
    void traceIsShownOnDemand() {
        Fail.how = new IllegalStateException("the fault");
        assertEquals(1, Main.run(List.of(Fail.class), "fail", "--trace"));
        assertTrue(complained.toString().contains("\n\tat io.reft.cli.MainTest"), complained.toString());
    }

    @Test
    void aReaderThatLeavesEndsTheProgramQuietly() throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c",
                "'" + ProcessHandle.current().info().command().orElseThrow() + "' -cp '" + System.getProperty("java.class.path")
                        + "' '" + Chatter.class.getName() + "' | head -n 1")
                .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it must not go on for nobody");
        assertEquals("hello", new String(process.getInputStream().readAllBytes()).strip());
        assertEquals("exit code 141", new String(process.getErrorStream().readAllBytes()).strip());
    }

    /** As on a full disk: help and results alike are told in one sentence. */
    @ParameterizedTest
    @ValueSource(strings = {"--help", "exec", "sft --help"})
    void aFullDeviceIsTold(String command) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c",
                "echo '{\"id\": 1, \"code\": \"def solution(): return 1\"}' | '" + ProcessHandle.current().info().command().orElseThrow()
                        + "' -cp '"
                        + System.getProperty("java.class.path") + "' " + Main.class.getName() + " " + command + " >/dev/full")
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.exitValue(), said);
        assertEquals(1, said.lines().count(), said);
        assertTrue(said.matches("reft( \\w+)?: Standard output cannot be written \\(.+\\)\\.\n"), said);
    }

    @Test
    void whatTheSystemRefusesIsOneSentence() {
        assertEquals(2, failWith(new java.util.concurrent.ExecutionException(new java.io.IOException("No space left on device"))));
        assertEquals("reft fail: A file cannot be read or written (No space left on device).", complaint());
    }

    /** Prints for ever. */
    static final class Chatter {
        public static void main(String[] arguments) {
            StandardOutput.install();
            int code = Main.run(List.of(Endless.class), "endless");
            System.err.println("exit code " + code);
        }

        @CommandLine.Command(name = "endless")
        static final class Endless implements Runnable {
            @Override
            public void run() {
                while (true) {
                    System.out.println("hello");
                }
            }
        }
    }
}
