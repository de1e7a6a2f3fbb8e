package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Cot;
import io.reft.data.Datasets;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.run.RunFolder;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.Ppo;
import io.reft.train.Rollout;
import io.reft.train.ScoredCompletion;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft ppo}: reinforcement learning on the model's own solutions, from a warmed-up model. */
@Command(name = "ppo", description = "Reinforces a warmed-up model on its own solutions: PPO whose score is whether the answer is right.",
        footer = "  reft ppo --model runs/warmup --train svamp.json --out runs/reft --iterations 300")
final class PpoCommand implements Callable<Integer> {
    /** The paper's number of passes over the questions. */
    private static final int PAPER_EPOCHS = 300;
    private static final int SAMPLES_KEPT = 4;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The warmed-up model; also the reference.")
    private Path model;

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path train;

    @Option(names = "--dev", paramLabel = "FILE", description = "Problems that choose the iteration to keep; without it the last one is kept.")
    private Path dev;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

    @Mixin
    private Recipe recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--beta", paramLabel = "B", description = "Weight of the KL penalty (default: 0.01 for programs, 0.05 for prose).")
    private Float beta;

    @Option(names = "--gamma", defaultValue = "1", paramLabel = "G", description = "Discount (default: ${DEFAULT-VALUE}).")
    private float gamma;

    @Option(names = "--lambda", defaultValue = "0.95", paramLabel = "L", description = "Of generalised advantage estimation (default: ${DEFAULT-VALUE}).")
    private float lambda;

    @Option(names = "--vf-coef", defaultValue = "5", paramLabel = "C", description = "Weight of the value loss (default: ${DEFAULT-VALUE}).")
    private float vfCoef;

    @Option(names = "--clip", defaultValue = "0.2", paramLabel = "E", description = "Clip range of ratio and value (default: ${DEFAULT-VALUE}).")
    private float clip;

    @Option(names = "--ppo-epochs", defaultValue = "2", paramLabel = "N", description = "Passes over each batch of completions (default: ${DEFAULT-VALUE}).")
    private int ppoEpochs;

    @Option(names = "--iterations", paramLabel = "N", description = "Batches of completions to learn from.")
    private Integer iterations;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the questions, instead of --iterations (default: 300).")
    private Integer epochs;

    @Option(names = "--batch-size", defaultValue = "32", paramLabel = "N", description = "Questions of one iteration, one completion each (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--minibatch-size", paramLabel = "N", description = "Completions of one optimizer step (default: all of the iteration).")
    private Integer minibatchSize;

    @Option(names = "--lr", defaultValue = "3e-7", paramLabel = "LR", description = "Learning rate, constant (default: ${DEFAULT-VALUE}).")
    private float lr;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N", description = "Questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N", description = "Iterations between saves, and evaluations on --dev (default: a pass over the questions).")
    private Integer evalEvery;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time: bounds the memory, changes no result but rounding (default: ${DEFAULT-VALUE}).")
    private int tokensPerBatch;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    private record Metric(int iteration, double score, double accuracy, double kl, double entropy, double clipped, double policy_loss, double value_loss,
                          double grad_norm, double actions, int tokens, double rollout_ms, double score_ms, double update_ms,
                          Map<String, Integer> refused) {
        static Metric of(int iteration, Ppo.Iteration i, List<ScoredCompletion> scored) {
            return new Metric(iteration, i.score(), i.accuracy(), i.kl(), i.entropy(), i.clipped(), i.policyLoss(), i.valueLoss(), i.gradNorm(),
                    i.actions(), i.tokens(), i.rolloutMs(), i.scoreMs(), i.updateMs(),
                    Score.refused(scored.stream().map(ScoredCompletion::score).toList()));
        }
    }

    private record DevMetric(int iteration, double dev_accuracy, double low, double high) {}

    private record Sample(int iteration, String item_id, String completion, double score, String verdict) {}

