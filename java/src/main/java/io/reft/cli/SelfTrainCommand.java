package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Problem;
import io.reft.evaluate.SamplesFile;
import io.reft.run.SelfTrainingRun;
import io.reft.run.TrainingOptions;
import io.reft.run.TrainingRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft self-train}: supervised fine-tuning on the model's own right solutions beside the gold ones, the method's rival. */
@Command(name = "self-train", description = {
        "Fine-tunes on the warmed-up model's own right solutions beside the gold ones.",
        "offline: draws --samples of each question once, keeps up to --keep-solutions distinct right ones, and fine-tunes --base on them "
                + "and the gold ones.",
        "online: draws one of each question anew in every iteration, as ppo does; the loss is half that of the right ones, half that "
                + "of their questions' gold ones."},
        footer = {"  reft self-train --mode offline --model runs/warmup --base checkpoints/base --train svamp.json --out runs/offline",
                "  reft self-train --mode online --model runs/warmup --train svamp.json --out runs/online --iterations 300"})
final class SelfTrainCommand implements Callable<Integer>, Checked {
    enum Mode { OFFLINE, ONLINE }

    @Option(names = "--mode", required = true, paramLabel = "offline|online",
            description = "Whether the solutions are drawn once or anew in every iteration.")
    private Mode mode;

    @Option(names = "--model", paramLabel = "DIR", description = "The warmed-up model, which draws the solutions; online it is trained on.")
    private Path model;

    @Option(names = "--base", paramLabel = "DIR",
            description = "Offline: the model that is fine-tuned, as it was before the warm-up; its prompts and those of --model are "
                    + "the same.")
    private Path base;

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Problems with gold solutions (ReFT JSON).")
    private Path train;

    @Mixin
    private SelectionOptions selection;

    @Mixin
    private TargetOptions target;

    @Mixin
    private RecipeOption recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--samples", defaultValue = "100", paramLabel = "K",
            description = "Offline: solutions drawn of each question (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.SAMPLES)
    private int samples;

    @Option(names = "--samples-file", paramLabel = "FILE",
            description = "Offline: samples of the training questions that the warmed-up model gave to reft eval --samples-out, "
                    + "instead of --model and --samples.")
    private Path samplesFile;

    @Option(names = "--keep-solutions", defaultValue = "10", paramLabel = "N",
            description = "Offline: most right solutions kept of a question: the first ones whose texts differ (default: "
                    + "${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int keep;

    @Option(names = "--epochs", paramLabel = "N",
            description = "Passes over the examples, or online over the questions (default: 20; online 300).")
    @Range(above = 0, max = Range.EPOCHS)
    private Double epochs;

    @Option(names = "--iterations", paramLabel = "N", description = "Online: batches of completions to learn from, instead of --epochs.")
    @Range(min = 1, max = Range.COUNT)
    private Integer iterations;

    @Option(names = "--update-epochs", defaultValue = "2", paramLabel = "N",
            description = "Online: passes over each batch of completions (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.EPOCHS)
    private int updateEpochs;

    @Option(names = "--lr", paramLabel = "LR", description = "Learning rate, offline its peak (default: 1e-5; online 3e-7).")
    @Range(above = 0, max = Range.RATE)
    private Float lr;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Offline: share of the steps in which the rate rises; then it falls to 0, both linearly (default: "
                    + "${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1)
    private float warmupRatio;

    @Option(names = "--lr-warmup", defaultValue = "0", paramLabel = "N",
            description = "Online: iterations in which the rate rises (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = Range.COUNT)
    private int lrWarmup;

    @Option(names = "--batch-size", paramLabel = "N",
            description = "Examples of one optimizer step, or online questions of one iteration (default: 48; online 32).")
    @Range(min = 1, max = Range.COUNT)
    private Integer batchSize;

    @Option(names = "--minibatch-size", paramLabel = "N",
            description = "Online: completions of one optimizer step (default: all of the iteration).")
    @Range(min = 1, max = Range.COUNT)
    private Integer minibatchSize;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N",
            description = "Online: questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.TOKENS)
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest question and solution in tokens (default: 1024, online 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    @Range(min = Range.COLDEST, max = Range.HOTTEST)
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N",
            description = "Epochs, or online iterations, from one judgement of the model to the next (default: 1; online a pass over "
                    + "the questions).")
    @Range(min = 1)
    private Integer evalEvery;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public void check() {
        data.checkStrict();
        if ((mode == Mode.OFFLINE) != (base != null)) {
            throw new InputError(base == null ? "--mode offline fine-tunes the model as it was before the warm-up: name it with --base."
                    : "--base is for --mode offline; online self-training goes on from --model.");
        }
        if (mode == Mode.ONLINE && samplesFile != null) {
            throw new InputError("--samples-file is for --mode offline; online the model draws its samples as it learns.");
        }
        if ((model == null) == (samplesFile == null)) {
            throw new InputError(model == null ? "Name the warmed-up model with --model."
                    : "--model and --samples-file both say where the samples come from: give one of them.");
        }
        if (mode == Mode.OFFLINE && iterations != null) {
            throw new InputError("--iterations is for --mode online; offline there are --epochs.");
        }
        if (iterations != null && epochs != null && command.commandLine().getParseResult().hasMatchedOption("--epochs")) {
            throw new InputError("--iterations and --epochs say the same in two ways: give one of them.");
        }
        selection.check();
        target.check();
    }

    @Override
    public Integer call() {
        check();
        try (TrainingRun run = target.open("self-train", command)) {
            if (mode == Mode.ONLINE) {
                SelfTrainingRun.online(run, online());
                return 0;
            }
            return SelfTrainingRun.offline(run, offline()) ? 0 : 130;
        }
    }

    private SelfTrainingRun.Offline offline() {
        SelfTrainingRun.Offline options = new SelfTrainingRun.Offline();
        options.epochs = epochs != null ? epochs : options.epochs;
        options.evalEvery = evalEvery != null ? evalEvery : options.evalEvery;
        fill(options, options.epochs > options.evalEvery);
        options.model = base;
        options.warm = model;
        options.drawn = samplesFile == null ? null
                : SamplesFile.read(samplesFile, data.read(train).stream().map(Problem::id).collect(Collectors.toSet()));
        options.samples = samples;
        options.keep = keep;
        options.temperature = temperature;
        options.lr = lr != null ? lr : options.lr;
        options.batchSize = batchSize != null ? batchSize : options.batchSize;
        options.warmupRatio = warmupRatio;
        return options;
    }

    private SelfTrainingRun.Online online() {
        SelfTrainingRun.Online options = new SelfTrainingRun.Online();
        fill(options, true);
        options.model = model;
        options.iterations = iterations;
        options.epochs = epochs != null ? (int) Math.ceil(epochs) : options.epochs;
        options.updateEpochs = updateEpochs;
        options.batchSize = batchSize != null ? batchSize : options.batchSize;
        options.minibatchSize = minibatchSize;
        options.lr = lr != null ? lr : options.lr;
        options.lrWarmup = lrWarmup;
        options.maxPrompt = maxPrompt;
        options.temperature = temperature;
        options.evalEvery = evalEvery;
        return options;
    }

    /** What both modes are told. */
    private void fill(TrainingOptions options, boolean several) {
        options.sets = selection.sets(train, several, engine.seed, data);
        options.grading = model == null ? data.grading(options.sets.train()) : data.grading(model, options.sets.train());
        options.engine = engine::open;
        options.seed = engine.seed;
        options.maxLength = maxLength;
        options.tokensPerBatch = optimizer.tokensPerBatch;
        options.optimizer = optimizer.adamW();
    }
}
