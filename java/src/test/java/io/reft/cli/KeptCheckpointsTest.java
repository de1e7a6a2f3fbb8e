package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.DataType;
import io.reft.data.Datasets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --keep-checkpoints} and {@code --save-dtype}. */
class KeptCheckpointsTest {
    @TempDir
    static Path dir;
    private static Path model, train;

    @BeforeAll
    static void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        train = dir.resolve("train.json");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        Datasets.write(train, ReproduceCommandTest.problems(0, 20));
    }

    private static Object[] sft(Path out, Object... more) {
        List<Object> all =
                new ArrayList<>(List.of("sft", "--model", model, "--train", train, "--out", out, "--epochs", 5, "--batch-size", 7,
                        "--lr", "2e-2", "--threads", 1));
        all.addAll(Arrays.asList(more));
        return all.toArray();
    }

    private static List<String> kept(Path out) throws IOException {
        try (Stream<Path> dirs = Files.list(out.resolve("checkpoints"))) {
            return dirs.map(d -> d.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theLastOnesStay() throws IOException {
        Path whole = dir.resolve("whole"), stopped = dir.resolve("stopped");
        Run run = Run.reft(sft(whole, "--keep-checkpoints", 2));
        assertEquals(0, run.code(), run.err());
        assertEquals(List.of("epoch-4", "epoch-5"), kept(whole));

        assertEquals(2, Run.failing("epoch 4: development", sft(stopped, "--keep-checkpoints", 2, "--save-every", 6)).code());
        assertEquals(List.of("epoch-2", "epoch-3"), kept(stopped));
        Run on = Run.reft(sft(stopped, "--keep-checkpoints", 2, "--save-every", 6, "--resume"));
        assertEquals(0, on.code(), on.err());
        assertEquals(List.of("epoch-4", "epoch-5"), kept(stopped));
        for (String name : kept(whole)) {
            assertArrayEquals(Files.readAllBytes(whole.resolve("checkpoints").resolve(name).resolve("model.safetensors")),
                    Files.readAllBytes(stopped.resolve("checkpoints").resolve(name).resolve("model.safetensors")), name);
        }
        assertEquals(0, Run.reft("eval", "--model", whole.resolve("checkpoints/epoch-4"), "--data", train, "--limit", 2).code());

        Run other = Run.reft(sft(whole, "--keep-checkpoints", 1, "--overwrite"));
        assertEquals(0, other.code(), other.err());
        assertEquals(List.of("epoch-5"), kept(whole));
    }

    @Test
    void weightsAreStoredAsAsked() throws IOException {
        Path full = dir.resolve("full"), half = dir.resolve("half");
        assertEquals(0, Run.reft(sft(full)).code());
        Run run = Run.reft(sft(half, "--save-dtype", "bf16"));
        assertEquals(0, run.code(), run.err());
        try (Checkpoint checkpoint = Checkpoint.open(half)) {
            assertTrue(checkpoint.tensors().stream().allMatch(t -> t.dtype() == DataType.BF16));
        }
        assertTrue(Files.readString(half.resolve("config.json")).contains("bfloat16"));
        long whole = Files.size(full.resolve("model.safetensors")), part = Files.size(half.resolve("model.safetensors"));
        assertTrue(part < 0.7 * whole, part + " of " + whole);
        Run again = Run.reft("sft", "--model", half, "--train", train, "--out", dir.resolve("next"), "--epochs", 1, "--threads", 1);
        assertEquals(0, again.code(), again.err());
    }
}
