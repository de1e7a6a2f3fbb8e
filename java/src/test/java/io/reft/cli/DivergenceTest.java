package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.TensorInfo;
import io.reft.checkpoint.TensorStore;
import io.reft.data.Datasets;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trainings whose numbers leave the finite ones: they stop there, in a sentence, and leave what was good. */
class DivergenceTest {
    /** Decay that multiplies the weights by a hundred thousand million at every step. */
    private static final String WILD = " --lr 1e9 --weight-decay 100 --threads 1";

    @TempDir
    static Path dir;
    private static Path model, train;

    @BeforeAll
    static void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        train = dir.resolve("train.json");
        Datasets.write(train, ReproduceCommandTest.problems(0, 20));
    }

    private static Run run(Path out, String command) {
        return Run.reft((Object[]) (command.replace("MODEL", model.toString()).replace("TRAIN", train.toString()) + " --out "
                + out).split(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft        | --model MODEL --train TRAIN --no-dev --epochs 4 --batch-size 4
            ppo        | --model MODEL --train TRAIN --no-dev --iterations 8 --batch-size 4 --max-length 60
            self-train | --mode online --model MODEL --train TRAIN --no-dev --iterations 8 --batch-size 4 --max-length 60
            """)
    void everyTrainingStops(String command, String options) {
        Run run = run(dir.resolve("out-" + command), command + " " + options + WILD);
        assertEquals(1, run.code(), run.err());
        String last = run.err().lines().reduce((a, b) -> b).orElse("");
        assertTrue(last.matches(
                "reft [a-z -]+: (step|iteration) \\d+: The (gradient's norm|loss|model's logits|weights' root mean square).*"
                        + ": the training.* diverged.*"),
                last);
        assertTrue(!last.contains("Exception") && !last.contains("stack trace"), last);
    }

    /** Steps so large that norms hide them: logits that are all alike and a loss of guessing, without a NaN. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft        | --model MODEL --train TRAIN --no-dev --epochs 3 --batch-size 4
            self-train | --mode online --model MODEL --train TRAIN --no-dev --iterations 3 --batch-size 4 --max-length 60
            """)
    void noiseIsNoModel(String command, String options) {
        Path out = dir.resolve("noise-" + command);
        Run run = run(out, command + " " + options + " --lr 1e8 --threads 1");
        assertEquals(1, run.code(), run.err());
        assertTrue(run.err().contains("the training diverged; lower the learning rate"), run.err());
        assertFalse(Files.exists(out.resolve("model.safetensors")));
    }

    /** What was saved before stays, finite, and the run can only come to the same end again. */
    @Test
    void whatWasGoodIsKept() throws IOException {
        Path out = dir.resolve("kept");
        String command = "sft --model MODEL --train TRAIN --no-dev --epochs 8 --batch-size 20 --warmup-ratio 1 --save-every 1"
                + " --lr 4 --weight-decay 100 --threads 1";
        Run run = run(out, command);
        assertEquals(1, run.code(), run.err());
        String last = run.err().lines().reduce((a, b) -> b).orElse("");
        int step = Integer.parseInt(last.replaceFirst("reft sft: step (\\d+).*", "$1"));
        assertTrue(step > 2, last);
        assertTrue(
                last.endsWith("; " + out + " keeps the model after epoch " + (step - 1) + " and the state after step " + (step - 1) + "."),
                last);
        assertFinite(out.resolve("model.safetensors"));
        assertFinite(out.resolve("run/state-" + (step - 1) + ".safetensors"));
        assertEquals(step - 1, Files.readAllLines(out.resolve("run/metrics.jsonl")).size());
        byte[] kept = Files.readAllBytes(out.resolve("model.safetensors"));

        Run again = run(out, command + " --resume");
        assertEquals(1, again.code(), again.err());
        assertEquals(last, again.err().lines().reduce((a, b) -> b).orElse(""));
        assertArrayEquals(kept, Files.readAllBytes(out.resolve("model.safetensors")));
        assertEquals(step - 1, Files.readAllLines(out.resolve("run/metrics.jsonl")).size());
    }

    private static void assertFinite(Path file) {
        try (TensorStore store = Safetensors.open(file)) {
            for (TensorInfo tensor : store.tensors()) {
                float[] values = new float[(int) tensor.size()];
                store.readFloats(tensor.name(), MemorySegment.ofArray(values));
                for (float value : values) {
                    assertTrue(Float.isFinite(value), file + " " + tensor.name());
                }
            }
        }
    }

    /** A loss that only a model that is sure of wrong things has is told once, in a run that goes on. */
    @Test
    void aHighLossIsTold() {
        Run run = run(dir.resolve("high"), "sft --model MODEL --train TRAIN --no-dev --epochs 3 --batch-size 10 --lr 10 --threads 1");
        long told = run.err().lines().filter(l -> l.contains("more than 3 times that of guessing blindly (6.24)")).count();
        assertEquals(1, told, run.err());
    }
}
