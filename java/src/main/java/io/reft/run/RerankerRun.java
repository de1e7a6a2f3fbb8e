package io.reft.run;

import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.JsonFields;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.Split;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Reranker;
import io.reft.evaluate.Sample;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.rollout.Rollout;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.RerankerTraining;
import io.reft.train.RerankerTraining.Labelled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Training of a reranker: a classifier of right and wrong solutions that starts from a trained model ({@code reft rerank train}). */
public final class RerankerRun {
    /** At most this many questions judge an epoch. */
    private static final int MAX_DEV = 500;

    private RerankerRun() {}

    /** What such a run is told, by name; {@code sets} has the problems alone, a part of which is set aside here. */
    public static class Options extends TrainingOptions {
        /** Samples of the problems that there are already. */
        public List<Sample> drawn = List.of();
        /** Samples of each problem to draw from the model besides; 0: none. */
        public int samples;
        /** Of the sampling. */
        public float temperature = 1;
        /** Told what was drawn. */
        public Consumer<List<Sample>> keepDrawn = drawn -> {};
        /** Passes over the samples. */
        public double epochs = 3;
        /** Samples of one optimizer step. */
        public int batchSize = 48;

        /** The paper's. */
        public Options() {
            lr = 1e-6f;
            schedule = LrSchedule.Shape.LINEAR;
            warmupRatio = 0.1f;
        }
    }

    /** A distinct solution of a question, and whether it is right. */
    private record Judged(Problem problem, String completion, boolean right) {}

    /** Trains and leaves the reranker in the run's folder. */
    public static void train(TrainingRun run, Options options) {
        if (run.state().wasFinished()) {
            return;
        }
        try (Session session = Session.open(options.model, options.engine, false, run.journal())) {
            session.trains(options.grading);
            int longest = session.length("--max-length", options.maxLength, Session.LENGTH);
            List<Judged> judged;
            if (run.state().resumes()) {
                judged = learntBefore(run, options.sets);
            } else {
                List<Sample> all = new ArrayList<>(options.drawn);
                if (options.samples > 0) {
                    all.addAll(draw(run, session, options, longest));
                }
                judged = distinct(options.sets.train(), all);
                check(judged);
                judged.forEach(
                        j -> run.journal().sample(new Journal.Entry().with("item_id", j.problem.id()).with("completion", j.completion)
                                .with("right", j.right)));
            }
            train(run, session, options, solutions(run, session.encoder(options.grading), judged, longest), longest);
        }
    }

    private static List<Sample> draw(TrainingRun run, Session session, Options options, int longest) {
        List<Prompt> prompts =
                TrainingSets.prompts(session.encoder(options.grading), options.sets.train(), longest - 1, options.sets.source(),
                        run.journal());
        try (Rollout rollout =
                session.rollout(options.grading.reward(session.template()), Session.BATCH, options.newTokens(longest), longest);
                Journal.Progress progress = run.journal().progress("samples", "completions", 0, (long) prompts.size() * options.samples)) {
            List<Sample> drawn = Evaluation.of(rollout, session.model().weights(), prompts, options.samples,
                    new Sampling(options.temperature, 0, 1, options.seed), progress::reach).all();
            options.keepDrawn.accept(drawn);
            return drawn;
        }
    }

    /** The distinct solutions of each question, in the questions' order. */
    private static List<Judged> distinct(List<Problem> problems, List<Sample> all) {
        Map<String, List<Sample>> byQuestion = all.stream().collect(Collectors.groupingBy(Sample::itemId));
        List<Judged> distinct = new ArrayList<>();
        for (Problem problem : problems) {
            Set<String> seen = new HashSet<>();
            for (Sample sample : byQuestion.getOrDefault(problem.id(), List.of())) {
                if (seen.add(sample.completion())) {
                    distinct.add(new Judged(problem, sample.completion(), sample.score().right()));
                }
            }
        }
        return distinct;
    }

    private static void check(List<Judged> judged) {
        long right = judged.stream().filter(Judged::right).count();
        if (judged.isEmpty()) {
            throw new InputError("There are no samples of these problems: a reranker needs both right and wrong ones.");
        }
        if (right == 0 || right == judged.size()) {
            throw new InputError("%s %s: a reranker needs both right and wrong ones.",
                    judged.size() == 1 ? "The only distinct sample is" : "All " + judged.size() + " distinct samples are",
                    right == 0 ? "wrong" : "right");
        }
    }

