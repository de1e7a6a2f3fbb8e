package io.reft.run;

import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Probes;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.train.Advantages;
import io.reft.train.Algorithm;
import io.reft.train.Gae;
import io.reft.train.GroupMean;
import io.reft.train.Learner;
import io.reft.train.LeaveOneOut;
import io.reft.train.LrSchedule;
import io.reft.train.PolicyGradient;
import io.reft.train.RewardToGo;
import io.reft.train.ValueWarmup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Reinforcement learning on a model's own solutions, from a warmed-up checkpoint ({@code reft rl}, {@code reft ppo}). */
public final class ReinforcementRun {
    /** The paper's number of passes over the questions. */
    public static final int PAPER_EPOCHS = 300;

    /** Share of completions cut at their length limit from which on a run warns, and at which it can learn nothing. */
    private static final double MANY_UNFINISHED = 0.3;

    private ReinforcementRun() {}

    /** The methods, each with the defaults that its paper gives; every one of them can be changed. */
    public enum Method {
        /** ReFT's: values, one completion a question, the penalty in the reward. */
        PPO(new Gae(1, 0.95f), 1, Algorithm.Kl.Place.REWARD, Algorithm.Mean.SEQUENCE),
        /** Group mean over its deviation, the penalty in the loss (arXiv 2402.03300). */
        GRPO(new GroupMean(true), 8, Algorithm.Kl.Place.LOSS, Algorithm.Mean.SEQUENCE),
        /** Group mean alone, no bias by length (arXiv 2503.20783). */
        DR_GRPO(new GroupMean(false), 8, Algorithm.Kl.Place.LOSS, Algorithm.Mean.CONSTANT),
        /** Leave-one-out baseline (arXiv 2402.14740). */
        RLOO(new LeaveOneOut(), 4, Algorithm.Kl.Place.REWARD, Algorithm.Mean.CONSTANT),
        /** Rewards to go, whitened over the batch (arXiv 2501.03262). */
        REINFORCE_PLUS_PLUS(new RewardToGo(), 1, Algorithm.Kl.Place.REWARD, Algorithm.Mean.TOKEN);

        final Advantages advantages;
        final int samples;
        final Algorithm.Kl.Place place;
        final Algorithm.Mean mean;

        Method(Advantages advantages, int samples, Algorithm.Kl.Place place, Algorithm.Mean mean) {
            this.advantages = advantages;
            this.samples = samples;
            this.place = place;
            this.mean = mean;
        }
    }

    /** What becomes of completions cut at their length limit. */
    public enum Overlong {
        /** They count like others. */
        KEEP,
        /** They are left out of the loss. */
        MASK
    }

    /** What such a run is told, by name; the defaults are the paper's for its large models. */
    public static class Options extends TrainingOptions {
        /** The method. */
        public Method method = Method.PPO;
        /** From scores to advantages; null: the method's. */
        public Advantages advantages;
        /** Completions of each question; null: the method's. */
        public Integer samples;
        /** Weight of the KL penalty; null: the paper's, 0.01 for programs and 0.05 for prose. */
        public Float beta;
        /** Where the penalty stands; null: the method's. */
        public Algorithm.Kl.Place klPlace;
        /** Lower clip bound of the ratio, and how far a value may move. */
        public float clip = 0.2f;
        /** Upper clip bound of the ratio; null: as {@link #clip}. */
        public Float clipHigh;
        /** How the losses of the actions are averaged; null: the method's. */
        public Algorithm.Mean mean;
        /** Weight of the value loss, for a method with values. */
        public float vfCoef = 5;
        /**
         * Completions of the warm-up model to which the value head is fitted before the policy moves, for a method with values; 0: it
         * starts at zero.
         */
        public int valueWarmup;
        /** Passes over each batch of completions. */
        public int updateEpochs = 2;
        /** The passes end early where the policy has moved so far from the one that sampled, an action; 0: never. */
        public float maxKl;
        /** Batches that may be drawn besides to replace groups that are all right or all wrong, an iteration; 0: such groups stay. */
        public int refills;
        /** What a completion is worth, given the verifier's reward: that itself, or one of your own around it or in its place. */
        public UnaryOperator<Reward> reward = verifier -> verifier;
        /** What becomes of completions cut at their length limit. */
        public Overlong overlong = Overlong.KEEP;
        /** Batches of completions to learn from; null: as many as {@link #epochs} passes have. */
        public Integer iterations;
        /** Passes over the questions; null: 300. */
        public Integer epochs;
        /** Questions of one iteration. */
        public int batchSize = 32;
        /** Completions of one optimizer step; null: all of the iteration. */
        public Integer minibatchSize;
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

        /** The paper's rate. */
        public Options() {
            lr = 3e-7f;
        }

        int samples() {
            return samples != null ? samples : method.samples;
        }

