package io.reft.model;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.Safetensors;
import io.reft.checkpoint.TensorStore;
import io.reft.device.DType;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A model's parameters on a device, in one flat buffer of fp32; where the engine's storage is bf16, in another of that
 * too, the working copy, which is what is computed with.
 */
public final class Model implements AutoCloseable {
    /** The file beside the weights that holds a value head. */
    public static final String VALUE_HEAD = Checkpoint.VALUE_HEAD;

    private final ModelConfig config;
    private final Weights master, weights;
    private final Memory memory;
    private final Engine engine;

    private Model(ModelConfig config, boolean valueHead, boolean frozen, Engine engine) {
        this.config = config;
        this.engine = engine;
        DType storage = engine.storage();
        memory = engine.device().allocate(bytes(config, valueHead, frozen, storage));
        boolean mastered = !frozen || storage == DType.F32;
        master = mastered ? new Weights(config, valueHead, DType.F32, memory.address()) : null;
        weights = storage == DType.F32 ? master
                : new Weights(config, valueHead, storage, memory.address() + (mastered ? master.flat.bytes() : 0), master);
    }

    /** Bytes that a model takes; {@code frozen}: as {@link #frozen} makes it. */
    public static long bytes(ModelConfig config, boolean valueHead, boolean frozen, DType storage) {
        long n = Weights.size(config, valueHead);
        return storage == DType.F32 || frozen ? n * storage.bytes : n * (DType.F32.bytes + storage.bytes);
    }

    /** The model's shape. */
    public ModelConfig config() {
        return config;
    }

    /** Its parameters in the engine's storage, as forward and backward passes read them. */
    public Weights weights() {
        return weights;
    }

    /** Its parameters in fp32, as the optimizer and checkpoints have them: {@link #weights} itself where that is fp32. */
    public Weights master() {
        return master;
    }

    /** To be called after {@link #master} was written: the copies of it are stale. */
    public void changed() {
        if (weights != master) {
            engine.kernels().convert(weights.flat, master.flat);
        }
        weights.changed();
    }

    /**
     * Reads a checkpoint; its value head too where {@code valueHead} and it has one, else a value head starts at zero.
     *
     * @throws InputError naming the tensors that are missing, have another shape, or are not the model's
     */
    public static Model load(Checkpoint checkpoint, ModelConfig config, boolean valueHead, Engine engine) {
        return load(checkpoint, config, valueHead, engine, bytes -> {});
    }

