package io.reft.cli;

import io.reft.InputError;
import io.reft.run.SupervisedRun;
import io.reft.run.TrainingRun;
import io.reft.train.LrSchedule;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft sft}: supervised fine-tuning on gold solutions, the method's warm-up. */
@Command(name = "sft", description = "Fine-tunes a model on gold solutions and keeps the epoch that does best on a development split.",
        footer = "  reft sft --model DIR --train svamp.json --out runs/warmup --epochs 2 --lr 1e-5")
final class SftCommand implements Callable<Integer>, Checked {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder to start from.")
    private Path model;

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

    @Option(names = "--epochs", defaultValue = "2", paramLabel = "N",
            description = "Passes over the examples; 0.5 is half of one (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.EPOCHS)
    private double epochs;

    @Option(names = "--lr", defaultValue = "1e-5", paramLabel = "LR", description = "Peak learning rate (default: ${DEFAULT-VALUE}).")
    @Range(above = 0, max = Range.RATE)
    private float lr;

    @Option(names = "--batch-size", defaultValue = "48", paramLabel = "N",
            description = "Examples of one optimizer step (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.COUNT)
    private int batchSize;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest example in tokens; longer ones are left out (default: 1024, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Share of the steps in which the rate rises; then --schedule says (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1)
    private float warmupRatio;

    @Option(names = "--schedule", defaultValue = "linear", paramLabel = "constant|linear|cosine",
            description = "What the rate does after its warm-up (default: ${DEFAULT-VALUE}).")
    private LrSchedule.Shape schedule;

    @Option(names = "--stop-after", paramLabel = "N",
            description = "End after N of the --epochs, the learning rate falling as if there were more: the paper's warm-up is so "
                    + "the beginning of its SFT.")
    @Range(above = 0, max = Range.EPOCHS)
    private Double stopAfter;

    @Option(names = "--keep-epoch", defaultValue = "0", paramLabel = "N",
            description = "Keep the model after epoch N besides, in epoch-N within --out.")
    @Range(min = 0, max = Range.EPOCHS)
    private int keepEpoch;

    @Option(names = "--eval-every", defaultValue = "1", paramLabel = "N",
            description = "Epochs from one judgement of the model to the next (default: ${DEFAULT-VALUE}).")
    @Range(min = 1)
    private int evalEvery;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public void check() {
        data.checkStrict();
        if (stopAfter != null && stopAfter > epochs || keepEpoch > epochs) {
            throw new InputError("--%s is %s; it must be within the %s --epochs.", keepEpoch > epochs ? "keep-epoch" : "stop-after",
                    OptionValues.plain(keepEpoch > epochs ? keepEpoch : stopAfter), OptionValues.plain(epochs));
        }
        selection.check();
        target.check();
    }

    @Override
    public Integer call() {
        check();
        SupervisedRun.Options options = new SupervisedRun.Options();
        options.model = model;
        options.sets = selection.sets(train, (stopAfter != null ? stopAfter : epochs) > evalEvery, engine.seed, data);
        options.grading = data.gradingToTrain(model, options.sets.train());
        options.engine = engine::open;
        options.seed = engine.seed;
        options.maxLength = maxLength;
        options.tokensPerBatch = optimizer.tokensPerBatch;
        options.optimizer = optimizer.adamW();
        options.epochs = epochs;
        options.stopAfter = stopAfter;
        options.lr = lr;
        options.schedule = schedule;
        options.warmupRatio = warmupRatio;
        options.batchSize = batchSize;
        options.evalEvery = evalEvery;
        options.keepEpoch = keepEpoch;
        try (TrainingRun run = target.open("sft", command)) {
            SupervisedRun.train(run, options);
        }
        return 0;
    }
}