    /** What the run learnt from before it was stopped. */
    private static List<Judged> learntBefore(TrainingRun run, TrainingSets sets) {
        Map<String, Problem> byId = new HashMap<>();
        sets.train().forEach(p -> byId.put(p.id(), p));
        List<Judged> judged = new ArrayList<>();
        for (JsonFields sample : run.samples()) {
            Problem problem = byId.get(sample.text("item_id"));
            if (problem == null) {
                throw new InputError("%s has changed since this run was started: %s is no longer learnt from.", sets.source(),
                        sample.text("item_id"));
            }
            judged.add(new Judged(problem, sample.text("completion"), sample.flag("right", false)));
        }
        return judged;
    }

    /** The token ids of each question's solutions; those that are too long are left out. */
    private static Map<Problem, List<Labelled>> solutions(TrainingRun run, Encoder encoder, List<Judged> judged, int longest) {
        Map<Problem, List<Labelled>> solutions = new LinkedHashMap<>();
        int right = 0, wrong = 0, tooLong = 0;
        for (Judged j : judged) {
            Labelled solution = new Labelled(encoder.solution(j.problem, j.completion), j.right);
            if (solution.ids().length > longest) {
                tooLong++;
                continue;
            }
            solutions.computeIfAbsent(j.problem, p -> new ArrayList<>()).add(solution);
            right += j.right ? 1 : 0;
            wrong += j.right ? 0 : 1;
        }
        if (right == 0 || wrong == 0) {
            throw new InputError("%s: a reranker needs both right and wrong ones; raise --max-length.",
                    right + wrong == 0 ? "No sample has at most " + longest + " tokens"
                            : right + wrong == 1 ? "The only sample within " + longest + " tokens is " + (right == 0 ? "wrong" : "right")
                            : "All " + (right + wrong) + " samples within " + longest + " tokens are " + (right == 0 ? "wrong" : "right"));
        }
        run.journal().message(String.format(Locale.ROOT, "%s of %s: %d right, %d wrong%s.", Count.of(right + wrong, "distinct sample"),
                Count.of(solutions.size(), "question"), right, wrong,
                tooLong > 0 ? "; " + tooLong + " longer than " + longest + " tokens " + (tooLong == 1 ? "is" : "are") + " left out" : ""));
        return solutions;
    }

    private static void train(TrainingRun run, Session session, Options options, Map<Problem, List<Labelled>> solutions, int longest) {
        TrainingSets sets = sets(List.copyOf(solutions.keySet()), options);
        run.journal().message(sets.protocol());
        List<Labelled> examples = sets.train().stream().flatMap(p -> solutions.get(p).stream()).toList();
        List<List<Labelled>> dev = sets.dev().stream().map(solutions::get).toList();
        int budget = Math.max(options.tokensPerBatch, longest);
        EpochLoop loop = new EpochLoop("reranker", options.epochs, options.epochs, 1, options.batchSize, options::schedule, options.seed);
        try (Model classifier = session.model().classifier(Reranker.LABELS.size());
                Learner learner = new Learner(classifier, session.transformer(), session.engine(), options.optimizer, budget);
                RerankerTraining training = new RerankerTraining(learner, session.engine(), budget);
                Reranker reranker = new Reranker(classifier, session.engine())) {
            BestCheckpoint best =
                    new BestCheckpoint(run, new BestCheckpoint.Rule(BestCheckpoint.Keep.LATEST_BEST, sets, "share of right picks"),
                            () -> picksRight(reranker, dev), folder -> session.saveReranker(folder, classifier, run.models().dtype()));
            loop.run(run, learner, examples, training::step, best, List.of());
        }
    }

    /** A tenth of the questions is set aside where there are epochs to choose from. */
    private static TrainingSets sets(List<Problem> learnt, Options options) {
        boolean several = options.epochs > 1 && learnt.stream().map(Problem::question).distinct().count() > 1;
        if (!several) {
            return TrainingSets.all(learnt, options.sets.source());
        }
        Split split = Split.of(learnt, Math.clamp(learnt.size() / 10, 1, MAX_DEV), options.seed);
        return new TrainingSets(split.train(), split.dev(), "dev", split.statement(), options.sets.source());
    }

    /** On how many questions the solution judged best is right; ties take the first. */
    private static Accuracy picksRight(Reranker reranker, List<List<Labelled>> questions) {
        double[] scores = reranker.score(questions.stream().flatMap(List::stream).map(Labelled::ids).toList(), n -> {});
        int right = 0, at = 0;
        for (List<Labelled> solutions : questions) {
            int best = 0;
            for (int i = 1; i < solutions.size(); i++) {
                best = scores[at + i] > scores[at + best] ? i : best;
            }
            right += solutions.get(best).right() ? 1 : 0;
            at += solutions.size();
        }
        return new Accuracy(right, questions.size());
    }
}
