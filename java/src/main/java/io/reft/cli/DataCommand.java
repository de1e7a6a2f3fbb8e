package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.data.Datasets;
import io.reft.data.Download;
import io.reft.data.Originals;
import io.reft.data.Problem;
import io.reft.data.PublishedFile;
import io.reft.data.SolutionFormat;
import io.reft.data.Statistics;
import io.reft.data.Template;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code reft data}: data sets fetched, converted and counted. */
@Command(name = "data", description = "Fetches data sets, converts them to the ReFT form, and says what is in them.",
        subcommands = {DataCommand.Fetch.class, DataCommand.Convert.class, DataCommand.Stats.class, VaryCommand.class},
        footer = {"  reft data fetch gsm8k-train", "  reft data convert gsm8k-train.jsonl --out gsm8k_train.json",
                "  reft data stats gsm8k_train.json"})
final class DataCommand implements Runnable {
    @Spec
    private CommandSpec command;

    /** Alone it shows what there is. */
    @Override
    public void run() {
        command.commandLine().usage(System.out);
    }

    /** {@code reft data fetch}. */
    @Command(name = "fetch",
            description = {"Downloads a data set's file from where its authors publish it; without a name, lists what there is.",
                    "The file must have the SHA-256 of the one published. A transfer that broke is gone on with by the same command.",
                    "MathQA is not among them: its authors publish an archive, to be unpacked by hand and converted."},
            footer = "  reft data fetch gsm8k-train --out gsm8k_train.jsonl")
    static final class Fetch implements Callable<Integer> {
        @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "Which one.")
        private String name;

        @Option(names = "--out", paramLabel = "FILE", description = "Where to put it (default: NAME with the ending it has).")
        private Path out;

        @Option(names = "--from", paramLabel = "URL", description = "Another place that has the same file, such as a mirror.")
        private URI from;

