package io.reft.run;

import static io.reft.checkpoint.Mutations.succeedsOrExplains;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.checkpoint.JsonMutations;
import io.reft.data.Problem;
import io.reft.evaluate.Accuracy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a run's folder, damaged in seeded ways: the run goes on from what it was, or is refused in a sentence. */
class RunFilesFuzzTest {
    private static final Map<String, Object> OPTIONS = Map.of("lr", 1e-5f, "epochs", 3, "model", "/models/a", "no-dev", false);

    @TempDir
    private Path dir;
    private Path out;

    /** A folder as a stopped run leaves it, but for the tensors. */
    @BeforeEach
    void stop() throws IOException {
        out = dir.resolve("out");
        try (RunFolder run = RunFolder.create(out, "sft", OPTIONS, false)) {
            run.device("cpu");
            run.numbers(Journal.Entry.at("step", 1).with("loss", 0.5));
            run.sample(new Journal.Entry().with("item_id", "svamp_1").with("completion", "x\ny").with("right", true));
            run.sample(new Journal.Entry().with("item_id", "svamp_2").with("completion", "z").with("right", false));
            Files.writeString(run.folder().resolve("run/selection.json"), """
                    {"protocol": "the development set", "questions": 8, "chosen": "epoch 1", "right": 3, "accuracy": 0.375, "low": 0.1,
                     "high": 0.7}""");
            Files.writeString(run.folder().resolve("run/state.json"),
                    TrainingState.json("state-4.safetensors", "00", 4, 18, 4, new Accuracy(3, 8), run.extents()));
        }
    }

    /** What a resumed run reads before its first step. */
    private List<String> resume() {
        try (TrainingRun run =
                TrainingRun.open(new TrainingRun.Target(out, false, true, null), "sft", OPTIONS, List.of())) {
            BestCheckpoint best = new BestCheckpoint(run,
                    BestCheckpoint.Rule.best(TrainingSets.all(List.of(new Problem("a_1", "q", null, "1")), "train.json")), () -> null,
                    p -> {});
            best.resume(null);
            return List.of(run.state().wasFinished() + " " + best.kept(),
                    run.samples().stream().map(s -> s.text("item_id") + s.text("completion") + s.flag("right", true)).toList().toString());
        }
    }

    @Test
    void goesOnOrIsRefused() throws IOException {
        List<String> whole = resume();
        assertEquals("false epoch 1", whole.getFirst());
        for (String name : List.of("state.json", "options.json", "selection.json", "metrics.jsonl", "samples.jsonl")) {
            Path file = out.resolve("run").resolve(name);
            String text = Files.readString(file);
            int refused = 0;
            for (int seed = 0; seed < 100; seed++) {
                Files.write(file, JsonMutations.of(text, 1000 + seed));
                boolean state = !name.equals("selection.json");
                refused += succeedsOrExplains(() -> {
                    List<String> found = resume();
                    if (state) {
                        assertEquals(whole, found, "what is not refused is what it was");
                    }
                }, name + " seed " + seed) ? 0 : 1;
            }
            assertTrue(refused > (name.equals("options.json") || name.equals("selection.json") ? 20 : 60), name + " refused: " + refused);
            Files.writeString(file, text);
            assertEquals(whole, resume());
        }
    }

    @Test
    void settings() throws IOException {
        Path file = dir.resolve("reft.json");
        for (int seed = 0; seed < 60; seed++) {
            Files.write(file, JsonMutations.of("{\"template\": \"demo\", \"indentation\": \"  \", \"other\": [1]}", seed));
            succeedsOrExplains(() -> ModelSettings.read(dir), "seed " + seed);
        }
    }

    /** Data and models of any names and sizes. */
    @Test
    void checksumsOfAnyFile() throws IOException {
        for (int size : new int[] {0, 1, 1000, 300_000}) {
            Path file = dir.resolve("file " + size);
            Files.write(file, new byte[size]);
            assertEquals(Checksum.of(file), Checksum.of(List.of(file, dir.resolve("absent"))).get(file.toString()));
            assertEquals(64, Checksum.of(file).length());
        }
        assertEquals(4, IntStream.of(0, 1, 1000, 300_000).mapToObj(n -> Checksum.of(dir.resolve("file " + n))).distinct().count());
        succeedsOrExplains(() -> {
            throw new InputError("%s", Checksum.of("x") + ".");
        }, "a text");
    }
}
