package io.reft.run;

import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.checkpoint.JsonFields;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Sample;
import io.reft.generate.Sampling;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.SelfTraining;
import io.reft.train.SelfTraining.Solution;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Supervised fine-tuning on a model's own right solutions beside the gold ones, the method's rival ({@code reft self-train}): offline the
 * solutions are drawn once, online anew in every iteration.
 */
public final class SelfTrainingRun {
    private static final int MAX_LENGTH_OFFLINE = 1024;
    /** Questions whose samples are drawn together. */
    private static final int QUESTIONS = 64;

    private SelfTrainingRun() {}

    // ---------------------------------------------------------------- offline

    /** What an offline run is told, by name; {@code model} is what is fine-tuned, as it was before the warm-up. */
    public static class Offline extends SupervisedRun.Options {
        /** The warmed-up model, which draws the solutions; null where {@link #drawn} has them. */
        public Path warm;
        /** Solutions that the warmed-up model has drawn before; null: {@link #warm} draws them. */
        public List<Sample> drawn;
        /** Solutions drawn of each question. */
        public int samples = 100;
        /** Most right solutions kept of a question: the first ones whose texts differ. */
        public int keep = 10;
        /** Of the sampling. */
        public float temperature = 1;

        /** The paper's passes. */
        public Offline() {
            epochs = 20;
        }
    }

    /**
     * Draws, keeps what is right, trains, and leaves the best checkpoint in the run's folder. False where it was stopped before it trained.
     */
    public static boolean offline(TrainingRun run, Offline options) {
        if (run.state().wasFinished()) {
            return true;
        }
        Checkpoint.open(options.model).close();
        List<Problem> problems = options.sets.train();
        boolean resumes = run.state().resumes();
        List<Solution> right = resumes ? List.of() : options.drawn != null ? right(options.drawn, problems) : draw(run, options);
        if (run.stopRequested()) {
            return false;
        }
        List<Solution> kept = resumes ? keptBefore(run, options.sets) : SelfTraining.distinct(right, options.keep);
        try (Session session = Session.open(options.model, options.engine, false, run.journal())) {
            run.journal().message(options.sets.protocol());
            int solved = (int) kept.stream().map(s -> s.problem().id()).distinct().count();
            SupervisedRun.train(run, session, options, encoder -> {
                var examples = SelfTraining.joined(problems, kept, encoder);
                if (!resumes) {
                    kept.forEach(
                            s -> run.journal().sample(new Journal.Entry().with("item_id", s.problem().id()).with("completion", s.text())));
                    run.journal()
                            .numbers(new Journal.Entry().with("questions", problems.size()).with("right", right.size())
                                    .with("kept", kept.size())
                                    .with("solved", solved).with("examples", examples.size()));
                }
                run.journal().message(String.format(Locale.ROOT, "%s of %s kept; %s with the gold ones.",
                        Count.of(kept.size(), "right solution"), Count.of(solved, "question"), Count.of(examples.size(), "example")));
                return examples;
            });
        }
        return true;
    }

    /** Those that the run kept before it was stopped. */
    private static List<Solution> keptBefore(TrainingRun run, TrainingSets sets) {
        Map<String, Problem> learnt = byId(sets.train());
        List<Solution> kept = new ArrayList<>();
        for (JsonFields sample : run.samples()) {
            String id = sample.text("item_id");
            if (!learnt.containsKey(id)) {
                throw new InputError("%s has changed since this run was started: %s is no longer learnt from.", sets.source(), id);
            }
            kept.add(new Solution(learnt.get(id), sample.text("completion")));
        }
        return kept;
    }

    private static List<Solution> right(List<Sample> samples, List<Problem> problems) {
        Map<String, Problem> learnt = byId(problems);
        return samples.stream().filter(s -> s.score().right() && learnt.containsKey(s.itemId()))
                .map(s -> new Solution(learnt.get(s.itemId()), s.completion())).toList();
    }

    private static Map<String, Problem> byId(List<Problem> problems) {
        return problems.stream().collect(Collectors.toMap(Problem::id, p -> p));
    }

    /** The right ones among samples of all problems, in the order of the problems. */
    private static List<Solution> draw(TrainingRun run, Offline options) {
        List<Solution> right = new ArrayList<>();
        Sampling sampling = new Sampling(options.temperature, 0, 1, options.seed);
        try (Session session = Session.open(options.warm, options.engine, false, run.journal())) {
            int longest = session.length("--max-length", options.maxLength, MAX_LENGTH_OFFLINE);
            List<Prompt> prompts = TrainingSets.prompts(session.encoder(options.grading), options.sets.train(), longest - 1,
                    options.sets.source(), run.journal());
            try (Rollout rollout =
                    session.rollout(options.grading.reward(session.template()), Session.BATCH, options.newTokens(longest), longest);
                    Journal.Progress progress = run.journal().progress("samples", "questions", 0, prompts.size())) {
                for (int from = 0; from < prompts.size() && !run.stopRequested(); from += QUESTIONS) {
                    List<Prompt> part = prompts.subList(from, Math.min(from + QUESTIONS, prompts.size()));
                    List<ScoredCompletion> scored = rollout.run(session.model().weights(), part, options.samples, sampling,
                            (long) from * options.samples, n -> {});
                    run.journal().completions(new DrawnCompletions(0, options.samples, scored, null, null, rollout.tokenizer()));
                    for (ScoredCompletion s : scored) {
                        if (s.score().right()) {
                            right.add(new Solution(s.prompt().problem(), s.text()));
                        }
                    }
                    progress.reach(from + part.size());
                }
            }
        }
        return right;
    }

