package io.reft.cli;

import com.google.gson.JsonObject;
import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Datasets;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.SamplesFile;
import io.reft.generate.Sampling;
import io.reft.reward.Reward;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.RunFolder;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.SelfTraining.Solution;
import io.reft.train.SelfTraining;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft self-train}: supervised fine-tuning on the model's own right solutions beside the gold ones, the method's rival. */
@Command(name = "self-train", description = {
        "Fine-tunes on the warmed-up model's own right solutions beside the gold ones.",
        "offline: draws --samples of each question once, keeps up to --keep distinct right ones, and fine-tunes --base on them and the gold ones.",
        "online: draws one of each question anew in every iteration, as ppo does; the loss is half that of the right ones, half that of their questions' gold ones."},
        footer = {"  reft self-train --mode offline --model runs/warmup --base checkpoints/base --train svamp.json --out runs/offline",
                "  reft self-train --mode online --model runs/warmup --train svamp.json --out runs/online --iterations 300"})
final class SelfTrainCommand implements Callable<Integer>, Checked {
    enum Mode { OFFLINE, ONLINE }

    /** Questions whose samples are drawn together. */
    private static final int QUESTIONS = 64;

    @Option(names = "--mode", required = true, paramLabel = "offline|online", description = "Whether the solutions are drawn once or anew in every iteration.")
    private Mode mode;

    @Option(names = "--model", paramLabel = "DIR", description = "The warmed-up model, which draws the solutions; online it is trained on.")
    private Path model;

    @Option(names = "--base", paramLabel = "DIR", description = "Offline: the model that is fine-tuned, as it was before the warm-up; its prompts and those of --model are the same.")
    private Path base;

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

    @Option(names = "--samples", defaultValue = "100", paramLabel = "K", description = "Offline: solutions drawn of each question (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(names = "--samples-file", paramLabel = "FILE",
            description = "Offline: samples of the training questions that the warmed-up model gave to reft eval --samples-out, instead of --model and --samples.")
    private Path samplesFile;

    @Option(names = "--keep", defaultValue = "10", paramLabel = "N",
            description = "Offline: most right solutions kept of a question: the first ones whose texts differ (default: ${DEFAULT-VALUE}).")
    private int keep;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the examples, or online over the questions (default: 20; online 300).")
    private Integer epochs;

    @Option(names = "--iterations", paramLabel = "N", description = "Online: batches of completions to learn from, instead of --epochs.")
    private Integer iterations;

    @Option(names = "--update-epochs", defaultValue = "2", paramLabel = "N", description = "Online: passes over each batch of completions (default: ${DEFAULT-VALUE}).")
    private int updateEpochs;

    @Option(names = "--lr", paramLabel = "LR", description = "Learning rate, offline its peak (default: 1e-5; online 3e-7).")
    private Float lr;

    @Option(names = "--warmup-ratio", defaultValue = "0.1", paramLabel = "R",
            description = "Offline: share of the steps in which the rate rises; then it falls to 0, both linearly (default: ${DEFAULT-VALUE}).")
    private float warmupRatio;

    @Option(names = "--lr-warmup", defaultValue = "0", paramLabel = "N", description = "Online: iterations in which the rate rises (default: ${DEFAULT-VALUE}).")
    private int lrWarmup;

    @Option(names = "--batch-size", paramLabel = "N", description = "Examples of one optimizer step, or online questions of one iteration (default: 48; online 32).")
    private Integer batchSize;

    @Option(names = "--minibatch-size", paramLabel = "N", description = "Online: completions of one optimizer step (default: all of the iteration).")
    private Integer minibatchSize;

