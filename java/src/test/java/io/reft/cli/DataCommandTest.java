package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.reft.Golden;
import io.reft.data.Datasets;
import io.reft.data.PublishedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets through the command line. */
class DataCommandTest {
    private static final String GSM8K = """
            {"question": "Ann has 3 pens and buys 4. How many?", "answer": "3+4=<<3+4=7>>7\\n#### 7"}
            {"question": "ann has 3 pens, and buys 4 . How many", "answer": "She has 3+4=<<3+4=7>>7\\n#### 7"}
            {"question": "Bob has half of 7. How many?", "answer": "7/2=<<7/2=3.5>>3.5\\n#### 3.5"}
            """;

    @TempDir
    private Path folder;

    @Test
    void convertsAndCounts() throws IOException {
        Path raw = Files.writeString(folder.resolve("raw.jsonl"), GSM8K), out = folder.resolve("out.json"),
                json = folder.resolve("stats.json");
        Path test = Files.writeString(folder.resolve("test.json"), """
                [{"item_id": "x_0", "question": "Bob has half of 7: how many?", "answer_value": 3.5},
                 {"item_id": "x_1", "question": "Ann has 30 pens and buys 4.5. How many?", "answer_value": 34.5},
                 {"item_id": "x_2", "question": "Ann has 3 pens. How many?", "answer_value": 3}]
                """);
        Run convert = Run.reft("data", "convert", raw, "--out", out);
        assertEquals(0, convert.code(), convert.err());
        assertEquals(out + ": 3 rows of gsm8k\n", convert.out());
        assertEquals("gsm8k_2", Datasets.read(out).getLast().id());
        Run stats = Run.reft("data", "stats", out, "--test", test, "--model", Golden.repository("models/demo"), "--json", json);
        assertEquals(0, stats.code(), stats.err());
        assertTrue(stats.out().startsWith("rows         3 (gsm8k 3)\nsolutions    prose 3\nanswers      decimal 1, integer 2\n"
                + "repeated     1 question asked by an earlier row\n"), stats.out());
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertEquals(1, result.getAsJsonObject("test").get("same").getAsInt(), "Bob's");
        assertEquals(1, result.getAsJsonObject("test").get("numbers").getAsInt(), "Ann's");
        JsonObject lengths = result.getAsJsonObject("solution_tokens");
        assertTrue(lengths.get("median").getAsInt() > 10 && lengths.get("max").getAsInt() >= lengths.get("p95").getAsInt(),
                lengths.toString());
    }

    @Test
    void mistakesAreOneSentenceAndLeaveNothing() throws IOException {
        Path raw = Files.writeString(folder.resolve("raw.jsonl"), GSM8K), out = folder.resolve("out.json");
        assertEquals("reft data convert: " + raw + " holds solutions in prose (gsm8k), from which no programs can be made; use --cot nl.\n",
                Run.reft("data", "convert", raw, "--cot", "python", "--out", out).err());
        assertEquals(2, Run.reft("data", "convert", raw, "--out", raw).code());
        assertEquals(GSM8K, Files.readString(raw));
        assertEquals(2, Run.reft("data", "convert", raw, "--out", folder.resolve("absent/out.json")).code());
        assertEquals(2, Run.reft("data", "fetch", "gsm9k").code());
        assertEquals(2, Run.reft("data", "fetch", "svamp", "--from", "file:///etc/passwd", "--out", out).code());
        assertFalse(Files.exists(out));
    }

    @Test
    void listsWhatCanBeFetched() {
        Run list = Run.reft("data", "fetch");
        assertEquals(PublishedFile.KNOWN.size(), list.out().lines().count());
        assertTrue(Run.reft("data").out().contains("stats"));
    }
}
