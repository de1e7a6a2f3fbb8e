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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models that a training keeps: in which type, and which beside the best. */
class KeptModelsTest {
    @TempDir
    private Path dir;

    private Path model, train;

    @BeforeEach
    void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        train = dir.resolve("train.json");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        Datasets.write(train, ReproduceCommandTest.problems(0, 20));
    }

    private Run sft(Path out, Object... more) {
        List<Object> all = new ArrayList<>(List.of("sft", "--model", model, "--train", train, "--out", out, "--batch-size", 8, "--lr", 1e-3,
                "--threads", 1));
        all.addAll(List.of(more));
        return Run.reft(all.toArray());
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static DataType dtype(Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return checkpoint.dtype();
        }
    }

    @Test
    void theLastOnesThatWereJudged() throws IOException {
        Path whole = dir.resolve("whole"), out = dir.resolve("out");
        assertEquals(0, sft(whole, "--epochs", 5, "--keep", 2).code());
        assertEquals(Set.of("epoch-4", "epoch-5"), names(whole.resolve("checkpoints")));
        Run generated =
                Run.reft("generate", "--model", whole.resolve("checkpoints/epoch-4"), "--prompt", "Ann has 3 pens.", "--threads", 1);
        assertEquals(0, generated.code(), generated.err());

        // stopped, and gone on with
        List<Object> all = new ArrayList<>(List.of("sft", "--model", model, "--train", train, "--out", out, "--batch-size", 8, "--lr", 1e-3,
                "--threads", 1, "--epochs", 5, "--keep", 2, "--save-every", 1));
        assertEquals(2, Run.failing("epoch 3: development", all.toArray()).code());
        all.add("--resume");
        assertEquals(0, Run.reft(all.toArray()).code());
        for (String name : List.of("epoch-4", "epoch-5")) {
            assertArrayEquals(Files.readAllBytes(whole.resolve("checkpoints").resolve(name).resolve("model.safetensors")),
                    Files.readAllBytes(out.resolve("checkpoints").resolve(name).resolve("model.safetensors")), name);
        }
        assertEquals(Set.of("epoch-4", "epoch-5"), names(out.resolve("checkpoints")));

        assertEquals(0, sft(out, "--epochs", 1, "--overwrite").code());
        assertTrue(Files.notExists(out.resolve("checkpoints")), "those of the earlier run are gone");
    }

    @Test
    void theTypeIsTheOldModelsOrTheOneAskedFor() {
        Path half = dir.resolve("half"), same = dir.resolve("same"), whole = dir.resolve("fp32");
        assertEquals(0, Run.reft("convert", "--model", model, "--out", half, "--to", "bf16").code());
        Path first = model;
        model = half;
        assertEquals(0, sft(same, "--epochs", 1).code());
        assertEquals(0, sft(whole, "--epochs", 1, "--save-dtype", "fp32").code());
        assertEquals(List.of(DataType.F32, DataType.BF16, DataType.BF16, DataType.F32),
                List.of(dtype(first), dtype(half), dtype(same), dtype(whole)));
    }
}
