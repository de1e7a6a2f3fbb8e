package io.reft.cli;

import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.reward.Grading;
import io.reft.reward.Variations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft data vary}: new questions from gold programs. */
@Command(name = "vary", description = {
        "Makes new questions of old ones that have gold programs: numbers of the question that are the program's constants change in both, "
                + "and the program runs for the new answer.",
        "A number stays that the program has more often than the question, and so do years and numbers by which units convert. "
                + "Answers that are negative or no whole "
                + "number where the old one was not are refused. The old questions are not among the new ones."},
        footer = "  reft data vary svamp_python_sdp.json --times 4 --not-in svamp_test_set.json --out varied.json")
final class VaryCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "Problems with gold programs (ReFT JSON).")
    private Path file;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The ReFT JSON to write.")
    private Path out;

    @Option(names = "--times", defaultValue = "1", paramLabel = "N",
            description = "New questions of each old one (default: ${DEFAULT-VALUE}).")
    @Range(min = 1, max = Range.SAMPLES)
    private int times;

    @Option(names = "--keep", description = "Write the old questions too, before the new ones.")
    private boolean keep;

    @Option(names = "--not-in", paramLabel = "FILE",
            description = "A test set (ReFT JSON), none of whose questions may come about; may be given several times.")
    private List<Path> notIn = List.of();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Of the new numbers (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private DataOptions data;

    @Override
    public Integer call() throws IOException {
        EvalCommand.checkPlace("--out", out);
        List<Problem> problems = data.read(file);
        Grading grading = data.grading(problems);
        if (grading.format() != SolutionFormat.PYTHON) {
            throw new InputError("%s holds prose: only programs can be run for a new answer.", file);
        }
        List<String> taken = new ArrayList<>(problems.stream().map(Problem::question).toList());
        for (Path test : notIn) {
            data.read(test).forEach(p -> taken.add(p.question()));
        }
        Variations variations = new Variations(grading.python(), taken);
        List<Problem> made = new ArrayList<>();
        int varied = 0;
        try (Progress progress = new Progress("vary", "questions", problems.size())) {
            for (Problem problem : problems) {
                List<Problem> own = variations.of(problem, times, seed);
                made.addAll(own);
                varied += own.isEmpty() ? 0 : 1;
                progress.step();
            }
        }
        if (made.isEmpty()) {
            throw new InputError(
                    "%s: none of its %d questions can be varied: each needs a gold program whose constants stand in the question.", file,
                    problems.size());
        }
        List<Problem> all = new ArrayList<>(keep ? problems : List.of());
        all.addAll(made);
        Datasets.write(out, all);
        System.out.printf(Locale.ROOT, "%s: %,d new questions of %,d of the %,d old ones%s%n", out, made.size(), varied, problems.size(),
                keep ? ", which stand before them" : "");
        return 0;
    }
}