        @Override
        public Integer call() throws IOException, InterruptedException {
            if (name == null) {
                for (PublishedFile s : PublishedFile.KNOWN) {
                    System.out.printf(Locale.ROOT, "%-26s%,10d bytes  %-12s%s%n", s.name(), s.bytes(), s.licence(), s.uri());
                }
                return 0;
            }
            PublishedFile known = PublishedFile.named(name);
            if (from != null && (from.getHost() == null || !List.of("http", "https").contains(from.getScheme()))) {
                throw new InputError("--from %s is no address that begins with http:// or https://.", from);
            }
            Path file = out != null ? out : Path.of(known.fileName());
            EvalCommand.checkPlace("--out", file);
            try (Progress progress = Progress.ofBytes("fetch", known.bytes())) {
                long[] done = {0};
                Download.fetch(from == null ? known : known.at(from), file, bytes -> {
                    progress.step(Math.max(0, bytes - done[0]));
                    done[0] = Math.max(done[0], bytes);
                });
            }
            System.out.printf(Locale.ROOT, "%s: %,d bytes, as published (licence: %s)%n", file, known.bytes(), known.licence());
            return 0;
        }
    }

    /** {@code reft data convert}. */
    @Command(name = "convert", description = {"Writes a data set in the form that the other commands read.",
            "Reads GSM8K's JSON lines, SVAMP's and MathQA's JSON, and the ReFT form itself; which it is shows in the first row."},
            footer = "  reft data convert mathqa/test.json --numeric --out mathqa-numeric_test.json")
    static final class Convert implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "FILE", description = "The data set as published.")
        private Path file;

        @Option(names = "--out", required = true, paramLabel = "FILE", description = "The ReFT JSON to write.")
        private Path out;

        @Option(names = "--cot", defaultValue = "nl", paramLabel = "nl|python",
                description = "Form of the solutions; python is for SVAMP, whose equations become programs (default: ${DEFAULT-VALUE}).")
        private SolutionFormat cot;

        @Option(names = "--numeric",
                description = "MathQA without its options: the answer is the right option's number; rows without one are left out.")
        private boolean numeric;

        @Override
        public Integer call() throws IOException {
            EvalCommand.checkPlace("--out", out);
            if (Files.exists(out) && Files.isSameFile(file, out)) {
                throw new InputError("--out %s is what this command reads.", out);
            }
            Originals.Converted converted = Originals.read(file, cot, numeric ? Originals.Asked.NUMERIC : Originals.Asked.CHOICE);
            Datasets.write(out, converted.problems());
            int left = converted.rows() - converted.problems().size();
            System.out.printf(Locale.ROOT, "%s: %s of %s%s%n", out, Count.of(converted.problems().size(), "row"), converted.name(),
                    left == 0 ? "" : String.format(Locale.ROOT, "; %,d left out, whose right option is no single number", left));
            return 0;
        }
    }

    /** {@code reft data stats}. */
    @Command(name = "stats",
            description = "Says what a data file holds: rows, forms, answers, lengths, and questions that stand in a test set too.",
            footer = "  reft data stats svamp.json --test svamp_test.json --model checkpoints/base")
    static final class Stats implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "FILE", description = "Problems (ReFT JSON).")
        private Path file;

        @Option(names = "--test", paramLabel = "FILE", description = "A test set (ReFT JSON): which of its questions does FILE hold?")
        private Path test;

        @Option(names = "--model", paramLabel = "DIR", description = "Folder with a tokenizer's files: adds lengths in tokens.")
        private Path model;

        @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to FILE.")
        private Path json;

        private record Result(String data, Statistics statistics, Statistics.Overlap test, Statistics.Lengths prompt_tokens,
                              Statistics.Lengths solution_tokens) {}

        @Override
        public Integer call() {
            EvalCommand.checkPlace("--json", json);
            List<Problem> problems = Datasets.read(file);
            Statistics all = Statistics.of(problems);
            Statistics.Overlap overlap = test == null ? null : Statistics.Overlap.of(problems, Datasets.read(test));
            Statistics.Lengths prompts = null, solutions = null;
            if (model != null) {
                try (Tokenizer tokenizer = Tokenizers.open(model)) {
                    // the sum of prompt and solution is what training sees, but for BOS and EOS
                    prompts = Statistics.Lengths.of(problems, p -> tokenizer.encode(Template.PAPER.prompt(p)).length);
                    List<Problem> solved = problems.stream().filter(p -> p.cot() != null).toList();
                    solutions = solved.isEmpty() ? null : Statistics.Lengths.of(solved, p -> tokenizer.encode(p.cot().strip()).length);
                }
            }
            System.out.printf(Locale.ROOT, "rows         %,d (%s)%n", all.rows(), counts(all.sets()));
            System.out.printf("solutions    %s%n", counts(all.solutions()));
            System.out.printf("answers      %s%n", counts(all.answers()));
            System.out.printf(Locale.ROOT, "repeated     %s asked by an earlier row%n", Count.of(all.repeated(), "question"));
            if (overlap != null) {
                System.out.printf(Locale.ROOT, "in the test  %s of %s, and %,d more but for their numbers%n",
                        Count.of(overlap.same(), "question"), test, overlap.numbers());
            }
            if (prompts != null) {
                System.out.println("prompts      " + words(prompts));
            }
            if (solutions != null) {
                System.out.println("solutions    " + words(solutions));
            }
            if (json != null) {
                DurableFiles.replace(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create()
                        .toJson(new Result(file.toString(), all, overlap, prompts, solutions)) + "\n");
            }
            return 0;
        }

        private static String counts(Map<String, Integer> counts) {
            return counts.entrySet().stream()
                    .map(e -> String.format(Locale.ROOT, "%s %,d", InputError.printable(e.getKey(), 100), e.getValue()))
                    .collect(Collectors.joining(", "));
        }

        private static String words(Statistics.Lengths l) {
            return String.format(Locale.ROOT, "%.1f tokens on average; half have at most %d, 95 %% at most %d, the longest %d", l.mean(),
                    l.median(), l.p95(), l.max());
        }
    }
}
