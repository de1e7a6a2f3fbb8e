package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.Count;
import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.answer.AnswerFormat;
import io.reft.checkpoint.DurableFiles;
import io.reft.data.Encoder;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.evaluate.MeanShare;
import io.reft.evaluate.Reranker;
import io.reft.evaluate.Sample;
import io.reft.evaluate.SamplesFile;
import io.reft.generate.Sampling;
import io.reft.reward.Grading;
import io.reft.reward.Score;
import io.reft.rollout.Rollout;
import io.reft.run.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft eval}: accuracy on a set of questions. */
@Command(name = "eval", description = {
        "Measures a model's accuracy on questions: greedily, or over several samples of each, by their majority vote and by the one "
                + "that a reranker holds best.",
        "Samples with the same answer vote together (numbers within the tolerance of the first of them); the larger group wins, of "
                + "equals the one seen first. "
                + "A reranker picks among all samples, those without an answer too, and of equals the first. pass@k is the chance "
                + "that one of k samples is right, "
                + "estimated from all; the upper bound is the share of questions of which any sample is right. Intervals are of 95 %%."},
        footer = "  reft eval --model runs/reft --data svamp_test.json --json result.json")
final class EvalCommand implements Callable<Integer>, Checked {
    @Option(names = "--model", paramLabel = "DIR", description = "Hugging Face model folder; not needed for --from-samples.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path file;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N rows.")
    @Range(min = 1)
    private Integer limit;

    @Mixin
    private DataOptions data;

    @Option(names = "--samples", paramLabel = "K",
            description = "Completions of each question; with more than one, their majority votes (default: 1, or all that "
                    + "--from-samples has).")
    @Range(min = 1, max = Range.SAMPLES)
    private Integer samples;

    @Option(names = "--samples-out", paramLabel = "FILE",
            description = "Keep the samples in FILE, as JSON lines: item_id, sample, completion, value, score, verdict and, by "
                    + "--rerank, its log-odds.")
    private Path samplesOut;

    @Option(names = "--from-samples", paramLabel = "FILE",
            description = "Evaluate the samples in FILE, by the values and scores they have there, and generate nothing; of more than "
                    + "--samples, the first.")
    private Path samplesIn;

    @Option(names = "--rerank", paramLabel = "DIR",
            description = "A reranker's folder (reft rerank train), which picks the best sample of each question.")
    private Path rerank;

    @Option(names = "--temperature", paramLabel = "T", description = "0: greedy (default: 0 for one sample, 1 for several).")
    @Range(orZero = true, min = Range.COLDEST, max = Range.HOTTEST)
    private Float temperature;

