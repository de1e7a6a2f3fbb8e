package io.reft.cli;

import io.reft.reproduce.Demo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code reft demo}: the whole method on a tiny model, from random weights. */
@Command(name = "demo",
        description = "Shows the whole method in a few minutes: a tiny model warms up, reinforces itself, and beats plain fine-tuning.",
        footer = "  reft demo --seed 1 --out runs/demo")
final class DemoCommand implements Callable<Integer> {
    @Option(names = "--out", defaultValue = "runs/demo", paramLabel = "DIR",
            description = "Where models, records and curves go (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--resume", description = "Go on with the demo in --out where it was stopped.")
    private boolean resume;

    @Option(names = "--save-every", paramLabel = "N",
            description = "Steps of SFT, then iterations of ReFT, from one state that --resume can go on from to the next; "
                    + "0: only when Ctrl-C stops it (default: ten minutes).")
    @Range(min = 0)
    private Integer saveEvery;

    @Mixin
    private WatchOption watch;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        watch.open(out);
        return Demo.run(new Demo.Options(out, resume, saveEvery, engine.seed, engine::open, OptionValues.of(command)), Console.CONSOLE);
    }
}
