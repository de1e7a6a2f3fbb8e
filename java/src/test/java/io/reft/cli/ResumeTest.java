package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.data.Datasets;
import io.reft.run.SampleStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that are stopped and go on: they end as those do that nobody stops, to the bit. */
class ResumeTest {
    private static final String SFT = "sft --model MODEL --epochs 6 --batch-size 7 --lr 2e-2",
            PPO = "ppo --model WARM --iterations 6 --eval-every 2 --probe-every 3"
                    + " --batch-size 4 --minibatch-size 2 --max-length 60 --lr 1e-3",
            ONLINE = "self-train --mode online --model WARM --iterations 5 --eval-every 2 --batch-size 4"
                    + " --max-length 60 --lr 1e-3",
            OFFLINE = "self-train --mode offline --model WARM --base MODEL --samples 4 --epochs 6 --batch-size 9 --lr 1e-2",
            RERANKER = "rerank train --model WARM --samples 6 --temperature 2 --epochs 4 --batch-size 5 --lr 1e-3 --max-length 60";

    @TempDir
    static Path dir;
    private static Path model, warm, train;

    @BeforeAll
    static void makeModelsAndProblems() throws IOException {
        model = dir.resolve("model");
        warm = dir.resolve("warm");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        train = dir.resolve("train.json");
        Datasets.write(train, ReproduceCommandTest.problems(0, 20));
        Run run = Run.reft("sft", "--model", model, "--train", train, "--out", warm, "--no-dev", "--epochs", 20, "--batch-size", 3, "--lr",
                "2e-2", "--threads", 1);
        assertEquals(0, run.code(), run.err());
    }

    private static Object[] arguments(Path out, String command) {
        List<Object> all =
                new ArrayList<>(Arrays.asList(command.replace("MODEL", model.toString()).replace("WARM", warm.toString()).split(" ")));
        all.addAll(List.of(command.startsWith("rerank") ? "--data" : "--train", train, "--out", out, "--threads", 1));
        return all.toArray();
    }

    private static Run run(Path out, String command) {
        return Run.reft(arguments(out, command));
    }

    private static String records(Path out, String name) throws IOException {
        return Files.readString(out.resolve("run").resolve(name)).replaceAll(",\"(tokens_per_s|rollout_ms|score_ms|update_ms)\":[^,}]*",
                "");
    }

    private static JsonObject state(Path out) throws IOException {
        return JsonParser.parseString(Files.readString(out.resolve("run/state.json"))).getAsJsonObject();
    }

    private static List<String> tensors(Path out) throws IOException {
        try (Stream<Path> files = Files.list(out.resolve("run"))) {
            return files.map(f -> f.getFileName().toString()).filter(n -> n.startsWith("state-")).toList();
        }
    }

    /** Both have come to the same end, and nothing is left of what came between. */
    private static void assertSame(Path expected, Path found) throws IOException {
        for (String name : List.of("model.safetensors", "value_head.safetensors", "run/selection.json", "run/state.json")) {
            assertEquals(Files.exists(expected.resolve(name)), Files.exists(found.resolve(name)), name);
            if (Files.exists(expected.resolve(name)) && !name.endsWith("state.json")) {
                assertArrayEquals(Files.readAllBytes(expected.resolve(name)), Files.readAllBytes(found.resolve(name)), name);
            }
        }
        assertEquals(records(expected, "metrics.jsonl"), records(found, "metrics.jsonl"));
        if (Files.exists(expected.resolve("run/samples.jsonl"))) {
            assertEquals(records(expected, "samples.jsonl"), records(found, "samples.jsonl"));
        }
        List<Path> drawn = SampleStore.files(expected), again = SampleStore.files(found);
        assertEquals(drawn.stream().map(Path::getFileName).toList(), again.stream().map(Path::getFileName).toList());
        for (int i = 0; i < drawn.size(); i++) {
            assertArrayEquals(Files.readAllBytes(drawn.get(i)), Files.readAllBytes(again.get(i)), drawn.get(i).toString());
        }
        assertEquals(List.of(), tensors(found));
        assertEquals(state(found).get("total").getAsInt(), state(found).get("done").getAsInt());
    }