    // ---------------------------------------------------------------- online

    /** What an online run is told, by name; {@code model} is the warmed-up model, which it trains. */
    public static class Online extends TrainingOptions {
        /** Batches of completions to learn from; null: as many as {@link #epochs} passes have. */
        public Integer iterations;
        /** Passes over the questions. */
        public int epochs = ReinforcementRun.PAPER_EPOCHS;
        /** Passes over each batch of completions. */
        public int updateEpochs = 2;
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

        /** The paper's. */
        public Online() {
            lr = 3e-7f;
        }
    }

    /** Trains and leaves the best checkpoint in the run's folder. */
    public static void online(TrainingRun run, Online options) {
        if (run.state().wasFinished()) {
            return;
        }
        try (Session session = Session.open(options.model, options.engine, false, run.journal())) {
            run.journal().message(options.sets.protocol());
            session.trains(options.grading);
            int longest = session.length("--max-length", options.maxLength, Session.LENGTH);
            Encoder encoder = session.encoder(options.grading);
            List<Problem> problems = options.sets.train().stream().filter(p -> encoder.example(p).ids().length <= longest).toList();
            int left = options.sets.train().size() - problems.size();
            if (left > 0) {
                run.journal().message(String.format(Locale.ROOT, "%d of %s %s longer than %d tokens with the gold solution and left out.",
                        left, Count.of(options.sets.train().size(), "question"), left == 1 ? "is" : "are", longest));
            }
            List<Prompt> prompts =
                    TrainingSets.prompts(encoder, problems, Math.min(options.maxPrompt, longest - 1), options.sets.source(), run.journal());
            List<Prompt> dev = options.sets.devPrompts(encoder, longest, run.journal());
            Reward reward = options.grading.reward(session.template());
            options.sets.check(encoder, reward, run.journal());
            try (Rollout rollout =
                    session.rollout(reward, Session.BATCH, options.newTokens(longest), longest, Math.max(options.batchSize, dev.size()))) {
                learn(run, session, options, rollout, prompts, dev);
            }
        }
    }

    private static void learn(TrainingRun run, Session session, Online options, Rollout rollout, List<Prompt> prompts, List<Prompt> dev) {
        int perPass = Math.max(1, prompts.size() / options.batchSize), budget = Math.max(options.tokensPerBatch, rollout.maxTokens());
        int total = options.iterations != null ? options.iterations : RolloutLoop.iterations(options.epochs, perPass);
        LrSchedule schedule = options.schedule(total);
        SelfTraining.Options passes = new SelfTraining.Options(options.updateEpochs,
                options.minibatchSize != null ? options.minibatchSize : options.batchSize, options.temperature, options.seed);
        RolloutLoop loop = new RolloutLoop("self-train", total, options.evalEvery != null ? options.evalEvery : perPass, options.batchSize,
                options.seed);
        BestCheckpoint best = new BestCheckpoint(run, BestCheckpoint.Rule.best(options.sets),
                () -> Evaluation.greedy(rollout, session.model().weights(), dev).first(),
                folder -> session.save(folder, run.models().dtype()));
        try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), options.optimizer, budget);
                SelfTraining training = new SelfTraining(learner, session.encoder(options.grading), session.engine(), passes, budget)) {
            loop.run(run, learner, prompts, (asked, iteration) -> {
                long start = System.nanoTime();
                List<ScoredCompletion> scored = training.sample(rollout, asked, iteration, n -> {});
                SelfTraining.Iteration done = training.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - start) / 1e6);
                return new RolloutLoop.Done(entry(iteration, done, scored), new DrawnCompletions(iteration, 1, scored, null, null,
                        rollout.tokenizer()), String.format(Locale.ROOT, "score %.3f", done.score()));
            }, best, List.of());
        }
    }

    private static Journal.Entry entry(int iteration, SelfTraining.Iteration i, List<ScoredCompletion> scored) {
        return Journal.Entry.at("iteration", iteration).with("score", i.score()).with("accuracy", i.accuracy())
                .with("right_loss", i.rightLoss())
                .with("gold_loss", i.goldLoss()).with("grad_norm", i.gradNorm()).with("actions", i.actions())
                .with("rollout_ms", i.rolloutMs())
                .with("update_ms", i.updateMs()).with("refused", Score.refused(scored.stream().map(ScoredCompletion::score).toList()));
    }
}
