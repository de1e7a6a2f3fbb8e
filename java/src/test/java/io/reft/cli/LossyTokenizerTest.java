package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tokenizer that does not give solutions back is told before any training starts. */
class LossyTokenizerTest {
    @TempDir
    private Path dir;

    private Path model;

    /** The tiny model with a tokenizer that squeezes spaces, as SentencePiece does that removes extra ones. */
    @BeforeEach
    void squeezeSpaces() throws IOException {
        model = dir.resolve("model");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        Files.delete(model.resolve("tokenizer.model"));
        Path file = model.resolve("tokenizer.json");
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonObject squeeze = JsonParser.parseString("""
                {"type": "Replace", "pattern": {"Regex": " +"}, "content": " "}""").getAsJsonObject();
        if (json.get("normalizer").isJsonNull()) {
            json.add("normalizer", squeeze);
        } else {
            JsonObject both = JsonParser.parseString("{\"type\": \"Sequence\", \"normalizers\": []}").getAsJsonObject();
            both.getAsJsonArray("normalizers").add(squeeze);
            both.getAsJsonArray("normalizers").add(json.get("normalizer"));
            json.add("normalizer", both);
        }
        Files.writeString(file, json.toString());
    }

    private Run train(String command, Path train, Path out, Object... more) {
        List<Object> all = new ArrayList<>(List.of(command.split(" ")));
        all.addAll(List.of("--model", model, "--train", train, "--out", out, "--no-dev", "--threads", 1));
        all.addAll(List.of(more));
        return Run.reft(all.toArray());
    }

    private Path write(List<Problem> problems) {
        Path train = dir.resolve("train.json");
        Datasets.write(train, problems);
        return train;
    }

    @Test
    void programsWithoutIndentationAreRefused() {
        Path train = write(IntStream.range(0, 4).mapToObj(i -> new Problem("svamp_" + i, "How many?", "def solution():\n    return 4", "4"))
                .toList()), out = dir.resolve("out");
        for (String command : List.of("sft --epochs 1", "ppo --iterations 1 --batch-size 2 --max-length 90",
                "self-train --mode online --iterations 1 --batch-size 2 --max-length 90")) {
            Run run = train(command, train, out);
            assertEquals(2, run.code(), run.err());
            String last = run.err().lines().reduce((a, b) -> b).orElse("");
            assertTrue(last.contains("solutions do not come back from the tokenizer as they were: lost are the space (")
                    && last.endsWith("or add --lossy-tokenizer to train all the same."), last);
            assertTrue(Files.notExists(out), "nothing is written");
        }
        Run all = train("sft --epochs 1", train, out, "--lossy-tokenizer");
        assertEquals(0, all.code(), all.err());
        assertTrue(all.err().contains("solutions do not come back from the tokenizer as they were"), all.err());
    }

    /** What questions lose is said, and no reason to stop. */
    @Test
    void questionsMayLose() {
        Path train = write(List.of(new Problem("gsm8k_1", "How  many?", "She has 3 and buys 4.\n3 + 4 = 7.", "7"),
                new Problem("gsm8k_2", "How many?", "She has 3 and buys 4.\n3 + 4 = 7.", "7")));
        Run run = train("sft --epochs 1 --cot nl", train, dir.resolve("out"));
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 2 questions do not come back from the tokenizer"), run.err());
        assertFalse(run.err().contains("solutions do not come back"), run.err());
    }
}
