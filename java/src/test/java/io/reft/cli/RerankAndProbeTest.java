package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code reft rerank train} and its use by {@code reft eval}, {@code reft probe} and the probes of {@code reft ppo}, on a model of random
 * weights.
 */
class RerankAndProbeTest {
    private static final int QUESTIONS = 12, K = 4;

    @TempDir
    private Path folder;
    private Path model;
    private Path data;
    private Path samples;

    private static Run ok(Object... arguments) {
        Run run = Run.reft(arguments);
        assertEquals(0, run.code(), run.err());
        return run;
    }

    private static void refused(String sentence, Object... arguments) {
        Run run = Run.reft(arguments);
        assertEquals(2, run.code(), run.out());
        assertTrue(run.err().lines().count() == 1 && run.err().contains(sentence), run.err());
    }

    @BeforeEach
    void prepare() throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"),
                """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 512, "hidden_size": 16, \
                "intermediate_size": 24, "num_hidden_layers": 1,
                 "num_attention_heads": 2, "max_position_embeddings": 160, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": \
                 true}""");
        model = folder.resolve("model");
        ok("init", "--config", config, "--tokenizer", Golden.repository("models/demo"), "--out", model, "--threads", 1);
        List<String> rows = new ArrayList<>(), lines = new ArrayList<>();
        for (int i = 0; i < QUESTIONS; i++) {
            rows.add("{\"item_id\": \"svamp_%d\", \"question\": \"%d and 4?\", \"answer_value\": %d}".formatted(i, i, i + 4));
            for (int k = 0; k < K; k++) {
                boolean right = k % 2 == 0;
                lines.add("{\"item_id\":\"svamp_%d\",\"sample\":%d,\"completion\":\"    return %d %s 4%s\",\"value\":%d,\"score\":%s}"
                        .formatted(i, k, i, right ? "+" : "*",
                                k == 3 ? "" : " ", right ? i + 4 : i * 4, right ? "1" : "0.1"));
            }
        }
        data = Files.writeString(folder.resolve("data.json"), "[" + String.join(",\n", rows) + "]");
        samples = Files.write(folder.resolve("samples.jsonl"), lines);
    }

    private Path train(String out, Object... more) {
        List<Object> arguments = new ArrayList<>(
                List.of("rerank", "train", "--model", model, "--data", data, "--samples-file", samples, "--out", folder.resolve(out),
                        "--epochs", 2, "--lr", "1e-2", "--batch-size", 8, "--max-length", 150, "--threads", 1));
        arguments.addAll(List.of(more));
        assertTrue(ok(arguments.toArray()).out().contains("development share of right picks"));
        return folder.resolve(out);
    }

    @Test
    void trainsAndPicks() throws IOException {
        Path reranker = train("reranker");
        JsonObject config = JsonParser.parseString(Files.readString(reranker.resolve("config.json"))).getAsJsonObject();
        assertEquals("[\"LlamaForSequenceClassification\"]", config.get("architectures").toString());
        assertEquals("{\"0\":\"wrong\",\"1\":\"right\"}", config.get("id2label").toString());
        assertTrue(ok("info", "--model", reranker).out().contains("output head of 2 classes"));
        String options = Files.readString(reranker.resolve("run/options.json"));
        assertTrue(options.contains("samples.jsonl") && options.contains("\"lr\": 0.01"), options);
        // 3 distinct samples of each question, one question set aside: 33 are 5 batches of each of 2 epochs, which end in a verdict
        assertEquals(2 * (5 + 1), Files.readAllLines(reranker.resolve("run/metrics.jsonl")).size());
        assertEquals(-1, Files.mismatch(reranker.resolve("model.safetensors"), train("again").resolve("model.safetensors")),
                "the same seed gives the same bits");

        Path judged = folder.resolve("judged.jsonl"), json = folder.resolve("result.json"), again = folder.resolve("again.json");
        Run run = ok("eval", "--data", data, "--from-samples", samples, "--rerank", reranker, "--samples-out", judged, "--json", json,
                "--threads", 1);
        assertTrue(run.out().contains("rerank@4"), run.out());
        List<JsonObject> lines = Files.readAllLines(judged).stream().map(l -> JsonParser.parseString(l).getAsJsonObject()).toList();
        assertEquals(QUESTIONS * K, lines.size());
        assertEquals(lines.get(0).get("rerank"), lines.get(2).get("rerank"), "equal completions");
        int right = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            JsonObject best = lines.get(i * K);
            for (int k = 1; k < K; k++) {
                best = lines.get(i * K + k).get("rerank").getAsDouble() > best.get("rerank").getAsDouble() ? lines.get(i * K + k) : best;
            }
            right += best.get("score").getAsDouble() == 1 ? 1 : 0;
        }
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertEquals(right / (double) QUESTIONS, result.get("rerank_accuracy").getAsDouble());
        ok("eval", "--data", data, "--from-samples", judged, "--json", again);
        assertEquals(result.get("rerank_accuracy"),
                JsonParser.parseString(Files.readString(again)).getAsJsonObject().get("rerank_accuracy"), "without the reranker");

        refused("is a classifier, not a language model", "eval", "--model", reranker, "--data", data);
        refused("is no reranker: reft rerank train makes one", "eval", "--data", data, "--from-samples", samples, "--rerank", model);
        refused("holds an earlier run", "rerank", "train", "--model", model, "--data", data, "--samples-file", samples, "--out", reranker);
    }

    @Test
    void drawsSamplesItself() throws IOException {
        Path drawn = folder.resolve("drawn.jsonl");
        train("reranker", "--samples", 2, "--samples-out", drawn);
        assertEquals(2 * QUESTIONS, Files.readAllLines(drawn).size());
        refused("There is nothing to learn from", "rerank", "train", "--model", model, "--data", data, "--out", folder.resolve("other"));
        refused("distinct samples are wrong: a reranker needs both", "rerank", "train", "--model", model, "--data", data, "--samples-file",
                drawn, "--out", folder.resolve("other"), "--max-length", 150);
        assertFalse(Files.exists(folder.resolve("other")));
    }

    /** A model of random weights answers nothing: what is measured is said, and that the rest is not. */
    @Test
    void probes() throws IOException {
        Path json = folder.resolve("probes.json");
        Run run = ok("probe", "--model", model, "--data", data, "--questions", 5, "--max-length", 120, "--json", json, "--threads", 1);
        assertTrue(
                run.out().contains(
                        "score        0.000\naccuracy     0.0 % (0.0 to 43.4) of 5 questions\nreasoned     not measured: no answers\n"),
                run.out());
        assertTrue(
                run.out().contains("choices      not measured: no questions with choices\nnumbers      not measured: no right answers\n"),
                run.out());
        run = ok("probe", "--model", model, "--data", data, "--questions", 5, "--max-length", 120, "--before", json, "--threads", 1);
        assertTrue(run.out().contains("score        0.000, before 0.000\n") && run.out().endsWith("flagged      nothing\n"), run.out());
        refused("is of other questions: --data, --questions and --seed must be the same.", "probe", "--model", model, "--data", data,
                "--questions", 4, "--before", json);
        refused("is no result of reft probe --json: field \"probes\" is missing.", "probe", "--model", model, "--data", data, "--before",
                folder.resolve("config.json"));
    }

    @Test
    void probesWhileReinforcing() throws IOException {
        Path out = folder.resolve("reft");
        List<Object> ppo = List.of("ppo", "--model", model, "--train", data, "--dev", data, "--iterations", 3, "--batch-size", 4,
                "--max-length", 100, "--threads", 1, "--probe-questions", 3);
        List<Object> every = new ArrayList<>(ppo), never = new ArrayList<>(ppo);
        every.addAll(List.of("--out", out, "--probe-every", 2));
        never.addAll(List.of("--out", folder.resolve("quiet"), "--probe-every", 0));
        ok(every.toArray());
        ok(never.toArray());
        List<String> probes = Files.readAllLines(out.resolve("run/metrics.jsonl")).stream().filter(l -> l.contains("probe_score")).toList();
        assertEquals(List.of(0, 2, 3),
                probes.stream().map(l -> JsonParser.parseString(l).getAsJsonObject().get("iteration").getAsInt()).toList());
        assertTrue(probes.getFirst().contains("\"probe_numbers\":null,\"probe_flagged\":\"\""), probes.getFirst());
        assertFalse(Files.readString(folder.resolve("quiet/run/metrics.jsonl")).contains("probe"));
        assertEquals(-1, Files.mismatch(out.resolve("model.safetensors"), folder.resolve("quiet/model.safetensors")),
                "looking changes nothing");
    }
}
