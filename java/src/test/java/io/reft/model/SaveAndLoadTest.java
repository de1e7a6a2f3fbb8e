package io.reft.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.Source;
import io.reft.device.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model written as a checkpoint comes back as it was, and a checkpoint that is not the model's is refused by name. */
class SaveAndLoadTest {
    @TempDir
    Path folder;

    /** Writes the model, the list of its tensors changed by {@code change}. */
    private Path save(Tiny tiny, UnaryOperator<List<Source>> change) {
        List<Source> tensors = new ArrayList<>(), valueHead = new ArrayList<>();
        for (Weights.Entry e : tiny.model.weights().entries()) {
            (e.name().startsWith("v_head.") ? valueHead : tensors)
                    .add(new Source(e.name(), e.shape(), MemorySegment.ofArray(tiny.lab.read(e.tensor()))));
        }
        Path out = folder.resolve("model");
        CheckpointWriter.write(out, tiny.json, change.apply(tensors), DataType.F32, null, Map.of(Model.VALUE_HEAD, valueHead));
        return out;
    }

    private static Model load(Tiny tiny, Path dir, boolean valueHead) {
        try (Checkpoint checkpoint = Checkpoint.open(dir)) {
            return Model.load(checkpoint, ModelConfig.of(checkpoint, NOTES::add), valueHead, tiny.lab.engine);
        }
    }

    /** What was told on opening. */
    private static final List<String> NOTES = new ArrayList<>();

    @BeforeEach
    void nothingTold() {
        NOTES.clear();
    }

    private static float[] logits(Tiny tiny, Weights weights, int[] ids) {
        try (Activations a = Activations.allocate(tiny.lab.engine, tiny.config, ids.length, 1, false);
                Heads heads = new Heads(tiny.config, tiny.lab.engine)) {
            Tensor out = tiny.lab.zeros(ids.length, tiny.config.vocab());
            heads.logits(weights, tiny.transformer.forward(weights, Packed.of(List.of(ids)), a), out);
            return tiny.lab.read(out);
        }
    }

    @ParameterizedTest
    @EnumSource
    void sameLogits(Tiny.Shape shape) {
        try (Tiny tiny = new Tiny(shape)) {
            int[] ids = tiny.sequences(17).getFirst();
            Path dir = save(tiny, t -> t);
            try (Model again = load(tiny, dir, true); Model bare = load(tiny, dir, false)) {
                assertArrayEquals(tiny.parameters(), tiny.lab.read(again.weights().flat), "value head included");
                assertArrayEquals(logits(tiny, tiny.model.weights(), ids), logits(tiny, again.weights(), ids));
                assertArrayEquals(logits(tiny, tiny.model.weights(), ids), logits(tiny, bare.weights(), ids));
                assertEquals(null, bare.weights().value);
            }
        }
    }

    @Test
    void aValueHeadStartsAtZero() {
        Tiny tiny = new Tiny(Tiny.Shape.LLAMA);
        try (tiny; Model bare = tiny.model.copy(false); Model headed = bare.copy(true)) {
            assertArrayEquals(new float[tiny.config.channels()], tiny.lab.read(headed.weights().value.weight()));
            assertArrayEquals(new float[1], tiny.lab.read(headed.weights().value.bias()));
            int[] ids = tiny.sequences(9).getFirst();
            assertArrayEquals(logits(tiny, tiny.model.weights(), ids), logits(tiny, headed.weights(), ids));
            // and a copy is a copy
            tiny.lab.k.fill(tiny.model.weights().flat, 0);
            assertFalse(Arrays.equals(logits(tiny, tiny.model.weights(), ids), logits(tiny, headed.weights(), ids)));
            headed.set(tiny.model);
            assertArrayEquals(tiny.parameters(), tiny.lab.read(headed.weights().flat));
        }
    }

    private String refusal(Tiny.Shape shape, UnaryOperator<List<Source>> change) {
        try (Tiny tiny = new Tiny(shape)) {
            Path dir = save(tiny, change);
            String message = assertThrows(InputError.class, () -> load(tiny, dir, false).close()).getMessage();
            assertTrue(message.startsWith(dir.toString()) && message.endsWith(".") && !message.contains("\n"), message);
            return message.substring(dir.toString().length());
        }
    }

