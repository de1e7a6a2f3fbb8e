package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.Split;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.Sample;
import io.reft.evaluate.SamplesFile;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.rollout.Rollout;
import io.reft.run.RunFolder;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Reranker;
import io.reft.train.RerankerTraining.Labelled;
import io.reft.train.RerankerTraining;
import io.reft.train.Sft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft rerank train}: a reranker from samples known to be right or wrong. */
@Command(name = "train", description = {"Trains a reranker: a classifier, right or wrong, on the last token of question and solution, which starts from a trained model.",
        "Its examples are samples of the training questions, each distinct text of a question once. The epoch is kept that picks right "
                + "solutions most often on questions set aside (of equals the later). The result opens in transformers as a model for sequence classification."},
        footer = "  reft rerank train --model runs/reft --data svamp.json --samples 16 --out runs/reranker")
final class RerankTrainCommand implements Callable<Integer>, Checked {
    /** At most this many questions judge an epoch. */
    private static final int MAX_DEV = 500;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "The best SFT or ReFT model: where the reranker starts, and what --samples asks.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "The training problems with answers (ReFT JSON).")
    private Path file;

    @Option(names = "--samples-file", paramLabel = "FILE", description = "Samples of them, as reft eval --samples-out writes them; may be given several times.")
    private List<Path> samplesFiles = List.of();

    @Option(names = "--samples", paramLabel = "K", description = "Draw K samples of each question from --model, instead of or beside --samples-file (the paper: 100).")
    private Integer samples;

    @Option(names = "--samples-out", paramLabel = "FILE", description = "Keep the samples drawn by --samples in FILE.")
    private Path samplesOut;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new reranker's folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

    @Mixin
    private Recipe recipe;

    @Mixin
    private DataOptions data;

    @Option(names = "--epochs", defaultValue = "3", paramLabel = "N", description = "Passes over the samples (default: ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--lr", defaultValue = "1e-6", paramLabel = "LR", description = "Peak learning rate; a small model may need more (default: ${DEFAULT-VALUE}).")
    private float lr;

