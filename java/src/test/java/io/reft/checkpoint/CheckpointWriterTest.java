package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Saving: the bytes that Hugging Face's library writes, and never a folder that is half old and half new. */
class CheckpointWriterTest {
    private static final JsonObject CONFIG =
            JsonParser.parseString("{\"model_type\": \"llama\", \"torch_dtype\": \"float16\"}").getAsJsonObject();
    private static final long ONE_FILE = 1 << 20;

    @TempDir
    Path dir;

    private static List<Source> sources(Checkpoint checkpoint) {
        List<Source> sources = new ArrayList<>();
        for (TensorInfo tensor : checkpoint.tensors()) {
            sources.add(new Source(tensor.name(), tensor.shape(),
                    () -> MemorySegment.ofArray(CheckpointTest.floats(checkpoint, tensor.name()))));
        }
        return sources;
    }

    /** Six tensors of 100 elements, all {@code value}. */
    private static List<Source> constant(float value) {
        float[] floats = new float[100];
        Arrays.fill(floats, value);
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sources.add(new Source("t" + i, new long[] {10, 10}, MemorySegment.ofArray(floats)));
        }
        return sources;
    }

    private static void write(Path dir, List<Source> tensors, long shardLimit) {
        CheckpointWriter.write(dir, CONFIG, tensors, DataType.F32, null, Map.of(), shardLimit);
    }

    private static Set<String> names(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The one value that all tensors of {@code dir} have. */
    private static float value(Path dir) {
        try (Checkpoint checkpoint = Checkpoint.open(dir)) {
            assertEquals(6, checkpoint.tensors().size());
            float first = CheckpointTest.floats(checkpoint, "t0")[0];
            for (TensorInfo tensor : checkpoint.tensors()) {
                for (float value : CheckpointTest.floats(checkpoint, tensor.name())) {
                    assertEquals(first, value, "a checkpoint that is half old, half new");
                }
            }
            return first;
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"F64", "F32", "F16", "BF16"})
    void theBytesAreThoseOfTransformers(DataType dtype) throws IOException {
        Path expected = CheckpointTest.golden("llama-" + dtype.torchName());
        Path written = dir.resolve("new/folder");
        try (Checkpoint checkpoint = Checkpoint.open(CheckpointTest.golden("llama-float32"))) {
            CheckpointWriter.write(written, checkpoint.config(), sources(checkpoint), dtype, checkpoint.dir());
        }
        for (String name : List.of("model.safetensors", "config.json", "generation_config.json")) {
            assertArrayEquals(Files.readAllBytes(expected.resolve(name)), Files.readAllBytes(written.resolve(name)), name);
        }
        assertEquals(Set.of("config.json", "generation_config.json", "model.safetensors"), names(written));
        assertEquals(Set.of("folder"), names(written.getParent()));
    }

    @Test
    void theTypeIsSaidInTheFieldThatIsThere() {
        Path written = dir.resolve("model");
        CheckpointWriter.write(written, CONFIG, constant(1), DataType.BF16, null);
        try (Checkpoint checkpoint = Checkpoint.open(written)) {
            assertEquals("{\"model_type\":\"llama\",\"torch_dtype\":\"bfloat16\"}", checkpoint.config().toString());
        }
        assertEquals("float16", CONFIG.get("torch_dtype").getAsString());
    }

    @Test
    void shardsAndTheirIndex() throws IOException {
        write(dir.resolve("a"), constant(1), 1000);
        assertEquals(Set.of("config.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", "model.safetensors.index.json"), names(dir.resolve("a")));
        assertEquals(1, value(dir.resolve("a")));
        write(dir.resolve("b"), constant(1), 1000);
        for (String name : names(dir.resolve("a"))) {
            assertArrayEquals(Files.readAllBytes(dir.resolve("a").resolve(name)), Files.readAllBytes(dir.resolve("b").resolve(name)));
        }
        assertTrue(Files.readString(dir.resolve("a/model.safetensors.index.json")).contains("\"total_size\": 2400"));
    }

    @Tag("slow")
    @Test
    void savingAgainLeavesNothingOfTheOldShards() throws IOException {
        Files.createDirectories(dir.resolve("run"));
        Files.writeString(dir.resolve("run/state"), "kept");
        long[] limits = {1000, 1000, ONE_FILE, 500, 1000, ONE_FILE, ONE_FILE, 500, 500, 500};
        for (int i = 0; i < limits.length; i++) {
            write(dir, constant(i), limits[i]);
            assertEquals(i, value(dir));
            int files = limits[i] == ONE_FILE ? 1 : limits[i] == 1000 ? 3 + 1 : 6 + 1;
            assertEquals(files + 2, names(dir).size(), () -> "files are left over");
        }
        assertEquals("kept", Files.readString(dir.resolve("run/state")));
    }

    @Test
    void aFailedSaveLeavesTheOldCheckpoint() throws IOException {
        for (long limit : new long[] {500, ONE_FILE}) {
            for (boolean existing : new boolean[] {false, true}) {
                Path target = dir.resolve("model" + limit + existing);
                if (existing) {
                    write(target, constant(1), 500);
                }
                List<Source> failing = constant(2);
                failing.set(4, new Source("t4", new long[] {10, 10}, () -> {
                    throw new IllegalStateException("the device is gone");
                }));
                assertThrows(IllegalStateException.class, () -> write(target, failing, limit));
                if (existing) {
                    assertEquals(1, value(target));
                    write(target, constant(3), limit);
                    assertEquals(3, value(target));
                    assertTrue(names(target).stream().noneMatch(name -> name.contains("unfinished")), () -> "left over");
                } else {
                    assertFalse(Files.exists(target));
                }
            }
        }
        assertEquals(Set.of("model500true", "model" + ONE_FILE + "true"), names(dir));
    }

    /** A killed process leaves its files at any point; the next save must not overwrite shards that the index names. */
    @Test
    void aKilledSaveCanBeRepeated() throws IOException {
        write(dir, constant(1), 1000);
        Path second = Files.createTempDirectory("second");
        write(second, constant(2), 1000);
        // killed after the second set of shards and the index were renamed, before the first set was deleted
        for (int i = 1; i <= 3; i++) {
            Files.copy(second.resolve("model-0000" + i + "-of-00003.safetensors"),
                    dir.resolve("model-b-0000" + i + "-of-00003.safetensors"));
        }
        Path index = dir.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replace("model-", "model-b-"));
        Files.writeString(dir.resolve("model-00009-of-00009.safetensors.unfinished"), "half");
        assertEquals(2, value(dir));
        List<Source> failing = constant(3);
        failing.set(5, new Source("t5", new long[] {10, 10}, () -> {
            throw new IllegalStateException("killed again");
        }));
        assertThrows(IllegalStateException.class, () -> write(dir, failing, 1000));
        assertEquals(2, value(dir));
        write(dir, constant(4), 1000);
        assertEquals(4, value(dir));
        assertEquals(5, names(dir).size());
    }

    @Test
    void aReaderSeesTheOldOrTheNewOne() throws InterruptedException {
        write(dir, constant(0), 1000);
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                float last = 0;
                while (!done.get()) {
                    float value = value(dir);
                    assertTrue(value >= last, "an older one came back");
                    last = value;
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        long[] limits = {1000, ONE_FILE, 500, 500, 1000, ONE_FILE};
        for (int i = 1; i <= 30; i++) {
            write(dir, constant(i), limits[i % limits.length]);
        }
        done.set(true);
        reader.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    @Test
    void filesBesideTheModel() throws IOException {
        Path from = Files.createDirectory(dir.resolve("from"));
        for (String name : List.of("tokenizer.model", "tokenizer.json", "vocab.json", "LICENSE.txt", "README.md", "optimizer.pt")) {
            Files.writeString(from.resolve(name), name);
        }
        Path to = dir.resolve("to");
        List<Source> head = List.of(new Source("weight", new long[] {3}, MemorySegment.ofArray(new float[] {1, 2, 3})));
        CheckpointWriter.write(to, CONFIG, constant(1), DataType.BF16, from, Map.of(Checkpoint.VALUE_HEAD, head));
        assertEquals(
                Set.of("LICENSE.txt", "config.json", "model.safetensors", "tokenizer.json", "tokenizer.model", "value_head.safetensors",
                        "vocab.json"),
                names(to));
        try (TensorStore store = Safetensors.open(to.resolve(Checkpoint.VALUE_HEAD))) {
            float[] floats = new float[3];
            store.readFloats("weight", MemorySegment.ofArray(floats));
            assertArrayEquals(new float[] {1, 2, 3}, floats);
        }
        CheckpointWriter.write(to, CONFIG, constant(2), DataType.F32, to);
        assertFalse(Files.exists(to.resolve(Checkpoint.VALUE_HEAD)), "a value head of other weights was left");
        assertEquals(2, value(to));
    }

    @Test
    void whatCannotBeWritten() throws IOException {
        Files.writeString(dir.resolve("file"), "");
        InputError file = assertThrows(InputError.class, () -> write(dir.resolve("file"), constant(1), ONE_FILE));
        assertTrue(file.getMessage().contains("a file has the name"), file.getMessage());
        InputError inFile = assertThrows(InputError.class, () -> write(dir.resolve("file/model"), constant(1), ONE_FILE));
        assertTrue(inFile.getMessage().contains("cannot be written"), inFile.getMessage());
        InputError from = assertThrows(InputError.class,
                () -> CheckpointWriter.write(dir.resolve("x"), CONFIG, constant(1), DataType.F32, dir.resolve("none")));
        assertTrue(from.getMessage().contains("no such folder"), from.getMessage());
        List<Source> twice = List.of(constant(1).get(0), constant(1).get(0));
        assertThrows(IllegalArgumentException.class, () -> write(dir.resolve("x"), twice, ONE_FILE));
        List<Source> wrong = List.of(new Source("a", new long[] {3}, MemorySegment.ofArray(new float[2])));
        assertThrows(IllegalArgumentException.class, () -> write(dir.resolve("x"), wrong, ONE_FILE));
        assertEquals(Set.of("file"), names(dir));
    }

    @Test
    void tensorsAreAskedForOneByOneFromOneBuffer() {
        float[] staging = new float[4];
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            float value = i;
            sources.add(new Source("t" + i, new long[] {4}, () -> {
                Arrays.fill(staging, value);
                return MemorySegment.ofArray(staging);
            }));
        }
        Safetensors.write(dir.resolve("x.safetensors"), sources, DataType.F32);
        try (TensorStore store = Safetensors.open(dir.resolve("x.safetensors"))) {
            float[] floats = new float[4];
            for (int i = 0; i < 5; i++) {
                store.readFloats("t" + i, MemorySegment.ofArray(floats));
                assertEquals(i, floats[3]);
            }
        }
    }
}
