package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values that would move the cursor, break the line or fill the screen, from the command line and from files: they are shown as escapes,
 * and cut.
 */
class HostileTextTest {
    private static final String HOSTILE = "\u001b[2J\u001b]0;title\u0007\r\n\u202e\u0000" + "x".repeat(100_000);

    @TempDir
    private Path dir;

    private static void assertPrintable(Run run) {
        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().length() < 5000, "cut: " + run.err().length());
        assertTrue(run.err().strip().chars().noneMatch(c -> Character.isISOControl(c) || c == 0x202e), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"info --seed=", "info --device=", "info --", "audit --data=", "", "audit --cot=", "info ",
            "data convert --out=x ", "sft --recipe=",
            "sft --recipe=demo/", "reproduce --cell=", "reproduce --cell=demo --set=", "data fetch ", "inspect --model=m --ids="})
    void onTheCommandLine(String arguments) {
        String[] words = (arguments + "@").split(" ");
        words[words.length - 1] = words[words.length - 1].replace("@", HOSTILE.replace("\u0000", ""));
        assertPrintable(Run.reft((Object[]) words));
    }

    /** As name, question, answer and solution of a row, and as its own field. */
    @ParameterizedTest
    @ValueSource(strings = {"item_id", "question", "answer_cot", "answer_value", "other"})
    void inDataFiles(String field) throws IOException {
        JsonObject row = new JsonObject();
        row.addProperty("item_id", "svamp_1");
        row.addProperty("question", "How many?");
        row.addProperty("answer_cot", "def solution():\n    return 4");
        row.addProperty("answer_value", "3");
        row.addProperty(field, HOSTILE);
        Path file = Files.writeString(dir.resolve("data.json"), "[" + new Gson().toJson(row) + "]");
        Run audit = Run.reft("audit", "--data", file, "--cot", "python");
        String all = audit.out() + audit.err();
        assertTrue(
                all.lines().allMatch(line -> line.length() < 5000 && line.chars().noneMatch(c -> Character.isISOControl(c) || c == 0x202e)),
                all);
        Run stats = Run.reft("data", "stats", file);
        assertTrue(stats.out().lines().allMatch(line -> line.length() < 5000 && line.chars().noneMatch(Character::isISOControl)),
                stats.out());
        if (stats.code() != 0) {
            assertPrintable(stats);
        }
    }

    @Test
    void inJson() throws IOException {
        JsonObject result = new JsonObject();
        result.addProperty(HOSTILE, HOSTILE);
        Path file = Files.writeString(dir.resolve("a.json"), new Gson().toJson(result));
        assertPrintable(Run.reft("compare", file, file));
        Path settings = Files.writeString(dir.resolve("config.json"), "{\"model_type\":" + new Gson().toJson(HOSTILE) + "}");
        assertPrintable(Run.reft("init", "--config", settings, "--tokenizer", dir, "--out", dir.resolve("out")));
    }
}
