package io.reft.cli;

import com.google.gson.GsonBuilder;
import io.reft.InputError;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.Evaluation;
import io.reft.generate.Sampling;
import io.reft.reward.Answer;
import io.reft.reward.Score;
import io.reft.train.Rollout;
import io.reft.train.ScoredCompletion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reft eval}: accuracy on a set of questions. */
@Command(name = "eval", description = "Measures a model's accuracy on questions: greedily, or by majority vote over several samples.",
        footer = "  reft eval --model runs/reft --data svamp_test.json --json result.json")
final class EvalCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Hugging Face model folder.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "Problems with answers (ReFT JSON).")
    private Path file;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N rows.")
    private Integer limit;

    @Mixin
    private DataOptions data;

    @Option(names = "--samples", defaultValue = "1", paramLabel = "K", description = "Completions of each question; with more than one, their majority votes (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(names = "--temperature", paramLabel = "T", description = "0: greedy (default: 0 for one sample, 1 for several).")
    private Float temperature;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest prompt and completion in tokens (default: 700, or the model's positions).")
    private Integer maxLength;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result with one row a question to FILE.")
    private Path json;

    @Mixin
    private EngineOptions engine;

    /** One question in the JSON; {@code samples} where there are several. */
    private record Row(String item_id, String gold, String completion, String value, double score, boolean right, String verdict, String vote, Boolean vote_right,
                       List<Sample> samples) {}

    private record Sample(String completion, String value, double score, String verdict) {}

    private record Result(String model, String data, int questions, int samples, float temperature, long seed, String verifier, double accuracy, Double low,
                          Double high, Double vote_accuracy, Double vote_low, Double vote_high, Map<String, Integer> verdicts, Map<String, Integer> refused,
                          List<Row> rows) {}

    @Override
    public Integer call() throws IOException {
        if (samples < 1 || limit != null && limit < 1 || temperature != null && !(temperature >= 0)) {
            throw new InputError("--samples and --limit are at least 1, --temperature at least 0.");
        }
        if (json != null && (Files.isDirectory(json) || !Files.isDirectory(json.toAbsolutePath().getParent()))) {
            throw new InputError("--json %s: there is no folder to put that file in.", json);
        }
        List<Problem> problems = Datasets.read(file);
        problems = limit == null ? problems : problems.subList(0, Math.min(limit, problems.size()));
        float heat = temperature != null ? temperature : samples > 1 ? 1 : 0;
        Evaluation result;
        try (Session session = Session.open(model, engine, false)) {
            int longest = session.length("--max-length", maxLength, 700);
            List<Prompt> prompts = problems.stream().map(session.encoder(data.cot)::prompt).toList();
            try (Rollout rollout = session.rollout(data.reward(session.template()), Session.BATCH, longest, longest);
                    Progress progress = new Progress("eval", "completions", (long) prompts.size() * samples)) {
                int[] done = {0};
                result = Evaluation.of(rollout, session.model().weights(), prompts, samples, new Sampling(heat, 0, 1, engine.seed), n -> {
                    progress.step(n - done[0]);
                    done[0] = n;
                });
            }
        }
        print(result);
        if (json != null) {
            Files.writeString(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(result(result, heat)) + "\n");
        }
        return 0;
    }

    private static void print(Evaluation result) {
        if (result.samples() == 1) {
            System.out.printf("accuracy     %s of %d questions%n", result.first(), result.rows().size());
        } else {
            System.out.printf(Locale.ROOT, "accuracy     %.1f %% of %d samples of each of %d questions%n", 100 * result.accuracy(), result.samples(), result.rows().size());
            System.out.printf("vote@%-8d%s%n", result.samples(), result.vote());
        }
        System.out.println("verdicts     " + String.join(", ", verdicts(result).entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList()));
    }

    private static Map<String, Integer> verdicts(Evaluation result) {
        Map<String, Integer> counts = new TreeMap<>();
        result.rows().forEach(r -> r.completions().forEach(c -> counts.merge(verdict(c), 1, Integer::sum)));
        return counts;
    }

    private static Map<String, Integer> refused(Evaluation result) {
        return Score.refused(result.rows().stream().flatMap(r -> r.completions().stream()).map(ScoredCompletion::score).toList());
    }

    private Result result(Evaluation e, float heat) {
        Accuracy first = e.first(), vote = e.vote();
        boolean several = e.samples() > 1;
        return new Result(model.toString(), file.toString(), e.rows().size(), e.samples(), heat, engine.seed, data.verifier, e.accuracy(),
                several ? null : first.low(), several ? null : first.high(), several ? vote.value() : null, several ? vote.low() : null,
                several ? vote.high() : null, verdicts(e), refused(e), e.rows().stream().map(r -> row(r, several)).toList());
    }

    private static Row row(Evaluation.Row r, boolean several) {
        ScoredCompletion first = r.completions().getFirst();
        return new Row(r.prompt().problem().id(), r.prompt().problem().answer(), first.text(), text(first.score().answer()), first.score().value(),
                first.score().right(), verdict(first), several ? text(r.vote()) : null, several ? r.voteRight() : null,
                several ? r.completions().stream().map(c -> new Sample(c.text(), text(c.score().answer()), c.score().value(), verdict(c))).toList() : null);
    }

    private static String verdict(ScoredCompletion c) {
        return c.score().verdict().name().toLowerCase(Locale.ROOT);
    }

    private static String text(Answer answer) {
        return answer == null ? null : answer.letter() != null ? answer.letter() : Double.toString(answer.number());
    }
}
