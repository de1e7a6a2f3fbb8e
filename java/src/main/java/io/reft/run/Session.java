package io.reft.run;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.CheckpointWriter;
import io.reft.checkpoint.DataType;
import io.reft.checkpoint.Source;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Template;
import io.reft.evaluate.Reranker;
import io.reft.generate.Generator;
import io.reft.kernels.Engine;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Transformer;
import io.reft.model.Weights;
import io.reft.reward.Grading;
import io.reft.reward.Reward;
import io.reft.rollout.Rollout;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** A checkpoint opened on an engine: what every command that runs a model starts from. The tokenizer is opened when asked for. */
public final class Session implements AutoCloseable {
    /** Tokens of the longest sequence, question and answer, where nothing else is asked for: the paper's. */
    public static final int LENGTH = 700;

    /** Sequences that generate together. */
    public static final int BATCH = 128;

    private final Checkpoint checkpoint;
    private final ModelConfig config;
    private final Engine engine;
    private final Transformer transformer;
    private final Model model;
    private final ExecutorService executor;
    private ModelSettings settings;
    private Tokenizer tokenizer;
    private Template template;

    private Session(Path dir, Supplier<Engine> opener, boolean valueHead, boolean reranker, Journal journal) {
        checkpoint = Checkpoint.open(dir);
        settings = ModelSettings.read(dir);
        config = ModelConfig.of(checkpoint, journal::message);
        if (reranker != (config.classes() == Reranker.LABELS.size()) || !reranker && config.classes() > 0) {
            throw new InputError(reranker ? "%s is no reranker: reft rerank train makes one of a language model."
                    : "%s is a classifier, not a language model: a reranker is for reft eval --rerank.", dir);
        }
        engine = opener.get();
        journal.device(engine.kernels().describe() + ", products: " + engine.matmul().describe());
        transformer = new Transformer(config, engine);
        try (Journal.Progress progress = journal.progress("load", "MB", 0, megabytes(4 * Weights.parameters(config)))) {
            long[] read = {0};
            model = Model.load(checkpoint, config, valueHead, engine, bytes -> progress.reach(megabytes(read[0] += bytes)));
        }
        executor = Executors.newFixedThreadPool(engine.kernels().threads(), work -> {
            Thread thread = new Thread(work, "reward");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static long megabytes(long bytes) {
        return bytes / 1_000_000;
    }

    /**
     * Opens a model folder.
     *
     * @param engine    opens what it computes on, once the folder is found to be good; this closes it
     * @param valueHead adds a value head, which starts at zero where the folder has none
     * @param journal   told how far the reading has come
     * @throws InputError where the folder holds no language model that reft knows
     */
    public static Session open(Path dir, Supplier<Engine> engine, boolean valueHead, Journal journal) {
        return new Session(dir, engine, valueHead, false, journal);
    }

    /** Opens the folder of a reranker, as {@link #open} has it. */
    public static Session openReranker(Path dir, Supplier<Engine> engine, Journal journal) {
        return new Session(dir, engine, false, true, journal);
    }

    /** The model's shape. */
    public ModelConfig config() {
        return config;
    }

    /** What it computes on. */
    public Engine engine() {
        return engine;
    }

    /** Its forward and backward passes. */
    public Transformer transformer() {
        return transformer;
    }

    /** Its parameters. */
    public Model model() {
        return model;
    }

    /** Its tokenizer, opened on the first call. */
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizers.open(checkpoint.dir());
            if (tokenizer.size() > config.vocab()) {
                throw new InputError("%s: the tokenizer has %d tokens and the model only %d; they do not belong together.",
                        checkpoint.dir(),
                        tokenizer.size(), config.vocab());
            }
        }
        return tokenizer;
    }

    /** The prompts that this checkpoint was trained with, or is being trained with. */
    public Template template() {
        return settings.template();
    }

    /** To be called before training: what is saved from now on says in which form it was trained. */
    public void trains(Grading grading) {
        settings = new ModelSettings(settings.template(), grading.format(), grading.answers());
    }

    /** Programs are from now on, and in the checkpoint that is saved, indented as most of these are. */
    void indentAs(List<Problem> problems) {
        settings = new ModelSettings(template().indentedAs(problems), settings.solutions(), settings.answers());
    }

    /** Problems to token ids, for this checkpoint and solutions as they are judged. */
    public Encoder encoder(Grading grading) {
        int[] eos = config.eosIds();
        return new Encoder(tokenizer(), grading.template(template()), grading.format(), config.bosId(), eos.length > 0 ? eos[0] : -1);
    }

    /** Prompts to scored completions. */
    public Rollout rollout(Reward reward, int batch, int maxNewTokens, int maxTokens) {
        return new Rollout(new Generator(transformer, engine, batch), tokenizer(), reward, executor, maxNewTokens, maxTokens);
    }

    /** As the shorter form, with memory for up to {@code completions} allocated now, before hours of training. */
    public Rollout rollout(Reward reward, int batch, int maxNewTokens, int maxTokens, int completions) {
        Rollout rollout = rollout(reward, batch, maxNewTokens, maxTokens);
        if (completions > 0) {
            rollout.generator().reserve(completions, maxTokens);
        }
        return rollout;
    }

    /** The longest sequence to use: {@code asked}, or {@code usual} where nothing was asked for, within the model's positions. */
    public int length(String option, Integer asked, int usual) {
        if (asked != null && (asked < 2 || asked > config.maxPositions())) {
            throw new InputError("%s %d: this model has %d positions; a length is from 2 to that.", option, asked, config.maxPositions());
        }
        return asked != null ? asked : Math.min(usual, config.maxPositions());
    }

    /** Writes the parameters as a Hugging Face folder, tokenizer and all, in the type of the model that was opened. */
    public void save(Path out) {
        save(out, null);
    }

    /**
     * Writes the parameters as a Hugging Face folder, tokenizer and all; the value head beside it.
     *
     * @param dtype of the tensors; null: that of the model that was opened
     */
    public void save(Path out, DataType dtype) {
        write(out, config.toJson(checkpoint.config()), checkpoint.dir(), model, engine, dtype != null ? dtype : checkpoint.dtype());
        settings.write(out);
    }

    /** As {@link #save(Path, DataType)}, for a reranker made of this model. */
    public void saveReranker(Path out, Model reranker, DataType dtype) {
        write(out, ModelConfig.classifier(checkpoint.config(), Reranker.LABELS), checkpoint.dir(), reranker, engine,
                dtype != null ? dtype : checkpoint.dtype());
        settings.write(out);
    }

    /** Writes a model as a Hugging Face folder in fp32, with the tokenizer of {@code from}. */
    public static void save(Path out, JsonObject config, Path from, Model model, Engine engine) {
        write(out, config, from, model, engine, DataType.F32);
    }

    private static void write(Path out, JsonObject config, Path from, Model model, Engine engine, DataType dtype) {
        List<Source> tensors = new ArrayList<>(), valueHead = new ArrayList<>();
        for (Weights.Entry e : model.master().entries()) {
            (e.name().startsWith("v_head.") ? valueHead : tensors).add(new Source(e.name(), e.shape(),
                    () -> MemorySegment.ofArray(engine.device().floats(e.tensor()))));
        }
        CheckpointWriter.write(out, config, tensors, dtype, from,
                valueHead.isEmpty() ? Map.of() : Map.of(Model.VALUE_HEAD, valueHead));
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
