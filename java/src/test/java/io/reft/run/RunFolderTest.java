package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        Files.createDirectories(folder.resolve("other/run"));
        Files.writeString(folder.resolve("other/run/notes.txt"), "dear");
        assertThrows(InputError.class, () -> create("other", true));
    }

    /** A kill between making the folder and writing the options leaves nothing that stands in the way of the next run. */
    @Test
    void whatAKillLeftIsOurOwn() throws IOException {
        Path run = Files.createDirectories(folder.resolve("killed/run"));
        create("killed", false).close();
        Files.createFile(run.resolve("lock"));
        Files.writeString(run.resolve("options.json.unfinished"), "{");
        try (RunFolder own = create("killed", false)) {
            own.numbers(row(1, 1, 1));
        }
        assertEquals(Set.of("options.json", "metrics.jsonl"), names(run));
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    /** Two runs that begin together: the second to write finds the first's, while it is at work and afterwards. */
    @Test
    void twoThatBeginTogether() throws IOException {
        try (RunFolder second = create("a", false)) {
            try (RunFolder first = create("a", false)) {
                first.numbers(row(1, 1, 1));
                assertTrue(assertThrows(InputError.class, second::folder).getMessage().contains("another run is at work there"));
                assertTrue(assertThrows(InputError.class, () -> create("a", true)).getMessage().contains("another run is at work there"));
                assertTrue(assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("a"), "sft", Map.of(), Set.of()))
                        .getMessage().contains("another run is at work there"));
            }
            assertTrue(assertThrows(InputError.class, second::folder).getMessage().contains("holds an earlier run"));
        }
        create("a", true).close();
    }

    /** What a run reads is recorded by its checksum, and must be that when it goes on. */
    @Test
    void inputsMustBeTheSame() throws IOException {
        Path data = Files.writeString(folder.resolve("train.json"), "[1]"), model = Files.createDirectory(folder.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("README.md"), "of no importance");
        try (RunFolder run = RunFolder.create(folder.resolve("a"), "sft", Map.of(), false, data, model)) {
            run.device("cpu");
            run.folder();
        }
        JsonObject options = JsonParser.parseString(Files.readString(folder.resolve("a/run/options.json"))).getAsJsonObject();
        assertEquals("cpu", options.get("device").getAsString());
        assertEquals("080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22",
                options.getAsJsonObject("inputs").get(data.toString()).getAsString());
        Files.writeString(model.resolve("README.md"), "changed");
        resumeWith(data, model).close();
        Files.writeString(data, "[2]");
        assertTrue(assertThrows(InputError.class, () -> resumeWith(data, model)).getMessage().startsWith(data + " has changed since"));
        Files.writeString(data, "[1]");
        Files.writeString(model.resolve("generation_config.json"), "{}");
        assertTrue(assertThrows(InputError.class, () -> resumeWith(data, model)).getMessage()
                .contains("generation_config.json was not there when"));
        Files.delete(model.resolve("generation_config.json"));
        Files.delete(model.resolve("config.json"));
        assertTrue(assertThrows(InputError.class, () -> resumeWith(data, model)).getMessage().contains("config.json is no longer there"));
    }

    private RunFolder resumeWith(Path... inputs) {
        return RunFolder.resume(folder.resolve("a"), "sft", Map.of(), Set.of(), inputs);
    }

    /** A large file is summed in parts, each byte of which counts. */
    @Test
    void checksumsOfLargeFiles() throws IOException {
        Path file = folder.resolve("large");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength((128 << 20) + 5);
            String zeros = Checksum.of(file);
            large.seek((64 << 20) + 12345);
            large.write(1);
            assertNotEquals(zeros, Checksum.of(file));
            assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Checksum.of(file, 0));
        }
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
        Map<String, RunFolder.Extent> extents;
        try (RunFolder run = create("a", false)) {
            run.numbers(row(1, 1, 1));
            extents = run.extents();
            run.numbers(row(2, 1, 1));
            run.sample(new Journal.Entry().with("completion", "1"));
        }
        String options = Files.readString(folder.resolve("a/run/options.json"));
        try (RunFolder run = RunFolder.resume(folder.resolve("a"), "sft", Map.of("seed", 7, "device", "cuda"), Set.of("device"))) {
            run.trust(extents);
            assertEquals(List.of(), run.samples());
            run.cut();
            run.numbers(row(3, 1, 1));
        }
        assertEquals("{\"step\":1,\"loss\":1.0,\"rate\":1.0}\n{\"step\":3,\"loss\":1.0,\"rate\":1.0}\n",
                Files.readString(folder.resolve("a/run/metrics.jsonl")));
        assertEquals(options, Files.readString(folder.resolve("a/run/options.json")));
        assertTrue(assertThrows(InputError.class,
                () -> RunFolder.resume(folder.resolve("a"), "sft", Map.of("seed", 8, "dev", "d"), Set.of("device"))).getMessage()
                .contains("started with \"--seed=7\", and now it should be \"--seed=8 --dev=d\""));
        assertTrue(
                assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("a"), "sft", Map.of(), Set.of("device"))).getMessage()
                        .contains("started with \"--seed=7\", and now it should be without --seed: give"));
        assertTrue(assertThrows(InputError.class,
                () -> RunFolder.resume(folder.resolve("a"), "sft", Map.of("seed", 7, "dev", "d"), Set.of("device"))).getMessage()
                .contains("started without --dev, and now it should be \"--dev=d\": give"));
        assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("a"), "ppo", Map.of("seed", 7), Set.of("device")));
        assertThrows(InputError.class, () -> RunFolder.resume(folder.resolve("b"), "sft", Map.of("seed", 7), Set.of("device")));
    }
}