        boolean valued() {
            return advantages() instanceof Gae;
        }

        private Advantages advantages() {
            return advantages != null ? advantages : method.advantages;
        }

        private Algorithm algorithm() {
            float penalty = beta != null ? beta : grading.format() == SolutionFormat.PYTHON ? 0.01f : 0.05f;
            return new Algorithm(advantages(), new Algorithm.Kl(penalty, klPlace != null ? klPlace : method.place),
                    new Algorithm.Clip(clip, clipHigh != null ? clipHigh : clip), valued() ? new Algorithm.Values(vfCoef, clip) : null,
                    mean != null ? mean : method.mean);
        }
    }

    /** Trains and leaves the best checkpoint in the run's folder. */
    public static void train(TrainingRun run, Options options) {
        if (run.state().wasFinished()) {
            return;
        }
        try (Session session = Session.open(options.model, options.engine, options.valued(), run.journal())) {
            run.journal().message(options.sets.protocol());
            session.trains(options.grading);
            int longest = session.length("--max-length", options.maxLength, Session.LENGTH);
            Encoder encoder = session.encoder(options.grading);
            List<Prompt> prompts =
                    TrainingSets.prompts(encoder, options.sets.train(), Math.min(options.maxPrompt, longest - 1), options.sets.source(),
                            run.journal());
            List<Prompt> dev = options.sets.devPrompts(encoder, longest, run.journal());
            Reward verifier = options.grading.reward(session.template()), reward = options.reward.apply(verifier);
            options.sets.check(encoder, verifier, run.journal());
            try (Rollout rollout = session.rollout(reward, Session.BATCH, options.newTokens(longest), longest,
                    Math.max(options.batchSize * options.samples(), dev.size()))) {
                reinforce(run, session, options, rollout, prompts, dev);
            }
        }
    }

