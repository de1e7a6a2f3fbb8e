package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.data.Cot;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.data.Encoder;
import io.reft.data.Example;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.model.Model;
import io.reft.reward.Reward;
import io.reft.reward.Verifier;
import io.reft.reward.python.PythonInterpreter;
import io.reft.rollout.Rollout;
import io.reft.rollout.ScoredCompletion;
import io.reft.run.Curves;
import io.reft.run.RunFolder;
import io.reft.train.AdamW;
import io.reft.train.Learner;
import io.reft.train.LrSchedule;
import io.reft.train.Ppo;
import io.reft.train.Sft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code reft demo}: the whole method on a tiny model, from random weights. Warm-up by SFT, then ReFT, beside SFT carried
 * on to its best epoch on the same questions; judged on questions that neither saw.
 */
@Command(name = "demo", description = "Shows the whole method in a few minutes: a tiny model warms up, reinforces itself, and beats plain fine-tuning.",
        footer = "  reft demo --seed 1 --out runs/demo")
final class DemoCommand implements Callable<Integer> {
    private static final int SFT_EPOCHS = (int) recipe("sft", "epochs"), WARMUP_EPOCHS = (int) recipe("sft", "stop-after"), SFT_BATCH = (int) recipe("sft", "batch-size"),
            SFT_EVAL_EVERY = (int) recipe("sft", "eval-every");
    private static final float SFT_LR = recipe("sft", "lr");
    private static final int ITERATIONS = (int) recipe("ppo", "iterations"), ROLLOUTS = (int) recipe("ppo", "batch-size"), MINIBATCH = (int) recipe("ppo", "minibatch-size"),
            PPO_EVAL_EVERY = (int) recipe("ppo", "eval-every"), PPO_LR_WARMUP = (int) recipe("ppo", "lr-warmup");
    private static final float PPO_LR = recipe("ppo", "lr");
    private static final AdamW.Options SFT_OPTIMIZER = optimizer("sft"), PPO_OPTIMIZER = optimizer("ppo");
    private static final int VOTERS = 16, MAX_NEW = 64, BATCH = 256, EXAMPLES_SHOWN = 3;
    /** Few enough that a pass's activations stay in the processor's cache. */
    private static final int TOKEN_BUDGET = (int) recipe("sft", "tokens-per-batch");

    /** A figure of the recipe that {@code reft reproduce --cell demo} follows too. */
    private static float recipe(String command, String option) {
        return Float.parseFloat(Recipe.values("demo/demo-python", command).get("--" + option));
    }

    private static AdamW.Options optimizer(String command) {
        return new AdamW.Options(0.9f, recipe(command, "beta2"), 1e-8f, recipe(command, "weight-decay"), 1);
    }

    @Option(names = "--out", defaultValue = "runs/demo", paramLabel = "DIR", description = "Where models, records and curves go (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    private record Summary(double warmup_accuracy, double sft_accuracy, double reft_accuracy, double sft_vote16, double reft_vote16, int test_questions,
                           double seconds) {}

    private record SftMetric(String stage, int epoch, double loss, Double dev_accuracy) {}

    private record PpoMetric(String stage, int iteration, double score, double accuracy, double kl, double entropy, double clipped, double value_loss,
                             double actions, Double dev_accuracy) {}

    /** A curve in the making: accuracy on the development questions over the examples and completions learnt from. */
    private record Curve(String name, List<Double> x, List<Double> y) {
        Curve(String name) {
            this(name, new ArrayList<>(), new ArrayList<>());
        }

        void add(double learntFrom, Accuracy accuracy) {
            x.add(learntFrom / 1000);
            y.add(100 * accuracy.value());
        }

        Curves.Series series() {
            return new Curves.Series(name, x.stream().mapToDouble(v -> v).toArray(), y.stream().mapToDouble(v -> v).toArray());
        }
    }

    private RunFolder run;
    private Interrupt interrupt;
    private DemoProblems problems;
    private Session session;
    private Rollout rollout;
    private Encoder encoder;
    private final Curve sftCurve = new Curve("SFT"), reftCurve = new Curve("ReFT");
    private int warmupExamples;