    private static final String UP = "model.layers.1.mlp.up_proj.weight";

    @Test
    void aMissingTensorIsNamed() {
        assertEquals(" has no tensor " + UP + ".", refusal(Tiny.Shape.LLAMA, tensors -> {
            tensors.removeIf(t -> t.name().equals(UP));
            return tensors;
        }));
    }

    @Test
    void anUnexpectedTensorIsNamed() {
        String message = refusal(Tiny.Shape.OPT, tensors -> {
            tensors.add(new Source("model.decoder.layers.2.fc1.bias", new long[] {3}, MemorySegment.ofArray(new float[3])));
            return tensors;
        });
        assertTrue(message.contains("OPT") && message.contains("model.decoder.layers.2.fc1.bias"), message);
    }

    @Test
    void aTensorOfAnotherShapeIsNamed() {
        assertEquals(": tensor " + UP + " has shape [12, 17], and config.json asks for [17, 12].", refusal(Tiny.Shape.LLAMA, tensors -> {
            tensors.replaceAll(
                    t -> t.name().equals(UP) ? new Source(UP, new long[] {12, 17}, MemorySegment.ofArray(new float[12 * 17])) : t);
            return tensors;
        }));
    }

    /** What transformers leaves in old checkpoints, and what a base model leaves out of its names. */
    @Test
    void harmlessDifferencesAreAccepted() {
        try (Tiny tiny = new Tiny(Tiny.Shape.MISTRAL)) {
            Path dir = save(tiny, tensors -> {
                for (String table : List.of("model.layers.0.self_attn.rotary_emb.inv_freq", "model.rotary_emb.inv_freq",
                        "rotary_emb.original_inv_freq",
                        "model.layers.1.self_attn.rotary_emb.cos_cached", "model.embed_tokens.position_ids", "position_ids",
                        "model.decoder.version")) {
                    tensors.add(new Source(table, new long[] {3}, MemorySegment.ofArray(new float[3])));
                }
                Source embedding = tensors.getFirst();
                tensors.add(new Source("lm_head.weight", embedding.shape(), embedding.data()));
                tensors.replaceAll(t -> new Source(t.name().replaceFirst("^model\\.", ""), t.shape(), t.data()));
                return tensors;
            });
            try (Model again = load(tiny, dir, true)) {
                assertArrayEquals(tiny.parameters(), tiny.lab.read(again.weights().flat));
            }
        }
    }

    private static final String HEAD = "lm_head.weight";

    private static Source embedding(List<Source> tensors) {
        return tensors.stream().filter(t -> t.name().equals("model.embed_tokens.weight")).findFirst().orElseThrow();
    }

    /** config.json says that the head is the embedding, and the weights have another one: it is used, and saved as what it is. */
    @Test
    void aHeadOfItsOwnIsNeverDropped() {
        try (Tiny tiny = new Tiny(Tiny.Shape.MISTRAL)) {
            float[] head = tiny.lab.normals((long) tiny.config.vocab() * tiny.config.channels());
            Path dir = save(tiny, tensors -> {
                tensors.add(new Source(HEAD, embedding(tensors).shape(), MemorySegment.ofArray(head)));
                return tensors;
            });
            try (Model untied = load(tiny, dir, false); Checkpoint checkpoint = Checkpoint.open(dir)) {
                assertFalse(untied.config().tiedHead());
                assertArrayEquals(head, tiny.lab.read(untied.weights().head.weight()));
                assertEquals(1, NOTES.size());
                assertTrue(NOTES.getFirst().startsWith(dir + ": the output head in the weights is another matrix than the embedding"),
                        NOTES.getFirst());
                assertTrue(checkpoint.config().get("tie_word_embeddings").getAsBoolean());
                assertFalse(untied.config().toJson(checkpoint.config()).get("tie_word_embeddings").getAsBoolean());
                assertEquals(checkpoint.config(), tiny.config.toJson(checkpoint.config()), "a tied one stays as it was");
            }
        }
    }

