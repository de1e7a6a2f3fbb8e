package io.reft.train;

import io.reft.InputError;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.Source;
import io.reft.checkpoint.TensorStore;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.model.Activations;
import io.reft.model.Heads;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Packed;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntToLongFunction;
import java.util.function.ToIntFunction;

/**
 * A model being trained: forward and backward passes over micro-batches that fit the token budget, whose gradients add
 * up until the optimizer's step uses them. Memory is bounded by the budget and the gradient is that of the whole batch.
 */
public final class Learner implements AutoCloseable {
    private final Engine engine;
    private final Kernels k;
    private final Model model;
    private final Transformer transformer;
    private final Heads heads;
    private final AdamW optimizer;
    private final int tokenBudget;
    private final Activations activations;
    private final Buffers buffers;

    private record Buffers(Tensor rows, Tensor targets, Tensor hidden, Tensor dhidden, Tensor dx, Tensor logprobs, TensorBlock workspace) {}

    /**
     * @param model       is changed by {@link #step}
     * @param tokenBudget most tokens of a forward and backward pass
     * @throws InputError where all of it together does not fit in the device's memory, with a budget that would
     */
    public Learner(Model model, Transformer transformer, Engine engine, AdamW.Options options, int tokenBudget) {
        this.engine = engine;
        this.k = engine.kernels();
        this.model = model;
        this.transformer = transformer;
        this.tokenBudget = tokenBudget;
        requireFits(model, engine, tokenBudget);
        heads = new Heads(model.config(), engine);
        optimizer = new AdamW(model, engine, options);
        activations = Activations.allocate(engine, model.config(), tokenBudget, tokenBudget, true);
        buffers = TensorBlock.lay(engine.device(), w -> buffers(model.config(), engine.storage(), tokenBudget, w));
    }

    private static Buffers buffers(ModelConfig config, DType t, long n, TensorBlock w) {
        long e = config.embedWidth();
        return new Buffers(w.i32(n), w.i32(n), w.tensor(t, n, e), w.tensor(t, n, e), w.tensor(t, n, e), w.f32(n), w);
    }

    /** Bytes that a learner takes, the model itself not counted. */
    public static long bytes(ModelConfig config, boolean valueHead, Engine engine, int tokenBudget) {
        return Heads.bytes(config, engine) + AdamW.bytes(config, valueHead)
                + Activations.bytes(config, engine.storage(), tokenBudget, tokenBudget, true)
                + TensorBlock.bytes(w -> buffers(config, engine.storage(), tokenBudget, w));
    }

    private static void requireFits(Model model, Engine engine, int tokenBudget) {
        IntToLongFunction bytes = tokens -> bytes(model.config(), model.master().value != null, engine, tokens);
        long free = engine.device().freeBytes(), needed = bytes.applyAsLong(tokenBudget);
        if (needed <= free) {
            return;
        }
        int fits = 1, fails = tokenBudget;
        while (fails - fits > 1) {
            int between = (fits + fails) >>> 1;
            if (bytes.applyAsLong(between) <= free) {
                fits = between;
            } else {
                fails = between;
            }
        }
        throw new InputError("Training this model on %d tokens at a time needs %s, and the %s has %s free: %s.", tokenBudget,
                Device.size(needed),
                engine.device().owner(), Device.size(free), fits > 1
                        ? "lower --tokens-per-batch to " + fits + ", and --max-length if it is above that"
                        : "no --tokens-per-batch is small enough");
    }

    /** The model being trained. */
    public Model model() {
        return model;
    }

    /** The heads, for losses. */
    public Heads heads() {
        return heads;
    }

    /** The gradients so far. */
    public Weights gradients() {
        return optimizer.gradients();
    }

    /** The optimizer's step over the gradients added up since the last one; their norm. */
    public float step(float lr) {
        return optimizer.step(lr);
    }

    /** The squared norm of the gradients so far. */
    public double gradientSquares() {
        return optimizer.gradientSquares();
    }

    /** Steps taken so far, those before {@link #load} included. */
    public long steps() {
        return optimizer.steps();
    }

    /**
     * Writes all that steps have changed, in fp32: parameters, a value head among them, and the optimizer's moments. The file appears whole
     * or not at all.
     */
    public void save(Path file) {
        List<Source> tensors = new ArrayList<>();
        state((name, e) -> tensors.add(new Source(name, e.shape(), () -> MemorySegment.ofArray(engine.device().floats(e.tensor())))));
        DurableFiles.requireSpace(file.toAbsolutePath().getParent(),
                DataType.F32.bytes() * tensors.stream().mapToLong(Source::size).sum());
        Safetensors.write(file, tensors, DataType.F32);
    }

