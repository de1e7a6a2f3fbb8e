package io.reft.reproduce;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.data.Problem;
import io.reft.data.Split;
import io.reft.kernels.Engine;
import io.reft.run.Interrupt;
import io.reft.run.Journal;
import io.reft.run.RunFolder;
import io.reft.run.SupervisedRun;
import io.reft.run.TrainingSets;
import io.reft.run.TrainingState;
import io.reft.watch.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One cell of the paper's tables from end to end. It holds no method of its own: every stage is a command line of reft, with the cell's
 * recipe, that anyone could type; this only keeps their order, remembers which are finished, and fills the table.
 */
public final class Reproduction {
    /** The stage before all others: the problems. */
    private static final String DATA = "data";
    private static final int PAPER_SAMPLES = 100, DEMO_SAMPLES = 16, OWN_SAMPLES = 8;

    /** Runs command lines of reft. */
    public interface Commands {
        /** Runs one and gives its exit code. */
        int run(List<String> arguments);

        /** Judges one without running it; throws what a run would have said. */
        void check(List<String> arguments);
    }

    /** What is asked for, by name. */
    public static final class Options {
        /** {@code DATA/COT/CHECKPOINT}, or {@code demo}. */
        public String cell;
        /** The folder with the cell's problems; null for the demo. */
        public Path data;
        /** The checkpoint to start from; null for the demo. */
        public Path model;
        /** Where models, records and the report go. */
        public Path out;
        /** Start anew where {@link #out} holds an earlier run. */
        public boolean overwrite;
        /** Samples of each test question for voting and reranking; null: 100 where the paper has figures, 16 for the demo, else 8. */
        public Integer samples;
        /** Only the first test questions; null: all. */
        public Integer limit;
        /** Training questions set aside to choose checkpoints on; null: one in ten, at most 500. */
        public Integer devSize;
        /** Train on all questions and choose checkpoints on the test set. */
        public boolean selectOnTest;
        /** Options of stages in place of the recipe's: {@code STAGE.OPTION} and its value. */
        public Map<String, String> settings = new LinkedHashMap<>();
        /** Of everything random. */
        public long seed = 1;
        /** Number type of the arithmetic, which decides results; null: the device's usual. */
        public String dtype;
        /** What computes, as options of a command line; they decide no result. */
        public List<String> engineArguments = List.of();
        /** Opens what computes the demo's first weights. */
        public Supplier<Engine> engine;
        /** All of this as the run's records have it. */
        public Map<String, ?> recorded = Map.of();
    }

    private final Options options;
    private final Commands commands;
    private final Journal journal;
    private final PaperCell cell;
    private final Path out;

    private Reproduction(Options options, Commands commands, Journal journal) {
        this.options = options;
        this.commands = commands;
        this.journal = journal;
        out = options.out;
        cell = PaperCell.of(options.cell);
    }

    /** Runs what is not finished yet; gives the exit code of the stage that failed, or 0. */
    public static int run(Options options, Commands commands, Journal journal) throws IOException {
        return new Reproduction(options, commands, journal).run();
    }

    private int run() throws IOException {
        check();
        Problems problems = problems();
        List<Stage> stages = stages().stream().map(s -> s.with(options.settings)).toList();
        Stage.checkOwners(options.settings, stages);
        stages.forEach(s -> commands.check(s.arguments()));

        FinishedStages finished = FinishedStages.of(out);
        boolean goesOn = !options.overwrite && !finished.isEmpty();
        if (goesOn) {
            finished.has(DATA, what());
            for (Stage stage : stages) {
                finished.has(stage.name(), stage.options());
            }
        }
        try (RunFolder run = goesOn ? RunFolder.resume(out, "reproduce", inputs())
                : RunFolder.create(out, "reproduce", options.recorded, options.overwrite, inputs())) {
            if (!goesOn) {
                long start = System.nanoTime();
                prepare(run.folder(), problems);
                stages.forEach(stage -> TrainingState.discard(out.resolve(stage.name()))); // of an earlier reproduction
                finished = FinishedStages.none(out);
                finished.add(DATA, what(), (System.nanoTime() - start) / 1e9);
            }
            return run(stages, finished,
                    new Report(cell, cell.demo() ? "the demo's" : options.model.toString(), samples(), options.seed, problems.protocol));
        }
    }

