package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.DrawnSamples;
import io.reft.Golden;
import io.reft.run.Journal;
import io.reft.run.TrainingRun;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code reft samples}, {@code watch} and {@code report} as the command line has them. */
class SamplesCommandTest {
    @TempDir
    static Path dir;
    private static Path run;

    @BeforeAll
    static void writeRun() {
        run = dir.resolve("run");
        try (Tokenizer tokenizer = Tokenizers.open(Golden.repository("models/demo"));
                TrainingRun training = TrainingRun.open(new TrainingRun.Target(run, false, false, null), "ppo",
                        Map.of(), List.of())) {
            for (int i = 1; i <= 5; i++) {
                training.journal().numbers(Journal.Entry.at("iteration", i).with("score", 0.1 * i));
                training.journal().completions(DrawnSamples.of(tokenizer, i, 12));
            }
        }
    }

    private static List<JsonObject> json(Object... options) {
        Object[] all = new Object[options.length + 3];
        all[0] = "samples";
        all[1] = run;
        all[2] = "--json";
        System.arraycopy(options, 0, all, 3, options.length);
        Run done = Run.reft(all);
        assertEquals(0, done.code(), done.err());
        return done.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    @Test
    void filters() {
        assertEquals(60, json().size());
        assertTrue(json("--verdict", "right").stream().allMatch(s -> s.get("verdict").getAsString().equals("right")));
        assertEquals(20, json("--verdict", "RIGHT").size());
        assertEquals(60, json("--verdict", "right,wrong").size());
        assertEquals(40, json("--max-score", "0.5").size());
        assertEquals(24, json("--iteration", "2-3").size());
        assertEquals(12, json("--iteration", "4").size());
        assertEquals(2, json("--iteration", "4", "--item", "svamp_3").size());
        assertEquals(5, json("--text", "RETURN A + 11").size());
        assertEquals(10, json("--text", "who had 5?").size());
        assertEquals(3, json("--text", "who had 5?", "--limit", 3).size());
        JsonObject first = json("--limit", 1).getFirst();
        assertEquals(first.getAsJsonArray("completion_ids").size(), first.getAsJsonArray("advantages").size());
    }

    @Test
    void printsForPeople() {
        Run done = Run.reft("samples", run, "--iteration", 1, "--item", "svamp_1");
        assertEquals(0, done.code(), done.err());
        assertTrue(done.out().startsWith("iteration 1, svamp_1: wrong, score 0.1; answer 2.0, gold 7.0; "), done.out());
        assertTrue(done.out().contains("\nHow many <b>pens</b> has Ann, who had 1?\n    a = "), done.out());
    }

    @Test
    void mistakesAreTold() throws IOException {
        assertSentence(Run.reft("samples", dir.resolve("nowhere")), "holds no run: name the --out of a training command.");
        assertSentence(Run.reft("samples", run, "--iteration", "a"), "--iteration is a; it must be a number, or two as in 10-20.");
        Path sft = dir.resolve("sft");
        try (TrainingRun training = TrainingRun.open(TrainingRun.Target.of(sft), "sft", Map.of(), List.of())) {
            training.journal().numbers(Journal.Entry.at("step", 1).with("loss", 1));
        }
        assertSentence(Run.reft("samples", sft), "holds no samples: ppo, rl and self-train write them, unless --keep-samples is 0.");
        assertSentence(Run.reft("watch", dir.resolve("nowhere")), "there is no such folder.");
        assertSentence(Run.reft("report", dir.resolve("nowhere")), "there is no such folder.");
        assertSentence(Run.reft("report", Files.createDirectory(dir.resolve("empty"))),
                "there is no run; name the --out of a training command");
        assertSentence(Run.reft("sft", "--watch=70000", "--model", run, "--train", "x", "--out", "y"),
                "--watch is 70000; it must be from 0 to 65535");
    }

    private static void assertSentence(Run done, String words) {
        assertEquals(2, done.code(), done.err());
        assertTrue(done.err().contains(words), done.err());
        assertEquals(1, done.err().lines().count(), done.err());
    }

    @Test
    void reports() {
        Run done = Run.reft("report", run);
        assertEquals(0, done.code(), done.err());
        assertEquals(run.resolve("report.html").toString(), done.out().lines().findFirst().orElseThrow());
        assertTrue(Files.exists(run.resolve("report-score.png")));
    }
}
