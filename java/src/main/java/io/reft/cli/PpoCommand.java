package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Cot;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Probes;
import io.reft.model.Model;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.RunFolder;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Ppo;
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
final class PpoCommand implements Callable<Integer>, Checked {
    /** The paper's number of passes over the questions. */
    static final int PAPER_EPOCHS = 300;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The warmed-up model; also the reference.")
    private Path model;

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path train;

    @Mixin
    private Selection selection;

    @Mixin
    private NewModel target;

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

    @Option(names = "--lr-warmup", defaultValue = "0", paramLabel = "N", description = "Iterations in which the rate rises to that (default: ${DEFAULT-VALUE}).")
    private int lrWarmup;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N", description = "Questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N", description = "Iterations from one judgement of the model to the next (default: a pass over the questions).")
    private Integer evalEvery;

    @Option(names = "--probe-every", paramLabel = "N",
            description = "Iterations between probes for reward hacking (reft probe --help) on a fixed sample of the questions that choose; 0: never (default: as --eval-every).")
    private Integer probeEvery;

    @Option(names = "--probe-questions", defaultValue = "64", paramLabel = "N", description = "Questions of that sample (default: ${DEFAULT-VALUE}).")
    private int probeQuestions;

    @Mixin
    private OptimizerOptions optimizer;

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

    @Override
    public void check() {
        data.checkStrict();
        if (batchSize < 1 || ppoEpochs < 1 || !(lr > 0) || lrWarmup < 0 || !(clip > 0) || !(temperature > 0) || maxPrompt < 1
                || iterations != null && iterations < 1 || epochs != null && epochs < 1 || evalEvery != null && evalEvery < 1
                || minibatchSize != null && minibatchSize < 1 || probeEvery != null && probeEvery < 0 || probeQuestions < 1) {
            throw new InputError("Batch sizes, iterations, epochs, lengths, --lr, --clip and --temperature are above 0, --lr-warmup at least 0.");
        }
        if (iterations != null && epochs != null && command.commandLine().getParseResult().hasMatchedOption("--epochs")) {
            throw new InputError("--iterations and --epochs say the same in two ways: give one of them.");
        }
        optimizer.check();
        selection.check();
        target.check();
    }

    @Override
    public Integer call() {
        check();
        Selection.Sets sets = selection.sets(train, true, engine.seed);
        RunFolder run = target.create("ppo", command);
        TrainingState state = target.state(run);
        if (state.wasFinished()) {
            return 0;
        }
        try (Interrupt interrupt = new Interrupt(); run; Session session = Session.open(model, engine, true)) {
            System.err.println(sets.protocol());
            int longest = session.length("--max-length", maxLength, 700);
            Encoder encoder = session.encoder(data);
            List<Prompt> prompts = DataOptions.prompts(encoder, sets.train(), Math.min(maxPrompt, longest - 1), train.toString());
            List<Prompt> judges = sets.prompts(encoder, longest);
            Reward reward = data.reward(session.template());
            DataOptions.audit(reward, data.cot, data.template(session.template()), sets.train(), train.toString());
            try (Rollout rollout = session.rollout(reward, Session.BATCH, longest, longest, Math.max(batchSize, judges.size()))) {
                List<Problem> probed = sets.judges().isEmpty() || probeEvery != null && probeEvery == 0 ? List.of() : Probes.drawn(sets.judges(), probeQuestions, engine.seed);
                ProbeWatch watch = new ProbeWatch(session, run, rollout, encoder, probed, engine.seed);
                train(session, run, state, rollout, prompts, new BestCheckpoint(session, run, rollout, judges, sets), watch, interrupt);
            }
        }
        return 0;
    }

    private void train(Session session, RunFolder run, TrainingState state, Rollout rollout, List<Prompt> prompts, BestCheckpoint best, ProbeWatch watch, Interrupt interrupt) {
        int perPass = Math.max(1, prompts.size() / batchSize), budget = Math.max(optimizer.tokensPerBatch, rollout.maxTokens());
        int total = iterations != null ? iterations : perPass * (epochs != null ? epochs : PAPER_EPOCHS);
        float penalty = beta != null ? beta : data.cot == Cot.PYTHON ? 0.01f : 0.05f;
        Ppo.Options options = new Ppo.Options(penalty, gamma, lambda, clip, clip, vfCoef, ppoEpochs, minibatchSize == null ? batchSize : minibatchSize,
                temperature, engine.seed);
        LrSchedule schedule = new LrSchedule(lr, lrWarmup, 0);
        int every = evalEvery != null ? evalEvery : perPass, probes = probeEvery != null ? probeEvery : every;
        Iterations loop = new Iterations("ppo", total, every, batchSize, engine.seed);
        try (Model reference = session.model().frozen();
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), optimizer.adamW(), budget);
                Ppo ppo = new Ppo(learner, reference.weights(), session.engine(), options, budget)) {
            watch.begin(state.resumes());
            loop.run(prompts, run, state, learner, best, interrupt, (asked, iteration) -> {
                long start = System.nanoTime();
                List<ScoredCompletion> scored = ppo.sample(rollout, asked, iteration, n -> {});
                Ppo.Iteration result = ppo.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - start) / 1e6);
                if (iteration == total || probes > 0 && iteration % probes == 0) {
                    watch.look(iteration);
                }
                return new Iterations.Done(Metric.of(iteration, result, scored), scored, String.format("score %.3f, KL %.3f", result.score(), result.kl()));
            });
        }
    }
}