    /** The files and the model that it starts from. */
    private Path[] inputs() {
        return cell.demo() ? new Path[0] : new Path[] {cell.train(options.data), cell.test(options.data), options.model};
    }

    private void check() {
        if (cell.demo() && (options.data != null || options.model != null || options.limit != null || options.devSize != null)) {
            throw new InputError("--cell demo makes its own problems and model: leave out --data, --model, --limit and --dev-size.");
        }
        if (!cell.demo() && (options.data == null || options.model == null)) {
            throw new InputError("--cell %s needs --data, the folder with its problems, and --model, the checkpoint to start from.",
                    options.cell);
        }
        if (options.selectOnTest && options.devSize != null) {
            throw new InputError("--select-on-test sets no questions aside: leave out --dev-size.");
        }
        if (!cell.demo()) {
            Checkpoint.open(options.model).close();
        }
    }

    private int samples() {
        return options.samples != null ? options.samples : cell.demo() ? DEMO_SAMPLES : cell.isPublished() ? PAPER_SAMPLES : OWN_SAMPLES;
    }

    /** What decides the problems, apart from the files themselves, and the arithmetic of all stages. */
    private List<String> what() {
        return List.of("--cell=" + options.cell, "--seed=" + options.seed, "--limit=" + options.limit, "--dev-size=" + options.devSize,
                "--select-on-test=" + options.selectOnTest, "--dtype=" + options.dtype);
    }

    // ---------------------------------------------------------------- stages

    private List<Stage> stages() {
        String base = (cell.demo() ? out.resolve("start") : options.model).toString();
        String keepEpoch =
                options.settings.getOrDefault("sft.keep-epoch", Recipes.values(cell.recipe("-baseline"), "sft").get("--keep-epoch"));
        if (!keepEpoch.matches("[1-9]\\d{0,5}")) {
            throw new InputError("--set sft.keep-epoch=%s: that epoch is the warm-up of self-training and ReFT, so it is a number from 1.",
                    keepEpoch);
        }
        Path warm = out.resolve("sft").resolve(SupervisedRun.folder(Integer.parseInt(keepEpoch)));
        List<Stage> stages = new ArrayList<>();
        Path drawn = out.resolve("samples.jsonl");
        stages.add(training(Method.SFT, "--model=" + base));
        boolean reranked = cell.has("", "rerank train"), offline = cell.methods().contains(Method.OFFLINE);
        if (reranked || offline) {
            stages.add(asking("samples", warm, List.of("--data=" + out.resolve("train.json"), "--samples-out=" + drawn),
                    List.of("--samples=" + Recipes.values(cell.recipe("-offline"), "self-train").get("--samples"))));
        }
        for (Method method : cell.methods()) {
            if (method == Method.OFFLINE) {
                stages.add(training(method, "--samples-file=" + drawn, "--base=" + base));
            } else if (method != Method.WARMUP && method != Method.SFT) {
                stages.add(training(method, "--model=" + warm));
            }
        }
        for (Method method : cell.methods()) {
            stages.add(asking(method.greedy(), trained(method, warm), tested(method.greedy()), List.of()));
        }
        for (Method method : cell.methods()) {
            if (method == Method.WARMUP && reranked) {
                continue;   // the paper's rerankers and votes are of trained models
            }
            List<String> files = new ArrayList<>(tested(method.sampled()));
            files.add("--samples-out=" + out.resolve(method.sampled() + ".jsonl"));
            if (reranked) {
                Path reranker = out.resolve(method.reranker());
                stages.add(new Stage(method.reranker(), "rerank train",
                        List.of("--model=" + trained(method, warm), "--data=" + out.resolve("train.json"),
                                "--samples-file=" + drawn, "--out=" + reranker, "--overwrite"),
                        List.of("--recipe=" + cell.recipe(""), "--seed=" + options.seed)));
                files.add("--rerank=" + reranker);
            }
            stages.add(asking(method.sampled(), trained(method, warm), files, List.of("--samples=" + samples())));
        }
        return stages;
    }

    private Path trained(Method method, Path warm) {
        return method == Method.WARMUP ? warm : out.resolve(method.key());
    }

