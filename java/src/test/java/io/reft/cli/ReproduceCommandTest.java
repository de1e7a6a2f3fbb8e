package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.PairedTest;
import io.reft.reproduce.Recipes;
import io.reft.run.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code reft reproduce} on a model that learns to say 4 or 5 and no more: its stages, its table, and how it goes on. */
class ReproduceCommandTest {
    @TempDir
    static Path dir;
    private static Path model, data;

    @BeforeAll
    static void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        data = Files.createDirectory(dir.resolve("data"));
        Datasets.write(data.resolve("svamp_python_sdp.json"), problems(0, 20));
        Datasets.write(data.resolve("svamp_test_set.json"), problems(20, 6));
    }

    static List<Problem> problems(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> new Problem("svamp_" + i, "How many are " + i + "?", "def solution():\n    return " + (4 + i % 2),
                        Integer.toString(4 + i % 2)))
                .toList();
    }

    private static Run reproduce(Path out, String more) {
        return Run.reft(arguments(out, more));
    }

    private static Object[] arguments(Path out, String more) {
        List<Object> all = new ArrayList<>(
                List.of("reproduce", "--cell=svamp/python/galactica-125m", "--data", data, "--model", model, "--out", out, "--threads=1",
                        "--limit=5", "--set", "sft.max-length=90", "--set", "self-train.max-length=60", "--set", "ppo.max-length=60",
                        "--set", "eval.max-length=60",
                        "--set", "sft.epochs=20", "--set", "sft.keep-epoch=19", "--set", "sft.eval-every=20", "--set", "sft.lr=2e-2",
                        "--set", "sft.batch-size=3", "--set", "samples.samples=8",
                        "--set", "rerank.max-length=60", "--set", "offline.epochs=1", "--set", "online.iterations=1",
                        "--set", "reft.iterations=1", "--set", "reft.batch-size=4", "--set", "online.batch-size=4"));
        all.addAll(List.of((more.contains("--samples") ? more : "--samples=2 " + more).strip().split(" ")));
        return all.toArray();
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static boolean[] outcome(Path file, String field) throws IOException {
        JsonArray rows = json(file).getAsJsonArray("rows");
        boolean[] right = new boolean[rows.size()];
        for (int i = 0; i < right.length; i++) {
            right[i] = rows.get(i).getAsJsonObject().get(field).getAsBoolean();
        }
        return right;
    }

    @Tag("slow")
    @Test
    void aTableInOneCommandThatGoesOnWhereItStopped() throws IOException {
        Path out = dir.resolve("run");
        assertEquals(2, Run.failing("epoch 20: development", arguments(out, "--set sft.save-every=30")).code(),
                "stopped within its first stage");
        Run first = reproduce(out, "--set sft.save-every=30");
        assertEquals(0, first.code(), first.err());
        assertTrue(first.err().contains("90 of 120 steps were done before."), first.err());
        JsonObject report = json(out.resolve("report.json"));
        List<String> methods = new ArrayList<>();
        for (JsonElement row : report.getAsJsonArray("methods")) {
            methods.add(row.getAsJsonObject().get("method").getAsString());
        }
        assertEquals(List.of("warm-up", "SFT", "offline self-training", "online self-training", "ReFT"), methods);
        JsonObject reft = report.getAsJsonArray("methods").get(4).getAsJsonObject();
        assertEquals(39.4, reft.getAsJsonObject("published").get("greedy").getAsDouble());
        assertFalse(reft.getAsJsonObject("published").has("vote"));
        checkFigure(reft.getAsJsonObject("figures").getAsJsonObject("greedy"), outcome(out.resolve("greedy-sft.json"), "right"),
                outcome(out.resolve("greedy-reft.json"), "right"));
        checkFigure(reft.getAsJsonObject("figures").getAsJsonObject("rerank"), outcome(out.resolve("vote-sft.json"), "rerank_right"),
                outcome(out.resolve("vote-reft.json"), "rerank_right"));
        checkFigure(reft.getAsJsonObject("figures").getAsJsonObject("vote"), outcome(out.resolve("vote-sft.json"), "vote_right"),
                outcome(out.resolve("vote-reft.json"), "vote_right"));
        assertEquals(
                "Checkpoints are chosen on a development split: 2 of 20 training rows, drawn with seed 1; the test set is touched once",
                report.get("protocol").getAsString());
        String text = Files.readString(out.resolve("report.md"));
        assertTrue(first.out().contains("| ReFT ") && text.contains("| 35.6 ") && text.contains("| – ")
                && text.contains("`reft sft --recipe=galactica-125m/svamp-python-baseline"), text);

        // of the right samples of each question, at most 10 texts
        Map<String, Set<String>> texts = new HashMap<>();
        for (String line : Files.readAllLines(out.resolve("samples.jsonl"))) {
            JsonObject sample = JsonParser.parseString(line).getAsJsonObject();
            if (sample.get("score").getAsDouble() == 1) {
                texts.computeIfAbsent(sample.get("item_id").getAsString(), id -> new HashSet<>())
                        .add(sample.get("completion").getAsString().strip());
            }
        }
        JsonObject drawn =
                JsonParser.parseString(Files.readAllLines(out.resolve("offline/run/metrics.jsonl")).getFirst()).getAsJsonObject();
        assertEquals(texts.values().stream().mapToInt(t -> Math.min(10, t.size())).sum(), drawn.get("kept").getAsInt());
        assertTrue(drawn.get("solved").getAsInt() > 9, "the model knows the answers: " + drawn);

        // again: nothing is left to do
        Path ledger = out.resolve("run/stages.jsonl");
        List<String> finished = Files.readAllLines(ledger);
        Run again = reproduce(out, "--set sft.save-every=30");
        assertEquals(0, again.code(), again.err());
        assertEquals(finished, Files.readAllLines(ledger));
        assertEquals(finished.size() - 1, again.err().lines().filter(l -> l.endsWith(": finished before")).count(), again.err());
        assertEquals(first.out().substring(first.out().indexOf("\n|")), again.out());

        // stopped before the last two stages
        Files.write(ledger, finished.subList(0, finished.size() - 2));
        Run on = reproduce(out, "--set sft.save-every=30");
        assertEquals(0, on.code(), on.err());
        assertEquals(finished.size() - 3, on.err().lines().filter(l -> l.endsWith(": finished before")).count(), on.err());
        assertEquals(finished.size(), Files.readAllLines(ledger).size());

        Run other = reproduce(out, "--set sft.save-every=30 --set reft.lr=1e-4");
        assertEquals(2, other.code());
        assertTrue(other.err().contains("the stage reft was run with \"\", and now it should be \"--lr=1e-4\""), other.err());
        assertEquals(2, reproduce(out, "--seed=2").code());

        assertTrue(TrainingState.isIn(out.resolve("reft")), "it says that this stage is finished");
        assertEquals(2, Run.failing("stage 1 of", arguments(out, "--overwrite")).code());
        assertFalse(TrainingState.isIn(out.resolve("reft")), "another reproduction knows nothing of that");
    }

    private static void checkFigure(JsonObject figure, boolean[] sft, boolean[] reft) {
        int right = 0;
        for (boolean r : reft) {
            right += r ? 1 : 0;
        }
        assertEquals(5, reft.length);
        Accuracy accuracy = new Accuracy(right, reft.length);
        PairedTest test = PairedTest.of(sft, reft);
        assertEquals(List.of(accuracy.value(), accuracy.low(), accuracy.high(), test.difference(), test.pValue()),
                List.of("accuracy", "low", "high", "difference", "p_value").stream().map(f -> figure.get(f).getAsDouble()).toList());
    }

    @Tag("slow")
    @Test
    void thePapersProtocol() throws IOException {
        Path out = dir.resolve("paper");
        Run run = reproduce(out, "--select-on-test");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("The paper's protocol: checkpoints are chosen on the test set"), run.out());
        assertEquals(20, Datasets.read(out.resolve("train.json")).size());
        assertEquals("[]", Files.readString(out.resolve("dev.json")));
        assertTrue(json(out.resolve("reft/run/selection.json")).get("protocol").getAsString().startsWith("the paper's protocol"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --set sft.lr=-1              | --lr is -1; it must be above 0
            --set sft.rate=1             | reft sft: Unknown option: '--rate=1'
            --set sft.lr=fast            | reft sft: Invalid value for option '--lr'
            --set sftt.lr=1              | --set sftt.lr: what is set is called STAGE.OPTION; the stages are sft, samples, offline, \
            online, reft,
            --set reft.gamma             | '--set'
            --set sft.keep-epoch=99       | --keep-epoch is 99; it must be within the 20 --epochs.
            --set sft.keep-epoch=0       | that epoch is the warm-up of self-training and ReFT
            --samples=1                  | --samples is 1; it must be from 2 to 10000.
            --select-on-test --dev-size=3 | leave out --dev-size
            --dev-size=20                | a development split of 20 problems cannot be taken
            """)
    void wrongOptionsLeaveNoTrace(String options, String sentence) {
        Path out = dir.resolve("none");
        Run run = reproduce(out, options);
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
        assertFalse(Files.exists(out), run.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            svamp/galactica-125m         | a cell is demo, or DATA/COT/CHECKPOINT such as svamp/python/galactica-125m
            svamp/python/gpt2            | the checkpoints are galactica-125m, galactica-6.7b, codellama-7b, smollm2-135m, qwen2.5-0.5b.
            svamp/c/galactica-125m       | galactica-125m has recipes for gsm8k/python, gsm8k/nl,
            gsm8k/nl/galactica-125m      | gsm8k_nl.json: there is no such data file
            demo                         | leave out --data, --model
            """)
    void unknownCells(String cell, String sentence) {
        Run run = Run.reft("reproduce", "--cell", cell, "--data", data, "--model", model, "--out", dir.resolve("none"));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
        assertFalse(Files.exists(dir.resolve("none")));
    }

    @Test
    void aCellNeedsItsData() {
        Run run = Run.reft("reproduce", "--cell=svamp/python/galactica-125m", "--out", dir.resolve("none"));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains("needs --data"), run.err());
    }

    /** The recipes name everything that the stages of each cell need. */
    @Test
    void everyCellHasItsStages() {
        for (String checkpoint : Recipes.CHECKPOINTS) {
            JsonObject recipes = Recipes.read(checkpoint).getAsJsonObject("recipes");
            boolean paper = !Recipes.read(checkpoint).getAsJsonObject("published").isEmpty();
            for (String recipe : recipes.keySet()) {
                if (recipe.matches(".*-(python|nl)")) {
                    assertTrue(Recipes.values(checkpoint + "/" + recipe + "-baseline", "sft").containsKey("--keep-epoch"));
                    assertEquals("online", Recipes.values(checkpoint + "/" + recipe + "-online", "self-train").get("--mode"));
                    assertTrue(Recipes.values(checkpoint + "/" + recipe, "ppo").containsKey("--beta"));
                    if (paper) {
                        assertEquals("offline", Recipes.values(checkpoint + "/" + recipe + "-offline", "self-train").get("--mode"));
                        assertTrue(recipes.getAsJsonObject(recipe).has("rerank train"));
                    } else {
                        assertEquals("grpo", Recipes.values(checkpoint + "/" + recipe + "-grpo", "rl").get("--method"));
                    }
                }
            }
        }
    }
}
