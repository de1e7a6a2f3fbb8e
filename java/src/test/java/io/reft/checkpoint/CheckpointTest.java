package io.reft.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.model.ModelConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading what transformers and torch wrote (src/test/python/make_checkpoint_golden.py). */
class CheckpointTest {
    static Path golden(String name) {
        try {
            return Path.of(CheckpointTest.class.getResource("/checkpoint/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static float[] floats(Checkpoint checkpoint, String name) {
        float[] floats = new float[(int) checkpoint.info(name).size()];
        checkpoint.readFloats(name, MemorySegment.ofArray(floats));
        return floats;
    }

    /** Element i of the k-th tensor, as the script has it. */
    private static float expected(int k, int i) {
        return ((37 * i + 11 * k) % 101 - 50) / 16f;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-float32", "llama-float16", "llama-bfloat16", "llama-float64", "llama-shards", "torch-2", "torch-4",
            "torch-shards"})
    void everyFormHoldsTheSame(String name) {
        try (Checkpoint checkpoint = Checkpoint.open(golden(name))) {
            List<TensorInfo> tensors = checkpoint.tensors();
            assertEquals(12, tensors.size());
            assertEquals("lm_head.weight", tensors.getFirst().name());
            for (int k = 0; k < tensors.size(); k++) {
                float[] floats = floats(checkpoint, tensors.get(k).name());
                short[] bf16 = new short[floats.length];
                checkpoint.readBf16(tensors.get(k).name(), MemorySegment.ofArray(bf16));
                for (int i = 0; i < floats.length; i++) {
                    assertEquals(expected(k, i), floats[i]);
                    assertEquals(expected(k, i), Float.intBitsToFloat(bf16[i] << 16));
                }
            }
            assertArrayEquals(new long[] {4, 8}, checkpoint.info("model.layers.0.self_attn.k_proj.weight").shape());
            ModelConfig config = ModelConfig.of(checkpoint, note -> {});
            assertEquals(1, config.kvHeads());
            assertEquals(10000, config.rope().theta());
        }
    }

    @Test
    void generationConfigMayBeAbsent() {
        try (Checkpoint with = Checkpoint.open(golden("opt")); Checkpoint without = Checkpoint.open(golden("torch-2"))) {
            assertNotNull(with.generationConfig());
            assertNull(without.generationConfig());
        }
    }

    @Test
    void viewsOfAStorage() {
        try (Checkpoint checkpoint = Checkpoint.open(golden("torch-views"))) {
            float[] whole = new float[24];
            for (int i = 0; i < 24; i++) {
                whole[i] = i;
            }
            for (String same : List.of("whole", "parameter", "bfloat16", "float64")) {
                assertArrayEquals(whole, floats(checkpoint, same));
            }
            float[] transposed = floats(checkpoint, "transposed");
            float[] permuted = floats(checkpoint, "permuted");
            for (int i = 0; i < 24; i++) {
                assertEquals(i % 4 * 6 + i / 4, transposed[i]);
                assertEquals(i / 6 + i % 6 * 4, permuted[i]);
            }
            assertArrayEquals(new float[] {8, 9, 10, 14, 15, 16}, floats(checkpoint, "part"));
            assertArrayEquals(new float[] {12, 13, 14, 15, 16, 17}, floats(checkpoint, "row"));
            assertArrayEquals(new float[] {3, 9, 15, 21}, floats(checkpoint, "column"));
            assertArrayEquals(new float[0], floats(checkpoint, "empty"));
            assertArrayEquals(new float[] {3.5f}, floats(checkpoint, "scalar"));
            assertEquals(DataType.I64, checkpoint.info("int64").dtype());
            InputError error = assertThrows(InputError.class, () -> floats(checkpoint, "int64"));
            assertTrue(error.getMessage().contains("tensor int64 is of type I64"), error.getMessage());
        }
    }

    @Test
    void missingTensorsAndWrongTargets() {
        try (Checkpoint checkpoint = Checkpoint.open(golden("llama-float32"))) {
            assertFalse(checkpoint.has("nothing"));
            assertTrue(checkpoint.has("model.norm.weight"));
            InputError error = assertThrows(InputError.class, () -> checkpoint.readFloats("nothing", MemorySegment.NULL));
            assertTrue(error.getMessage().endsWith("tensor nothing is missing."), error.getMessage());
            assertThrows(IllegalArgumentException.class,
                    () -> checkpoint.readFloats("model.norm.weight", MemorySegment.ofArray(new float[7])));
        }
    }

    /** The hub's cache keeps links in snapshots/, to files named by their hashes in blobs/. */
    @Test
    void linksOfTheHubsCacheAreFollowed(@TempDir Path cache) throws IOException {
        Path snapshot = Files.createDirectories(cache.resolve("snapshots/abc"));
        Path blobs = Files.createDirectories(cache.resolve("blobs"));
        try (Stream<Path> files = Files.list(golden("llama-shards"))) {
            for (Path file : files.toList()) {
                Path blob = blobs.resolve(Integer.toHexString(file.hashCode()));
                Files.copy(file, blob);
                Files.createSymbolicLink(snapshot.resolve(file.getFileName()), Path.of("../../blobs").resolve(blob.getFileName()));
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(snapshot)) {
            assertEquals(12, checkpoint.tensors().size());
        }
    }

    @Test
    void aRealModel() {
        try (Checkpoint checkpoint = Checkpoint.open(Shared.path("models/stories260K-hf"))) {
            assertEquals(260_032, checkpoint.tensors().stream().mapToLong(TensorInfo::size).sum());
            assertEquals(5, ModelConfig.of(checkpoint, note -> {}).layers());
        }
    }
}
