package io.reft.cli;

import io.reft.watch.WatchServer;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code --watch}: the page of a run while it goes on. */
final class WatchOption {
    @Option(names = "--watch", arity = "0..1", fallbackValue = "0", paramLabel = "PORT",
            description = "Serve a page that shows the run while it goes on, to this machine alone, on PORT (default: "
                    + WatchServer.PORT + " or one of the next); reft watch shows it later too.")
    @Range(min = 0, max = 65535)
    private Integer port;

    /** Opens the page of the runs in {@code folder}, where it was asked for; it is there until the program ends. */
    void open(Path folder) {
        if (port != null) {
            Console.CONSOLE.message("Watch this run at " + WatchServer.open(List.of(folder), port).address());
        }
    }
}