    @Override
    public Integer call() throws IOException {
        long began = System.nanoTime();
        problems = DemoProblems.of(engine.seed);
        try (Interrupt interrupt = new Interrupt(); RunFolder records = RunFolder.create(out, "demo", OptionValues.of(command), true)) {
            run = records;
            this.interrupt = interrupt;
            Datasets.write(run.folder().resolve("train.json"), problems.train());
            Datasets.write(run.folder().resolve("dev.json"), problems.dev());
            Datasets.write(run.folder().resolve("test.json"), problems.test());
            Path start = DemoFiles.model(run.folder(), engine);
            try (Session session = Session.open(start, engine, false)) {
                this.session = session;
                encoder = session.encoder(Cot.PYTHON, session.template());
                Reward reward = Verifier.named("fixed", Cot.PYTHON, session.template(), PythonInterpreter::run);
                try (Rollout rollout = session.rollout(reward, BATCH, MAX_NEW, session.config().maxPositions());
                        Model warm = session.model().copy(true); Model best = session.model().copy(false)) {
                    this.rollout = rollout;
                    return train(warm, best) && reinforce(warm) ? report(warm, best, began) : 130;
                }
            }
        }
    }

    /** SFT from random weights: {@code warm} is its state after the warm-up, {@code best} the one that does best on the development split. */
    private boolean train(Model warm, Model best) {
        List<Example> examples = problems.train().stream().map(encoder::example).toList();
        int perEpoch = (examples.size() + SFT_BATCH - 1) / SFT_BATCH;
        LrSchedule schedule = new LrSchedule(SFT_LR, 20, SFT_EPOCHS * perEpoch);
        int step = 0;
        double bestAccuracy = -1;
        try (Learner learner = new Learner(session.model(), session.transformer(), session.engine(), SFT_OPTIMIZER, TOKEN_BUDGET);
                Sft sft = new Sft(learner, session.engine(), TOKEN_BUDGET); Progress progress = new Progress("SFT", "epochs", SFT_EPOCHS)) {
            for (int epoch = 1; epoch <= SFT_EPOCHS; epoch++) {
                double loss = 0;
                for (List<Example> batch : Sft.batches(examples, SFT_BATCH, engine.seed, epoch)) {
                    loss += sft.step(batch, schedule.at(++step)).loss() / perEpoch;
                }
                Accuracy dev = epoch % SFT_EVAL_EVERY == 0 ? accuracy(session.model(), problems.dev()) : null;
                run.metric(new SftMetric("sft", epoch, loss, dev == null ? null : dev.value()));
                if (dev != null) {
                    sftCurve.add(epoch * (double) examples.size(), dev);
                    progress.note(String.format(Locale.ROOT, "loss %.3f, development accuracy %.0f %%", loss, 100 * dev.value()));
                }
                if (dev != null && dev.value() > bestAccuracy) {
                    bestAccuracy = dev.value();
                    best.set(session.model());
                }
                if (epoch == WARMUP_EPOCHS) {
                    warm.set(session.model());
                    warmupExamples = epoch * examples.size();
                    reftCurve.add(warmupExamples, dev);
                    session.save(run.folder().resolve("warmup"), warm);
                }
                progress.step();
                if (interrupt.requested()) {
                    return false;
                }
            }
        }
        session.save(run.folder().resolve("sft"), best);
        return true;
    }

    /** ReFT from the warm-up: {@code policy} is changed in place. */
    private boolean reinforce(Model policy) {
        List<Prompt> prompts = problems.train().stream().map(encoder::prompt).toList();
        Ppo.Options options = new Ppo.Options(recipe("ppo", "beta"), recipe("ppo", "gamma"), recipe("ppo", "lambda"), recipe("ppo", "clip"), recipe("ppo", "clip"),
                recipe("ppo", "vf-coef"), (int) recipe("ppo", "ppo-epochs"), MINIBATCH, recipe("ppo", "temperature"), engine.seed);
        LrSchedule schedule = new LrSchedule(PPO_LR, PPO_LR_WARMUP, 0);
        try (Model reference = policy.frozen();
                Learner learner = new Learner(policy, session.transformer(), session.engine(), PPO_OPTIMIZER, TOKEN_BUDGET);
                Ppo ppo = new Ppo(learner, reference.weights(), session.engine(), options, TOKEN_BUDGET);
                Progress progress = new Progress("ReFT", "iterations", ITERATIONS)) {
            for (int iteration = 1; iteration <= ITERATIONS; iteration++) {
                long from = System.nanoTime();
                List<ScoredCompletion> scored = ppo.sample(rollout, Ppo.prompts(prompts, ROLLOUTS, engine.seed, iteration), iteration, n -> {});
                Ppo.Iteration done = ppo.learn(scored, schedule.at(iteration), iteration, (System.nanoTime() - from) / 1e6);
                Accuracy dev = iteration % PPO_EVAL_EVERY == 0 ? accuracy(policy, problems.dev()) : null;
                run.metric(new PpoMetric("reft", iteration, done.score(), done.accuracy(), done.kl(), done.entropy(), done.clipped(), done.valueLoss(),
                        done.actions(), dev == null ? null : dev.value()));
                if (dev != null) {
                    reftCurve.add(warmupExamples + iteration * (double) ROLLOUTS, dev);
                }
                progress.note(String.format(Locale.ROOT, "score %.2f, KL %.2f", done.score(), done.kl()));
                progress.step();
                if (interrupt.requested()) {
                    return false;
                }
            }
        }
        session.save(run.folder().resolve("reft"), policy);
        return true;
    }

