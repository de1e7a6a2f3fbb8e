package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.run.ModelSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are indented as their authors like: they are trained on, asked for and scored as they are. */
class IndentationTest {
    @TempDir
    private Path dir;

    private static Problem problem(int number, String deep, int gives) {
        return new Problem("svamp_" + number, "How many?", "def solution():\n" + deep + "if True:\n" + deep + deep + "return " + gives,
                "4");
    }

    private Path model() throws IOException {
        Path model = dir.resolve("model");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        Files.writeString(model.resolve(ModelSettings.FILE), "{\"template\": \"paper\"}");
        return model;
    }

    /** The tiny model's tokenizer has no tab, which is none of this test's business. */
    @Test
    void aModelKeepsThatOfItsGoldSolutions() throws IOException {
        Path model = model(), train = dir.resolve("train.json"), warm = dir.resolve("warm"), reft = dir.resolve("reft");
        Datasets.write(train, IntStream.range(0, 12).mapToObj(i -> problem(i, "\t", 4)).toList());
        Run audit = Run.reft("audit", "--data", train);
        assertTrue(audit.out().contains("gold right   12\n"), audit.out());
        Run sft = Run.reft("sft", "--model", model, "--train", train, "--out", warm, "--epochs", 1, "--threads", 1, "--lossy-tokenizer");
        assertEquals(0, sft.code(), sft.err());
        JsonObject settings = JsonParser.parseString(Files.readString(warm.resolve(ModelSettings.FILE))).getAsJsonObject();
        assertEquals("\t", settings.get("indentation").getAsString());
        Run ppo = Run.reft("ppo", "--model", warm, "--train", train, "--out", reft, "--no-dev", "--iterations", 1, "--batch-size", 2,
                "--max-length", 90, "--threads", 1, "--lossy-tokenizer");
        assertEquals(0, ppo.code(), ppo.err());
        assertEquals(settings, JsonParser.parseString(Files.readString(reft.resolve(ModelSettings.FILE))));
    }

    @Test
    void manyThatFailStopATraining() throws IOException {
        Path model = model(), train = dir.resolve("train.json"), out = dir.resolve("out");
        Datasets.write(train, IntStream.range(0, 12).mapToObj(i -> problem(i, "    ", i < 3 ? 5 : 4)).toList());
        for (String command : List.of("sft", "ppo --iterations 1 --batch-size 2 --max-length 90",
                "self-train --mode online --iterations 1 --batch-size 2 --max-length 90")) {
            List<Object> all = new ArrayList<>(List.of(command.split(" ")));
            all.addAll(List.of("--model", model, "--train", train, "--out", out, "--no-dev", "--threads", 1));
            Run run = Run.reft(all.toArray());
            assertEquals(2, run.code(), run.err());
            String last = run.err().lines().reduce((a, b) -> b).orElse("");
            assertTrue(last.contains(
                    "3 of 12 gold solutions of " + train + " fail the audit: svamp_0 (wrong: the solution gives 5, the data 4), svamp_1 ("),
                    last);
            assertTrue(Files.notExists(out), "nothing is written");
        }
        Run kept = Run.reft("sft", "--model", model, "--train", train, "--out", out, "--no-dev", "--epochs", 1, "--keep-failing",
                "--threads", 1);
        assertEquals(0, kept.code(), kept.err());
        assertTrue(kept.err().contains("3 of 12 gold solutions of "), kept.err());
    }

    @Test
    void settingsAreChecked() throws IOException {
        Path model = model(), data = dir.resolve("data.json");
        Datasets.write(data, List.of(problem(1, "  ", 4)));
        for (List<String> wrong : List.of(List.of("{\"template\": \"nice\"}", "field \"template\" is \"nice\"; it is paper or demo."),
                List.of("{\"indentation\": \"x\"}", "field \"indentation\" is \"x\"; it must be spaces or tabs, at most 16."),
                List.of("{\"template\": [1]}", "field \"template\" is "), List.of("[]", "not a JSON object."))) {
            Files.writeString(model.resolve(ModelSettings.FILE), wrong.getFirst());
            Run run = Run.reft("eval", "--model", model, "--data", data, "--threads", 1);
            assertEquals(2, run.code(), run.err());
            assertTrue(run.err().contains("reft eval: " + model.resolve(ModelSettings.FILE) + ": " + wrong.getLast()), run.err());
        }
    }
}