    /** As the shorter form; {@code progress} gets the bytes of each tensor that was read, {@code 4·}{@link Weights#parameters} in all. */
    public static Model load(Checkpoint checkpoint, ModelConfig config, boolean valueHead, Engine engine, LongConsumer progress) {
        Model model = new Model(config, valueHead, false, engine);
        try {
            model.read(checkpoint, progress);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Random weights: normal, of standard deviation 1/√fan_in, those that write to the residual stream smaller by
     * 1/√(2·layers); embeddings 1/√C; norms 1, biases and value head 0.
     *
     * @param std  the standard deviation of all matrices and embeddings instead; 0: as above
     * @param seed of the draws
     */
    public static Model random(ModelConfig config, boolean valueHead, float std, long seed, Engine engine) {
        Model model = new Model(config, valueHead, false, engine);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        Set<Tensor> normWeights = new HashSet<>(), toStream = new HashSet<>();
        model.master.norms().forEach(norm -> normWeights.add(norm.weight()));
        model.master.layers.forEach(l -> toStream.addAll(List.of(l.out().weight(), l.down().weight())));
        for (Weights.Entry e : model.master.entries()) {
            float[] values = new float[Math.toIntExact(e.tensor().size())];
            if (e.rows() == 0) {
                Arrays.fill(values, normWeights.contains(e.tensor()) ? 1 : 0);
            } else if (!e.ofValueHead()) {
                double fanIn = 1 / Math.sqrt(e.cols()) * (toStream.contains(e.tensor()) ? 1 / Math.sqrt(2.0 * config.layers()) : 1);
                double deviation = std > 0 ? std : fanIn;
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (deviation * random.nextGaussian());
                }
            }
            engine.device().upload(MemorySegment.ofArray(values), e.tensor().address());
        }
        model.changed();
        return model;
    }

    /** The same parameters in a buffer of their own, to be trained or kept; {@code valueHead}: with one. */
    public Model copy(boolean valueHead) {
        Model copy = new Model(config, valueHead, false, engine);
        copy.set(this);
        return copy;
    }

    /** The same parameters in a buffer of their own, to be read alone: without a value head, or a {@link #master} apart from them. */
    public Model frozen() {
        Model copy = new Model(config, false, true, engine);
        engine.device().copy(weights.flat.address(), copy.weights.flat.address(), copy.weights.flat.bytes());
        return copy;
    }

    /** A classifier with this model's parameters below the heads, whose own head starts at zero. */
    public Model classifier(int classes) {
        Model classifier = new Model(config.withClasses(classes), false, false, engine);
        engine.kernels().fill(classifier.master.flat, 0);
        Map<String, Tensor> own = new HashMap<>();
        master.entries().forEach(e -> own.put(e.name(), e.tensor()));
        for (Weights.Entry e : classifier.master.entries()) {
            if (own.containsKey(e.name())) {
                engine.device().copy(own.get(e.name()).address(), e.tensor().address(), e.tensor().bytes());
            }
        }
        classifier.changed();
        return classifier;
    }

    /** Takes over the parameters of another model of the same shape; a value head that it lacks becomes 0. */
    public void set(Model other) {
        long shared = Math.min(master.flat.bytes(), other.master.flat.bytes());
        engine.kernels().fill(master.flat, 0);
        engine.device().copy(other.master.flat.address(), master.flat.address(), shared);
        changed();
    }

    /**
     * What a checkpoint calls the tensors of a model; those of the value head are among them if it has them.
     *
     * @throws InputError naming the tensors that are missing, have another shape, or are not the model's
     */
    public static Map<Weights.Entry, String> names(Checkpoint checkpoint, ModelConfig config, Weights weights) {
        return CheckpointTensors.names(checkpoint, config, weights);
    }

    /** How many numbers of each of a checkpoint's tensors are NaN or infinite: those that have any, by the model's names. */
    public static Map<String, Long> notFinite(Checkpoint checkpoint, ModelConfig config) {
        Map<String, Long> counts = new LinkedHashMap<>();
        names(checkpoint, config, new Weights(config, true, DType.F32, 0)).forEach((e, name) -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment floats = arena.allocate(e.tensor().bytes(), Float.BYTES);
                checkpoint.readFloats(name, floats);
                NotFinite found = NotFinite.in(floats);
                if (found.count() > 0) {
                    counts.put(e.name(), found.count());
                }
            }
        });
        return counts;
    }

    /** @throws InputError which names the first of a checkpoint's tensors in which NaN or infinity stands, and where */
    public static void checkFinite(Checkpoint checkpoint, ModelConfig config) {
        names(checkpoint, config, new Weights(config, true, DType.F32, 0)).forEach((e, name) -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment floats = arena.allocate(e.tensor().bytes(), Float.BYTES);
                checkpoint.readFloats(name, floats);
                checkFinite(checkpoint.dir(), e, floats);
            }
        });
    }

    private static void checkFinite(Path from, Weights.Entry e, MemorySegment floats) {
        NotFinite found = NotFinite.in(floats);
        if (found.count() > 0) {
            throw new InputError("%s: tensor %s has NaN or infinity in %d of its %d numbers, first at index %s: what made it went "
                    + "astray; take an earlier checkpoint.",
                    from, e.name(), found.count(), e.tensor().size(), Arrays.toString(e.index(found.first())));
        }
    }

    private void read(Checkpoint checkpoint, LongConsumer progress) {
        names(checkpoint, config, master).forEach((e, name) -> {
            readTensor(checkpoint.dir(), e, target -> checkpoint.readFloats(name, target));
            progress.accept(e.tensor().bytes());
        });
        if (master.value != null) {
            readValueHead(checkpoint.dir().resolve(VALUE_HEAD));
        }
        changed();
    }

    private void readValueHead(Path file) {
        if (!Files.exists(file)) {
            return;
        }
        try (TensorStore store = Safetensors.open(file)) {
            for (Weights.Entry e : master.entries()) {
                if (e.ofValueHead() && store.has(e.name())) {
                    CheckpointTensors.checkShape(file, store.info(e.name()), e);
                    readTensor(file, e, target -> store.readFloats(e.name(), target));
                }
            }
        }
    }

    private void readTensor(Path from, Weights.Entry e, Consumer<MemorySegment> reader) {
        engine.device().write(e.tensor().address(), e.tensor().bytes(), target -> {
            reader.accept(target);
            checkFinite(from, e, target);
        });
    }

    @Override
    public void close() {
        weights.close();
        memory.close();
    }
}
