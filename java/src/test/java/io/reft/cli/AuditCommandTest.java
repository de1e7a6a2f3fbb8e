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
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit by its own command, and before PPO. */
class AuditCommandTest {
    @TempDir
    private Path folder;

    private static String row(int id, String body, String answer) {
        return "{\"item_id\": \"svamp_" + id + "\", \"question\": \"Ann has " + id + " pens.\", \"answer_cot\": \"def solution():\\n    "
                + body
                + "\", \"answer_value\": " + answer + "}\n";
    }

    private Path data(String... rows) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), String.join("", rows));
    }

    @Test
    void writesWhatFails() throws IOException {
        Path data = data(row(0, "return 7", "7.0"), row(1, "return 15 / 7", "2.14"), row(2, "import numpy\\n    return 7", "7")),
                json = folder.resolve("audit.json");
        Run run = Run.reft("audit", "--data", data, "--json", json);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("gold right   1\n") && run.out().contains("unsupported  1 program (33.33 %): {import numpy=1}\n"),
                run.out());
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertEquals(3, result.get("rows").getAsInt());
        assertEquals(1, result.get("gold_right").getAsInt());
        assertEquals("[\"svamp_1\",\"svamp_2\"]", result.get("failing").toString());
        assertEquals("{\"import numpy\":1}", result.get("refused").toString());
        result.getAsJsonArray("format_checks")
                .forEach(check -> assertTrue(check.getAsJsonObject().get("passed").getAsBoolean(), check.toString()));
        assertFalse(result.getAsJsonArray("format_checks").isEmpty());
    }

    @Test
    void mistakesAreOneSentence() throws IOException {
        assertEquals(2, Run.reft("audit", "--data", folder.resolve("absent.json")).code());
        Run run = Run.reft("audit", "--data", data(row(0, "return 7", "7")), "--json", folder.resolve("absent/audit.json"));
        assertEquals(2, run.code());
        assertTrue(run.err().endsWith("there is no folder to put that file in.\n"), run.err());
    }

    @Tag("slow")
    @Test
    void cpythonRunsProgramsWhereItCan() throws IOException {
        Path data = data(row(0, "class A: x = 7\\n    return A().x", "7.0"));
        assertTrue(Run.reft("audit", "--data", data).out().contains("gold right   0\n"), "reft's own interpreter knows no classes");
        Run run = Run.reft("audit", "--data", data, "--python", "cpython");
        if (run.code() == 2) {
            assertTrue(run.err().startsWith("reft audit: --python cpython "), run.err());
            Assumptions.abort("skipped: " + run.err());
        }
        assertTrue(run.out().contains("gold right   1\n"), run.out());
    }

    private Path model() throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8, "intermediate_size": 12, \
                "num_hidden_layers": 1,
                 "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 128, "vocab_size": 512, "hidden_act": \
                 "silu",
                 "rms_norm_eps": 1e-6, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": false}""");
        Path model = folder.resolve("model");
        Run init = Run.reft("init", "--config", config, "--tokenizer", Golden.repository("models/demo"), "--out", model, "--threads", 1);
        assertEquals(0, init.code(), init.err());
        return model;
    }

    @Test
    void comesBeforePpo() throws IOException {
        Path model = model(), out = folder.resolve("out");
        Path data = data(row(0, "return 7", "7.0"), row(1, "return 15 / 7", "2.14"), row(2, "return 8", "8"));
        Run run = Run.reft("ppo", "--keep-failing", "--model", model, "--train", data, "--out", out, "--iterations", 1, "--no-dev",
                "--batch-size", 2, "--max-length", 64, "--threads", 1);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 3 gold solutions of " + data + " fails the audit: svamp_1 (rounded: "), run.err());
        List<String> metrics = Files.readAllLines(out.resolve("run/metrics.jsonl"));
        assertTrue(JsonParser.parseString(metrics.getFirst()).getAsJsonObject().get("refused").isJsonObject(), metrics.getFirst());
    }

    @Test
    void dataAndRewardThatDoNotBelongTogetherAreRefused() throws IOException {
        Path model = model(), out = folder.resolve("out");
        Run run = Run.reft("ppo", "--model", model, "--train", data(row(0, "return 7", "8.0"), row(1, "return 15 / 7", "2")), "--out", out,
                "--iterations", 1, "--no-dev", "--threads", 1);
        assertEquals(2, run.code());
        assertTrue(run.err().contains("2 of 2 gold solutions of ") && run.err().contains("do not belong together"), run.err());
        assertFalse(Files.exists(out));
    }
}