    @Override
    public Integer call() {
        if (batchSize < 1 || ppoEpochs < 1 || !(lr > 0) || !(clip > 0) || !(temperature > 0) || tokensPerBatch < 2 || maxPrompt < 1
                || iterations != null && iterations < 1 || epochs != null && epochs < 1 || evalEvery != null && evalEvery < 1
                || minibatchSize != null && minibatchSize < 1) {
            throw new InputError("Batch sizes, iterations, epochs, lengths, --lr, --clip and --temperature are above 0.");
        }
        if (iterations != null && epochs != null && command.commandLine().getParseResult().hasMatchedOption("--epochs")) {
            throw new InputError("--iterations and --epochs say the same in two ways: give one of them.");
        }
        List<Problem> problems = Datasets.read(train), judges = dev == null ? List.of() : Datasets.read(dev);
        RunFolder run = RunFolder.create(out, "ppo", OptionValues.of(command), overwrite);
        try (Interrupt interrupt = new Interrupt(); run; Session session = Session.open(model, engine, true)) {
            int longest = session.length("--max-length", maxLength, 700);
            Encoder encoder = session.encoder(data.cot);
            List<Prompt> prompts = DataOptions.prompts(encoder, problems, Math.min(maxPrompt, longest - 1), train.toString());
            List<Prompt> devPrompts = judges.isEmpty() ? List.of() : DataOptions.prompts(encoder, judges, longest - 1, dev.toString());
            Reward reward = data.reward(session.template());
            DataOptions.audit(reward, data.cot, session.template(), problems, train.toString());
            train(session, run, reward, prompts, devPrompts, longest, interrupt);
        }
        return 0;
    }

    private void train(Session session, RunFolder run, Reward reward, List<Prompt> prompts, List<Prompt> devPrompts, int longest, Interrupt interrupt) {
        int perPass = Math.max(1, prompts.size() / batchSize), budget = Math.max(tokensPerBatch, longest);
        int total = iterations != null ? iterations : perPass * (epochs != null ? epochs : PAPER_EPOCHS);
        int every = evalEvery != null ? evalEvery : perPass;
        float penalty = beta != null ? beta : data.cot == Cot.PYTHON ? 0.01f : 0.05f;
        Ppo.Options options = new Ppo.Options(penalty, gamma, lambda, clip, clip, vfCoef, ppoEpochs, minibatchSize == null ? batchSize : minibatchSize,
                temperature, engine.seed);
        double best = -1;
        int done = 0, saved = 0;
        try (Model reference = session.model().frozen();
                Rollout rollout = session.rollout(reward, Session.BATCH, longest, longest, Math.max(batchSize, devPrompts.size()));
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                Ppo ppo = new Ppo(learner, reference.weights(), session.engine(), options, budget);
                Progress progress = new Progress("ppo", "iterations", total)) {
            while (done < total && !interrupt.requested()) {
                int iteration = ++done;
                long start = System.nanoTime();
                List<ScoredCompletion> scored = ppo.sample(rollout, Ppo.prompts(prompts, batchSize, engine.seed, iteration), iteration, n -> {});
                Ppo.Iteration result = ppo.learn(scored, lr, iteration, (System.nanoTime() - start) / 1e6);
                run.metric(Metric.of(iteration, result, scored));
                for (ScoredCompletion s : scored.subList(0, Math.min(SAMPLES_KEPT, scored.size()))) {
                    run.sample(new Sample(iteration, s.prompt().problem().id(), s.text(), s.score().value(), s.score().verdict().name().toLowerCase(java.util.Locale.ROOT)));
                }
                progress.note(String.format("score %.3f, KL %.3f", result.score(), result.kl()));
                progress.step();
                boolean due = iteration % every == 0 || iteration == total;
                if (due && devPrompts.isEmpty()) {
                    session.save(run.folder());
                    saved = iteration;
                } else if (due) {
                    Accuracy accuracy = Evaluation.of(rollout, session.model().weights(), devPrompts, 1, Sampling.GREEDY, n -> {}).first();
                    run.metric(new DevMetric(iteration, accuracy.value(), accuracy.low(), accuracy.high()));
                    if (accuracy.value() > best) {
                        best = accuracy.value();
                        session.save(run.folder());
                    }
                }
            }
        }
        if (best < 0 && saved < done) {
            session.save(run.folder());
        }
        System.out.println(best < 0 ? run.folder() + ": the model after iteration " + done
                : String.format("%s: the iteration with development accuracy %.1f %%", run.folder(), 100 * best));
    }
}
