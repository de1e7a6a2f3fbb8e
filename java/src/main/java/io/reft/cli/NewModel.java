package io.reft.cli;

import io.reft.run.RunFolder;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where a command that trains puts the new model: {@code @Mixin NewModel target}. */
final class NewModel {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The new model folder.")
    private Path out;

    @Option(names = "--overwrite", description = "Replace an earlier run in --out.")
    private boolean overwrite;

    /** The run folder of {@code command}, with all its options in its records. */
    RunFolder create(String name, CommandSpec command) {
        return RunFolder.create(out, name, OptionValues.of(command), overwrite);
    }
}