    /**
     * Takes over what {@link #save} wrote: steps go on from there, to the bit.
     *
     * @param steps taken until then
     * @throws InputError where the file is damaged or of another model
     */
    public void load(Path file, long steps) {
        try (TensorStore store = Safetensors.open(file)) {
            state((name, e) -> {
                if (!Arrays.equals(store.info(name).shape(), e.shape())) {
                    throw new InputError("%s: tensor %s has shape %s, and the model's is %s.", file, name,
                            Arrays.toString(store.info(name).shape()), Arrays.toString(e.shape()));
                }
                engine.device().write(e.tensor().address(), e.tensor().bytes(), target -> store.readFloats(name, target));
            });
        }
        optimizer.resume(steps);
        model.changed();
    }

    /** Everything that a step changes, each tensor with its name in a file. */
    private void state(BiConsumer<String, Weights.Entry> each) {
        model.master().entries().forEach(e -> each.accept(e.name(), e));
        optimizer.firstMoments().entries().forEach(e -> each.accept("first_moment." + e.name(), e));
        optimizer.secondMoments().entries().forEach(e -> each.accept("second_moment." + e.name(), e));
    }

    /** Consecutive parts of {@code items} that each fit the token budget; {@code tokens} counts an item's. */
    public <T> List<List<T>> microBatches(List<T> items, ToIntFunction<T> tokens) {
        List<List<T>> parts = new ArrayList<>();
        int start = 0, used = 0;
        for (int i = 0; i < items.size(); i++) {
            int n = tokens.applyAsInt(items.get(i));
            if (n > tokenBudget) {
                throw new InputError("A sequence has %d tokens, more than --tokens-per-batch %d holds.", n, tokenBudget);
            }
            if (used + n > tokenBudget) {
                parts.add(items.subList(start, i));
                start = i;
                used = 0;
            }
            used += n;
        }
        parts.add(items.subList(start, items.size()));
        return parts;
    }

    /** A loss on the hidden states of the wanted rows: writes their gradient, adds to those of the heads. */
    @FunctionalInterface
    public interface HeadLoss {
        /** @param hidden  [M, E] @param targets [M] @param dhidden [M, E], to be written */
        void run(Tensor hidden, Tensor targets, Tensor dhidden);
    }

    /**
     * Forward, loss and backward of a micro-batch; the gradients are added to {@link #gradients}.
     *
     * @param predictions the sequences and the tokens on which the loss is
     */
    public void accumulate(Predictions predictions, HeadLoss loss) {
        Packed batch = predictions.input();
        int[] rows = predictions.rows();
        Tensor all = transformer.forward(model.weights(), batch, activations);
        Tensor index = engine.device().upload(buffers.rows, rows), targets = engine.device().upload(buffers.targets, predictions.targets());
        Tensor hidden = buffers.hidden.first(rows.length), dhidden = buffers.dhidden.first(rows.length);
        k.gatherRows(hidden, all, index);
        loss.run(hidden, targets, dhidden);
        Tensor dx = buffers.dx.first(batch.tokens());
        k.fill(dx, 0);
        k.scatterAddRows(dx, dhidden, index);
        transformer.backward(model.weights(), batch, activations, dx, gradients());
    }

    /** Log-probabilities of a micro-batch's targets under {@code weights}, which may be another model's of the same shape. */
    public float[] logprobs(Weights weights, Predictions predictions) {
        int[] rows = predictions.rows();
        Tensor all = transformer.forward(weights, predictions.input(), activations);
        Tensor hidden = buffers.hidden.first(rows.length), logprobs = buffers.logprobs.first(rows.length);
        k.gatherRows(hidden, all, engine.device().upload(buffers.rows, rows));
        heads.logprobs(weights, hidden, engine.device().upload(buffers.targets, predictions.targets()), logprobs, null);
        return engine.device().floats(logprobs);
    }

    /** The hidden states below a micro-batch's predictions, row after row [M·E], in fp32. */
    public float[] hidden(Predictions predictions) {
        int[] rows = predictions.rows();
        Tensor all = transformer.forward(model.weights(), predictions.input(), activations), hidden = buffers.hidden.first(rows.length);
        k.gatherRows(hidden, all, engine.device().upload(buffers.rows, rows));
        if (hidden.dtype() == DType.F32) {
            return engine.device().floats(hidden);
        }
        try (Memory memory = engine.device().allocate(4 * hidden.size())) {
            Tensor wide = new Tensor(memory.address(), DType.F32, hidden.rows(), hidden.cols());
            k.convert(wide, hidden);
            return engine.device().floats(wide);
        }
    }

    @Override
    public void close() {
        optimizer.close();
        heads.close();
        activations.close();
        buffers.workspace.close();
    }
}
