package io.reft.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.reft.Count;
import io.reft.InputError;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFile;
import io.reft.evaluate.Accuracy;
import io.reft.evaluate.PairedTest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft compare}: two results of {@code reft eval} on the same questions. */
@Command(name = "compare",
        description = {"Compares two result files of reft eval on the same questions: accuracies with 95 %% intervals, their difference, "
                + "and how likely one at least as large would be were both models equally good (McNemar's exact test, two-sided).",
                "Of several samples a question the first counts, or, if asked for, the vote or the sample that the reranker picked."},
        footer = "  reft compare sft.json reft.json")
final class CompareCommand implements Callable<Integer> {
    private static final long MOST_BYTES = 1L << 30;

    @Parameters(index = "0", paramLabel = "A.json", description = "One result: reft eval --json A.json.")
    private Path first;

    @Parameters(index = "1", paramLabel = "B.json", description = "Another, on the same questions.")
    private Path second;

    @Option(names = "--vote", description = "Compare the majority votes.")
    private boolean vote;

    @Option(names = "--rerank", description = "Compare the samples that the rerankers picked.")
    private boolean rerank;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the comparison to FILE.")
    private Path json;

    /** A question's gold answer, and whether it was answered right. */
    private record Outcome(String gold, boolean right) {}

    private record Share(String file, String model, double accuracy, double low, double high) {}

    private record Result(String compared, int questions, Share first, Share second, double difference, int first_only, int second_only,
                          double p) {}

    @Override
    public Integer call() {
        if (vote && rerank) {
            throw new InputError("--vote and --rerank are two things to compare: give one of them.");
        }
        EvalCommand.checkPlace("--json", json);
        JsonObject one = JsonFile.read(first, MOST_BYTES), other = JsonFile.read(second, MOST_BYTES);
        Map<String, Outcome> a = outcomes(first, one), b = outcomes(second, other);
        checkSame(a, b);
        boolean[] right = new boolean[a.size()], otherRight = new boolean[a.size()];
        int i = 0;
        for (Map.Entry<String, Outcome> question : a.entrySet()) {
            right[i] = question.getValue().right;
            otherRight[i++] = b.get(question.getKey()).right;
        }
        PairedTest test = PairedTest.of(right, otherRight);
        Accuracy before = accuracy(right), after = accuracy(otherRight);
        String compared = vote ? "votes" : rerank ? "reranked samples" : "first samples";
        System.out.printf("%s of %s%n", compared, Count.of(right.length, "question"));
        System.out.printf("A            %s  %s%n", before, first);
        System.out.printf("B            %s  %s%n", after, second);
        System.out.printf(Locale.ROOT, "B - A        %+.1f points; right in A alone %d, in B alone %d%n", 100 * test.difference(),
                test.firstOnly(), test.secondOnly());
        System.out.printf(Locale.ROOT, "p            %.3g%n", test.pValue());
        if (json != null) {
            Result result = new Result(compared, right.length, share(first, one, before), share(second, other, after), test.difference(),
                    test.firstOnly(),
                    test.secondOnly(), test.pValue());
            DurableFiles.replace(json, new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(result) + "\n");
        }
        return 0;
    }

    private static Share share(Path file, JsonObject result, Accuracy accuracy) {
        String model = result.get("model") instanceof JsonPrimitive name ? name.getAsString() : null;
        return new Share(file.toString(), model, accuracy.value(), accuracy.low(), accuracy.high());
    }

    private static Accuracy accuracy(boolean[] right) {
        int count = 0;
        for (boolean r : right) {
            count += r ? 1 : 0;
        }
        return new Accuracy(count, right.length);
    }

    private Map<String, Outcome> outcomes(Path file, JsonObject result) {
        String field = vote ? "vote_right" : rerank ? "rerank_right" : "right";
        if (!(result.get("rows") instanceof JsonArray rows) || rows.isEmpty()) {
            throw new InputError("%s has no rows; it is no result of reft eval --json.", file);
        }
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (JsonElement element : rows) {
            int number = outcomes.size() + 1;
            JsonObject row = element instanceof JsonObject object ? object : new JsonObject();
            if (!(row.get("item_id") instanceof JsonPrimitive id) || !(row.get("right") instanceof JsonPrimitive)) {
                throw new InputError("%s row %d has no item_id, or does not say whether it is right; it is no result of reft eval --json.",
                        file, number);
            }
            if (!(row.get(field) instanceof JsonPrimitive right) || !right.isBoolean()) {
                throw new InputError("%s row %d has no %s: make the result with reft eval %s.", file, number, field,
                        vote ? "--samples K" : rerank ? "--samples K --rerank DIR" : "--json");
            }
            String gold = row.get("gold") instanceof JsonPrimitive answer ? answer.getAsString() : null;
            if (outcomes.put(id.getAsString(), new Outcome(gold, right.getAsBoolean())) != null) {
                throw new InputError("%s row %d: %s was already given.", file, number, id.getAsString());
            }
        }
        return outcomes;
    }

    /** The order may differ, the questions and their answers may not. */
    private void checkSame(Map<String, Outcome> a, Map<String, Outcome> b) {
        for (String id : a.keySet()) {
            if (!b.containsKey(id)) {
                throw new InputError("%s and %s are not on the same questions: %s is in the first alone.", first, second, id);
            }
            if (a.get(id).gold != null && b.get(id).gold != null && !a.get(id).gold.equals(b.get(id).gold)) {
                throw new InputError("%s and %s are not on the same questions: the answer of %s is %s in the first and %s in the second.",
                        first, second, id,
                        a.get(id).gold, b.get(id).gold);
            }
        }
        List<String> more = b.keySet().stream().filter(id -> !a.containsKey(id)).toList();
        if (!more.isEmpty()) {
            throw new InputError("%s and %s are not on the same questions: %s is in the second alone.", first, second, more.getFirst());
        }
    }
}
