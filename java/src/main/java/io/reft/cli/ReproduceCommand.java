package io.reft.cli;

import io.reft.InputError;
import io.reft.checkpoint.Checkpoint;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.data.Problem;
import io.reft.data.Split;
import io.reft.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code reft reproduce}: one cell of the paper's tables from end to end. It holds no method of its own: every stage is a command line
 * of reft, with the cell's recipe, that anyone could type; this only keeps their order, remembers which are finished, and fills the table.
 */
@Command(name = "reproduce", description = {
        "Runs SFT, both self-trainings and ReFT on one cell of the paper's tables, with voting and reranking, and fills a table beside the published figures.",
        "A run that was stopped goes on where it stopped when the same command is given again."},
        footer = {"  reft reproduce --cell demo --out runs/table", "  reft reproduce --cell svamp/python/galactica-125m --data data --model checkpoints/galactica-125m --out runs/svamp"})
final class ReproduceCommand implements Callable<Integer> {
    /** What is compared, in the table's order. */
    enum Method {
        WARMUP("warm-up"), SFT("SFT"), OFFLINE("offline self-training"), ONLINE("online self-training"), REFT("ReFT");

        final String title;

        Method(String title) {
            this.title = title;
        }

        /** Its name in lower case, also of the stage that trains it. */
        String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The stage that asks it greedily, and the name of its result. */
        String greedy() {
            return "greedy-" + key();
        }

        /** The stage that trains its reranker, on the warm-up's samples of the training questions as in the paper. */
        String reranker() {
            return "rerank-" + key();
        }

        /** The stage that asks it several times. */
        String sampled() {
            return "vote-" + key();
        }
    }

    /** The stage before all others: the problems. */
    private static final String DATA = "data";
    private static final int PAPER_SAMPLES = 100, DEMO_SAMPLES = 16;

    @Option(names = "--cell", required = true, paramLabel = "CELL", description = "DATA/COT/CHECKPOINT, such as svamp/python/galactica-125m, or demo.")
    private String cellName;

    @Option(names = "--data", paramLabel = "DIR",
            description = "Folder with the cell's problems, named as their authors name them: svamp_python_sdp.json or svamp_nl.json, svamp_test_set.json.")
    private Path data;

    @Option(names = "--model", paramLabel = "DIR", description = "Hugging Face model folder to start from; it may be another than the cell's.")
    private Path model;

    @Option(names = "--out", defaultValue = "runs/reproduce", paramLabel = "DIR", description = "Where models, records and the report go (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--overwrite", description = "Start anew where --out holds an earlier run.")
    private boolean overwrite;

    @Option(names = "--samples", paramLabel = "K", description = "Samples of each test question for voting and reranking (default: 100; demo 16).")
    private Integer samples;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N test questions.")
    private Integer limit;

    @Option(names = "--dev-size", paramLabel = "N", description = "Training questions set aside to choose checkpoints on (default: one in ten, at most 500).")
    private Integer devSize;

    @Option(names = "--select-on-test", description = "The paper's protocol: train on all questions and choose checkpoints on the test set.")
    private boolean selectOnTest;

    @Option(names = "--set", paramLabel = "STAGE.OPTION=VALUE",
            description = "An option of a stage in place of the recipe's: --set sft.epochs=3 --set reft.iterations=20; a command in place of the stage sets it for all its stages.")
    private final Map<String, String> settings = new LinkedHashMap<>();

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    private Cell cell;

    @Override
    public Integer call() throws IOException {
        cell = Cell.of(cellName);
        check();
        Problems problems = problems();
        List<Stage> stages = stages().stream().map(s -> s.with(settings)).toList();
        Stage.checkOwners(settings, stages);
        stages.forEach(s -> Main.check(s.arguments()));

        FinishedStages finished = FinishedStages.of(out);
        if (overwrite || finished.isEmpty()) {
            long start = System.nanoTime();
            try (RunFolder run = RunFolder.create(out, "reproduce", OptionValues.of(command), overwrite)) {
                prepare(run.folder(), problems);
            }
            stages.forEach(stage -> TrainingState.discard(out.resolve(stage.name()))); // of an earlier reproduction
            finished = FinishedStages.none(out);
            finished.add(DATA, what(), (System.nanoTime() - start) / 1e9);
        }
        finished.has(DATA, what());
        for (Stage stage : stages) {
            finished.has(stage.name(), stage.options());
        }
        ReproduceReport report = new ReproduceReport(cell, cell.demo() ? "the demo's" : model.toString(), samples(), engine.seed, problems.protocol);
        return run(stages, finished, report);
    }