    private Accuracy accuracy(Model model, List<Problem> asked) {
        return evaluate(model, asked, 1).first();
    }

    private Evaluation evaluate(Model model, List<Problem> asked, int samples) {
        return Evaluation.of(rollout, model.weights(), asked.stream().map(encoder::prompt).toList(), samples,
                samples == 1 ? Sampling.GREEDY : Sampling.plain(engine.seed), n -> {});
    }

    private int report(Model reft, Model sft, long began) throws IOException {
        Evaluation reftGreedy, sftGreedy, warmGreedy;
        Accuracy sftVote, reftVote;
        List<Problem> test = problems.test();
        try (Session warm = Session.open(run.folder().resolve("warmup"), engine, false)) {
            warmGreedy = evaluate(warm.model(), test, 1);
        }
        sftGreedy = evaluate(sft, test, 1);
        reftGreedy = evaluate(reft, test, 1);
        sftVote = evaluate(sft, test, VOTERS).vote();
        reftVote = evaluate(reft, test, VOTERS).vote();
        Curves.draw(out.resolve("curves.png"), "Accuracy on development questions", "examples and completions learnt from (thousands)", "greedy accuracy (%)",
                List.of(sftCurve.series(), reftCurve.series()));
        Summary summary = new Summary(warmGreedy.first().value(), sftGreedy.first().value(), reftGreedy.first().value(), sftVote.value(), reftVote.value(),
                test.size(), Math.round((System.nanoTime() - began) / 1e8) / 10.0);
        Files.writeString(out.resolve("summary.json"), new GsonBuilder().setPrettyPrinting().create().toJson(summary) + "\n");
        examples(sftGreedy, reftGreedy);
        System.out.printf("%d held-out questions     greedy (95 %% interval)       vote of %d%n", test.size(), VOTERS);
        System.out.printf("  warm-up, %2d epochs       %s%n", WARMUP_EPOCHS, warmGreedy.first());
        System.out.printf("  SFT, best of %d epochs   %-28s  %s%n", SFT_EPOCHS, sftGreedy.first(), sftVote);
        System.out.printf("  ReFT from the warm-up    %-28s  %s%n", reftGreedy.first(), reftVote);
        System.out.printf(Locale.ROOT, "%nOne in five gold programs only states results worked out in the head, which plain fine-tuning imitates; the gap grows with that share.%n"
                + "%.0f seconds. Models, records and %s are in %s.%n", summary.seconds, "curves.png", out);
        return 0;
    }

    /** A few questions that ReFT answers rightly, those that SFT gets wrong first. */
    private void examples(Evaluation sft, Evaluation reft) {
        List<Integer> chosen = new ArrayList<>();
        for (boolean sftRight : new boolean[] {false, true}) {
            for (int i = 0; i < reft.rows().size() && chosen.size() < EXAMPLES_SHOWN; i++) {
                if (reft.rows().get(i).first().score().right() && sft.rows().get(i).first().score().right() == sftRight) {
                    chosen.add(i);
                }
            }
        }
        for (int i : chosen) {
            Evaluation.Row solved = reft.rows().get(i);
            System.out.printf("%s%n%s%n  → %s, right%n%n", solved.problem().question(), solved.first().completion(), solved.problem().answer());
        }
    }
}
