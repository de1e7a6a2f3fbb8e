package io.reft.reproduce;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.kernels.Engine;
import io.reft.reward.Grading;
import io.reft.rollout.Rollout;
import io.reft.run.BestCheckpoint;
import io.reft.run.Curves;
import io.reft.run.Journal;
import io.reft.run.ReinforcementRun;
import io.reft.run.RunFolder;
import io.reft.run.Session;
import io.reft.run.SupervisedRun;
import io.reft.run.TrainingOptions;
import io.reft.run.TrainingRun;
import io.reft.run.TrainingSets;
import io.reft.run.TrainingState;
import io.reft.train.AdamW;
import io.reft.train.Gae;
import io.reft.watch.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The whole method on a tiny model, from random weights: warm-up by SFT, then ReFT, beside SFT carried on to its best epoch on the same
 * questions; judged on questions that neither saw. The two trainings are ordinary runs in folders of their own within the demo's.
 */
public final class Demo {
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
    private static final int VOTERS = 16, MAX_NEW_TOKENS = 64, EXAMPLES_SHOWN = 3, INTERRUPTED = 130;
    /**
     * What is asked for.
     *
     * @param out       where models, records and curves go
     * @param resume    whether the demo in it goes on where it was stopped
     * @param saveEvery steps, then iterations, from one state to the next; null: every ten minutes
     * @param seed      of everything random
     * @param engine    opens what it computes on
     * @param recorded  all of this as the runs' records have it
     */
    public record Options(Path out, boolean resume, Integer saveEvery, long seed, Supplier<Engine> engine, Map<String, ?> recorded) {}

    private record Summary(double warmup_accuracy, double sft_accuracy, double reft_accuracy, double sft_vote16, double reft_vote16,
                           int test_questions,
                           double seconds) {}

    private final Options options;
    private final Journal.Listener listener;
    private final DemoProblems problems;
    private final Map<String, String> sftRecipe, ppoRecipe;
    private final Path warmup, sft, reft;

    /** A demo of other problems by other recipes, for tests. */
    Demo(Options options, Journal.Listener listener, DemoProblems problems, Map<String, String> sftRecipe, Map<String, String> ppoRecipe) {
        this.options = options;
        this.listener = listener;
        this.problems = problems;
        this.sftRecipe = sftRecipe;
        this.ppoRecipe = ppoRecipe;
        warmup = options.out.resolve("warmup");
        sft = options.out.resolve("sft");
        reft = options.out.resolve("reft");
    }

    /** Runs the demo; gives the exit code: 0, or 130 where it was stopped. */
    public static int run(Options options, Journal.Listener listener) throws IOException {
        return new Demo(options, listener, DemoProblems.of(options.seed), Recipes.values("demo/demo-python", "sft"),
                Recipes.values("demo/demo-python", "ppo")).run();
    }

    int run() throws IOException {
        long began = System.nanoTime();
        Set<String> free = Set.of("out", "resume", "save-every", "watch", "device", "threads", "matmul");
        try (RunFolder run = options.resume ? RunFolder.resume(options.out, "demo", options.recorded, free)
                : RunFolder.create(options.out, "demo", options.recorded, true)) {
            if (!options.resume) {
                prepare(run.folder());
            }
            return train("sft", sft, options.out.resolve("start"), this::warmUp) && train("ppo", reft, warmup, this::reinforce)
                    ? report(began) : INTERRUPTED;
        }
    }

    private void prepare(Path folder) throws IOException {
        Datasets.write(folder.resolve("train.json"), problems.train());
        Datasets.write(folder.resolve("dev.json"), problems.dev());
        Datasets.write(folder.resolve("test.json"), problems.test());
        TrainingState.discard(sft); // an earlier demo's
        TrainingState.discard(reft);
        DemoModel.write(folder, options.engine, options.seed);
    }

    /** One of the two trainings. */
    private interface Training {
        void run(TrainingRun run);
    }

    /** Runs what is left of a training of a model; false where it was stopped. */
    private boolean train(String command, Path out, Path model, Training training) {
        if (TrainingState.isFinished(out)) {
            return true;
        }
        boolean resume = TrainingState.isIn(out);
        TrainingRun.Target target = new TrainingRun.Target(out, !resume, resume, options.saveEvery);
        try (TrainingRun run = TrainingRun.open(target, command, options.recorded, List.of(model), listener)) {
            training.run(run);
            return !run.stopRequested();
        }
    }