    private void check() {
        if (samples != null && samples < 2 || limit != null && limit < 1 || devSize != null && devSize < 1) {
            throw new InputError("--samples is at least 2, --limit and --dev-size at least 1.");
        }
        if (cell.demo() && (data != null || model != null || limit != null || devSize != null)) {
            throw new InputError("--cell demo makes its own problems and model: leave out --data, --model, --limit and --dev-size.");
        }
        if (!cell.demo() && (data == null || model == null)) {
            throw new InputError("--cell %s needs --data, the folder with its problems, and --model, the checkpoint to start from.", cellName);
        }
        if (selectOnTest && devSize != null) {
            throw new InputError("--select-on-test sets no questions aside: leave out --dev-size.");
        }
        if (!cell.demo()) {
            Checkpoint.open(model).close();
        }
    }

    private int samples() {
        return samples != null ? samples : cell.demo() ? DEMO_SAMPLES : PAPER_SAMPLES;
    }

    /** What decides the problems, apart from the files themselves, and the arithmetic of all stages. */
    private List<String> what() {
        return List.of("--cell=" + cellName, "--seed=" + engine.seed, "--limit=" + limit, "--dev-size=" + devSize, "--select-on-test=" + selectOnTest,
                "--dtype=" + engine.dtype);
    }

    // ---------------------------------------------------------------- stages

    private List<Stage> stages() {
        String base = (cell.demo() ? out.resolve("start") : model).toString();
        String keepEpoch = settings.getOrDefault("sft.keep-epoch", Recipe.values(cell.recipe("-baseline"), "sft").get("--keep-epoch"));
        if (!keepEpoch.matches("[1-9]\\d{0,5}")) {
            throw new InputError("--set sft.keep-epoch=%s: that epoch is the warm-up of self-training and ReFT, so it is a number from 1.", keepEpoch);
        }
        Path warm = out.resolve("sft").resolve(FineTuning.folder(Integer.parseInt(keepEpoch)));
        List<Stage> stages = new ArrayList<>();
        Path drawn = out.resolve("samples.jsonl");
        stages.add(training(Method.SFT, "sft", "-baseline", "--model=" + base));
        stages.add(asking("samples", warm, List.of("--data=" + out.resolve("train.json"), "--samples-out=" + drawn),
                List.of("--samples=" + Recipe.values(cell.recipe("-offline"), "self-train").get("--samples"))));
        stages.add(training(Method.OFFLINE, "self-train", "-offline", "--samples-file=" + drawn, "--base=" + base));
        stages.add(training(Method.ONLINE, "self-train", "-online", "--model=" + warm));
        stages.add(training(Method.REFT, "ppo", "", "--model=" + warm));
        for (Method method : Method.values()) {
            stages.add(asking(method.greedy(), method == Method.WARMUP ? warm : out.resolve(method.key()), tested(method.greedy()), List.of()));
        }
        for (Method method : Method.values()) {
            if (method != Method.WARMUP) {
                Path trained = out.resolve(method.key()), reranker = out.resolve(method.reranker());
                stages.add(new Stage(method.reranker(), "rerank train", List.of("--model=" + trained, "--data=" + out.resolve("train.json"), "--samples-file=" + drawn,
                        "--out=" + reranker, "--overwrite"), List.of("--recipe=" + cell.recipe(""), "--seed=" + engine.seed)));
                List<String> files = new ArrayList<>(tested(method.sampled()));
                files.addAll(List.of("--rerank=" + reranker, "--samples-out=" + out.resolve(method.sampled() + ".jsonl")));
                stages.add(asking(method.sampled(), trained, files, List.of("--samples=" + samples())));
            }
        }
        return stages;
    }

