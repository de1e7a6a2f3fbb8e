package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Golden;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.Source;
import io.reft.checkpoint.TensorStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in another number type. */
class ConvertCommandTest {
    @TempDir
    private Path temporary;

    private Path convert(Path from, String to, String name) {
        Path out = temporary.resolve(name);
        Run run = Run.reft("convert", "--model", from, "--out", out, "--to", to);
        assertEquals(0, run.code(), run.err());
        return out;
    }

    private static Path stored(String name) {
        return Golden.repository("java/src/test/resources/checkpoint/" + name);
    }

    @Test
    void bf16GoesToFp32AndBackToTheSameBytes() throws IOException {
        Path half = stored("llama-bfloat16"), back = convert(convert(half, "fp32", "full"), "bf16", "back");
        assertArrayEquals(Files.readAllBytes(half.resolve("model.safetensors")), Files.readAllBytes(back.resolve("model.safetensors")));
        try (Checkpoint checkpoint = Checkpoint.open(back)) {
            assertTrue(checkpoint.config().toString().contains("bfloat16"), checkpoint.config().toString());
        }
    }

    @Test
    void whatIsNotFiniteIsNotConverted() throws IOException {
        Path model = copyOf(Golden.repository("models/golden/llama")), out = temporary.resolve("not-finite");
        for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            byte[] bytes = Files.readAllBytes(model.resolve("model.safetensors"));
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, value);
            Files.write(model.resolve("model.safetensors"), bytes);
            Run run = Run.reft("convert", "--model", model, "--out", out, "--to", "bf16");
            assertEquals(2, run.code(), run.err());
            assertTrue(run.err().matches("(?s).*: tensor \\S+ has NaN or infinity in 1 of its \\d+ numbers, first at index \\[.*"),
                    run.err());
            assertFalse(Files.exists(out));
        }
    }

    @Test
    void everyFormGivesTheSameBytes() throws IOException {
        byte[] bytes = Files.readAllBytes(convert(stored("torch-2"), "fp32", "2").resolve("model.safetensors"));
        for (String form : List.of("torch-4", "torch-shards")) {
            assertArrayEquals(bytes, Files.readAllBytes(convert(stored(form), "fp32", form).resolve("model.safetensors")), form);
        }
    }

    @Test
    void valueHeadAndSettingsGoAlong() throws IOException {
        Path model = copyOf(Golden.repository("models/golden/llama"));
        Safetensors.write(model.resolve("value_head.safetensors"), List.of(
                new Source("v_head.summary.bias", new long[] {1}, MemorySegment.ofArray(new float[] {1.00001f})),
                new Source("v_head.summary.weight", new long[] {1, 9},
                        MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9.00001f}))),
                DataType.F32);
        Files.writeString(model.resolve("reft.json"), "{\"template\": \"demo\"}\n");
        Path out = convert(model, "bf16", "out");
        assertArrayEquals(Files.readAllBytes(model.resolve("value_head.safetensors")),
                Files.readAllBytes(out.resolve("value_head.safetensors")));
        assertEquals(Files.readString(model.resolve("reft.json")), Files.readString(out.resolve("reft.json")));
        try (TensorStore weights = Safetensors.open(out.resolve("model.safetensors"))) {
            assertTrue(weights.tensors().stream().allMatch(t -> t.dtype() == DataType.BF16 && !t.name().startsWith("v_head.")));
        }
    }

    @Test
    void mistakesLeaveNothingBehind() throws IOException {
        Path out = temporary.resolve("out"), model = copyOf(Golden.repository("models/golden/llama"));
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            List<Source> tensors =
                    checkpoint.tensors().stream().map(t -> !t.name().equals("lm_head.weight") ? checkpoint.source(t.name(), t.name())
                            : new Source(t.name(), t.shape(), MemorySegment.ofArray(large(t.size())))).toList();
            Safetensors.write(model.resolve("model.safetensors"), tensors, DataType.F32);
        }
        Run run = Run.reft("convert", "--model", model, "--out", out, "--to", "fp16");
        assertEquals(2, run.code());
        assertEquals("reft convert: Tensor lm_head.weight has values beyond 65504, which fp16 cannot hold: choose bf16 or fp32.",
                run.err().strip());
        try (var files = Files.list(temporary)) {
            assertFalse(files.anyMatch(f -> f.getFileName().toString().contains("out")));
        }
        Files.createDirectory(out);
        assertEquals("reft convert: --out " + out + " exists already: choose a new folder.",
                Run.reft("convert", "--model", model, "--out", out, "--to", "fp32").err().strip());
    }

    private static float[] large(long size) {
        float[] values = new float[(int) size];
        values[values.length / 2] = -65520;
        return values;
    }

    private Path copyOf(Path from) throws IOException {
        Path to = Files.createDirectory(temporary.resolve("model"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(from.resolve(name), to.resolve(name));
        }
        return to;
    }
}
