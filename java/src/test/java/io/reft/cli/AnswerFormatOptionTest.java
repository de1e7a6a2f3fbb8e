package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerFormatOptionTest {
    @TempDir
    private Path folder;

    private Path data(String solution) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"),
                "{\"item_id\": \"gsm8k_0\", \"question\": \"6 baskets of 7?\", \"answer_cot\": \"" + solution
                        + "\", \"answer_value\": \"42\"}\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sft --model m --train t.json --out o                  | auto  | nl     | --answer-format auto is for eval and audit
            ppo --model m --train t.json --out o                  | auto  | nl     | --answer-format auto is for eval and audit
            self-train --mode online --model m --train t.json --out o | auto  | nl     | --answer-format auto is for eval and audit
            rerank train --model m --data t.json --out o          | auto  | nl     | --answer-format auto is for eval and audit
            probe --model m --data t.json                         | auto  | nl     | --answer-format auto is for eval and audit
            ppo --model m --train t.json --out o                  | boxed | python | --answer-format boxed is for prose
            audit --data t.json                          | auto  | python | --answer-format auto is for prose
            audit --data t.json --verifier paper         | boxed | nl     | --answer-format boxed: the paper's verifier knows
            audit --data t.json                          | box   | nl     | there is no answer format "box"; known are paper, \
            boxed, hash, final and auto
            """)
    void refusesWhatDoesNotGoTogether(String command, String format, String cot, String sentence) throws IOException {
        String given = command.replace("t.json", data("6 * 7 = 42.\\n#### 42").toString());
        Run run = Run.reft((Object[]) (given + " --cot " + cot + " --answer-format " + format).split(" "));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(sentence), run.err());
        assertFalse(Files.exists(Path.of("o")));
    }

    @Test
    void theAuditTriesTheFormat() throws IOException {
        Path data = data("6 baskets of 7 make 6 * 7 = 42.\\n#### 42");
        for (String format : List.of("paper", "boxed", "hash", "final", "auto")) {
            Path json = folder.resolve(format + ".json");
            Run run = Run.reft("audit", "--data", data, "--cot", "nl", "--answer-format", format, "--json", json);
            assertEquals(0, run.code(), run.err());
            assertTrue(Files.readString(json).contains("\"answer_format\": \"" + format + "\""));
            assertTrue(run.out().contains("gold right   1\n"), run.out());
            assertFalse(run.out().contains("not so"), run.out());
        }
    }
}
