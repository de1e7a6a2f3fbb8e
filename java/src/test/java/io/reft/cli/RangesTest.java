package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Every number that any command takes, at both ends of its range and beyond. */
class RangesTest {
    private static final Set<Class<?>> NUMBERS =
            Set.of(int.class, Integer.class, int[].class, float.class, Float.class, double.class, Double.class, long.class, Long.class);

    /** Every numeric option of every command, but the seed, which may be any. */
    static Stream<Arguments> options() {
        return Main.COMMANDS.stream().map(CommandLine::new).peek(c -> c.setCaseInsensitiveEnumValuesAllowed(true)).peek(Ranges::register)
                .flatMap(RangesTest::commands).map(CommandLine::getCommandSpec)
                .flatMap(command -> command.options().stream().filter(o -> NUMBERS.contains(o.type()) && !o.longestName().equals("--seed"))
                        .map(o -> Arguments.of(Named.of(command.qualifiedName() + " " + o.longestName(), command), o)));
    }

    private static Stream<CommandLine> commands(CommandLine line) {
        return Stream.concat(Stream.of(line), line.getSubcommands().values().stream().flatMap(RangesTest::commands));
    }

    /** A command line with that value, and something that parses for whatever else is required. */
    private static List<String> arguments(CommandSpec command, OptionSpec option, String value) {
        List<String> all = new ArrayList<>(List.of(command.qualifiedName().split(" ")));
        command.positionalParameters().stream().filter(p -> p.arity().min() > 0).forEach(p -> all.add(some(p)));
        command.options().stream().filter(o -> o != option && o.required() && o.group() == null)
                .forEach(o -> all.add(o.longestName() + "=" + some(o)));
        if (!command.argGroups().isEmpty()) {
            all.add(command.argGroups().getFirst().options().iterator().next().longestName() + "=x");
        }
        all.add(option.longestName() + "=" + value);
        return all;
    }

    private static String some(ArgSpec argument) {
        return argument.type().isEnum() ? argument.type().getEnumConstants()[0].toString() : argument.type() == int[].class ? "1,2"
                : "nowhere";
    }

    /** What becomes of that value: the sentence that refuses it, or null where it is taken, whatever else may be wrong. */
    private static String refusal(CommandSpec command, OptionSpec option, String value) {
        List<String> all = arguments(command, option, value);
        try {
            command.root().commandLine().parseArgs(all.subList(1, all.size()).toArray(String[]::new));
            Ranges.check(command);
            return null;
        } catch (ParameterException | InputError e) {
            assertTrue(e.getMessage().contains(option.longestName()), e.getMessage());
            return e.getMessage();
        }
    }

    private static boolean whole(OptionSpec option) {
        return !Set.of(float.class, Float.class, double.class, Double.class).contains(option.type());
    }

    /** A text that no file can have as its name, as it may stand in a recipe. */
    @Test
    void pathsAreRefusedInOurWords() {
        Run run = Run.reft("audit", "--data", "a\0b");
        assertEquals(2, run.code(), run.err());
        assertEquals("reft audit: Invalid value for option '--data': 'a\\u0000b' is not a path (see reft audit --help)", run.err().strip());
    }

    @ParameterizedTest
    @MethodSource("options")
    void bothEndsAndBeyond(CommandSpec command, OptionSpec option) {
        Range range = Ranges.of(option);
        assertNotNull(range, "its range is not declared");
        List<String> within = new ArrayList<>(),
                beyond = new ArrayList<>(List.of("", "x", "NaN", "Infinity", "-Infinity", "nan", "0x10", "1f", "1e", "--1",
                        "-99999999999999999999", "1_0"));
        if (whole(option)) {
            beyond.addAll(List.of("1.5", "1e3"));
            within.add(Long.toString((long) range.min()));
            beyond.add(Long.toString((long) range.min() - 1));
            if (Double.isFinite(range.max())) {
                within.add(Long.toString((long) range.max()));
                beyond.addAll(List.of(Long.toString((long) range.max() + 1), "2147483647", "2147483648", "99999999999999999999"));
            }
        } else {
            assertTrue(Double.isFinite(range.max()) || Double.isFinite(range.below()), "there is no infinity");
            beyond.addAll(List.of("1e39", "-1e39", "1e400", "1e999999999", "-1e-9"));
            within.add(Double.isFinite(range.min()) ? text(range.min()) : text(Math.nextUp((float) range.above())));
            within.add(Double.isFinite(range.max()) ? text(range.max()) : text(Math.nextDown((float) range.below())));
            beyond.add(text(Double.isFinite(range.min()) ? range.min() - 1 : range.above()));
            beyond.add(text(Double.isFinite(range.max()) ? range.max() * 1.001 : range.below()));
        }
        if (range.orZero()) {
            within.add("0");
        }
        for (String value : within) {
            assertEquals(null, refusal(command, option, value), value);
        }
        for (String value : beyond) {
            assertNotNull(refusal(command, option, value), value + " is taken");
        }
    }

