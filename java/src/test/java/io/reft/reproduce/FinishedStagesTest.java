package io.reft.reproduce;

import static io.reft.checkpoint.Mutations.succeedsOrExplains;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.checkpoint.JsonMutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinishedStagesTest {
    @Test
    void readsWhatItWroteOrRefusesIt(@TempDir Path out) throws IOException {
        Files.createDirectory(out.resolve("run"));
        FinishedStages stages = FinishedStages.none(out);
        stages.add("sft", List.of("--lr=1", "--epochs=3"), 12.34);
        stages.add("reft", List.of(), 0);
        FinishedStages read = FinishedStages.of(out);
        assertEquals(12.3, read.seconds("sft"));
        assertTrue(read.has("reft", List.of()) && !read.has("other", List.of()));
        Path file = FinishedStages.file(out);
        String text = Files.readString(file);
        int refused = 0;
        for (int seed = 0; seed < 100; seed++) {
            Files.write(file, JsonMutations.of(text, seed));
            refused += succeedsOrExplains(() -> FinishedStages.of(out), "seed " + seed) ? 0 : 1;
        }
        assertTrue(refused > 30, "refused: " + refused);
    }
}