    private Stage training(Method method, String command, String recipe, String... models) {
        List<String> paths = new ArrayList<>(List.of(models));
        paths.add("--train=" + out.resolve("train.json"));
        paths.add(selectOnTest ? "--select-on-test=" + out.resolve("test.json") : "--dev=" + out.resolve("dev.json"));
        paths.addAll(List.of("--out=" + out.resolve(method.key()), "--overwrite"));
        return new Stage(method.key(), command, paths, List.of("--recipe=" + cell.recipe(recipe), "--seed=" + engine.seed));
    }

    /** The test problems, and where the result goes. */
    private List<String> tested(String name) {
        return List.of("--data=" + out.resolve("test.json"), "--json=" + out.resolve(name + ".json"));
    }

    private Stage asking(String name, Path model, List<String> files, List<String> more) {
        List<String> paths = new ArrayList<>(List.of("--model=" + model)), options = new ArrayList<>(List.of("--cot=" + cell.cot().name().toLowerCase(Locale.ROOT),
                "--seed=" + engine.seed));
        paths.addAll(files);
        options.addAll(more);
        return new Stage(name, "eval", paths, options);
    }

    /** The problems of all stages, and how checkpoints are chosen; {@code dev} is empty where that is on the test set. */
    private record Problems(List<Problem> train, List<Problem> dev, List<Problem> test, String protocol) {}

    private Problems problems() {
        String honest = "; the test set is touched once", paper = "The paper's protocol: checkpoints are chosen on the test set, so that these accuracies are no estimates for new questions";
        if (cell.demo()) {
            DemoProblems demo = DemoProblems.of(engine.seed);
            return selectOnTest ? new Problems(demo.train(), List.of(), demo.test(), paper) : new Problems(demo.train(), demo.dev(), demo.test(),
                    "Checkpoints are chosen on " + demo.dev().size() + " problems beside those of training and test, all drawn with seed " + engine.seed + honest);
        }
        List<Problem> train = Datasets.read(cell.train(data)), test = Datasets.read(cell.test(data));
        List<Problem> asked = limit == null ? test : test.subList(0, Math.min(limit, test.size()));
        if (selectOnTest) {
            return new Problems(train, List.of(), asked, paper);
        }
        Split split = devSize == null ? Selection.split(train, engine.seed) : Split.of(train, devSize, engine.seed);
        return new Problems(split.train(), split.dev(), asked, "Checkpoints are chosen on a " + split.statement() + honest);
    }

    /** Writes them, and for the demo the model too. */
    private void prepare(Path folder, Problems problems) throws IOException {
        Datasets.write(folder.resolve("train.json"), problems.train);
        Datasets.write(folder.resolve("dev.json"), problems.dev);
        Datasets.write(folder.resolve("test.json"), problems.test);
        if (cell.demo()) {
            DemoFiles.model(folder, engine);
        }
    }

    private int run(List<Stage> stages, FinishedStages finished, ReproduceReport report) throws IOException {
        try (Interrupt interrupt = new Interrupt()) {
            for (int i = 0; i < stages.size(); i++) {
                Stage stage = stages.get(i);
                if (finished.has(stage.name(), stage.options())) {
                    System.err.printf("stage %d of %d, %s: finished before%n", i + 1, stages.size(), stage.name());
                    continue;
                }
                List<String> arguments = new ArrayList<>(stage.arguments());
                if (TrainingState.isIn(out.resolve(stage.name()))) {
                    Collections.replaceAll(arguments, "--overwrite", "--resume");
                }
                arguments.addAll(engine.arguments());
                System.err.printf("%nstage %d of %d, %s: reft %s%n", i + 1, stages.size(), stage.name(), String.join(" ", arguments));
                long start = System.nanoTime();
                int code = Main.run(arguments.toArray(String[]::new));
                if (interrupt.requested() || code != 0) {
                    System.err.printf("The stage %s is not finished. The same command again goes on with it.%n", stage.name());
                    return interrupt.requested() ? 130 : code;
                }
                finished.add(stage.name(), stage.options(), (System.nanoTime() - start) / 1e9);
                report.write(out, stages, finished);
            }
        }
        System.out.printf("%n%s%n%s.%nThe report is in %s.%n", report.write(out, stages, finished), report.protocol(), out.resolve("report.md"));
        return 0;
    }
}