    @Test
    void aTiedHeadMayStandInTheWeightsTwiceOrAlone() {
        try (Tiny tiny = new Tiny(Tiny.Shape.MISTRAL)) {
            Path both = save(tiny, tensors -> {
                tensors.add(new Source(HEAD, embedding(tensors).shape(), embedding(tensors).data()));
                return tensors;
            });
            try (Model again = load(tiny, both, true)) {
                assertArrayEquals(tiny.parameters(), tiny.lab.read(again.weights().flat));
            }
            Path alone = save(tiny, tensors -> {
                Source embedding = embedding(tensors);
                tensors.replaceAll(t -> t == embedding ? new Source(HEAD, t.shape(), t.data()) : t);
                return tensors;
            });
            try (Model again = load(tiny, alone, true)) {
                assertTrue(again.config().tiedHead());
                assertArrayEquals(tiny.parameters(), tiny.lab.read(again.weights().flat));
            }
            assertEquals(List.of(), NOTES);
        }
    }

    /** Without a tie, a missing head is missing. */
    @Test
    void anUntiedHeadMustBeThere() {
        assertEquals(" has no tensor " + HEAD + ".", refusal(Tiny.Shape.LLAMA, tensors -> {
            tensors.removeIf(t -> t.name().equals(HEAD));
            return tensors;
        }));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightsThatAreNotFiniteAreRefused(float bad) {
        UnaryOperator<List<Source>> spoil = tensors -> {
            tensors.replaceAll(t -> t.name().equals(UP) ? spoilt(t, bad) : t);
            return tensors;
        };
        assertEquals(": tensor " + UP + " has NaN or infinity in 2 of its 204 numbers, first at index [3, 4]: what made it went astray; "
                + "take an earlier checkpoint.", refusal(Tiny.Shape.LLAMA, spoil));
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA); Checkpoint checkpoint = Checkpoint.open(save(tiny, spoil))) {
            assertEquals(Map.of(UP, 2L), Model.notFinite(checkpoint, tiny.config));
        }
    }

    private static Source spoilt(Source t, float bad) {
        float[] values = t.data().get().toArray(ValueLayout.JAVA_FLOAT);
        values[3 * 12 + 4] = bad;
        values[203] = Float.NaN;
        return new Source(t.name(), t.shape(), MemorySegment.ofArray(values));
    }

    @Test
    void aValueHeadThatIsNotFiniteIsRefused() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA)) {
            tiny.lab.write(tiny.model.weights().value.bias(), Float.NaN);
            Path dir = save(tiny, t -> t);
            String message = assertThrows(InputError.class, () -> load(tiny, dir, true).close()).getMessage();
            assertTrue(message.startsWith(dir.resolve(Model.VALUE_HEAD)
                    + ": tensor v_head.summary.bias has NaN or infinity in 1 of its 1 numbers"), message);
            load(tiny, dir, false).close();
        }
    }

    /** More layers than there are tensors: said before anything is made of them. */
    @Test
    void moreLayersThanTensors() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA)) {
            tiny.json.addProperty("num_hidden_layers", 9999);
            Path dir = save(tiny, t -> t);
            String message = assertThrows(InputError.class, () -> load(tiny, dir, false).close()).getMessage();
            assertEquals(dir.resolve("config.json") + ": field \"num_hidden_layers\" is 9999; the weights have only 21 tensors.", message);
        }
    }

    @Test
    void randomWeightsDependOnTheSeed() {
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA);
                Model one = Model.random(tiny.config, false, 0, 7, tiny.lab.engine);
                Model same = Model.random(tiny.config, false, 0, 7, tiny.lab.engine);
                Model other = Model.random(tiny.config, false, 0, 8, tiny.lab.engine)) {
            assertArrayEquals(tiny.lab.read(one.weights().flat), tiny.lab.read(same.weights().flat));
            assertFalse(Arrays.equals(tiny.lab.read(one.weights().flat), tiny.lab.read(other.weights().flat)));
            assertEquals(Weights.parameters(tiny.config), one.weights().entries().stream().mapToLong(e -> e.tensor().size()).sum());
        }
    }
}
