package io.reft.cli;

import io.reft.InputError;
import io.reft.watch.RunReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft report}: the page of {@code reft watch} as a file. */
@Command(name = "report",
        description = "Writes the page of reft watch as one HTML file that needs no server, with the latest samples, and curves as PNG "
                + "files beside it.",
        footer = "  reft report runs/warmup runs/reft --out report.html")
final class ReportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders of runs (their --out), or folders that hold such folders.")
    private List<Path> runs;

    @Option(names = "--out", paramLabel = "FILE", description = "The file (default: report.html in the first folder).")
    private Path out;

    @Override
    public Integer call() {
        for (Path run : runs) {
            if (!Files.isDirectory(run)) {
                throw new InputError("%s: there is no such folder.", run);
            }
        }
        Path html = out != null ? out : runs.getFirst().resolve("report.html");
        EvalCommand.checkPlace("--out", html);
        List<Path> curves = RunReport.write(runs, html);
        System.out.println(html);
        curves.forEach(System.out::println);
        return 0;
    }
}
