package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    private static Journal.Entry row(int step, double loss, float rate) {
        return Journal.Entry.at("step", step).with("loss", loss).with("rate", rate);
    }

    @TempDir
    Path folder;

    private RunFolder create(String name, boolean overwrite) {
        return RunFolder.create(folder.resolve(name), "sft", Map.of("seed", 7L, "device", "cpu"), overwrite);
    }

    @Test
    void nothingIsMadeBeforeTheFirstRecord() {
        create("a/b", false).close();
        assertFalse(Files.exists(folder.resolve("a")));
    }

    @Test
    void recordsOptionsMetricsAndSamples() throws IOException {
        try (RunFolder run = create("a/b", false)) {
            run.numbers(row(1, 0.5, 0.1f));
            assertEquals(List.of("{\"step\":1,\"loss\":0.5,\"rate\":0.1}"),
                    Files.readAllLines(folder.resolve("a/b/run/metrics.jsonl")), "each line is on the disk at once");
            run.numbers(row(2, Double.NaN, 0.1f));
            run.sample(new Journal.Entry().with("completion", "a < b\n"));
            assertEquals(folder.resolve("a/b"), run.folder());
        }
        assertEquals("{\"step\":2,\"loss\":null,\"rate\":0.1}", Files.readAllLines(folder.resolve("a/b/run/metrics.jsonl")).get(1));
        assertEquals("{\"completion\":\"a < b\\n\"}\n", Files.readString(folder.resolve("a/b/run/samples.jsonl")));
        JsonObject options = JsonParser.parseString(Files.readString(folder.resolve("a/b/run/options.json"))).getAsJsonObject();
        assertEquals("sft", options.get("command").getAsString());
        assertEquals(7, options.getAsJsonObject("options").get("seed").getAsInt());
        assertTrue(options.has("version") && options.has("started"));
    }

    @Test
    void anEarlierRunGoesOnlyWhenAsked() throws IOException {
        try (RunFolder run = create("a", false)) {
            run.numbers(row(1, 1, 1));
            Files.writeString(run.folder().resolve("model.safetensors.index.json"), "{}");
        }
        assertTrue(assertThrows(InputError.class, () -> create("a", false)).getMessage().contains("--overwrite"));
        try (RunFolder run = create("a", true)) {
            assertEquals(1, Files.readAllLines(folder.resolve("a/run/metrics.jsonl")).size(), "it goes with the first record");
            run.numbers(row(9, 1, 1));
        }
        assertFalse(Files.exists(folder.resolve("a/model.safetensors.index.json")), "nothing old is left to be mistaken for new");
        assertEquals("{\"step\":9,\"loss\":1.0,\"rate\":1.0}\n", Files.readString(folder.resolve("a/run/metrics.jsonl")));
    }

    @Test
    void aModelIsNotTrainedOverItself() throws IOException {
        try (RunFolder run = create("a", false)) {
            run.folder();
        }
        assertThrows(InputError.class, () -> RunFolder.create(folder.resolve("a"), "sft", Map.of(), true, folder.resolve("a")));
    }

    @Test
    void otherFoldersAreNeverTouched() throws IOException {
        Files.createDirectory(folder.resolve("home"));
        Files.writeString(folder.resolve("home/letter.txt"), "dear");
        assertThrows(InputError.class, () -> create("home", true));
        assertThrows(InputError.class, () -> create("home/letter.txt", true));
        assertThrows(InputError.class, () -> create("home/letter.txt/sub", true));
        Files.createDirectory(folder.resolve("empty"));
        create("empty", false).close();
    }

    /** A disk that fills up in the middle of a run ends it in a sentence that names the file. */
    @Test
    void aFullDiskIsTold() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        try (RunFolder run = create("a", false)) {
            Files.createSymbolicLink(run.folder().resolve("run/metrics.jsonl"), full);
            InputError error = assertThrows(InputError.class, () -> run.numbers(row(1, 1, 1)));
            assertTrue(error.getMessage().startsWith(folder.resolve("a/run/metrics.jsonl") + ": cannot be written ("), error.getMessage());
        }
    }

    @Test
    void anEarlierRunGoesOn() throws IOException {
        Map<String, Long> lengths;
        try (RunFolder run = create("a", false)) {
            run.numbers(row(1, 1, 1));
            lengths = run.lengths();
            run.numbers(row(2, 1, 1));
            run.sample(new Journal.Entry().with("completion", "1"));
        }
        String options = Files.readString(folder.resolve("a/run/options.json"));
        try (RunFolder run = RunFolder.resume(folder.resolve("a"), "sft", Map.of("seed", 7, "device", "cuda"), Set.of("device"))) {
            run.cut(lengths);
            assertEquals(List.of(), run.samples());
            run.numbers(row(3, 1, 1));
        }
        assertEquals("{\"step\":1,\"loss\":1.0,\"rate\":1.0}\n{\"step\":3,\"loss\":1.0,\"rate\":1.0}\n",
                Files.readString(folder.resolve("a/run/metrics.jsonl")));
        assertEquals(options, Files.readString(folder.resolve("a/run/options.json")));
        assertTrue(assertThrows(InputError.class,
                () -> RunFolder.resume(folder.resolve("a"), "sft", Map.of("seed", 8, "dev", "d"), Set.of("device"))).getMessage()
                .contains("started with \"--seed=7\", and now it should be \"--seed=8 --dev=d\""));
        assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("a"), "ppo", Map.of("seed", 7), Set.of("device")));
        assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("b"), "sft", Map.of("seed", 7), Set.of("device")));
    }
}
