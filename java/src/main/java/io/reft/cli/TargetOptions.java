package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.run.TrainingRun;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where a command that trains puts the new model, and from where it goes on: {@code @Mixin TargetOptions target}. */
final class TargetOptions {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

    @Option(names = "--resume",
            description = "Go on with the run in --out where Ctrl-C or a kill stopped it; the other options are those that it was "
                    + "started with. "
                    + "On the same device and threads the result has the bits of a run that was never stopped.")
    private boolean resume;

    @Option(names = "--save-every", paramLabel = "N",
            description = "Optimizer steps (ppo and online self-training: iterations) from one state that --resume can go on from to "
                    + "the next; "
                    + "0: only when Ctrl-C stops the run (default: ten minutes, or more where writing takes long). A state takes 12 "
                    + "bytes a parameter in --out/run, "
                    + "for a moment twice; it goes when the run is finished.")
    @Range(min = 0)
    private Integer saveEvery;

    @Option(names = "--save-dtype", paramLabel = "fp32|bf16|fp16",
            description = "Number type of the new model's weights (default: the old model's; training computes on in fp32).")
    private WeightType saveDtype;

    @Option(names = "--keep", paramLabel = "N", defaultValue = "0", showDefaultValue = Visibility.ALWAYS,
            description = "Keep the last N models that were judged too, each a folder in --out/checkpoints.")
    @Range(min = 0, max = 10_000)
    private int keep;

    @Option(names = "--keep-samples", paramLabel = "MB", defaultValue = "" + TrainingRun.KEEP_SAMPLES,
            description = "Megabytes of the completions drawn, compressed, that stay in --out/run/samples, the latest ones, for reft "
                    + "samples and reft watch; 0: none (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 1 << 20)
    private int keepSamples;

    @Mixin
    private WatchOption watch;

    /** @throws InputError for options that make no sense */
    void check() {
        if (overwrite && resume) {
            throw new InputError("--overwrite starts anew and --resume goes on: give one of them.");
        }
    }

    /** Opens the run of {@code command}, with all its options in its records. */
    TrainingRun open(String name, CommandSpec command) {
        Map<String, Object> values = OptionValues.of(command);
        if (resume && values.containsValue(Datasets.STANDARD_INPUT.toString())) {
            throw new InputError("--resume goes on only with the data that the run was started with, and standard input (-) is read once: "
                    + "name a file.");
        }
        TrainingRun.Models models = new TrainingRun.Models(saveDtype == null ? null : saveDtype.dtype, keep);
        TrainingRun run = TrainingRun.open(new TrainingRun.Target(out, overwrite, resume, saveEvery, models, keepSamples), name, values,
                OptionValues.inputs(command), Console.CONSOLE);
        watch.open(out);
        return run;
    }
}