    @Option(names = "--batch-size", defaultValue = "48", paramLabel = "N", description = "Samples of one optimizer step (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Share of the steps in which the rate rises; then it falls to 0, both linearly (default: ${DEFAULT-VALUE}).")
    private float warmupRatio;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest question and solution in tokens; longer samples are left out (default: 700, or the model's positions).")
    private Integer maxLength;

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
    public void check() {
        data.checkStrict();
        if (epochs < 1 || batchSize < 1 || tokensPerBatch < 2 || !(lr > 0) || !(warmupRatio >= 0 && warmupRatio <= 1) || !(temperature > 0)
                || samples != null && samples < 1) {
            throw new InputError("--epochs, --batch-size, --samples, --temperature and --lr are above 0, --tokens-per-batch above 1, --warmup-ratio from 0 to 1.");
        }
        if (samples == null && (samplesFiles.isEmpty() || samplesOut != null)) {
            throw new InputError(samplesFiles.isEmpty() ? "There is nothing to learn from: give --samples-file FILE, or --samples K to draw some."
                    : "--samples-out is for samples that --samples draws.");
        }
    }

    @Override
    public Integer call() {
        check();
        List<Problem> problems = Datasets.read(file);
        Set<String> known = problems.stream().map(Problem::id).collect(Collectors.toSet());
        List<Sample> all = new ArrayList<>();
        samplesFiles.forEach(f -> all.addAll(SamplesFile.read(f, known)));
        RunFolder run = RunFolder.create(out, "rerank train", OptionValues.of(command), overwrite);
        try (Interrupt interrupt = new Interrupt(); run; Session session = Session.open(model, engine, false)) {
            int longest = session.length("--max-length", maxLength, 700);
            if (samples != null) {
                all.addAll(draw(session, problems, longest));
            }
            Map<Problem, List<Labelled>> solutions = solutions(session.encoder(data), problems, all, longest);
            train(session, run, solutions, longest, interrupt);
        }
        return 0;
    }

    private List<Sample> draw(Session session, List<Problem> problems, int longest) {
        List<Prompt> prompts = DataOptions.prompts(session.encoder(data), problems, longest - 1, file.toString());
        try (Rollout rollout = session.rollout(data.reward(session.template()), Session.BATCH, longest, longest);
                Progress progress = new Progress("samples", "completions", (long) prompts.size() * samples)) {
            List<Sample> drawn = Evaluation.of(rollout, session.model().weights(), prompts, samples, new Sampling(temperature, 0, 1, engine.seed),
                    progress::reach).all();
            if (samplesOut != null) {
                SamplesFile.write(samplesOut, drawn);
            }
            return drawn;
        }
    }

    /** The distinct solutions of each question that has any, in the questions' order. */
    private Map<Problem, List<Labelled>> solutions(Encoder encoder, List<Problem> problems, List<Sample> all, int longest) {
        Map<String, List<Sample>> byQuestion = all.stream().collect(Collectors.groupingBy(Sample::itemId));
        Map<Problem, List<Labelled>> solutions = new LinkedHashMap<>();
        int right = 0, wrong = 0, tooLong = 0;
        for (Problem problem : problems) {
            Set<String> seen = new HashSet<>();
            List<Labelled> distinct = new ArrayList<>();
            for (Sample sample : byQuestion.getOrDefault(problem.id(), List.of())) {
                if (!seen.add(sample.completion())) {
                    continue;
                }
                Labelled solution = new Labelled(encoder.solution(problem, sample.completion()), sample.score().right());
                if (solution.ids().length > longest) {
                    tooLong++;
                    continue;
                }
                distinct.add(solution);
                right += solution.right() ? 1 : 0;
                wrong += solution.right() ? 0 : 1;
            }
            if (!distinct.isEmpty()) {
                solutions.put(problem, distinct);
            }
        }
        if (right == 0 || wrong == 0) {
            throw new InputError("Of the %d distinct samples all are %s: a reranker needs both right and wrong ones.", right + wrong, wrong == 0 ? "right" : "wrong");
        }
        System.err.printf("%d distinct samples of %d questions: %d right, %d wrong%s.%n", right + wrong, solutions.size(), right, wrong,
                tooLong > 0 ? "; " + tooLong + " longer than " + longest + " tokens are left out" : "");
        return solutions;
    }

    private void train(Session session, RunFolder run, Map<Problem, List<Labelled>> solutions, int longest, Interrupt interrupt) {
        List<Problem> learnt = List.copyOf(solutions.keySet()), judges = List.of();
        if (epochs > 1 && new HashSet<>(learnt.stream().map(Problem::question).toList()).size() > 1) {
            Split split = Split.of(learnt, Math.min(MAX_DEV, Math.max(1, learnt.size() / 10)), engine.seed);
            System.err.println(split.statement());
            learnt = split.train();
            judges = split.dev();
        }
        List<Labelled> examples = learnt.stream().flatMap(p -> solutions.get(p).stream()).toList();
        List<List<Labelled>> dev = judges.stream().map(solutions::get).toList();
        int budget = Math.max(tokensPerBatch, longest), perEpoch = (examples.size() + batchSize - 1) / batchSize, total = epochs * perEpoch, step = 0;
        LrSchedule schedule = new LrSchedule(lr, Math.round(warmupRatio * total), total);
        Accuracy best = null;
        try (Model classifier = session.model().classifier(Reranker.LABELS.size());
                Learner learner = new Learner(classifier, session.transformer(), session.engine(), AdamW.Options.DEFAULT, budget);
                RerankerTraining training = new RerankerTraining(learner, session.engine(), budget);
                Reranker reranker = new Reranker(classifier, session.engine());
                Progress progress = new Progress("reranker", "steps", total)) {
            for (int epoch = 1; epoch <= epochs && !interrupt.requested(); epoch++) {
                for (List<Labelled> batch : Sft.batches(examples, batchSize, engine.seed, epoch)) {
                    long start = System.nanoTime();
                    float rate = schedule.at(step++);
                    RerankerTraining.Step done = training.step(batch, rate);
                    run.metric(new StepMetric(step, (double) step / perEpoch, done.loss(), rate, done.gradNorm(), done.tokens() / ((System.nanoTime() - start) / 1e9)));
                    progress.note(String.format("loss %.3f", done.loss()));
                    progress.step();
                    if (interrupt.requested()) {
                        break;
                    }
                }
                if (!dev.isEmpty() && !interrupt.requested()) {
                    Accuracy accuracy = picksRight(reranker, dev);
                    run.metric(new EpochMetric(epoch, accuracy.value(), accuracy.low(), accuracy.high()));
                    System.err.printf("epoch %d: picks a right solution on %s of %d questions%n", epoch, accuracy, accuracy.total());
                    if (best != null && accuracy.right() < best.right()) {
                        continue;
                    }
                    best = accuracy;
                    session.saveReranker(run.folder(), classifier);
                }
            }
            if (best == null) {
                session.saveReranker(run.folder(), classifier);
            }
        }
        System.out.println(run.folder() + (best == null ? ": the reranker after step " + step
                : ": the epoch that picks a right solution on " + best + " of " + best.total() + " questions set aside"));
    }

    /** On how many questions the solution judged best is right; of equals the first. */
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
