package io.reft.run;

import io.reft.Count;
import io.reft.InputError;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Evaluation;
import io.reft.rollout.Rollout;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Sft;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Supervised fine-tuning of a checkpoint on gold solutions, the method's warm-up ({@code reft sft}). */
public final class SupervisedRun {
    private static final int MAX_LENGTH = 1024;

    private SupervisedRun() {}

    /** What such a run is told, by name. */
    public static class Options extends TrainingOptions {
        /** Passes over the examples that the learning rate is planned for. */
        public double epochs = 2;
        /** The pass after which to stop; null: the last. The paper's warm-up is so the beginning of its SFT. */
        public Double stopAfter;
        /** Examples of one optimizer step. */
        public int batchSize = 48;
        /** Passes from one judgement of the model to the next. */
        public int evalEvery = 1;
        /** A pass whose model is kept besides; 0: none. */
        public int keepEpoch;
        /** Where that goes; null: {@link SupervisedRun#folder} within the run's. */
        public Path keepIn;

        /** The method's defaults. */
        public Options() {
            lr = 1e-5f;
            schedule = LrSchedule.Shape.LINEAR;
            warmupRatio = 0.1f;
        }

        double last() {
            return stopAfter != null ? stopAfter : epochs;
        }
    }

    /** The name of the folder within the run's that holds the model after {@link Options#keepEpoch}. */
    public static String folder(int epoch) {
        return "epoch-" + epoch;
    }

    /** Trains and leaves the best checkpoint in the run's folder. */
    public static void train(TrainingRun run, Options options) {
        if (run.state().wasFinished()) {
            return;
        }
        try (Session session = Session.open(options.model, options.engine, false, run.journal())) {
            run.journal().message(options.sets.protocol());
            for (Problem problem : options.sets.train()) {
                if (problem.cot() == null) {
                    throw new InputError("%s of %s has no solution, so it cannot be trained on; ppo and eval need none.", problem.id(),
                            options.sets.source());
                }
            }
            train(run, session, options, encoder -> options.sets.train().stream().map(encoder::example).toList());
        }
    }

    /** Fine-tunes an opened checkpoint on examples, those too long left out: what self-training does too. */
    static void train(TrainingRun run, Session session, Options options, Function<Encoder, List<Example>> source) {
        session.trains(options.grading);
        int longest = session.length("--max-length", options.maxLength, MAX_LENGTH), budget = Math.max(options.tokensPerBatch, longest);
        session.indentAs(options.sets.train());
        Encoder encoder = session.encoder(options.grading);
        options.sets.check(encoder, options.grading.reward(session.template()), run.journal());
        List<Example> examples = within(source.apply(encoder), longest, options.sets.source(), run.journal());
        List<Prompt> dev = options.sets.devPrompts(encoder, longest, run.journal());
        EpochLoop loop =
                new EpochLoop("sft", options.epochs, options.last(), options.evalEvery, options.batchSize, options::schedule, options.seed);
        try (Rollout rollout =
                session.rollout(options.grading.reward(session.template()), Session.BATCH, options.newTokens(longest), longest, dev.size());
                Learner learner = new Learner(session.model(), session.transformer(), session.engine(), options.optimizer, budget);
                Sft sft = new Sft(learner, session.engine(), budget)) {
            BestCheckpoint best = new BestCheckpoint(run, BestCheckpoint.Rule.best(options.sets),
                    () -> Evaluation.greedy(rollout, session.model().weights(), dev).first(),
                    folder -> session.save(folder, run.models().dtype()));
            loop.run(run, learner, examples, sft::step, best, List.of(keeper(run, session, options)));
        }
    }

    /** Keeps the model after one epoch in a folder of its own. */
    private static Watcher keeper(TrainingRun run, Session session, Options options) {
        return (unit, epoch) -> {
            if (epoch == options.keepEpoch) {
                session.save(options.keepIn != null ? options.keepIn : run.folder().resolve(folder(epoch)), run.models().dtype());
            }
        };
    }

    private static List<Example> within(List<Example> all, int longest, String source, Journal journal) {
        List<Example> kept = all.stream().filter(e -> e.ids().length <= longest).toList();
        if (kept.isEmpty()) {
            throw new InputError("%s has no example of at most %d tokens: raise --max-length.", source, longest);
        }
        if (kept.size() < all.size()) {
            journal.message(String.format(Locale.ROOT, "%d of %s %s longer than %d tokens and left out.", all.size() - kept.size(),
                    Count.of(all.size(), "example"), all.size() - kept.size() == 1 ? "is" : "are", longest));
        }
        return kept;
    }
}
