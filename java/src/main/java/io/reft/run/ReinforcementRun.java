package io.reft.run;

import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Probes;
import io.reft.model.Model;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.train.Advantages;
import io.reft.train.Gae;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.PolicyGradient;
import java.util.List;
import java.util.Locale;

/** Reinforcement learning on a model's own solutions, from a warmed-up checkpoint ({@code reft ppo}). */
public final class ReinforcementRun {
    /** The paper's number of passes over the questions. */
    public static final int PAPER_EPOCHS = 300;

    private static final int MAX_LENGTH = 700;

    private ReinforcementRun() {}

    /** What such a run is told, by name; the defaults are the paper's for its large models. */
    public static class Options extends TrainingOptions {
        /** From scores to advantages. */
        public Advantages advantages = new Gae(1, 0.95f);
        /** Weight of the KL penalty; null: the paper's, 0.01 for programs and 0.05 for prose. */
        public Float beta;
        /** Clip range of the ratio and of the value. */
        public float clip = 0.2f;
        /** Weight of the value loss. */
        public float vfCoef = 5;
        /** Passes over each batch of completions. */
        public int updateEpochs = 2;
        /** Batches of completions to learn from; null: as many as {@link #epochs} passes have. */
        public Integer iterations;
        /** Passes over the questions; null: 300. */
        public Integer epochs;
        /** Questions of one iteration. */
        public int batchSize = 32;
        /** Completions of one optimizer step; null: all of the iteration. */
        public Integer minibatchSize;
        /** Learning rate, constant after the warm-up. */
        public float lr = 3e-7f;
        /** Iterations in which the rate rises to that. */
        public int lrWarmup;
        /** Questions with longer prompts are left out, in tokens. */
        public int maxPrompt = 300;
        /** Of the sampling. */
        public float temperature = 1;
        /** Iterations from one judgement of the model to the next; null: a pass over the questions. */
        public Integer evalEvery;
        /** Which checkpoint stays. */
        public BestCheckpoint.Keep keep = BestCheckpoint.Keep.BEST;
        /** Iterations from one probe for reward hacking to the next; 0: never; null: as {@link #evalEvery}. */
        public Integer probeEvery;
        /** Questions that are probed. */
        public int probeQuestions = 64;

        private float penalty() {
            return beta != null ? beta : grading.format() == SolutionFormat.PYTHON ? 0.01f : 0.05f;
        }
    }

    /** Trains and leaves the best checkpoint in the run's folder. */
    public static void train(TrainingRun run, Options options) {
        if (run.state().wasFinished()) {
            return;
        }
        try (Session session = Session.open(options.model, options.engine, true, run.journal())) {
            run.journal().message(options.sets.protocol());
            int longest = session.length("--max-length", options.maxLength, MAX_LENGTH);
            Encoder encoder = session.encoder(options.grading.format());
            List<Prompt> prompts = TrainingSets.prompts(encoder, options.sets.train(), Math.min(options.maxPrompt, longest - 1), options.sets.source(),
                    run.journal());
            List<Prompt> dev = options.sets.devPrompts(encoder, longest, run.journal());
            Reward reward = options.grading.reward(session.template());
            options.sets.audit(reward, options.grading.format(), session.template(), run.journal());
            try (Rollout rollout = session.rollout(reward, Session.BATCH, options.newTokens(longest), longest, Math.max(options.batchSize, dev.size()))) {
                reinforce(run, session, options, rollout, prompts, dev);
            }
        }
    }

    private static void reinforce(TrainingRun run, Session session, Options options, Rollout rollout, List<Prompt> prompts, List<Prompt> dev) {
        int perPass = Math.max(1, prompts.size() / options.batchSize), budget = Math.max(options.tokensPerBatch, rollout.maxTokens());
        int total = options.iterations != null ? options.iterations : perPass * (options.epochs != null ? options.epochs : PAPER_EPOCHS);
        int evalEvery = options.evalEvery != null ? options.evalEvery : perPass;
        LrSchedule schedule = new LrSchedule(options.lr, options.lrWarmup, 0);
        PolicyGradient.Algorithm algorithm = new PolicyGradient.Algorithm(options.advantages, options.penalty(), options.clip, options.clip, options.vfCoef);
        PolicyGradient.Options passes = new PolicyGradient.Options(options.updateEpochs,
                options.minibatchSize == null ? options.batchSize : options.minibatchSize, options.temperature, options.seed);
        RolloutLoop loop = new RolloutLoop("ppo", total, evalEvery, options.batchSize, options.seed);
        BestCheckpoint best = new BestCheckpoint(run, new BestCheckpoint.Rule(options.keep, options.sets, "accuracy"),
                () -> Evaluation.greedy(rollout, session.model().weights(), dev).first(), session::save);
        Watcher probes = new ProbeWatch(session, run.journal(), rollout, session.encoder(options.grading.format()),
                new ProbeWatch.Plan(probed(options), options.probeEvery != null ? options.probeEvery : evalEvery, total, options.seed));
        try (Model reference = session.model().frozen();
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), options.optimizer, budget);
                PolicyGradient ppo = new PolicyGradient(learner, reference.weights(), session.engine(), algorithm, passes, budget)) {
            loop.run(run, learner, prompts, (asked, iteration) -> {
                long start = System.nanoTime();
                List<ScoredCompletion> scored = ppo.sample(rollout, asked, iteration, n -> {});
                PolicyGradient.Iteration done = ppo.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - start) / 1e6);
                return new RolloutLoop.Done(entry(iteration, done, scored), scored,
                        String.format(Locale.ROOT, "score %.3f, KL %.3f", done.score(), done.kl()));
            }, best, List.of(probes));
        }
    }

    private static List<Problem> probed(Options options) {
        boolean never = options.sets.dev().isEmpty() || options.probeEvery != null && options.probeEvery == 0;
        return never ? List.of() : Probes.drawn(options.sets.dev(), options.probeQuestions, options.seed);
    }

    private static Journal.Entry entry(int iteration, PolicyGradient.Iteration i, List<ScoredCompletion> scored) {
        return Journal.Entry.at("iteration", iteration).with("score", i.score()).with("accuracy", i.accuracy()).with("kl", i.kl())
                .with("entropy", i.entropy()).with("clipped", i.clipped()).with("policy_loss", i.policyLoss()).with("value_loss", i.valueLoss())
                .with("grad_norm", i.gradNorm()).with("actions", i.actions()).with("tokens", i.tokens()).with("rollout_ms", i.rolloutMs())
                .with("score_ms", i.scoreMs()).with("update_ms", i.updateMs())
                .with("refused", Score.refused(scored.stream().map(ScoredCompletion::score).toList()));
    }
}
