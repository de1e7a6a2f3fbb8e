package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.checkpoint.JsonMutations;
import io.reft.checkpoint.Mutations;
import io.reft.evaluate.SamplesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Results, samples and command lines, damaged in seeded ways: exit codes 0 and 2, one sentence, never the name of an exception. */
class ResultsFuzzTest {
    @TempDir
    private Path dir;

    private static void assertSentence(Run run, String what) {
        assertTrue(run.code() == 0 || run.code() == 2, what + ": " + run.err());
        assertFalse(run.err().contains("Exception") || run.err().contains("stack trace"), what + ": " + run.err());
        if (run.code() == 2) {
            assertEquals(1, run.err().lines().filter(l -> l.startsWith("reft ")).count(), what + ": " + run.err());
        }
    }

    @Test
    void resultsOfEval() throws IOException {
        String text = """
                {"model": "m", "data": "d", "questions": 2, "accuracy": 0.5, "rows": [
                  {"item_id": "svamp_1", "gold": "4", "completion": "x", "right": true, "vote_right": false},
                  {"item_id": "svamp_2", "gold": "5", "completion": "y", "right": false, "vote_right": true}]}""";
        Path good = Files.writeString(dir.resolve("a.json"), text), bad = dir.resolve("b.json");
        for (int seed = 0; seed < 80; seed++) {
            Files.write(bad, JsonMutations.of(text, seed));
            assertSentence(seed % 2 == 0 ? Run.reft("compare", good, bad) : Run.reft("compare", bad, good, "--vote"), "seed " + seed);
        }
    }

    @Test
    void samples() throws IOException {
        String text = """
                {"item_id":"svamp_3","sample":0,"completion":"    return 3 + 4","value":7.0,"score":1.0,"verdict":"right","rerank":-0.5}
                {"item_id":"svamp_3","sample":1,"completion":"","value":"50%","score":0.1,"verdict":"wrong"}
                {"item_id":"mathqa_4","sample":0,"completion":"b","value":"b","score":0,"verdict":null}
                """;
        Path file = dir.resolve("samples.jsonl");
        for (int seed = 0; seed < 150; seed++) {
            Files.write(file, JsonMutations.of(text, seed));
            Mutations.succeedsOrExplains(() -> SamplesFile.read(file, Set.of("svamp_3", "mathqa_4")), "seed " + seed);
        }
    }

    /** A result of probe, which is read before the model is opened. */
    @Test
    void resultsOfProbe() throws IOException {
        Path data = Files.writeString(dir.resolve("data.json"), "[{\"item_id\":\"svamp_1\",\"question\":\"q\",\"answer_value\":1}]"),
                before = dir.resolve("before.json");
        String share = "{\"right\": 0, \"total\": 1}", text = "{\"model\": \"m\", \"data\": \"" + data
                + "\", \"questions\": 1, \"seed\": 1, \"probes\": {\"score\": 0.0, \"accuracy\": " + share + ", \"reasoned\": " + share
                + ", \"agrees\": " + share + ", \"choices\": " + share + ", \"numbers\": " + share + "}, \"flagged\": []}";
        Files.writeString(before, text);
        assertTrue(Run.reft("probe", "--model", dir.resolve("none"), "--data", data, "--before", before).err().contains("none"),
                "it is read");
        for (int seed = 0; seed < 80; seed++) {
            Files.write(before, JsonMutations.of(text, seed));
            Run run = Run.reft("probe", "--model", dir.resolve("none"), "--data", data, "--before", before);
            assertEquals(2, run.code());
            assertSentence(run, "seed " + seed);
        }
    }

    /** Command lines of any command with any option, with values of any kind; none names a file that exists. */
    @Test
    void commandLines() {
        List<String> values = List.of("", "0", "-1", "1", "2147483648", "1e400", "NaN", "x", "\u001b[2J", "a=b", "--", "-", "nowhere/",
                "ä€\ud83d\ude00", "y".repeat(5000), "[1]", "'", "%s%n%d");
        List<List<String>> options = new ArrayList<>();
        for (Class<?> type : Main.COMMANDS) {
            CommandLine line = new CommandLine(type);
            List<CommandLine> all = new ArrayList<>(List.of(line));
            all.addAll(line.getSubcommands().values());
            for (CommandLine each : all) {
                List<String> words = List.of(each.getCommandSpec().qualifiedName().split(" "));
                for (OptionSpec option : each.getCommandSpec().options()) {
                    List<String> with = new ArrayList<>(words);
                    with.add(option.longestName());
                    options.add(with);
                }
            }
        }
        Set<String> working = Set.of("demo", "info", "exec", "bench"); // they need no file to set to work
        options.removeIf(o -> working.contains(o.getFirst()));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200; i++) {
            List<String> all = new ArrayList<>(options.get(random.nextInt(options.size())));
            for (int more = random.nextInt(3); more >= 0; more--) {
                String option = options.get(random.nextInt(options.size())).getLast(), value = values.get(random.nextInt(values.size()));
                all.addAll(random.nextBoolean() ? List.of(option + "=" + value) : List.of(option, value));
            }
            if (all.stream().noneMatch(a -> a.contains("--help") || a.contains("--version"))) {
                assertSentence(Run.reft(all.toArray()), all.toString());
            }
        }
    }
}
