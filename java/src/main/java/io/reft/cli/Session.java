package io.reft.cli;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.JsonFields;
import io.reft.checkpoint.Source;
import io.reft.data.Cot;
import io.reft.data.Encoder;
import io.reft.data.Template;
import io.reft.generate.Generator;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import io.reft.reward.Reward;
import io.reft.rollout.Rollout;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import io.reft.train.Reranker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A checkpoint opened on an engine: what every command that runs a model starts from. The tokenizer is opened when asked for. */
final class Session implements AutoCloseable {
    /** What reft keeps of a model beside Hugging Face's files: {@code {"template": "demo"}}. */
    static final String SETTINGS = "reft.json";

    /** Sequences that generate together. */
    static final int BATCH = 128;

    private final Checkpoint checkpoint;
    private final ModelConfig config;
    private final Engine engine;
    private final Transformer transformer;
    private final Model model;
    private final ExecutorService executor;
    private Tokenizer tokenizer;

    private Session(Path dir, EngineOptions options, boolean valueHead, boolean reranker) {
        checkpoint = Checkpoint.open(dir);
        config = ModelConfig.of(checkpoint, System.err::println);
        if (reranker != (config.classes() == Reranker.LABELS.size()) || !reranker && config.classes() > 0) {
            throw new InputError(reranker ? "%s is no reranker: reft rerank train makes one of a language model."
                    : "%s is a classifier, not a language model: a reranker is for reft eval --rerank.", dir);
        }
        engine = options.open();
        transformer = new Transformer(config, engine);
        try (Progress progress = Progress.ofBytes("load", 4 * Weights.parameters(config))) {
            model = Model.load(checkpoint, config, valueHead, engine, progress::step);
        }
        executor = Executors.newFixedThreadPool(options.threads, work -> {
            Thread thread = new Thread(work, "reward");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Opens a model folder; {@code valueHead} adds one, which starts at zero where the folder has none. */
    static Session open(Path dir, EngineOptions options, boolean valueHead) {
        return new Session(dir, options, valueHead, false);
    }

    /** Opens the folder of a reranker. */
    static Session openReranker(Path dir, EngineOptions options) {
        return new Session(dir, options, false, true);
    }

    ModelConfig config() {
        return config;
    }

    Engine engine() {
        return engine;
    }

    Transformer transformer() {
        return transformer;
    }

    Model model() {
        return model;
    }

    Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizers.open(checkpoint.dir());
            if (tokenizer.size() > config.vocab()) {
                throw new InputError("%s: the tokenizer has %d tokens and the model only %d; they do not belong together.", checkpoint.dir(),
                        tokenizer.size(), config.vocab());
            }
        }
        return tokenizer;
    }

    /** The prompts that this checkpoint was trained with. */
    Template template() {
        Path file = checkpoint.dir().resolve(SETTINGS);
        return Files.exists(file) ? Template.named(JsonFields.read(file, 1 << 20).text("template")) : Template.PAPER;
    }

    /** Problems to token ids, for this checkpoint. */
    Encoder encoder(Cot cot) {
        int[] eos = config.eosIds();
        return new Encoder(tokenizer(), template(), cot, config.bosId(), eos.length > 0 ? eos[0] : -1);
    }

    /** Prompts to scored completions. */
    Rollout rollout(Reward reward, int batch, int maxNewTokens, int maxTokens) {
        return new Rollout(new Generator(transformer, engine, batch), tokenizer(), reward, executor, maxNewTokens, maxTokens);
    }

    /** As the shorter form, with memory for up to {@code completions} allocated now, before hours of training. */
    Rollout rollout(Reward reward, int batch, int maxNewTokens, int maxTokens, int completions) {
        Rollout rollout = rollout(reward, batch, maxNewTokens, maxTokens);
        if (completions > 0) {
            rollout.generator().reserve(completions, maxTokens);
        }
        return rollout;
    }

    /** The longest sequence to use: {@code asked}, or {@code usual} where nothing was asked for, within the model's positions. */
    int length(String option, Integer asked, int usual) {
        if (asked != null && (asked < 2 || asked > config.maxPositions())) {
            throw new InputError("%s %d: this model has %d positions; a length is from 2 to that.", option, asked, config.maxPositions());
        }
        return asked != null ? asked : Math.min(usual, config.maxPositions());
    }

    /** Writes the parameters as a Hugging Face folder, tokenizer and all; the value head beside it. */
    void save(Path out) {
        save(out, model);
    }

    /** As {@link #save(Path)}, for another model of the same shape. */
    void save(Path out, Model other) {
        save(out, config.toJson(checkpoint.config()), checkpoint.dir(), other, engine);
    }

    /** As {@link #save(Path)}, for a reranker made of this model. */
    void saveReranker(Path out, Model reranker) {
        save(out, ModelConfig.classifier(checkpoint.config(), Reranker.LABELS), checkpoint.dir(), reranker, engine);
    }

    /** Writes a model as a Hugging Face folder with the tokenizer of {@code from}. */
    static void save(Path out, com.google.gson.JsonObject config, Path from, Model model, Engine engine) {
        List<Source> tensors = new ArrayList<>(), valueHead = new ArrayList<>();
        for (Weights.Entry e : model.master().entries()) {
            (e.name().startsWith("v_head.") ? valueHead : tensors).add(new Source(e.name(), e.shape(),
                    () -> MemorySegment.ofArray(engine.device().floats(e.tensor()))));
        }
        CheckpointWriter.write(out, config, tensors, DataType.F32, from, valueHead.isEmpty() ? Map.of() : Map.of(Model.VALUE_HEAD, valueHead));
    }

    @Override
    public void close() {
        executor.shutdownNow();
        model.close();
        transformer.close();
        engine.close();
        checkpoint.close();
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