    private Stage training(Method method, String... models) {
        List<String> paths = new ArrayList<>(List.of(models));
        paths.add("--train=" + out.resolve("train.json"));
        paths.add(options.selectOnTest ? "--select-on-test=" + out.resolve("test.json") : "--dev=" + out.resolve("dev.json"));
        paths.addAll(List.of("--out=" + out.resolve(method.key()), "--overwrite"));
        return new Stage(method.key(), method.command, paths, List.of("--recipe=" + cell.recipe(method.recipe), "--seed=" + options.seed));
    }

    /** The test problems, and where the result goes. */
    private List<String> tested(String name) {
        return List.of("--data=" + out.resolve("test.json"), "--json=" + out.resolve(name + ".json"));
    }

    private Stage asking(String name, Path model, List<String> files, List<String> more) {
        List<String> paths = new ArrayList<>(List.of("--model=" + model)),
                deciding = new ArrayList<>(List.of("--cot=" + cell.cot().name().toLowerCase(Locale.ROOT),
                        "--seed=" + options.seed));
        paths.addAll(files);
        deciding.addAll(more);
        return new Stage(name, "eval", paths, deciding);
    }

    /** The problems of all stages, and how checkpoints are chosen; {@code dev} is empty where that is on the test set. */
    private record Problems(List<Problem> train, List<Problem> dev, List<Problem> test, String protocol) {}

    private Problems problems() {
        String honest = "; the test set is touched once", paper =
                "The paper's protocol: checkpoints are chosen on the test set, so that these accuracies are no estimates for new questions";
        if (cell.demo()) {
            DemoProblems demo = DemoProblems.of(options.seed);
            return options.selectOnTest ? new Problems(demo.train(), List.of(), demo.test(), paper)
                    : new Problems(demo.train(), demo.dev(), demo.test(),
                            "Checkpoints are chosen on " + demo.dev().size()
                                    + " problems beside those of training and test, all drawn with seed " + options.seed + honest);
        }
        List<Problem> train = Datasets.read(cell.train(options.data)), test = Datasets.read(cell.test(options.data));
        List<Problem> asked = options.limit == null ? test : test.subList(0, Math.min(options.limit, test.size()));
        if (options.selectOnTest) {
            return new Problems(train, List.of(), asked, paper);
        }
        Split split = options.devSize == null ? TrainingSets.split(train, options.seed) : Split.of(train, options.devSize, options.seed);
        return new Problems(split.train(), split.dev(), asked, "Checkpoints are chosen on a " + split.statement() + honest);
    }

    /** Writes them, and for the demo the model too. */
    private void prepare(Path folder, Problems problems) throws IOException {
        Datasets.write(folder.resolve("train.json"), problems.train);
        Datasets.write(folder.resolve("dev.json"), problems.dev);
        Datasets.write(folder.resolve("test.json"), problems.test);
        if (cell.demo()) {
            DemoModel.write(folder, options.engine, options.seed);
        }
    }

    private int run(List<Stage> stages, FinishedStages finished, Report report) throws IOException {
        try (Interrupt interrupt = new Interrupt(journal::message)) {
            for (int i = 0; i < stages.size(); i++) {
                Stage stage = stages.get(i);
                if (finished.has(stage.name(), stage.options())) {
                    journal.message(String.format(Locale.ROOT, "stage %d of %d, %s: finished before", i + 1, stages.size(), stage.name()));
                    continue;
                }
                List<String> arguments = new ArrayList<>(stage.arguments());
                if (TrainingState.isIn(out.resolve(stage.name()))) {
                    Collections.replaceAll(arguments, "--overwrite", "--resume");
                }
                arguments.addAll(options.engineArguments);
                journal.message(String.format(Locale.ROOT, "%nstage %d of %d, %s: reft %s", i + 1, stages.size(), stage.name(),
                        String.join(" ", arguments)));
                long start = System.nanoTime();
                int code = commands.run(arguments);
                if (interrupt.requested() || code != 0) {
                    journal.message("The stage " + stage.name() + " is not finished. The same command again goes on with it.");
                    return interrupt.requested() ? 130 : code;
                }
                finished.add(stage.name(), stage.options(), (System.nanoTime() - start) / 1e9);
                report.write(out, stages, finished);
            }
        }
        RunReport.write(List.of(out), out.resolve("report.html"));
        journal.result(String.format("%n%s%n%s.%nThe report is in %s; %s has curves and samples.", report.write(out, stages, finished),
                report.protocol(), out.resolve("report.md"), out.resolve("report.html")));
        return 0;
    }
}
