package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import io.reft.data.Datasets;
import io.reft.data.DemoProblems;
import io.reft.run.ModelSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code sft}, {@code ppo} and {@code self-train} on a model that is too small to learn anything: what they read, choose and leave behind.
 */
class TrainingCommandsTest {
    @TempDir
    static Path dir;
    private static Path model, train, test;

    @BeforeAll
    static void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        tinyModel(dir.resolve("files"), model);
        DemoProblems problems = DemoProblems.of(1, 30, 6, 6, 0.2);
        train = dir.resolve("train.json");
        test = dir.resolve("test.json");
        Datasets.write(train, problems.train());
        Datasets.write(test, problems.test());
    }

    /** A random model of the demo's tokenizer and prompts, of few parameters. */
    static void tinyModel(Path files, Path model) throws IOException {
        Files.createDirectories(files);
        for (String name : List.of("tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(Golden.repository("models/demo/" + name), files.resolve(name));
        }
        Files.writeString(files.resolve(ModelSettings.FILE), "{\"template\": \"demo\"}");
        Files.writeString(files.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 16, "num_attention_heads": 2, \
                "num_hidden_layers": 1,
                 "intermediate_size": 16, "vocab_size": 512, "max_position_embeddings": 96, "bos_token_id": 1, "eos_token_id": 2}""");
        assertEquals(0, Run.reft("init", "--config", files.resolve("config.json"), "--tokenizer", files, "--out", model).code());
    }

    private static Run reft(Path out, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--train", train, "--out", out, "--threads", 1));
        return Run.reft(all.toArray());
    }

    private static JsonObject selection(Path out) throws IOException {
        return JsonParser.parseString(Files.readString(out.resolve("run/selection.json"))).getAsJsonObject();
    }

    private static String metrics(Path out) throws IOException {
        return Files.readString(out.resolve("run/metrics.jsonl"));
    }

    @Test
    void theUsualChoiceIsOnQuestionsThatAreNotTrainedOn() throws IOException {
        Path out = dir.resolve("split");
        Run run = reft(out, "sft", "--model", model, "--epochs", 2, "--batch-size", 9);
        assertEquals(0, run.code(), run.err());
        assertEquals("development split: 3 of 30 training rows, drawn with seed 1", selection(out).get("protocol").getAsString());
        assertEquals(3, selection(out).get("questions").getAsInt());
        assertTrue(metrics(out).contains("{\"epoch\":2,\"dev_accuracy\":"), metrics(out));
        assertEquals(6 + 2, metrics(out).lines().count(), "two epochs over 27 examples");
        assertTrue(run.out().contains("the model after epoch 1, development accuracy 0.0 %"), run.out());
    }

    @Test
    void thePapersProtocolIsNamed() throws IOException {
        Path out = dir.resolve("paper");
        Run run = reft(out, "sft", "--model", model, "--epochs", 2, "--batch-size", 10, "--select-on-test", test);
        assertEquals(0, run.code(), run.err());
        assertTrue(
                selection(out).get("protocol").getAsString().startsWith("the paper's protocol: the checkpoint is chosen on the test set "));
        assertEquals(6, selection(out).get("questions").getAsInt());
        assertEquals(6 + 2, metrics(out).lines().count(), "two epochs over all 30 examples");
        assertTrue(metrics(out).contains("\"test_accuracy\":") && !metrics(out).contains("dev_accuracy"), metrics(out));
        assertTrue(run.out().contains("The paper's protocol: ") && run.out().contains("test accuracy"), run.out());
    }

    /** A warm-up is the beginning of a longer run, rate and all. */
    @Test
    void aKeptEpochIsWhereAShorterRunStops() throws IOException {
        Path whole = dir.resolve("whole"), start = dir.resolve("beginning");
        assertEquals(0, reft(whole, "sft", "--model", model, "--epochs", 3, "--keep-epoch", 2, "--no-dev").code());
        assertEquals(0, reft(start, "sft", "--model", model, "--epochs", 3, "--stop-after", 2, "--no-dev").code());
        byte[] kept = Files.readAllBytes(whole.resolve("epoch-2/model.safetensors"));
        assertArrayEquals(Files.readAllBytes(start.resolve("model.safetensors")), kept);
        assertFalse(java.util.Arrays.equals(Files.readAllBytes(whole.resolve("model.safetensors")), kept));
        assertEquals("{\"protocol\":\"the last checkpoint is kept\",\"questions\":0,\"chosen\":\"epoch 2\"}", selection(start).toString());
    }

    @Test
    void ppoChoosesOnASplitToo() throws IOException {
        Path out = dir.resolve("ppo");
        Run run = reft(out, "ppo", "--model", model, "--iterations", 2, "--eval-every", 1, "--batch-size", 4, "--max-length", 64);
        assertEquals(0, run.code(), run.err());
        assertEquals("development split: 3 of 30 training rows, drawn with seed 1", selection(out).get("protocol").getAsString());
        assertTrue(metrics(out).contains("{\"iteration\":2,\"dev_accuracy\":"), metrics(out));
    }

    @Test
    void offlineSelfTrainingFineTunesTheBaseModel() throws IOException {
        Path out = dir.resolve("offline");
        Run run =
                reft(out, "self-train", "--mode", "offline", "--model", model, "--base", model, "--samples", 2, "--epochs", 1, "--no-dev");
        assertEquals(0, run.code(), run.err());
        assertTrue(metrics(out).startsWith("{\"questions\":30,\"right\":0,\"kept\":0,\"solved\":0,\"examples\":30}\n"), metrics(out));
        Path plain = dir.resolve("plain");
        assertEquals(0, reft(plain, "sft", "--model", model, "--epochs", 1).code());
        assertArrayEquals(Files.readAllBytes(plain.resolve("model.safetensors")), Files.readAllBytes(out.resolve("model.safetensors")),
                "nothing is kept, so that this is plain fine-tuning");
    }

    @Test
    void onlineSelfTraining() throws IOException {
        Path out = dir.resolve("online");
        Run run = reft(out, "self-train", "--mode", "online", "--model", model, "--iterations", 3, "--eval-every", 3, "--batch-size", 4,
                "--max-length", 64, "--lr", "1e-3");
        assertEquals(0, run.code(), run.err());
        assertTrue(metrics(out).contains("{\"iteration\":3,\"score\":0.0,\"accuracy\":0.0,\"right_loss\":null,\"gold_loss\":"),
                metrics(out));
        assertEquals("iteration 3", selection(out).get("chosen").getAsString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft        | --dev d --select-on-test t                  | --dev, --no-dev and --select-on-test exclude each other.
            ppo        | --no-dev --select-on-test t                 | --dev, --no-dev and --select-on-test exclude each other.
            sft        | --stop-after 3                              | --stop-after is 3; it must be within the 2 --epochs.
            sft        | --lr -1                                     | --lr is -1; it must be above 0
            sft        | --beta2 1                                   | --beta2 is 1; it must be from 0 to below 1.
            self-train | --mode offline                              | name it with --base.
            self-train | --mode online --base b                      | --base is for --mode offline
            self-train | --mode offline --base b --iterations 3      | --iterations is for --mode online
            self-train | --mode online --samples-file f              | --samples-file is for --mode offline
            self-train | --mode offline --base b --samples-file f    | give one of them.
            self-train | --mode online --iterations 3 --epochs 2     | give one of them.
            self-train | --mode online --temperature 0               | --temperature is 0; it must be from 0.01 to 100.
            """)
    void wrongOptionsLeaveNoTrace(String command, String options, String sentence) {
        List<Object> arguments = new ArrayList<>(List.of(command, "--model", model));
        arguments.addAll(List.of(options.split(" ")));
        Path out = dir.resolve("none");
        Run run = reft(out, arguments.toArray());
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
        assertFalse(Files.exists(out));
    }

    /** What a model was trained to write is kept with it, and commands that contradict it are refused. */
    @Test
    void theFormIsKeptWithTheModel() throws IOException {
        Path prose = dir.resolve("prose.json"), out = dir.resolve("boxed");
        Files.writeString(prose, """
                [{"item_id": "gsm8k_1", "question": "2 + 2?", "answer_cot": "Two and two make four.", "answer_value": "4"},
                 {"item_id": "gsm8k_2", "question": "3 + 2?", "answer_cot": "Three and two make five.", "answer_value": "5"}]""");
        Run sft = Run.reft("sft", "--model", model, "--train", prose, "--no-dev", "--epochs", 1, "--cot", "nl", "--answer-format", "boxed",
                "--out", out, "--threads", 1);
        assertEquals(0, sft.code(), sft.err());
        assertEquals("{\"template\":\"demo\",\"solutions\":\"nl\",\"answers\":\"boxed\"}\n", Files.readString(out.resolve("reft.json")));
        assertEquals(0, Run.reft("eval", "--model", out, "--data", prose, "--max-length", 40, "--threads", 1).code());
        assertEquals(0,
                Run.reft("eval", "--model", out, "--data", prose, "--max-length", 40, "--answer-format", "auto", "--threads", 1).code());
        Run other = Run.reft("eval", "--model", out, "--data", prose, "--cot", "python");
        assertEquals(2, other.code());
        assertTrue(other.err().contains("was trained to write prose, and --cot python asks for programs: leave --cot out."), other.err());
        Run place = Run.reft("ppo", "--model", out, "--train", prose, "--answer-format", "hash", "--out", dir.resolve("none"));
        assertEquals(2, place.code());
        assertTrue(place.err().contains("was trained to give its answers as --answer-format boxed has them, not hash"), place.err());
    }
}
