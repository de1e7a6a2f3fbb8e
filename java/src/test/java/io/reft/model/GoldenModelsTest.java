package io.reft.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.reft.Expect;
import io.reft.Golden;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.TensorInfo;
import io.reft.checkpoint.TensorStore;
import io.reft.data.Example;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Lab;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.Sft;
import io.reft.train.Update;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiny checkpoints saved by transformers: loss, logits, every gradient and some steps of training are PyTorch's. */
class GoldenModelsTest {
    /** The project's promise, per tensor. What is found is about 1e-6. */
    private static final double TOLERANCE = 1e-4;
    /**
     * OPT's key biases move all scores of a query alike, so their gradient is 0 but for rounding, on both sides; a tensor
     * may be off by this share of the norm of the whole gradient.
     */
    private static final double ROUNDING = 1e-7;

    @ParameterizedTest
    @CsvSource({"opt, auto", "opt-bare, auto", "opt-untied, auto", "opt-behind, auto", "opt-350m, auto", "opt-projected, auto",
            "llama, auto", "llama-tied, auto", "llama-scaled, auto", "mistral, auto", "qwen2, auto",
            "opt, own", "llama, own"})
    void equalsTorch(String name, String matmul) {
        JsonObject batch = Golden.json(name + "/batch.json"), training = batch.getAsJsonObject("training");
        List<int[]> sequences = batch.getAsJsonArray("sequences").asList().stream().map(Golden::ints).toList();
        int[] prompts = Golden.ints(batch.get("prompt_lengths"));
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < prompts.length; i++) {
            examples.add(new Example(sequences.get(i), prompts[i]));
        }
        int tokens = sequences.stream().mapToInt(s -> s.length).sum();
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, false, matmul));
                Checkpoint checkpoint = Checkpoint.open(Golden.repository("models/golden/" + name));
                TensorStore expected = Safetensors.open(checkpoint.dir().resolve("expected.safetensors"))) {
            ModelConfig config = ModelConfig.from(checkpoint.config(), name);
            var options = new AdamW.Options(0.9f, 0.999f, 1e-8f, training.get("weight_decay").getAsFloat(),
                    training.get("max_grad_norm").getAsFloat());
            try (Transformer transformer = new Transformer(config, lab.engine);
                    Model model = Model.load(checkpoint, config, false, lab.engine);
                    Learner learner = new Learner(model, transformer, lab.engine, options, tokens);
                    Sft sft = new Sft(learner, lab.engine, tokens)) {
                logits(lab, transformer, model, sequences, expected);
                assertEquals(batch.get("loss").getAsFloat(), sft.accumulate(examples), 1e-5);
                gradients(lab, learner.gradients(), expected);
                lab.k.fill(learner.gradients().flat, 0);
                for (int step = 0; step < training.get("steps").getAsInt(); step++) {
                    Update done = sft.step(examples, training.get("lr").getAsFloat());
                    assertEquals(number(batch, "losses", step), done.loss(), 1e-4 * done.loss(), "loss of step " + step);
                    assertEquals(number(batch, "norms", step), done.gradNorm(), 1e-3 * done.gradNorm(), "norm of step " + step);
                }
            }
        }
    }

    private static float number(JsonObject batch, String list, int i) {
        JsonElement number = batch.getAsJsonArray(list).get(i);
        return number.getAsFloat();
    }

    /** All sequences packed, against each one alone. */
    private static void logits(Lab lab, Transformer transformer, Model model, List<int[]> sequences, TensorStore expected) {
        ModelConfig config = model.config();
        Packed packed = Packed.of(sequences);
        try (Activations a = Activations.allocate(lab.engine, config, packed.tokens(), sequences.size(), false);
                Heads heads = new Heads(config, lab.engine)) {
            Tensor hidden = transformer.forward(model.weights(), packed, a), out = lab.zeros(packed.tokens(), config.vocab());
            heads.logits(model.weights(), hidden, out);
            for (int b = 0; b < sequences.size(); b++) {
                Tensor rows = out.rows(packed.cuSeqlens()[b], sequences.get(b).length);
                Expect.close("logits of sequence " + b, read(expected, "logits." + b), lab.read(rows), TOLERANCE);
            }
        }
    }

    private static void gradients(Lab lab, Weights gradients, TensorStore expected) {
        var names = expected.tensors().stream().map(TensorInfo::name).filter(n -> n.startsWith("gradient.")).collect(Collectors.toSet());
        double all = Math.sqrt(names.stream().mapToDouble(n -> Math.pow(Expect.norm(read(expected, n)), 2)).sum());
        for (Weights.Entry e : gradients.entries()) {
            assertTrue(names.remove("gradient." + e.name()), "torch has a gradient of " + e.name());
            Expect.close(e.name(), read(expected, "gradient." + e.name()), lab.read(e.tensor()), TOLERANCE, ROUNDING * all);
        }
        assertTrue(names.isEmpty(), "gradients that only torch has: " + names);
    }

    private static float[] read(TensorStore store, String name) {
        float[] values = new float[Math.toIntExact(store.info(name).size())];
        MemorySegment target = MemorySegment.ofArray(values);
        store.readFloats(name, target);
        return values;
    }
}
