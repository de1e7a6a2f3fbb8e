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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One question that leaves no room for an answer: it is named and counted wrong, and the others are answered. */
class TooLongTest {
    private static final String LONG = "How many pens are left? ".repeat(40);

    @TempDir
    static Path dir;
    private static Path model, data, alone;

    @BeforeAll
    static void makeModelAndProblems() throws IOException {
        model = dir.resolve("model");
        TrainingCommandsTest.tinyModel(dir.resolve("files"), model);
        List<Problem> problems = new ArrayList<>(ReproduceCommandTest.problems(0, 3));
        Problem tooLong = new Problem("svamp_77", LONG, null, "4");
        problems.add(1, tooLong);
        data = dir.resolve("data.json");
        alone = dir.resolve("alone.json");
        Datasets.write(data, problems);
        Datasets.write(alone, List.of(tooLong));
    }

    private static Run eval(Path data, Object... more) {
        List<Object> all = new ArrayList<>(List.of("eval", "--model", model, "--data", data, "--threads", 1));
        all.addAll(List.of(more));
        return Run.reft(all.toArray());
    }

    @Test
    void countsAsWrong() throws IOException {
        Path json = dir.resolve("result.json"), samples = dir.resolve("samples.jsonl");
        Run run = eval(data, "--json", json, "--samples", 2, "--samples-out", samples);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 4 questions leaves no room for an answer within 96 tokens (svamp_77); it counts as wrong."),
                run.err());
        assertTrue(run.out().contains("2 samples of each of 4 questions"), run.out());
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertEquals("[\"svamp_77\"]", result.get("too_long").toString());
        JsonObject row = result.getAsJsonArray("rows").get(1).getAsJsonObject();
        assertEquals("svamp_77", row.get("item_id").getAsString());
        assertEquals("", row.get("completion").getAsString());
        assertFalse(row.get("right").getAsBoolean());
        assertEquals("unfinished", row.get("verdict").getAsString());
        assertEquals(8, Files.readAllLines(samples).size());
        Run again = eval(data, "--from-samples", samples);
        assertEquals(0, again.code(), again.err());
    }

    @Test
    void strictRefusesIt() {
        Path json = dir.resolve("strict.json");
        Run run = eval(data, "--strict", "--json", json);
        assertEquals(2, run.code());
        assertEquals("reft eval: 1 of 4 questions leaves no room for an answer within 96 tokens (svamp_77): raise "
                + "--max-length, or leave such questions out.", run.err().lines().reduce((a, b) -> b).orElse(""));
        assertFalse(Files.exists(json));
        assertEquals(2, eval(alone).code(), "there is nothing left to answer");
    }

    @Test
    void probesLeaveItOut() {
        Run run = Run.reft("probe", "--model", model, "--data", data, "--threads", 1);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 4 questions leaves no room for an answer within 96 tokens (svamp_77); it is left out."),
                run.err());
    }

    @Test
    void generationGoesOn() throws IOException {
        Path prompts = Files.writeString(dir.resolve("prompts.txt"), "one and two\n" + LONG + "\nthree\n");
        Run run = Run.reft("generate", "--model", model, "--prompts", prompts, "--samples", 2, "--max-new-tokens", 3, "--greedy",
                "--threads", 1);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 3 prompts leaves no room for a completion within the model's 96 positions (prompt 2); an "
                + "empty line stands for each completion."), run.err());
        String three = Run.reft("generate", "--model", model, "--prompt", "three", "--max-new-tokens", 3, "--greedy", "--threads", 1).out();
        assertTrue(run.out().endsWith("\n\n\n" + three + three), run.out());
        assertEquals(2, Run.reft("generate", "--model", model, "--prompts", prompts, "--strict").code());
        assertEquals(2, Run.reft("generate", "--model", model, "--prompt", LONG).code());
    }

    /** In training, questions that are left out are named too. */
    @Test
    void trainingNamesIt() {
        Path train = dir.resolve("train.json");
        List<Problem> problems = new ArrayList<>(ReproduceCommandTest.problems(0, 6));
        problems.add(new Problem("svamp_77", LONG, problems.getFirst().cot(), problems.getFirst().answer()));
        Datasets.write(train, problems);
        Run run = Run.reft("ppo", "--model", model, "--train", train, "--no-dev", "--iterations", 1, "--batch-size", 2, "--max-length", 60,
                "--out", dir.resolve("ppo"), "--threads", 1);
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("1 of 7 prompts of " + train + " is longer than 59 tokens and left out: svamp_77."), run.err());
    }
}
