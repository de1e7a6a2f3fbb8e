package io.reft.cli;

import io.reft.InputError;
import io.reft.watch.WatchServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft watch}: a page that shows runs while they go on, and afterwards. */
@Command(name = "watch",
        description = {
                "Serves a page that shows training runs, those that go on and those that have ended: curves, samples, log and options.",
                "It can be opened on this machine alone; over ssh, forward its port: ssh -L 8077:localhost:8077 HOST. Ctrl-C ends it."},
        footer = "  reft watch runs")
final class WatchCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders of runs (their --out), or folders that hold such folders.")
    private List<Path> runs;

    @Option(names = "--port", defaultValue = "0", paramLabel = "PORT",
            description = "Port of this machine (default: " + WatchServer.PORT + " or one of the next).")
    @Range(min = 0, max = 65535)
    private int port;

    @Override
    public Integer call() throws InterruptedException {
        for (Path run : runs) {
            if (!Files.isDirectory(run)) {
                throw new InputError("%s: there is no such folder.", run);
            }
        }
        try (WatchServer page = WatchServer.open(runs, port)) {
            System.out.println(page.address());
            System.err.println(
                    page.count() == 0 ? "No run has begun there; the page shows those that do." : "Ctrl-C ends the page, not the runs.");
            Thread.currentThread().join();
        }
        return 0;
    }
}
