package io.reft.cli;

import io.reft.InputError;
import io.reft.watch.ModelTrial;
import io.reft.watch.WatchServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft watch}: a page that shows runs while they go on, and afterwards. */
@Command(name = "watch",
        description = {
                "Serves a page that shows training runs, those that go on and those that have ended: curves, samples, log and options.",
                "With --model a box on it sends questions to that model.",
                "It can be opened on this machine alone; over ssh, forward its port: ssh -L 8077:localhost:8077 HOST. Ctrl-C ends it."},
        footer = {"  reft watch runs", "  reft watch runs --model runs/reft"})
final class WatchCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "RUN", description = "Folders of runs (their --out), or folders that hold such folders.")
    private List<Path> runs = List.of();

    @Option(names = "--model", paramLabel = "DIR",
            description = "A trained model that answers questions on the page, its programs run in reft's interpreter.")
    private Path model;

    @Option(names = "--port", defaultValue = "0", paramLabel = "PORT",
            description = "Port of this machine (default: " + WatchServer.PORT + " or one of the next).")
    @Range(min = 0, max = 65535)
    private int port;

    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() throws InterruptedException {
        if (runs.isEmpty() && model == null) {
            throw new InputError("There is nothing to show: name folders of runs, or a model with --model.");
        }
        for (Path run : runs) {
            if (!Files.isDirectory(run)) {
                throw new InputError("%s: there is no such folder.", run);
            }
        }
        try (ModelTrial trial = model == null ? null : ModelTrial.open(model, engine::open, Console.JOURNAL);
                WatchServer page = WatchServer.open(runs, trial, port)) {
            System.out.println(page.address());
            System.err.println(
                    page.count() == 0 && model == null ? "No run has begun there; the page shows those that do."
                            : "Ctrl-C ends the page, not the runs.");
            Thread.currentThread().join();
        }
        return 0;
    }
}
