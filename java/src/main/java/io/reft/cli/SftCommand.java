package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.Split;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.run.RunFolder;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Rollout;
import io.reft.train.Sft;
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
final class SftCommand implements Callable<Integer> {
    /** At most this many questions judge an epoch. */
    private static final int MAX_DEV = 500;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder to start from.")
    private Path model;

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Problems with gold solutions (ReFT JSON).")
    private Path train;

    @Option(names = "--dev", paramLabel = "FILE",
            description = "Problems that choose the best epoch; without it and with several epochs, one question in ten of --train, at most 500.")
    private Path dev;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

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

    @Option(names = "--weight-decay", defaultValue = "0", paramLabel = "W", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    private float weightDecay;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time: bounds the memory, changes no result but rounding (default: ${DEFAULT-VALUE}).")
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    private record StepMetric(int step, double epoch, float loss, float lr, float grad_norm, double tokens_per_s) {}

    private record EpochMetric(int epoch, double dev_accuracy, double low, double high) {}

    @Override
    public Integer call() {
        if (epochs < 1 || batchSize < 1 || tokensPerBatch < 2 || !(lr > 0) || !(warmupRatio >= 0 && warmupRatio <= 1) || !(weightDecay >= 0)) {
            throw new InputError("--epochs, --batch-size and --lr are above 0, --tokens-per-batch above 1, --weight-decay at least 0, --warmup-ratio from 0 to 1.");
        }
        List<Problem> problems = Datasets.read(train), judges = dev == null ? List.of() : Datasets.read(dev);
        if (dev == null && epochs > 1 && problems.size() > 1) {
            Split split = Split.of(problems, Math.min(MAX_DEV, Math.max(1, problems.size() / 10)), engine.seed);
            System.err.println(split.statement());
            problems = split.train();
            judges = split.dev();
        }
        RunFolder run = RunFolder.create(out, "sft", OptionValues.of(command), overwrite);
        try (Interrupt interrupt = new Interrupt(); run; Session session = Session.open(model, engine, false)) {
            int longest = session.length("--max-length", maxLength, 1024);
            Encoder encoder = session.encoder(data.cot);
            List<Example> examples = examples(encoder, problems, longest);
            List<Prompt> devPrompts = judges.isEmpty() ? List.of() : DataOptions.prompts(encoder, judges, longest - 1, "the development split");
            train(session, run, examples, devPrompts, longest, interrupt);
        }
        return 0;
    }

    private List<Example> examples(Encoder encoder, List<Problem> problems, int longest) {
        List<Example> all = problems.stream().map(encoder::example).toList();
        List<Example> kept = all.stream().filter(e -> e.ids().length <= longest).toList();
        if (kept.isEmpty()) {
            throw new InputError("%s has no example of at most %d tokens: raise --max-length.", train, longest);
        }
        if (kept.size() < all.size()) {
            System.err.printf("%d of %d examples are longer than %d tokens and left out.%n", all.size() - kept.size(), all.size(), longest);
        }
        return kept;
    }

    private void train(Session session, RunFolder run, List<Example> examples, List<Prompt> devPrompts, int longest, Interrupt interrupt) {
        int budget = Math.max(tokensPerBatch, longest), perEpoch = (examples.size() + batchSize - 1) / batchSize, total = epochs * perEpoch;
        LrSchedule schedule = new LrSchedule(lr, Math.round(warmupRatio * total), total);
        AdamW.Options usual = AdamW.Options.DEFAULT;
        AdamW.Options options = new AdamW.Options(usual.beta1(), usual.beta2(), usual.eps(), weightDecay, usual.maxGradNorm());
        double best = -1;
        int step = 0;
        try (Rollout rollout = devPrompts.isEmpty() ? null
                : session.rollout(data.reward(session.template()), Session.BATCH, longest, longest, devPrompts.size());
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), options, budget);
                Sft sft = new Sft(learner, session.engine(), budget); Progress progress = new Progress("sft", "steps", total)) {
            for (int epoch = 1; epoch <= epochs && !interrupt.requested(); epoch++) {
                for (List<Example> batch : Sft.batches(examples, batchSize, engine.seed, epoch)) {
                    long start = System.nanoTime();
                    float rate = schedule.at(step++);
                    Sft.Step done = sft.step(batch, rate);
                    run.metric(new StepMetric(step, (double) step / perEpoch, done.loss(), rate, done.gradNorm(),
                            done.tokens() / ((System.nanoTime() - start) / 1e9)));
                    progress.note(String.format("loss %.3f", done.loss()));
                    progress.step();
                    if (interrupt.requested()) {
                        break;
                    }
                }
                if (rollout == null) {
                    session.save(run.folder());
                } else if (!interrupt.requested()) {
                    Accuracy accuracy = Evaluation.of(rollout, session.model().weights(), devPrompts, 1, Sampling.GREEDY, n -> {}).first();
                    run.metric(new EpochMetric(epoch, accuracy.value(), accuracy.low(), accuracy.high()));
                    System.err.printf("epoch %d: development accuracy %s%n", epoch, accuracy);
                    if (accuracy.value() > best) {
                        best = accuracy.value();
                        session.save(run.folder());
                    }
                }
            }
        }
        if (best < 0 && !devPrompts.isEmpty()) {
            session.save(run.folder());
        }
        System.out.println(best < 0 ? run.folder() + ": the model after step " + step
                : String.format("%s: the epoch with development accuracy %.1f %%", run.folder(), 100 * best));
    }
}