    @Option(names = "--max-length", paramLabel = "N",
            description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    @Range(min = 2, max = Range.TOKENS)
    private Integer maxLength;

    @Option(names = "--strict", description = "Refuse questions that leave no room for an answer, instead of counting them as wrong.")
    private boolean strict;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result with one row a question to FILE.")
    private Path json;

    @Mixin
    private EngineOptions engine;

    /** Questions named in a sentence, and most characters of a name. */
    private static final int NAMED = 5, CUT = 100;

    private List<String> tooLong = List.of();
    private AnswerFormat answers; // null where the solutions are programs, or were judged before

    /** One question in the JSON; {@code samples} where there are several. */
    private record Row(String item_id, String gold, String completion, String value, double score, boolean right, String verdict,
                       String vote, Boolean vote_right,
                       String rerank, Boolean rerank_right, Integer samples_right, List<RowSample> samples) {}

    private record RowSample(String completion, String value, double score, String verdict, Double rerank) {}

    private record PassAt(int k, double value, double low, double high) {}

    private record Result(String model, String data, int questions, List<String> too_long, int samples, String samples_file,
                          String reranker, Float temperature, long seed, String verifier, String answer_format, double accuracy, double low,
                          double high,
                          Double vote_accuracy, Double vote_low, Double vote_high, Double rerank_accuracy, Double rerank_low,
                          Double rerank_high, Double upper_bound, Double upper_low, Double upper_high, List<PassAt> pass_at,
                          Map<String, Integer> verdicts, Map<String, Integer> refused, List<Row> rows) {}

    @Override
    public void check() {
        if (model == null && samplesIn == null) {
            throw new InputError("There is nothing to evaluate: give --model DIR, or --from-samples FILE.");
        }
    }

    @Override
    public Integer call() {
        check();
        checkPlace("--json", json);
        checkPlace("--samples-out", samplesOut);
        List<Problem> all = data.read(file), problems = limit == null ? all : all.subList(0, Math.min(limit, all.size()));
        Evaluation result = samplesIn != null ? read(all, problems) : generate(problems);
        if (samplesOut != null) {
            SamplesFile.write(samplesOut, result.all()); // kept, should the reranker fail
        }
        if (rerank != null) {
            result = ranked(result);
            if (samplesOut != null) {
                SamplesFile.write(samplesOut, result.all());
            }
        }
        print(result);
        if (json != null) {
            DurableFiles.replace(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(result(result)) + "\n");
        }
        return 0;
    }

    /** A file can be put there. */
    static void checkPlace(String option, Path file) {
        if (file != null && (Files.isDirectory(file) || !Files.isDirectory(file.toAbsolutePath().getParent()))) {
            throw new InputError("%s %s: there is no folder to put that file in.", option, file);
        }
        if (file != null) {
            DurableFiles.checkPlace(file);
        }
    }

    private int count() {
        return samples == null ? 1 : samples;
    }

    private float temperature() {
        return temperature != null ? temperature : count() > 1 ? 1 : 0;
    }

    private Evaluation generate(List<Problem> problems) {
        try (Session session = Session.open(model, engine::open, false, Console.JOURNAL)) {
            int longest = session.length("--max-length", maxLength, Session.LENGTH);
            Grading grading = data.grading(model, problems);
            answers = grading.format() == SolutionFormat.NL ? grading.answers() : null;
            List<Prompt> prompts = problems.stream().map(session.encoder(grading)::prompt).toList(),
                    refused = Evaluation.tooLong(prompts, longest);
            if (!refused.isEmpty()) {
                tellTooLong(refused, prompts.size(), longest);
            }
            try (Rollout rollout = session.rollout(grading.reward(session.template()), Session.BATCH, longest, longest);
                    Progress progress = new Progress("eval", "completions", (long) (prompts.size() - refused.size()) * count())) {
                return Evaluation.of(rollout, session.model().weights(), prompts, count(), new Sampling(temperature(), 0, 1, engine.seed),
                        progress::reach);
            }
        }
    }

    private void tellTooLong(List<Prompt> refused, int all, int longest) {
        tooLong = refused.stream().map(p -> p.problem().id()).toList();
        String words = tooLong(tooLong, all, longest);
        if (strict || refused.size() == all) {
            throw new InputError("%s: raise --max-length, or leave such questions out.", words);
        }
        Console.CONSOLE.message(words + (refused.size() == 1 ? "; it counts" : "; they count") + " as wrong.");
    }

    /** That questions leave no room for an answer: how many, and the first of them by name. */
    static String tooLong(List<String> ids, int all, int longest) {
        return String.format(Locale.ROOT, "%d of %s leave%s no room for an answer within %d tokens (%s)", ids.size(),
                Count.of(all, "question"), ids.size() == 1 ? "s" : "", longest, named(ids));
    }

    /** The first few of some names. */
    static String named(List<String> names) {
        return names.stream().limit(NAMED).map(id -> InputError.printable(id, CUT)).collect(Collectors.joining(", "))
                + (names.size() > NAMED ? ", …" : "");
    }

    /** The first samples of each question in the file, by their numbers. */
    private Evaluation read(List<Problem> all, List<Problem> asked) {
        Map<String, List<Sample>> byQuestion =
                SamplesFile.read(samplesIn, all.stream().map(Problem::id).collect(Collectors.toSet())).stream()
                        .sorted(Comparator.comparingInt(Sample::number)).collect(Collectors.groupingBy(Sample::itemId));
        int most = asked.stream().mapToInt(p -> byQuestion.getOrDefault(p.id(), List.of()).size()).max().orElse(0),
                wanted = samples == null ? Math.max(1, most) : samples;
        List<Sample> chosen = new ArrayList<>();
        for (Problem problem : asked) {
            List<Sample> own = byQuestion.getOrDefault(problem.id(), List.of());
            if (own.size() < wanted) {
                throw new InputError("%s has %s of %s, and %s.", samplesIn, Count.of(own.size(), "sample"), problem.id(),
                        samples == null ? "up to " + most + " of other questions: give --samples with how many to take of each"
                                : "--samples asks for " + samples);
            }
            chosen.addAll(own.subList(0, wanted));
        }
        return Evaluation.of(asked, chosen, wanted);
    }

    private Evaluation ranked(Evaluation result) {
        try (Session session = Session.openReranker(rerank, engine::open, Console.JOURNAL);
                Reranker reranker = new Reranker(session.model(), session.engine())) {
            Encoder encoder = session.encoder(data.grading(rerank, List.of()));
            try (Progress progress = new Progress("rerank", "distinct samples", -1)) {
                Set<String> cut = new LinkedHashSet<>();
                Evaluation ranked = result.ranked(reranker, encoder, progress::reach, cut::add);
                if (!cut.isEmpty()) {
                    Console.CONSOLE.message(String.format(Locale.ROOT,
                            "%s solutions longer than the reranker's %d positions, of which the beginning was " + "judged (%s).",
                            cut.size() == 1 ? "1 question has" : cut.size() + " questions have", reranker.longest(),
                            named(List.copyOf(cut))));
                }
                return ranked;
            }
        }
    }

    private static void print(Evaluation result) {
        int k = result.samples();
        System.out.printf("accuracy     %s of %s%s%n", result.accuracy(), k == 1 ? "" : k + " samples of each of ",
                Count.of(result.rows().size(), "question"));
        if (k > 1) {
            System.out.printf("vote@%-8d%s%n", k, result.vote());
        }
        if (result.reranked()) {
            System.out.printf("rerank@%-6d%s%n", k, result.best());
        }
        if (k > 1) {
            passes(k).forEach(n -> System.out.printf("pass@%-8d%s%n", n, result.passAt(n)));
            System.out.printf("upper bound  %s%n", result.upperBound());
        }
        System.out.println("verdicts     "
                + String.join(", ", verdicts(result).entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList()));
    }

    /** The k of pass@k: powers of two between 1, which is the accuracy, and K, which is the upper bound. */
    private static List<Integer> passes(int samples) {
        List<Integer> passes = new ArrayList<>();
        for (int k = 2; k < samples; k *= 2) {
            passes.add(k);
        }
        return passes;
    }

    private static Map<String, Integer> verdicts(Evaluation result) {
        Map<String, Integer> counts = new TreeMap<>();
        result.all().forEach(s -> counts.merge(verdict(s), 1, Integer::sum));
        return counts;
    }

    private Result result(Evaluation e) {
        boolean several = e.samples() > 1;
        Accuracy vote = several ? e.vote() : null, best = e.reranked() ? e.best() : null, upper = several ? e.upperBound() : null;
        MeanShare accuracy = e.accuracy();
        List<PassAt> passes = passes(e.samples()).stream().map(k -> passAt(k, e.passAt(k))).toList();
        return new Result(text(model), file.toString(), e.rows().size(), tooLong.isEmpty() ? null : tooLong, e.samples(), text(samplesIn),
                text(rerank), samplesIn == null ? temperature() : null, engine.seed, data.verifier,
                answers == null ? null : answers.toString(), accuracy.value(), accuracy.low(),
                accuracy.high(), several ? vote.value() : null, several ? vote.low() : null, several ? vote.high() : null,
                best == null ? null : best.value(), best == null ? null : best.low(), best == null ? null : best.high(),
                several ? upper.value() : null, several ? upper.low() : null, several ? upper.high() : null,
                several ? passes : null, verdicts(e), Score.refused(e.all().stream().map(Sample::score).toList()),
                e.rows().stream().map(r -> row(r, several)).toList());
    }

    private static PassAt passAt(int k, MeanShare share) {
        return new PassAt(k, share.value(), share.low(), share.high());
    }

    private static Row row(Evaluation.Row r, boolean several) {
        Sample first = r.first();
        return new Row(r.problem().id(), r.problem().answer(), first.completion(), text(first.score().answer()), first.score().value(),
                first.score().right(), verdict(first), several ? text(r.vote()) : null, several ? r.voteRight() : null,
                r.best() == null ? null : text(r.best().score().answer()), r.best() == null ? null : r.best().score().right(),
                several ? r.right() : null,
                several ? r.samples().stream()
                        .map(s -> new RowSample(s.completion(), text(s.score().answer()), s.score().value(), verdict(s), s.rerank()))
                        .toList() : null);
    }

    private static String verdict(Sample sample) {
        return sample.score().verdict().name().toLowerCase(Locale.ROOT);
    }

    private static String text(Path path) {
        return path == null ? null : path.toString();
    }

    private static String text(Answer answer) {
        return answer == null ? null : answer.letter() != null ? answer.letter() : Double.toString(answer.number());
    }
}
