package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Prompt;
import io.reft.rollout.Rollout;
import io.reft.run.RunFolder;
import java.nio.file.Path;
import java.util.List;
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
    private Selection selection;

    @Mixin
    private NewModel target;

    @Mixin
    private Recipe recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--epochs", defaultValue = "2", paramLabel = "N", description = "Passes over the examples (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--lr", defaultValue = "1e-5", paramLabel = "LR", description = "Peak learning rate (default: ${DEFAULT-VALUE}).")
    private float lr;

    @Option(names = "--batch-size", defaultValue = "48", paramLabel = "N", description = "Examples of one optimizer step (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest example in tokens; longer ones are left out (default: 1024, or the model's positions).")
    private Integer maxLength;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Share of the steps in which the rate rises; then it falls to 0, both linearly (default: ${DEFAULT-VALUE}).")
    private float warmupRatio;

    @Option(names = "--stop-after", paramLabel = "N",
            description = "End after N of the --epochs, the learning rate falling as if there were more: the paper's warm-up is so the beginning of its SFT.")
    private Integer stopAfter;

    @Option(names = "--keep-epoch", defaultValue = "0", paramLabel = "N", description = "Keep the model after epoch N besides, in epoch-N within --out.")
    private int keepEpoch;

    @Option(names = "--eval-every", defaultValue = "1", paramLabel = "N", description = "Epochs from one judgement of the model to the next (default: ${DEFAULT-VALUE}).")
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
        if (epochs < 1 || batchSize < 1 || evalEvery < 1 || !(lr > 0) || !(warmupRatio >= 0 && warmupRatio <= 1)) {
            throw new InputError("--epochs, --batch-size, --eval-every and --lr are above 0, --warmup-ratio from 0 to 1.");
        }
        if (stopAfter != null && (stopAfter < 1 || stopAfter > epochs) || keepEpoch < 0 || keepEpoch > epochs) {
            throw new InputError("--stop-after and --keep-epoch name one of the %d epochs.", epochs);
        }
        optimizer.check();
        selection.check();
        target.check();
    }

    @Override
    public Integer call() {
        check();
        int last = stopAfter != null ? stopAfter : epochs;
        Selection.Sets sets = selection.sets(train, last > evalEvery, engine.seed);
        RunFolder run = target.create("sft", command);
        TrainingState state = target.state(run);
        if (state.wasFinished()) {
            return 0;
        }
        try (Interrupt interrupt = new Interrupt(); run; Session session = Session.open(model, engine, false)) {
            System.err.println(sets.protocol());
            int longest = session.length("--max-length", maxLength, 1024);
            Encoder encoder = session.encoder(data);
            List<Example> examples = FineTuning.within(sets.train().stream().map(encoder::example).toList(), longest, train);
            List<Prompt> judges = sets.prompts(encoder, longest);
            FineTuning tuning = new FineTuning(epochs, last, evalEvery, keepEpoch, lr, batchSize, warmupRatio, optimizer.adamW(),
                    Math.max(optimizer.tokensPerBatch, longest), engine.seed);
            try (Rollout rollout = session.rollout(data.reward(session.template()), Session.BATCH, longest, longest, judges.size())) {
                tuning.run(session, run, state, examples, new BestCheckpoint(session, run, rollout, judges, sets), interrupt);
            }
        }
        return 0;
    }
}