    private static String text(double value) {
        return Double.toString(value);
    }

    private static String text(float value) {
        return Float.toString(value);
    }

    /** As a run says it: at once, one line, exit code 2. */
    @ParameterizedTest
    @MethodSource("options")
    void aRunSaysSo(CommandSpec command, OptionSpec option) {
        Run run = Run.reft(arguments(command, option, "-7").toArray());
        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("reft " + command.qualifiedName() + ": " + option.longestName() + " is -7; it must be "),
                run.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft --model=m --train=t --out=o --lr=-1                       | reft sft: --lr is -1; it must be above 0 and at most 1000000000.
            sft --model=m --train=t --out=o --batch-size=2147483647       | reft sft: --batch-size is 2147483647; it must be from 1 to \
            1000000.
            sft --model=m --train=t --out=o --batch-size=99999999999999   | reft sft: --batch-size is 99999999999999; it must be from 1 \
            to 1000000.
            sft --model=m --train=t --out=o --beta2=1                     | reft sft: --beta2 is 1; it must be from 0 to below 1.
            sft --model=m --train=t --out=o --epochs=1.5e0x               | reft sft: Invalid value for option '--epochs': '1.5e0x' is \
            not a number (see reft sft --help)
            info --threads=20000                                          | reft info: --threads is 20000; it must be from 0 to 1024.
            inspect --model=m --ids=5,-6                                  | reft inspect: --ids is -6; it must be at least 0.
            generate --model=m --prompt=p --temperature=1e-3              | reft generate: --temperature is 1e-3; it must be 0, or from \
            0.01 to 100.
            generate --model=m --prompt=p --top-p=NaN                     | reft generate: Invalid value for option '--top-p': 'NaN' is \
            not a number (see reft generate --help)
            generate --model=m --prompt=p --top-p=1e-60                   | reft generate: Invalid value for option '--top-p': '1e-60' \
            is so near to 0 that it cannot be told from it (see reft generate --help)
            ppo --model=m --train=t --out=o --lr=1e38                     | reft ppo: --lr is 1e38; it must be above 0 and at most \
            1000000000.
            """)
    void theSentence(String arguments, String sentence) {
        Run run = Run.reft((Object[]) arguments.strip().split(" "));
        assertEquals(2, run.code());
        assertEquals(sentence, run.err().strip());
    }

    /** The stages of a reproduction are judged by the same ranges before the first one runs. */
    @ParameterizedTest
    @CsvSource({"sft.lr=-1", "reft.batch-size=2147483647", "offline.samples=0"})
    void inStagesOfAReproduction(String setting) {
        Run run = Run.reft("reproduce", "--cell", "demo", "--out", "nowhere", "--set", setting);
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains("; it must be "), run.err());
    }

    /** Where help is asked for, that is what is given. */
    @ParameterizedTest
    @CsvSource({"sft", "ppo"})
    void helpIsGivenAllTheSame(String command) {
        assertEquals(0, Run.reft(command, "--lr=-1", "--help").code());
    }

    @org.junit.jupiter.api.Test
    void rangesAreThere() {
        assertTrue(options().count() > 100);
        assertThrows(InputError.class, () -> Main.check(Arrays.asList("sft", "--model=m", "--train=t", "--out=o", "--lr=-1")));
    }
}