    private static void reinforce(TrainingRun run, Session session, Options options, Rollout rollout, List<Prompt> prompts,
            List<Prompt> dev) {
        int perPass = Math.max(1, prompts.size() / options.batchSize), budget = Math.max(options.tokensPerBatch, rollout.maxTokens());
        int total = options.iterations != null ? options.iterations : perPass * (options.epochs != null ? options.epochs : PAPER_EPOCHS);
        int evalEvery = options.evalEvery != null ? options.evalEvery : perPass;
        LrSchedule schedule = options.schedule(total);
        Algorithm algorithm = options.algorithm();
        PolicyGradient.Options passes = new PolicyGradient.Options(options.samples(), options.updateEpochs,
                options.minibatchSize == null ? options.batchSize * options.samples() : options.minibatchSize, options.temperature,
                options.seed);
        PolicyGradient.Limits limits = new PolicyGradient.Limits(options.overlong == Overlong.MASK, rollout.maxNewTokens(), options.maxKl);
        RolloutLoop loop = new RolloutLoop(options.method.name().toLowerCase(Locale.ROOT).replace('_', '-'), total, evalEvery,
                options.batchSize, options.seed);
        BestCheckpoint best = new BestCheckpoint(run, new BestCheckpoint.Rule(options.keep, options.sets, "accuracy"),
                () -> Evaluation.greedy(rollout, session.model().weights(), dev).first(),
                folder -> session.save(folder, run.models().dtype()));
        Watcher probes = new ProbeWatch(session, run.journal(), rollout, session.encoder(options.grading),
                new ProbeWatch.Plan(probed(options), options.probeEvery != null ? options.probeEvery : evalEvery, total, options.seed));
        boolean asked = algorithm.kl().beta() > 0;
        try (Model reference = asked ? session.model().frozen() : null;
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), options.optimizer, budget);
                PolicyGradient method = new PolicyGradient(learner, asked ? reference.weights() : null, session.engine(), algorithm, passes,
                        limits, budget)) {
            if (options.valueWarmup > 0 && options.valued() && !run.state().resumes()) {
                warmUpValues(run, session, options, rollout, learner, prompts);
            }
            loop.run(run, learner, prompts, (questions, iteration) -> {
                long start = System.nanoTime();
                List<ScoredCompletion> scored = sample(method, rollout, options, prompts, questions, iteration);
                PolicyGradient.Iteration done = method.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - start) / 1e6);
                warn(run.journal(), done, iteration, options);
                return new RolloutLoop.Done(entry(iteration, done, scored), new DrawnCompletions(iteration, options.samples(), scored,
                        done.tokens().refLogprobs(), done.tokens().advantages(), rollout.tokenizer()), note(done));
            }, best, List.of(probes));
        }
    }

    /** Completions of the questions; with {@link Options#refills} groups that teach nothing make room for those of other questions. */
    private static List<ScoredCompletion> sample(PolicyGradient method, Rollout rollout, Options options, List<Prompt> prompts,
            List<Prompt> questions,
            int iteration) {
        List<ScoredCompletion> scored = method.sample(rollout, questions, iteration, n -> {});
        if (options.refills == 0 || options.samples() == 1) {
            return scored;
        }
        int group = options.samples(), wanted = scored.size();
        List<ScoredCompletion> mixed = mixed(scored, group), rest = new ArrayList<>(scored);
        rest.removeAll(mixed);
        for (int refill = 1; refill <= options.refills && mixed.size() < wanted; refill++) {
            int attempt = Math.addExact(Math.multiplyExact(refill, 1 << 20), iteration);   // numbers of draws that no iteration has
            List<Prompt> others = PolicyGradient.prompts(prompts, options.batchSize, options.seed + refill, iteration);
            mixed.addAll(mixed(method.sample(rollout, others, attempt, n -> {}), group));
        }
        mixed.addAll(rest);
        return new ArrayList<>(mixed.subList(0, wanted));
    }

    /** Those of groups whose completions do not all score the same. */
    private static List<ScoredCompletion> mixed(List<ScoredCompletion> scored, int group) {
        List<ScoredCompletion> mixed = new ArrayList<>();
        for (int from = 0; from < scored.size(); from += group) {
            List<ScoredCompletion> own = scored.subList(from, from + group);
            if (own.stream().mapToDouble(s -> s.score().value()).distinct().count() > 1) {
                mixed.addAll(own);
            }
        }
        return mixed;
    }

    private static void warmUpValues(TrainingRun run, Session session, Options options, Rollout rollout, Learner learner,
            List<Prompt> prompts) {
        List<ScoredCompletion> scored;
        Sampling sampling = new Sampling(options.temperature, 0, 1, options.seed + 1);  // other draws than the first iteration's
        List<Prompt> asked = PolicyGradient.prompts(prompts, options.valueWarmup, options.seed + 1, 1);
        try (Journal.Progress progress = run.journal().progress("value warm-up", "completions", 0, asked.size())) {
            scored = rollout.run(session.model().weights(), asked, 1, sampling, 0, progress::reach);
        }
        ValueWarmup.Fit fit = ValueWarmup.fit(learner, session.engine(), scored);
        run.journal()
                .numbers(Journal.Entry.at("iteration", 0).with("value_variance", fit.variance()).with("value_remaining", fit.remaining()));
    }

    /** What a user can act on, with the ranges that healthy runs have. */
    private static void warn(Journal journal, PolicyGradient.Iteration done, int iteration, Options options) {
        if (done.rolled().unfinished() > MANY_UNFINISHED) {
            journal.message(String.format(Locale.ROOT,
                    "iteration %d: %.0f %% of the completions were cut at their length limit (healthy: below 30 %%): raise --max-length.",
                    iteration, 100 * done.rolled().unfinished()));
        }
        if (options.samples() > 1 && done.rolled().signal() < 0.1) {
            journal.message(String.format(Locale.ROOT,
                    "iteration %d: in %.0f %% of the groups all completions score the same (healthy: below 90 %%), and they teach nothing: "
                            + "raise --samples, add --refills, or choose other questions.",
                    iteration, 100 * (1 - done.rolled().signal())));
        }
    }

    private static List<Problem> probed(Options options) {
        boolean never = options.sets.dev().isEmpty() || options.probeEvery != null && options.probeEvery == 0;
        return never ? List.of() : Probes.drawn(options.sets.dev(), options.probeQuestions, options.seed);
    }

    private static String note(PolicyGradient.Iteration done) {
        return String.format(Locale.ROOT, "score %.3f", done.rolled().score())
                + (Double.isNaN(done.rolled().kl()) ? "" : String.format(Locale.ROOT, ", KL %.3f", done.rolled().kl()));
    }

    private static Journal.Entry entry(int iteration, PolicyGradient.Iteration done, List<ScoredCompletion> scored) {
        PolicyGradient.Rolled r = done.rolled();
        PolicyGradient.Learnt l = done.learnt();
        PolicyGradient.Times t = done.times();
        return Journal.Entry.at("iteration", iteration).with("score", r.score()).with("accuracy", r.accuracy()).with("kl", r.kl())
                .with("entropy", l.entropy()).with("clipped", l.clipped()).with("policy_loss", l.policyLoss())
                .with("value_loss", l.valueLoss())
                .with("return_variance", l.returnVariance()).with("kl_loss", l.klLoss()).with("grad_norm", l.gradNorm())
                .with("noise_scale", l.noiseScale())
                .with("ratio_gap", l.ratioGap()).with("groups_with_signal", r.signal()).with("unfinished", r.unfinished())
                .with("actions", r.actions())
                .with("tokens", r.tokens()).with("rollout_ms", t.rollout()).with("score_ms", t.score()).with("update_ms", t.update())
                .with("refused", Score.refused(scored.stream().map(ScoredCompletion::score).toList()));
    }
}
