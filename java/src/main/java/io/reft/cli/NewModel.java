package io.reft.cli;

import io.reft.InputError;
import io.reft.run.RunFolder;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where a command that trains puts the new model, and from where it goes on: {@code @Mixin NewModel target}. */
final class NewModel {
    /** What a run that goes on may do in another way: where it is, what computes it and in what portions. The recipe's values stand in the other options. */
    private static final Set<String> FREE = Set.of("out", "overwrite", "resume", "save-every", "recipe", "device", "threads", "matmul", "tokens-per-batch");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

    @Option(names = "--resume", description = "Go on with the run in --out where Ctrl-C or a kill stopped it; the other options are those that it was started with. "
            + "On the same device and threads the result has the bits of a run that was never stopped.")
    private boolean resume;

    @Option(names = "--save-every", paramLabel = "N", description = "Optimizer steps (ppo and online self-training: iterations) from one state that --resume can go on from to the next; "
            + "0: only when Ctrl-C stops the run (default: ten minutes, or more where writing takes long). A state takes 12 bytes a parameter in --out/run, "
            + "for a moment twice; it goes when the run is finished.")
    private Integer saveEvery;

    private final long began = System.nanoTime();

    /** @throws InputError for options that make no sense */
    void check() {
        if (overwrite && resume) {
            throw new InputError("--overwrite starts anew and --resume goes on: give one of them.");
        }
        if (saveEvery != null && saveEvery < 0) {
            throw new InputError("--save-every is at least 0.");
        }
    }

    /** The run folder of {@code command}, with all its options in its records; with {@code --resume} the earlier run's, whose options must be the same. */
    RunFolder create(String name, CommandSpec command) {
        return resume ? RunFolder.resume(out, name, OptionValues.of(command), FREE) : RunFolder.create(out, name, OptionValues.of(command), overwrite);
    }

    /** From where the run goes on, and where it will be able to. */
    TrainingState state(RunFolder run) {
        return new TrainingState(run, resume, saveEvery, began);
    }
}
