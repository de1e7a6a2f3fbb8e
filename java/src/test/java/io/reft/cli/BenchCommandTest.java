package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import io.reft.bench.Ceilings;
import io.reft.bench.Work;
import io.reft.checkpoint.JsonFile;
import io.reft.model.ModelConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code reft bench} prints, and the floors that it measures itself by. */
class BenchCommandTest {
    @TempDir
    private Path folder;

    private static final String OPT_125M = """
            {"model_type": "opt", "vocab_size": 50000, "hidden_size": 768, "word_embed_proj_dim": 768, "ffn_dim": 3072, \
            "num_hidden_layers": 12,
             "num_attention_heads": 12, "max_position_embeddings": 2048, "activation_function": "gelu", "do_layer_norm_before": true}""";

    private static double teraflops(List<Work> phases) {
        return phases.stream().mapToDouble(Work::flops).sum() / 1e12;
    }

    private static double gigabytes(List<Work> phases) {
        return phases.stream().mapToDouble(Work::bytes).sum() / 1e9;
    }

    /** Those that {@code benchmarks/LOG.md} worked out by hand. */
    @Test
    void floorsAreTheLogs() {
        Work.Of least = new Work.Of(ModelConfig.from(JsonParser.parseString(OPT_125M).getAsJsonObject(), "config.json"), 4);
        assertEquals(1.55, teraflops(least.sft(Collections.nCopies(8, 256))), 0.005);
        assertEquals(4.5 + 2.0, gigabytes(least.sft(Collections.nCopies(8, 256))), 0.05);
        List<Integer> svamp = JsonParser.parseString(JsonFile.text(Golden.repository("benchmarks/lengths/svamp.json"), 1 << 20))
                .getAsJsonArray().asList().stream().limit(16).map(n -> n.getAsInt()).toList();
        assertEquals(2.02, teraflops(least.sft(svamp)), 0.005);
        assertEquals(0.86, teraflops(least.generate(32, 64, 64)), 0.005);
        assertEquals(46.7, gigabytes(least.generate(32, 64, 64)), 0.5);
        assertEquals(3.45, teraflops(least.ppo(16, 64, 64, 2)), 0.01);
    }

    /** The slower of arithmetic and memory counts, phase by phase. */
    @Test
    void phasesFollowEachOther() {
        Ceilings ceilings = new Ceilings(1000, 100, "measured");
        assertEquals(1e3 * (2 + 3), Work.floor(List.of(new Work(2000, 100), new Work(1000, 300)), ceilings));
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"gemm --m 13 --n 7 --k 20", "attention --batch 2 --seq 9 --heads 3", "decode --context 150 --new 200 --batch 4",
            "generate --prompt 5 --new 3 --batch 2",
            "sft --seq 9 --batch 2", "ppo --prompt 5 --new 3 --batch 2", "grpo --prompt 5 --new 3 --batch 4 --samples 2"})
    void everyTaskPrintsItsFloorAndTheShareReached(String task) {
        Path model = task.startsWith("decode") ? demo() : Golden.repository("models/golden/opt");
        Run run = Run.reft((Object[]) ("bench " + task + (task.matches("(gemm|attention).*") ? "" : " --model " + model)
                + " --device cpu --threads 1 --steps 2").split(" "));
        assertEquals(0, run.code(), run.err());
        List<JsonObject> rows = run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
        assertEquals(task.startsWith("gemm") ? 3 : task.startsWith("attention") ? 2 : 1, rows.size());
        for (JsonObject row : rows) {
            double floor = row.get("floor_ms").getAsDouble(), reached = row.get("percent_of_floor").getAsDouble();
            assertEquals(task.split(" ")[0], row.get("task").getAsString());
            assertEquals(2, row.getAsJsonArray("ms").size());
            assertTrue(floor > 0 && row.get("ceiling_tflops").getAsDouble() > 0 && row.get("ceiling_gb_per_s").getAsDouble() > 0,
                    row.toString());
            assertEquals(100 * floor / row.get("ms_median").getAsDouble(), reached, 0.01 * reached);
        }
    }

    /** The demo's model, from random weights: a decoding step of it is long enough to be timed. */
    private Path demo() {
        Path model = folder.resolve("demo");
        Run run = Run.reft("init", "--config", Golden.repository("models/demo/config.json"), "--tokenizer",
                Golden.repository("models/demo"), "--out", model, "--threads", 1);
        assertEquals(0, run.code(), run.err());
        return model;
    }

    @Test
    void aModelIsAskedForWhereItIsNeeded() {
        Run run = Run.reft("bench", "decode", "--device", "cpu");
        assertEquals(2, run.code());
        assertEquals("reft bench: decode needs --model, a Hugging Face model folder.", run.err().strip());
    }
}
