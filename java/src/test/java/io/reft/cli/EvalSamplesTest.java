package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code reft eval --from-samples} and {@code reft compare}: figures from a file of samples alone. */
class EvalSamplesTest {
    private static final int QUESTIONS = 40, K = 9;

    @TempDir
    private Path folder;
    private Path data;

    @BeforeEach
    void questions() throws IOException {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < QUESTIONS; i++) {
            rows.add(String.format("{\"item_id\": \"%s\", \"question\": \"q %d\", \"answer_value\": \"%s\"}", id(i), i,
                    i % 4 == 3 ? "c" : Integer.toString(i % 5)));
        }
        data = Files.writeString(folder.resolve("data.json"), "[" + String.join(",\n", rows) + "]");
    }

    /** Every fourth question has choices. */
    private static String id(int i) {
        return (i % 4 == 3 ? "mathqa_" : "svamp_") + i;
    }

    /** Samples of few values and few log-odds, so that there are ties, in any order of lines. */
    private Path samples(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < QUESTIONS; i++) {
            for (int k = 0; k < K; k++) {
                int value = random.nextInt(6);
                String written =
                        i % 4 == 3 ? "\"" + "abcde".charAt(Math.min(value, 4)) + "\"" : value + (random.nextBoolean() ? ".004" : "");
                boolean right = i % 4 == 3 ? value == 2 : value == i % 5 && !(value == 0 && written.length() > 1);
                boolean none = random.nextInt(7) == 0;
                lines.add(String.format("{\"item_id\":\"%s\",\"sample\":%d,\"completion\":\"w\",\"value\":%s,\"score\":%s,\"rerank\":%d}",
                        id(i), 10 * k, none ? "null" : written,
                        none ? "0" : right ? "1" : "0.1", random.nextInt(4) - 2));
            }
        }
        Collections.shuffle(lines, random);
        return Files.write(folder.resolve("samples" + seed + ".jsonl"), lines);
    }

    private JsonObject eval(Path samples, Object... more) throws IOException {
        Path json = folder.resolve("result.json");
        List<Object> arguments = new ArrayList<>(List.of("eval", "--data", data, "--from-samples", samples, "--json", json));
        arguments.addAll(List.of(more));
        Run run = Run.reft(arguments.toArray());
        assertEquals(0, run.code(), run.err());
        return JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    }

    /** Numbers within 1e-2, or a twentieth where that is less; letters if they are the same. */
    private static boolean same(JsonElement a, String b) {
        if (!a.getAsJsonPrimitive().isNumber()) {
            return a.getAsString().equals(b);
        }
        double gold = Double.parseDouble(b);
        return Math.abs(a.getAsDouble() - gold) <= Math.max(1e-9, Math.min(0.01, 0.05 * Math.abs(gold)));
    }

    /** As slow and plain as can be, from the lines of the file. */
    private double[] recomputed(Path file, int first) throws IOException {
        List<JsonObject> lines = Files.readAllLines(file).stream().map(l -> JsonParser.parseString(l).getAsJsonObject()).toList();
        double accuracy = 0, votes = 0, reranked = 0, pairs = 0, any = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            List<JsonObject> own = new ArrayList<>();
            for (int number = 0; own.size() < first; number++) {
                for (JsonObject line : lines) {
                    if (line.get("item_id").getAsString().equals(id(i)) && line.get("sample").getAsInt() == number) {
                        own.add(line);
                    }
                }
            }
            int right = 0, rightPairs = 0;
            for (int a = 0; a < first; a++) {
                right += own.get(a).get("score").getAsDouble() == 1 ? 1 : 0;
                for (int b = 0; b < a; b++) {
                    rightPairs += own.get(a).get("score").getAsDouble() == 1 || own.get(b).get("score").getAsDouble() == 1 ? 1 : 0;
                }
            }
            accuracy += right / (double) first;
            pairs += rightPairs / (first * (first - 1) / 2.0);
            any += right > 0 ? 1 : 0;
            List<JsonElement> leaders = new ArrayList<>();
            List<Integer> counts = new ArrayList<>();
            JsonObject best = null;
            for (JsonObject line : own) {
                best = best == null || line.get("rerank").getAsDouble() > best.get("rerank").getAsDouble() ? line : best;
                if (!line.get("value").isJsonNull()) {
                    int group = 0;
                    while (group < leaders.size() && !same(leaders.get(group), line.get("value").getAsString())) {
                        group++;
                    }
                    if (group == leaders.size()) {
                        leaders.add(line.get("value"));
                        counts.add(0);
                    }
                    counts.set(group, counts.get(group) + 1);
                }
            }
            if (!counts.isEmpty()) {
                JsonElement winner = leaders.get(counts.indexOf(Collections.max(counts)));
                votes += same(winner, i % 4 == 3 ? "c" : Integer.toString(i % 5)) ? 1 : 0;
            }
            reranked += best.get("score").getAsDouble() == 1 ? 1 : 0;
        }
        return new double[] {accuracy / QUESTIONS, votes / QUESTIONS, reranked / QUESTIONS, pairs / QUESTIONS, any / QUESTIONS};
    }

    private static double figure(JsonObject result, String name) {
        return result.get(name).getAsDouble();
    }

    @ParameterizedTest
    @ValueSource(ints = {K, 5, 2})
    void agreesWithAPlainRecomputation(int first) throws IOException {
        for (long seed = 1; seed <= 8; seed++) {
            Path samples = samples(seed);
            JsonObject result = eval(samples, "--samples", first);
            double[] plain = recomputed(samples, first);
            assertEquals(plain[0], figure(result, "accuracy"), 1e-12);
            assertEquals(plain[1], figure(result, "vote_accuracy"), 1e-12);
            assertEquals(plain[2], figure(result, "rerank_accuracy"), 1e-12);
            assertEquals(first == 2 ? plain[4] : plain[3],
                    first == 2 ? figure(result, "upper_bound") : figure(result.getAsJsonArray("pass_at").get(0).getAsJsonObject(), "value"),
                    1e-12);
            assertEquals(plain[4], figure(result, "upper_bound"), 1e-12);
            assertTrue(figure(result, "low") < plain[0] && plain[0] < figure(result, "high"));
        }
    }

    /** What --samples-out keeps gives the same figures again. */
    @Test
    void keptSamplesAreTheSame() throws IOException {
        Path kept = folder.resolve("kept.jsonl");
        JsonObject result = eval(samples(1), "--samples-out", kept), again = eval(kept);
        result.remove("samples_file");
        again.remove("samples_file");
        assertEquals(result, again);
        assertEquals(QUESTIONS * K, Files.readAllLines(kept).size());
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        Path samples = samples(1);
        refused("There is nothing to evaluate: give --model DIR, or --from-samples FILE.", "eval", "--data", data);
        refused(samples + " has 9 samples of svamp_0, and --samples asks for 10.", "eval", "--data", data, "--from-samples", samples,
                "--samples", 10);
        List<String> lines = new ArrayList<>(Files.readAllLines(samples));
        lines.removeIf(l -> l.contains("\"svamp_1\"") && l.contains("\"sample\":0,"));
        Files.write(samples, lines);
        refused(samples + " has 8 samples of svamp_1, and up to 9 of other questions: give --samples with how many to take of each.",
                "eval", "--data", data,
                "--from-samples", samples);
        Path json = folder.resolve("none.json");
        Files.writeString(samples, lines.getFirst() + "\nwell\n");
        refused(samples + ":2: not one JSON object.", "eval", "--data", data, "--from-samples", samples, "--json", json);
        assertTrue(Files.notExists(json));
        refused("--samples-out /no/where/s.jsonl: there is no folder to put that file in.", "eval", "--data", data, "--from-samples",
                samples, "--samples-out", "/no/where/s.jsonl");
    }

    private static void refused(String sentence, Object... arguments) {
        Run run = Run.reft(arguments);
        assertEquals(2, run.code(), run.out());
        assertEquals("reft " + arguments[0] + ": " + sentence + "\n", run.err());
    }

    // ---------------------------------------------------------------- two results

    private Path result(String name, String rows) throws IOException {
        return Files.writeString(folder.resolve(name), "{\"model\": \"" + name + "\", \"rows\": [" + rows + "]}");
    }

    private static String row(int i, boolean right, String more) {
        return "{\"item_id\": \"svamp_" + i + "\", \"gold\": \"7\", \"right\": " + right + more + "}";
    }

    @Test
    void twoResultsInAnyOrder() throws IOException {
        List<String> a = new ArrayList<>(), b = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            a.add(row(i, i < 46, ", \"vote_right\": true"));
            b.add(row(i, i >= 6 && i < 62, ", \"vote_right\": " + (i > 0)));
        }
        Collections.reverse(b);
        Path one = result("a.json", String.join(",", a)), other = result("b.json", String.join(",", b)), json = folder.resolve("c.json");
        Run run = Run.reft("compare", one, other, "--json", json);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("B - A        +10.0 points; right in A alone 6, in B alone 16\np            0.0525\n"), run.out());
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertEquals(0.05248, figure(result, "p"), 1e-5);   // twice the chance of at most 6 heads in 22 throws
        assertEquals(0.46, figure(result.getAsJsonObject("first"), "accuracy"));
        assertEquals(0.3656, figure(result.getAsJsonObject("first"), "low"), 1e-4);
        run = Run.reft("compare", one, other, "--vote");
        assertTrue(run.out().contains("B - A        -1.0 points; right in A alone 1, in B alone 0\np            1.00\n"), run.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"rows": [{"item_id": "svamp_2", "gold": "7", "right": true}]} |           | are not on the same questions: svamp_1 is in \
            the first alone.
            {"rows": [{"item_id": "svamp_1", "gold": "8", "right": true}]} |           | the answer of svamp_1 is 7 in the first and 8 \
            in the second.
            {"rows": [{"item_id": "svamp_1", "right": true}, {"item_id": "svamp_2", "right": true}]} | | are not on the same questions: \
            svamp_2 is in the second alone.
            {"rows": [{"item_id": "svamp_1", "right": true}, {"item_id": "svamp_1", "right": true}]} | | row 2: svamp_1 was already given.
            {"rows": []}                                                   |           | b.json has no rows; it is no result of reft \
            eval --json.
            {"rows": [7]}                                                  |           | b.json row 1 has no item_id, or does not say \
            whether it is right
            {"rows": [{"item_id": "svamp_1", "right": true}]}              | --vote    | a.json row 1 has no vote_right: make the result \
            with reft eval --samples K.
            {"rows": [{"item_id": "svamp_1", "right": true}]}              | --rerank  | a.json row 1 has no rerank_right: make the \
            result with reft eval --samples K --rerank DIR.
            """)
    void resultsThatCannotBeCompared(String second, String option, String sentence) throws IOException {
        Path one = result("a.json", row(1, true, "")), other = Files.writeString(folder.resolve("b.json"), second);
        Run run = option == null ? Run.reft("compare", one, other) : Run.reft("compare", one, other, option);
        assertEquals(2, run.code(), run.out());
        assertTrue(run.err().contains(sentence) && run.err().lines().count() == 1, run.err());
    }
}