    /** SFT from random weights; the model after the warm-up's epochs is kept besides. */
    private void warmUp(TrainingRun run) {
        SupervisedRun.Options o = with(new SupervisedRun.Options(), sftRecipe);
        o.model = options.out.resolve("start");
        o.epochs = whole(sftRecipe, "epochs");
        o.lr = number(sftRecipe, "lr");
        o.warmupRatio = number(sftRecipe, "warmup-ratio");
        o.firstStepLearns = true;
        o.batchSize = whole(sftRecipe, "batch-size");
        o.evalEvery = whole(sftRecipe, "eval-every");
        o.keepEpoch = whole(sftRecipe, "stop-after");
        o.keepIn = warmup;
        SupervisedRun.train(run, o);
    }

    /** ReFT from the warm-up; the last iteration stays. */
    private void reinforce(TrainingRun run) {
        ReinforcementRun.Options o = with(new ReinforcementRun.Options(), ppoRecipe);
        o.model = warmup;
        o.advantages = new Gae(number(ppoRecipe, "gamma"), number(ppoRecipe, "lambda"));
        o.beta = number(ppoRecipe, "beta");
        o.clip = number(ppoRecipe, "clip");
        o.vfCoef = number(ppoRecipe, "vf-coef");
        o.updateEpochs = whole(ppoRecipe, "ppo-epochs");
        o.iterations = whole(ppoRecipe, "iterations");
        o.batchSize = whole(ppoRecipe, "batch-size");
        o.minibatchSize = whole(ppoRecipe, "minibatch-size");
        o.lr = number(ppoRecipe, "lr");
        o.lrWarmup = whole(ppoRecipe, "lr-warmup");
        o.temperature = number(ppoRecipe, "temperature");
        o.evalEvery = whole(ppoRecipe, "eval-every");
        o.keep = BestCheckpoint.Keep.LAST;
        o.probeEvery = 0;
        ReinforcementRun.train(run, o);
    }

    private <T extends TrainingOptions> T with(T o, Map<String, String> recipe) {
        AdamW.Options usual = AdamW.Options.DEFAULT;
        o.sets = TrainingSets.withDev(problems.train(), problems.dev(), "the demo's problems", "dev.json");
        o.engine = options.engine;
        o.seed = options.seed;
        o.maxNewTokens = MAX_NEW_TOKENS;
        o.tokensPerBatch = whole(recipe, "tokens-per-batch");
        o.optimizer =
                new AdamW.Options(usual.beta1(), number(recipe, "beta2"), usual.eps(), number(recipe, "weight-decay"), usual.maxGradNorm());
        return o;
    }

    private static float number(Map<String, String> recipe, String option) {
        return Float.parseFloat(recipe.get("--" + option));
    }

    private static int whole(Map<String, String> recipe, String option) {
        return Integer.parseInt(recipe.get("--" + option));
    }

    // ---------------------------------------------------------------- what came out

    /** What a model answers to the held-out questions, greedily and by vote. */
    private record Answers(Evaluation greedy, Accuracy vote) {}

    private Answers ask(Path model, boolean vote) {
        try (Session session = Session.open(model, options.engine, false, Journal.SILENT)) {
            Encoder encoder = session.encoder(Grading.of(SolutionFormat.PYTHON));
            var prompts = problems.test().stream().map(encoder::prompt).toList();
            try (Rollout rollout =
                    session.rollout(Grading.of(SolutionFormat.PYTHON).reward(session.template()), Session.BATCH, MAX_NEW_TOKENS,
                            session.config().maxPositions())) {
                Evaluation greedy = Evaluation.greedy(rollout, session.model().weights(), prompts);
                return new Answers(greedy,
                        vote ? Evaluation.of(rollout, session.model().weights(), prompts, VOTERS, Sampling.plain(options.seed), n -> {})
                                .vote()
                                : null);
            }
        }
    }