    @Option(names = "--max-prompt", defaultValue = "300", paramLabel = "N", description = "Online: questions with longer prompts are left out (default: ${DEFAULT-VALUE}).")
    private int maxPrompt;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest question and solution in tokens (default: 1024, online 700, or the model's positions).")
    private Integer maxLength;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T", description = "Of the sampling (default: ${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--eval-every", paramLabel = "N",
            description = "Epochs, or online iterations, from one judgement of the model to the next (default: 1; online a pass over the questions).")
    private Integer evalEvery;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    private record Kept(String item_id, String completion) {}

    private record Drawn(int questions, int right, int kept, int solved, int examples) {}

    private record Metric(int iteration, double score, double accuracy, double right_loss, double gold_loss, double grad_norm, double actions,
                          double rollout_ms, double update_ms, Map<String, Integer> refused) {
        static Metric of(int iteration, SelfTraining.Iteration i, List<ScoredCompletion> scored) {
            return new Metric(iteration, i.score(), i.accuracy(), i.rightLoss(), i.goldLoss(), i.gradNorm(), i.actions(), i.rolloutMs(), i.updateMs(),
                    Score.refused(scored.stream().map(ScoredCompletion::score).toList()));
        }
    }

    @Override
    public void check() {
        data.checkStrict();
        if (samples < 1 || keep < 1 || updateEpochs < 1 || maxPrompt < 1 || lrWarmup < 0 || !(temperature > 0) || !(warmupRatio >= 0 && warmupRatio <= 1)
                || lr != null && !(lr > 0) || epochs != null && epochs < 1 || iterations != null && iterations < 1 || batchSize != null && batchSize < 1
                || minibatchSize != null && minibatchSize < 1 || evalEvery != null && evalEvery < 1) {
            throw new InputError("Counts, sizes, --lr and --temperature are above 0, --lr-warmup at least 0, --warmup-ratio from 0 to 1.");
        }
        if ((mode == Mode.OFFLINE) != (base != null)) {
            throw new InputError(base == null ? "--mode offline fine-tunes the model as it was before the warm-up: name it with --base."
                    : "--base is for --mode offline; online self-training goes on from --model.");
        }
        if (mode == Mode.ONLINE && samplesFile != null) {
            throw new InputError("--samples-file is for --mode offline; online the model draws its samples as it learns.");
        }
        if ((model == null) == (samplesFile == null)) {
            throw new InputError(model == null ? "Name the warmed-up model with --model." : "--model and --samples-file both say where the samples come from: give one of them.");
        }
        if (mode == Mode.OFFLINE && iterations != null) {
            throw new InputError("--iterations is for --mode online; offline there are --epochs.");
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
        int every = mode == Mode.OFFLINE && evalEvery == null ? 1 : evalEvery == null ? 0 : evalEvery;
        int passes = epochs != null ? epochs : mode == Mode.OFFLINE ? 20 : PpoCommand.PAPER_EPOCHS;
        Selection.Sets sets = selection.sets(train, mode == Mode.ONLINE || passes > every, engine.seed);
        RunFolder run = target.create("self-train", command);
        TrainingState state = target.state(run);
        if (state.wasFinished()) {
            return 0;
        }
        try (Interrupt interrupt = new Interrupt(); run) {
            return mode == Mode.OFFLINE ? offline(run, state, sets, passes, every, interrupt) : online(run, state, sets, passes, every, interrupt);
        }
    }

    // ---------------------------------------------------------------- offline

    private int offline(RunFolder run, TrainingState state, Selection.Sets sets, int passes, int every, Interrupt interrupt) {
        Checkpoint.open(base).close();
        List<Solution> right = state.resumes() ? List.of() : samplesFile != null ? drawn(sets.train()) : draw(sets.train(), interrupt);
        if (interrupt.requested()) {
            return 130;
        }
        List<Solution> kept = state.resumes() ? keptBefore(run, sets.train()) : SelfTraining.distinct(right, keep);
        try (Session session = Session.open(base, engine, false)) {
            System.err.println(sets.protocol());
            int longest = session.length("--max-length", maxLength, 1024);
            Encoder encoder = session.encoder(data);
            List<Example> examples = FineTuning.within(SelfTraining.joined(sets.train(), kept, encoder), longest, train);
            List<Prompt> judges = sets.prompts(encoder, longest);
            int solved = (int) kept.stream().map(s -> s.problem().id()).distinct().count();
            if (!state.resumes()) {
                kept.forEach(solution -> run.sample(new Kept(solution.problem().id(), solution.text())));
                run.metric(new Drawn(sets.train().size(), right.size(), kept.size(), solved, examples.size()));
            }
            System.err.printf("%d right solutions of %d questions kept; %d examples with the gold ones.%n", kept.size(), solved, examples.size());
            FineTuning tuning = new FineTuning(passes, passes, every, 0, lr != null ? lr : 1e-5f, batchSize != null ? batchSize : 48, warmupRatio,
                    optimizer.adamW(), Math.max(optimizer.tokensPerBatch, longest), engine.seed);
            try (Rollout rollout = session.rollout(data.reward(session.template()), Session.BATCH, longest, longest, judges.size())) {
                tuning.run(session, run, state, examples, new BestCheckpoint(session, run, rollout, judges, sets), interrupt);
            }
        }
        return 0;
    }

    /** Those that the run kept before it was stopped. */
    private List<Solution> keptBefore(RunFolder run, List<Problem> problems) {
        Map<String, Problem> learnt = problems.stream().collect(Collectors.toMap(Problem::id, p -> p));
        List<Solution> kept = new ArrayList<>();
        for (JsonObject sample : run.samples()) {
            Problem problem = learnt.get(sample.get("item_id").getAsString());
            if (problem == null) {
                throw new InputError("%s has changed since this run was started: %s is no longer learnt from.", train, sample.get("item_id").getAsString());
            }
            kept.add(new Solution(problem, sample.get("completion").getAsString()));
        }
        return kept;
    }

    /** The right ones among the samples of a file, in its order. */
    private List<Solution> drawn(List<Problem> problems) {
        Map<String, Problem> learnt = problems.stream().collect(Collectors.toMap(Problem::id, p -> p));
        Set<String> known = Datasets.read(train).stream().map(Problem::id).collect(Collectors.toSet());
        return SamplesFile.read(samplesFile, known).stream().filter(s -> s.score().right() && learnt.containsKey(s.itemId()))
                .map(s -> new Solution(learnt.get(s.itemId()), s.completion())).toList();
    }

    /** The right ones among samples of all problems, in the order of the problems. */
    private List<Solution> draw(List<Problem> problems, Interrupt interrupt) {
        List<Solution> right = new ArrayList<>();
        Sampling sampling = new Sampling(temperature, 0, 1, engine.seed);
        try (Session session = Session.open(model, engine, false)) {
            int longest = session.length("--max-length", maxLength, 1024);
            List<Prompt> prompts = DataOptions.prompts(session.encoder(data), problems, longest - 1, train.toString());
            try (Rollout rollout = session.rollout(data.reward(session.template()), Session.BATCH, longest, longest);
                    Progress progress = new Progress("samples", "questions", prompts.size())) {
                for (int from = 0; from < prompts.size() && !interrupt.requested(); from += QUESTIONS) {
                    List<Prompt> part = prompts.subList(from, Math.min(from + QUESTIONS, prompts.size()));
                    rollout.run(session.model().weights(), part, samples, sampling, (long) from * samples, n -> {}).stream()
                            .filter(s -> s.score().right()).forEach(s -> right.add(new Solution(s.prompt().problem(), s.text())));
                    progress.step(part.size());
                }
            }
        }
        return right;
    }

    // ---------------------------------------------------------------- online

    private int online(RunFolder run, TrainingState state, Selection.Sets sets, int passes, int every, Interrupt interrupt) {
        try (Session session = Session.open(model, engine, false)) {
            System.err.println(sets.protocol());
            int longest = session.length("--max-length", maxLength, 700);
            Encoder encoder = session.encoder(data);
            List<Problem> problems = sets.train().stream().filter(p -> encoder.example(p).ids().length <= longest).toList();
            List<Prompt> prompts = DataOptions.prompts(encoder, problems, Math.min(maxPrompt, longest - 1), train.toString());
            List<Prompt> judges = sets.prompts(encoder, longest);
            int batch = batchSize != null ? batchSize : 32, perPass = Math.max(1, prompts.size() / batch);
            int budget = Math.max(optimizer.tokensPerBatch, longest);
            LrSchedule schedule = new LrSchedule(lr != null ? lr : 3e-7f, lrWarmup, 0);
            SelfTraining.Options options = new SelfTraining.Options(updateEpochs, minibatchSize != null ? minibatchSize : batch, temperature, engine.seed);
            Iterations loop = new Iterations("self-train", iterations != null ? iterations : perPass * passes, every > 0 ? every : perPass, batch, engine.seed);
            Reward reward = data.reward(session.template());
            DataOptions.audit(reward, data.cot, data.template(session.template()), sets.train(), train.toString());
            try (Rollout rollout = session.rollout(reward, Session.BATCH, longest, longest, Math.max(batch, judges.size()));
                    Learner learner = new Learner(session.model(), session.transformer(), session.engine(), optimizer.adamW(), budget);
                    SelfTraining training = new SelfTraining(learner, encoder, session.engine(), options, budget)) {
                loop.run(prompts, run, state, learner, new BestCheckpoint(session, run, rollout, judges, sets), interrupt, (asked, iteration) -> {
                    long start = System.nanoTime();
                    List<ScoredCompletion> scored = training.sample(rollout, asked, iteration, n -> {});
                    SelfTraining.Iteration done = training.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - start) / 1e6);
                    return new Iterations.Done(Metric.of(iteration, done, scored), scored, String.format(Locale.ROOT, "score %.3f", done.score()));
                });
            }
        }
        return 0;
    }
}
