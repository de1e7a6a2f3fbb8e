package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Problem;
import io.reft.evaluate.SamplesFile;
import io.reft.run.RerankerRun;
import io.reft.run.TrainingRun;
import io.reft.run.TrainingSets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft rerank train}: a reranker from samples known to be right or wrong. */
@Command(name = "train", description = {
        "Trains a reranker: a classifier, right or wrong, on the last token of question and solution, which starts from a trained model.",
        "Its examples are samples of the training questions, each distinct text of a question once. The epoch is kept that picks right "
                + "solutions most often on questions set aside (ties keep the later epoch). The result opens in transformers as a "
                + "model for sequence classification."},
        footer = "  reft rerank train --model runs/reft --data svamp.json --samples 16 --out runs/reranker")
final class RerankTrainCommand implements Callable<Integer>, Checked {
    @Option(names = "--model", required = true, paramLabel = "DIR",
            description = "The best SFT or ReFT model: where the reranker starts, and what --samples asks.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "The training problems with answers (ReFT JSON).")
    private Path file;

    @Option(names = "--samples-file", paramLabel = "FILE",
            description = "Samples of them, as reft eval --samples-out writes them; may be given several times.")
    private List<Path> samplesFiles = List.of();

    @Option(names = "--samples", paramLabel = "K",
            description = "Draw K samples of each question from --model, instead of or beside --samples-file (the paper: 100).")
    @Range(min = 1, max = Range.SAMPLES)
    private Integer samples;

    @Option(names = "--samples-out", paramLabel = "FILE", description = "Keep the samples drawn by --samples in FILE.")
    private Path samplesOut;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    @Range(min = Range.COLDEST, max = Range.HOTTEST)
    private float temperature;

    @Mixin
    private TargetOptions target;

    @Mixin
    private RecipeOption recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--epochs", defaultValue = "3", paramLabel = "N", description = "Passes over the samples (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.EPOCHS)
    private double epochs;

    @Option(names = "--lr", defaultValue = "1e-6", paramLabel = "LR",
            description = "Peak learning rate; a small model may need more (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.RATE)
    private float lr;

    @Option(names = "--batch-size", defaultValue = "48", paramLabel = "N",
            description = "Samples of one optimizer step (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.COUNT)
    private int batchSize;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Share of the steps in which the rate rises; then it falls to 0, both linearly (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1)
    private float warmupRatio;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest question and solution in tokens; longer samples are left out (default: 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time: bounds the memory, changes no result but rounding (default: ${DEFAULT-VALUE}).")
    @Range(min = 2, max = Range.TOKENS)
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public void check() {
        data.checkStrict();
        if (samples == null && (samplesFiles.isEmpty() || samplesOut != null)) {
            throw new InputError(
                    samplesFiles.isEmpty() ? "There is nothing to learn from: give --samples-file FILE, or --samples K to draw some."
                            : "--samples-out is for samples that --samples draws.");
        }
        target.check();
    }

    @Override
    public Integer call() {
        check();
        List<Problem> problems = data.read(file);
        Set<String> known = problems.stream().map(Problem::id).collect(Collectors.toSet());
        RerankerRun.Options options = new RerankerRun.Options();
        options.model = model;
        options.sets = TrainingSets.all(problems, file.toString());
        options.grading = data.grading(model, problems);
        options.engine = engine::open;
        options.seed = engine.seed;
        options.maxLength = maxLength;
        options.tokensPerBatch = tokensPerBatch;
        options.drawn = samplesFiles.stream().flatMap(f -> SamplesFile.read(f, known).stream()).toList();
        options.samples = samples != null ? samples : 0;
        options.temperature = temperature;
        if (samplesOut != null) {
            options.keepDrawn = drawn -> SamplesFile.write(samplesOut, drawn);
        }
        options.epochs = epochs;
        options.lr = lr;
        options.batchSize = batchSize;
        options.warmupRatio = warmupRatio;
        try (TrainingRun run = target.open("rerank train", command)) {
            RerankerRun.train(run, options);
        }
        return 0;
    }
}
