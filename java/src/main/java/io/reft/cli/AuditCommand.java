package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.reward.Audit;
import io.reft.reward.Grading;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft audit}: whether the reward can be trusted on a data set. */
@Command(name = "audit", description = {
        "Tries the reward on a data set before anything is trained on it: every gold solution must score 1 and give the gold answer "
                + "exactly, "
                + "right answers in other formats must score 1, and wrong ones must not.",
        "Rows without a solution (test sets) are tried with one made for their answer."},
        footer = "  reft audit --data svamp.json --cot python --json audit.json")
final class AuditCommand implements Callable<Integer> {
    /** Failing rows that are printed; the JSON has all. */
    private static final int SHOWN = 40;
    /** Most characters of a name, and of a reason. */
    private static final int CUT = 400;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path file;

    @Mixin
    private DataOptions data;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result to FILE.")
    private Path json;

    private record Check(String format, String gold, String text, double least, double most, double score, boolean passed) {}

    /** The file's content; {@code answer_format} is of prose alone. */
    private record Result(String data, SolutionFormat cot, String answer_format, String verifier, int rows, int with_solution,
                          int gold_right,
                          List<String> failing, Map<String, String> reasons,
                          List<Check> format_checks, double unsupported, Map<String, Integer> refused) {}

    @Override
    public Integer call() {
        EvalCommand.checkPlace("--json", json);
        List<Problem> problems = data.read(file);
        Grading grading = data.grading(problems);
        Audit audit = Audit.of(problems, grading.format(), grading.template(Template.PAPER), grading.reward(Template.PAPER));
        int refused = audit.refused().values().stream().mapToInt(Integer::intValue).sum();
        print(audit, refused);
        if (json != null) {
            Map<String, String> reasons = new LinkedHashMap<>();
            audit.failing().forEach(f -> reasons.put(f.id(), f.why()));
            List<Check> checks = audit.formats().stream()
                    .map(f -> new Check(f.what(), f.gold(), f.text(), f.least(), f.most(), f.score(), f.passed())).toList();
            String answers = grading.format() == SolutionFormat.NL ? grading.answers().toString() : null; // a program returns its own
            Result result =
                    new Result(file.toString(), grading.format(), answers, data.verifier, audit.rows(), audit.solved(), audit.goldRight(),
                            List.copyOf(reasons.keySet()),
                            reasons, checks, (double) refused / audit.rows(), audit.refused());
            DurableFiles.replace(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(result) + "\n");
        }
        return 0;
    }

    private static void print(Audit audit, int refused) {
        System.out.printf(Locale.ROOT, "rows         %,d, of which %,d %s a solution%n", audit.rows(), audit.solved(),
                audit.solved() == 1 ? "has" : "have");
        System.out.printf(Locale.ROOT, "gold right   %,d%n", audit.goldRight());
        System.out.printf(Locale.ROOT, "unsupported  %s (%.2f %%)%s%n", Count.of(refused, "program"), 100.0 * refused / audit.rows(),
                refused == 0 ? "" : ": " + audit.refused());
        System.out.printf(Locale.ROOT, "formats      %d of %d are scored as they should be%n",
                audit.formats().stream().filter(Audit.Format::passed).count(), audit.formats().size());
        System.out.printf("%n%-28s%-8s%-36s%-10s%s%n", "format", "gold", "text", "should be", "score");
        for (Audit.Format f : audit.formats()) {
            String range = f.least() == f.most() ? number(f.least()) : "≤ " + number(f.most());
            System.out.printf("%-28s%-8s%-36s%-10s%s%s%n", f.what(), f.gold(), f.text(), range, number(f.score()),
                    f.passed() ? "" : "  ← not so");
        }
        if (!audit.failing().isEmpty()) {
            System.out.printf("%nrows that fail%n");
        }
        for (Audit.Failing f : audit.failing().subList(0, Math.min(SHOWN, audit.failing().size()))) {
            System.out.printf("%-28s%s%n", InputError.printable(f.id(), CUT), InputError.printable(f.why(), CUT));
        }
        if (audit.failing().size() > SHOWN) {
            System.out.printf(Locale.ROOT, "and %,d more (--json names all)%n", audit.failing().size() - SHOWN);
        }
    }

    private static String number(double score) {
        return score == Math.rint(score) ? Integer.toString((int) score) : Double.toString(score);
    }
}