    private static String command(String name) {
        return switch (name) {
            case "sft" -> SFT;
            case "ppo" -> PPO;
            case "online" -> ONLINE;
            case "reranker" -> RERANKER;
            default -> OFFLINE;
        };
    }

    /** What a run that nobody stops leaves behind. */
    private static Path whole(String command) throws IOException {
        Path out = dir.resolve("whole " + command.replaceAll("/.*/", "").replaceAll("\\W+", "-"));
        if (!Files.exists(out)) {
            Run run = run(out, command);
            assertEquals(0, run.code(), run.err());
        }
        return out;
    }

    /** Ended in the middle of a judgement, when the records and perhaps the checkpoint are ahead of the saved state; twice. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft     | --save-every 4 --keep-epoch 2 | epoch 5: development     | 12 | epoch 6: development
            ppo     | --save-every 3                | iteration 4: development | 3  | iteration 6: development
            online  | --save-every 1                | iteration 2: development | 1  | iteration 4: development
            offline | --save-every 3                | epoch 4: development     | 9  | epoch 5: development
            reranker | --save-every 2               | epoch 2: development     | 40 | epoch 3: development
            """)
    void theSameBits(String name, String more, String words, int saved, String again) throws IOException {
        Path expected = whole(command(name)), out = dir.resolve("stopped " + name + saved);
        String command = command(name) + " " + more;
        assertEquals(2, Run.failing(words, arguments(out, command)).code());
        assertEquals(saved, state(out).get("done").getAsInt());
        assertEquals(1, tensors(out).size());
        assertNotEquals(records(expected, "metrics.jsonl"), records(out, "metrics.jsonl"));

        // what a kill in the middle of writing the next state leaves
        Files.writeString(out.resolve("run/state-99.safetensors"), "complete, but state.json does not name it");
        Files.writeString(out.resolve("run/state-100.safetensors.unfinished"), "a part");
        assertEquals(2, Run.failing(again, arguments(out, command + " --resume")).code());
        Run on = run(out, command + " --resume");
        assertEquals(0, on.code(), on.err());
        assertSame(expected, out);

        Run finished = run(out, command + " --resume");
        assertEquals(0, finished.code(), finished.err());
        assertTrue(finished.out().contains("this run is finished"), finished.out());
        assertSame(expected, out);
    }

    /** A kill leaves no time for anything; Ctrl-C lets the step be finished, wherever that is. */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            KILL | ppo | --save-every 1          | iteration 2: development | 137
            TERM | ppo | --save-every 0          | iteration 2: development | 143
            TERM | sft | --no-dev --save-every 0 | the last checkpoint      | 143
            """)
    void signals(String signal, String name, String more, String words, int code) throws IOException, InterruptedException {
        String command = command(name) + " " + more;
        Path expected = whole(command), out = dir.resolve(signal + name);
        assertEquals(code, StoppedRun.stopped(signal, words, arguments(out, command)));
        assertTrue(state(out).get("done").getAsInt() < state(out).get("total").getAsInt());
        Run on = run(out, command + " --resume");
        assertEquals(0, on.code(), on.err());
        assertSame(expected, out);
    }

    /**
     * Killed at random moments, again and again, and every time gone on with: {@code -Dreft.kills=50} for more of them. A run that left no
     * state yet starts anew.
     */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"sft, 7", "ppo, 7", "online, 6"})
    void killedAtRandomMoments(String name, int kills) throws IOException, InterruptedException {
        kills = Integer.getInteger("reft.kills", kills);
        String command = command(name);
        Path expected = whole(command), out = dir.resolve("killed " + name);
        long began = System.nanoTime();
        assertEquals(0, StoppedRun.start(arguments(dir.resolve("timed " + name), command)).waitFor());
        long longest = (System.nanoTime() - began) / 1_000_000;
        SplittableRandom random = new SplittableRandom(kills);
        int left = kills;
        while (left > 0) {
            boolean state = Files.exists(out.resolve("run/state.json"));
            if (state && state(out).get("done").getAsInt() == state(out).get("total").getAsInt()) {
                assertSame(expected, out);
                delete(out); // finished before it was killed so often: once more from the start
                state = false;
            }
            Process run = StoppedRun.start(arguments(out, command + " --save-every 1 " + (state ? "--resume" : "--overwrite")));
            if (!run.waitFor(longest / 4 + random.nextLong(longest), TimeUnit.MILLISECONDS)) {
                run.destroyForcibly().waitFor();
                left--;
            }
        }
        Run on = run(out, command + (Files.exists(out.resolve("run/state.json")) ? " --save-every 1 --resume" : " --overwrite"));
        assertEquals(0, on.code(), on.err());
        assertSame(expected, out);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** What decides the result must be what it was; where and in what portions it is computed is free. */
    @Test
    void otherOptionsAreRefused() throws IOException {
        Path out = dir.resolve("options");
        assertEquals(2, Run.failing("epoch 2: development", arguments(out, SFT + " --save-every 1")).code());
        Run other = run(out, SFT.replace("2e-2", "1e-2") + " --beta2 0.99 --no-dev --resume");
        assertEquals(2, other.code());
        assertTrue(other.err().contains(
                "this run was started with \"--no-dev=false --lr=0.02 --beta2=0.999\", and now it should be \"--no-dev=true --lr=0.01 "
                        + "--beta2=0.99\": "),
                other.err());
        assertEquals(2, run(out, PPO + " --resume").code());
        assertEquals(5, state(out).get("done").getAsInt(), "nothing was touched");

        Path moved = dir.resolve("moved");
        Files.move(out, moved);
        Run on = run(moved, SFT + " --tokens-per-batch 300 --resume");
        assertEquals(0, on.code(), on.err());
        assertEquals(18 + 6, Files.readAllLines(moved.resolve("run/metrics.jsonl")).size());
    }

    @Test
    void thereMustBeAStateToGoOnFrom() throws IOException {
        Path out = dir.resolve("stateless");
        assertSentence(run(out, SFT + " --resume"), "holds no run to go on with");
        assertFalse(Files.exists(out));
        assertEquals(2, Run.failing("epoch 2: development", arguments(out, SFT + " --save-every 0")).code());
        assertSentence(run(out, SFT + " --resume"), "the run was stopped before its first one");
        assertSentence(run(out, SFT + " --resume --overwrite"), "give one of them");
        assertSentence(run(out, SFT + " --save-every -1"), "--save-every is -1; it must be at least 0");
        assertEquals(0, run(out, SFT + " --overwrite").code());
        assertSame(whole(SFT), out);
    }

    @Test
    void damagedStatesAreRefused() throws IOException {
        Path out = dir.resolve("damaged");
        assertEquals(2, Run.failing("epoch 2: development", arguments(out, SFT + " --save-every 4")).code());
        Path json = out.resolve("run/state.json"), tensors = out.resolve("run/state-4.safetensors"),
                metrics = out.resolve("run/metrics.jsonl");
        byte[] whole = Files.readAllBytes(tensors);
        Files.write(tensors, Arrays.copyOf(whole, whole.length - 4));
        assertSentence(run(out, SFT + " --resume"),
                "state-4.safetensors: it was changed since it was written: start anew with --overwrite.");
        byte[] flipped = whole.clone();
        flipped[whole.length - 77] ^= 4;
        Files.write(tensors, flipped);
        assertSentence(run(out, SFT + " --resume"),
                "state-4.safetensors: it was changed since it was written: start anew with --overwrite.");
        Files.delete(tensors);
        assertSentence(run(out, SFT + " --resume"), "state-4.safetensors: no such file");
        Files.write(tensors, whole);
        String lines = Files.readString(metrics);
        Files.writeString(metrics, "");
        assertSentence(run(out, SFT + " --resume"), "metrics.jsonl has 0 bytes and had ");
        Files.writeString(metrics, lines.replaceFirst("\\d", "7"));
        assertSentence(run(out, SFT + " --resume"), "metrics.jsonl was changed since the run was stopped: start anew with --overwrite.");
        Files.writeString(metrics, lines);
        String text = Files.readString(json), own = JsonParser.parseString(text).getAsJsonObject().get("checksum").getAsString();
        Map<String, String> broken = new LinkedHashMap<>();
        broken.put("", "not a JSON object");
        broken.put("{", "not valid JSON (");
        broken.put("{}", "field \"total\" is missing");
        broken.put("[]", "not a JSON object");
        broken.put(text.replace("state-4.s", "../s"), "field \"tensors\" is ../safetensors; it must be the name of a file beside it");
        broken.put(text.replace("state-4.s", "state-5.s"), "it was changed since it was written");
        broken.put(text.replace("\"done\": 4", "\"done\": 400"), "field \"done\" is 400; it must be at most 18");
        broken.put(text.replace("\"done\": 4", "\"done\": 1.5"), "field \"done\" is 1.5; it must be an integer, at least 0");
        broken.put(text.replace("\"done\": 4", "\"done\": 1000000000000000000"),
                "field \"done\" is 1000000000000000000; it must be an integer, at least 0 and below 2^31");
        broken.put(text.replace("\"done\": 4", "\"done\": -1"), "field \"done\" is -1; it must be an integer, at least 0");
        broken.put(text.replace("\"done\": 4", "\"done\": 3"), "it was changed since it was written");
        broken.put(text.replace("\"done\": 4,", ""), "field \"done\" is missing");
        broken.put(text.replaceFirst("\"right\": \\d", "\"right\": 9"), "best: field \"right\" is 9; it must be at most 2");
        broken.put(text.replaceFirst("\"bytes\": \\d+", "\"bytes\": -5"), "field \"bytes\" is -5; it must be a number above 0");
        broken.put(text.replaceFirst("\"bytes\": \\d+", "\"bytes\": null"), "field \"bytes\" is ");
        broken.put(text.replaceFirst("\"steps\": \\d+", "\"steps\": [7]"), "field \"steps\" is ");
        broken.put(text.replace(own, "0"), "it was changed since it was written");
        for (Map.Entry<String, String> each : broken.entrySet()) {
            assertNotEquals(text, each.getKey(), each.getValue());
            Files.writeString(json, each.getKey());
            Run refused = run(out, SFT + " --resume");
            assertEquals(2, refused.code(), refused.err());
            assertTrue(refused.err().startsWith("reft sft: " + json + ": ") && refused.err().endsWith("; start anew with --overwrite.\n"),
                    refused.err());
            if (!each.getValue().endsWith("is ")) {
                assertTrue(refused.err().contains(each.getValue()), refused.err());
            }
        }
        Files.writeString(json, text);
        assertEquals(0, run(out, SFT + " --resume").code());
        assertSame(whole(SFT), out);
    }

    private static void assertSentence(Run run, String sentence) {
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
    }

    /** Problems that have changed since give another number of steps. */
    @Test
    void theProblemsMustBeTheSame() throws IOException {
        Path out = dir.resolve("changed"), problems = dir.resolve("changing.json");
        Files.copy(train, problems);
        Object[] arguments = arguments(out, SFT + " --save-every 1"), again = arguments(out, SFT + " --resume");
        arguments[List.of(arguments).indexOf(train)] = problems;
        again[List.of(again).indexOf(train)] = problems;
        assertEquals(2, Run.failing("epoch 2: development", arguments).code());
        byte[] data = Files.readAllBytes(problems);
        Datasets.write(problems, ReproduceCommandTest.problems(0, 30));
        assertSentence(Run.reft(again), problems + " has changed since this run was started: ");
        byte[] other = data.clone();
        other[new String(data, StandardCharsets.ISO_8859_1).indexOf("answer_value\": \"") + 16] ^= 1;
        Files.write(problems, other);
        assertSentence(Run.reft(again),
                problems + " has changed since this run was started: bring back what was there, or start anew with " + "--overwrite.");
        Files.write(problems, data);
        Run on = Run.reft(again);
        assertEquals(0, on.code(), on.err());
    }

    /** So must the model, whose weights PPO's reference and whose tokenizer and shape any run has. */
    @ParameterizedTest
    @CsvSource({"sft, config.json", "ppo, config.json", "ppo, model.safetensors", "sft, tokenizer.model",
            "offline, generation_config.json"})
    void theModelMustBeTheSame(String name, String file) throws IOException {
        Path out = dir.resolve("model-of-" + name + "-" + file), copy = Files.createDirectories(dir.resolve("copy-" + name + "-" + file));
        try (Stream<Path> files = Files.list(name.equals("sft") ? model : warm)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                Files.copy(each, copy.resolve(each.getFileName()));
            }
        }
        String command = command(name).replace("MODEL", copy.toString()).replace("WARM", copy.toString());
        assertEquals(2, Run.failing(name.equals("ppo") ? "iteration 2: development" : "epoch 2: development",
                arguments(out, command + " --save-every 1")).code());
        byte[] was = Files.exists(copy.resolve(file)) ? Files.readAllBytes(copy.resolve(file)) : null;
        if (was == null) {
            Files.writeString(copy.resolve(file), "{\"eos_token_id\": 5}");
        } else if (file.equals("config.json")) {
            Files.writeString(copy.resolve(file), new String(was, StandardCharsets.UTF_8).replaceFirst("\\{", "{\"rope_theta\": 77777,"));
        } else {
            was = was.clone();
            was[was.length - 1] ^= 1;
            Files.write(copy.resolve(file), was);
        }
        assertSentence(run(out, command + " --resume"), copy.resolve(file)
                + (file.startsWith("gen") ? " was not there when this run was started" : " has changed since this run was started"));
    }

    /** What a reranker learns from stands in the records; they are part of the state. */
    @Test
    void changedSamplesAreRefused() throws IOException {
        Path out = dir.resolve("changed-samples"), samples = out.resolve("run/samples.jsonl");
        assertEquals(2, Run.failing("epoch 2: development", arguments(out, RERANKER + " --save-every 2")).code());
        Files.writeString(samples, Files.readString(samples).replaceFirst("\"right\":true", "\"right\":null"));
        assertSentence(run(out, RERANKER + " --resume"),
                "samples.jsonl was changed since the run was stopped: start anew with --overwrite.");
    }

    /** A run that another device goes on with says so: its bits may be others. */
    @Test
    void anotherDeviceIsTold() throws IOException {
        Path out = dir.resolve("device"), options = out.resolve("run/options.json");
        assertEquals(2, Run.failing("epoch 2: development", arguments(out, SFT + " --save-every 1")).code());
        String device = JsonParser.parseString(Files.readString(options)).getAsJsonObject().get("device").getAsString();
        Files.writeString(options,
                Files.readString(options).replaceFirst("\"device\": \"[^\"]*\"(,\\s+\"inputs\"|\\s*})", "\"device\": \"an abacus\"$1"));
        Run on = run(out, SFT + " --resume");
        assertEquals(0, on.code(), on.err());
        assertTrue(on.err().contains(" on an abacus, and goes on by reft ")
                && on.err().contains(" on " + device + ": its result need not have the bits"), on.err());
    }
}