    private int report(long began) throws IOException {
        Answers warmAnswers = ask(warmup, false), sftAnswers = ask(sft, true), reftAnswers = ask(reft, true);
        Accuracy warm = warmAnswers.greedy.first(), plain = sftAnswers.greedy.first(), reinforced = reftAnswers.greedy.first();
        curves();
        RunReport.write(List.of(sft, reft), options.out.resolve("report.html"));
        Summary summary = new Summary(warm.value(), plain.value(), reinforced.value(), sftAnswers.vote.value(), reftAnswers.vote.value(),
                problems.test().size(), Math.round((System.nanoTime() - began) / 1e8) / 10.0);
        DurableFiles.replace(options.out.resolve("summary.json"), GSON.toJson(summary) + "\n");
        examples(sftAnswers.greedy, reftAnswers.greedy);
        listener.result(
                String.format("%d held-out questions     greedy (95 %% interval)       vote of %d", problems.test().size(), VOTERS));
        listener.result(String.format("  warm-up, %2d epochs       %s", whole(sftRecipe, "stop-after"), warm));
        listener.result(String.format("  SFT, best of %d epochs   %-28s  %s", whole(sftRecipe, "epochs"), plain, sftAnswers.vote));
        listener.result(String.format("  ReFT from the warm-up    %-28s  %s", reinforced, reftAnswers.vote));
        listener.result(String.format(Locale.ROOT,
                "%nOne in five gold programs only states results worked out in the head, which plain fine-tuning imitates; the gap "
                        + "grows with that share.%n"
                        + "%.0f seconds. Models, records, %s and %s, which a browser opens, are in %s.",
                summary.seconds, "curves.png", "report.html", options.out));
        return 0;
    }

    /** Accuracy on the development questions over the examples and completions learnt from. */
    private void curves() throws IOException {
        int examples = problems.train().size(), warmupEpochs = whole(sftRecipe, "stop-after");
        List<double[]> ofSft = accuracies(sft, "epoch", examples, 0), ofReft = new ArrayList<>();
        ofSft.stream().filter(point -> point[0] == warmupEpochs * examples / 1000.0).forEach(ofReft::add);
        ofReft.addAll(accuracies(reft, "iteration", whole(ppoRecipe, "batch-size"), warmupEpochs * examples));
        Curves.draw(options.out.resolve("curves.png"), "Accuracy on development questions",
                "examples and completions learnt from (thousands)",
                "greedy accuracy (%)", List.of(series("SFT", ofSft), series("ReFT", ofReft)));
    }

    private static List<double[]> accuracies(Path run, String unit, int each, int before) throws IOException {
        List<double[]> points = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("run/metrics.jsonl"))) {
            JsonFields entry = fields(run, line);
            if (entry.has("dev_accuracy")) {
                points.add(new double[] {(before + entry.amount(unit) * each) / 1000, 100 * entry.amount("dev_accuracy")});
            }
        }
        return points;
    }

    private static JsonFields fields(Path run, String line) {
        String where = run.resolve("run/metrics.jsonl").toString();
        try {
            return new JsonFields(JsonParser.parseString(line).getAsJsonObject(), where);
        } catch (JsonParseException | IllegalStateException e) {
            throw new InputError("%s: not JSON lines.", where);
        }
    }

    private static Curves.Series series(String name, List<double[]> points) {
        return new Curves.Series(name, points.stream().mapToDouble(p -> p[0]).toArray(), points.stream().mapToDouble(p -> p[1]).toArray());
    }

    /** A few questions that ReFT answers rightly, those that SFT gets wrong first. */
    private void examples(Evaluation plain, Evaluation reinforced) {
        List<Integer> chosen = new ArrayList<>();
        for (boolean sftRight : new boolean[] {false, true}) {
            for (int i = 0; i < reinforced.rows().size() && chosen.size() < EXAMPLES_SHOWN; i++) {
                if (reinforced.rows().get(i).first().score().right() && plain.rows().get(i).first().score().right() == sftRight) {
                    chosen.add(i);
                }
            }
        }
        for (int i : chosen) {
            Evaluation.Row solved = reinforced.rows().get(i);
            Problem problem = solved.problem();
            listener.result(String.format("%s%n%s%n  → %s, right%n", problem.question(), solved.first().completion(), problem.answer()));
        }
    }
}
