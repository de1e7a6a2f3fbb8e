package io.reft.cli;

import io.reft.reproduce.Reproduction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft reproduce}: one cell of the paper's tables from end to end. */
@Command(name = "reproduce", description = {
        "Runs SFT, both self-trainings and ReFT on one cell of the paper's tables, with voting and reranking, and fills a table "
                + "beside the published figures.",
        "A run that was stopped goes on where it stopped when the same command is given again."},
        footer = {"  reft reproduce --cell demo --out runs/table",
                "  reft reproduce --cell svamp/python/galactica-125m --data data --model checkpoints/galactica-125m --out runs/svamp"})
final class ReproduceCommand implements Callable<Integer> {
    @Option(names = "--cell", required = true, paramLabel = "CELL",
            description = "DATA/COT/CHECKPOINT, such as svamp/python/galactica-125m, or demo.")
    private String cell;

    @Option(names = "--data", paramLabel = "DIR",
            description = "Folder with the cell's problems, named as their authors name them: svamp_python_sdp.json or svamp_nl.json, "
                    + "svamp_test_set.json.")
    private Path data;

    @Option(names = "--model", paramLabel = "DIR",
            description = "Hugging Face model folder to start from; it may be another than the cell's.")
    private Path model;

    @Option(names = "--out", defaultValue = "runs/reproduce", paramLabel = "DIR",
            description = "Where models, records and the report go (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--overwrite", description = "Start anew where --out holds an earlier run.")
    private boolean overwrite;

    @Option(names = "--samples", paramLabel = "K",
            description = "Samples of each test question for voting and reranking (default: 100 where the paper has figures; demo 16; "
                    + "else 8).")
    @Range(min = 2, max = Range.SAMPLES)
    private Integer samples;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N test questions.")
    @Range(min = 1)
    private Integer limit;

    @Option(names = "--dev-size", paramLabel = "N",
            description = "Training questions set aside to choose checkpoints on (default: one in ten, at most 500).")
    @Range(min = 1)
    private Integer devSize;

    @Option(names = "--select-on-test",
            description = "The paper's protocol: train on all questions and choose checkpoints on the test set.")
    private boolean selectOnTest;

    @Option(names = "--set", paramLabel = "STAGE.OPTION=VALUE",
            description = "An option of a stage in place of the recipe's: --set sft.epochs=3 --set reft.iterations=20; a command in "
                    + "place of the stage sets it for all its stages.")
    private final Map<String, String> settings = new LinkedHashMap<>();

    @Mixin
    private WatchOption watch;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        Reproduction.Options options = new Reproduction.Options();
        options.cell = cell;
        options.data = data;
        options.model = model;
        options.out = out;
        options.overwrite = overwrite;
        options.samples = samples;
        options.limit = limit;
        options.devSize = devSize;
        options.selectOnTest = selectOnTest;
        options.settings = settings;
        options.seed = engine.seed;
        options.dtype = engine.dtype == null ? null : engine.dtype.toString();
        options.engineArguments = engine.arguments();
        options.engine = engine::open;
        options.recorded = OptionValues.of(command);
        watch.open(out);
        return Reproduction.run(options, new Reproduction.Commands() {
            @Override
            public int run(List<String> arguments) {
                return Main.run(arguments.toArray(String[]::new));
            }

            @Override
            public void check(List<String> arguments) {
                Main.check(arguments);
            }
        }, Console.JOURNAL);
    }
}
