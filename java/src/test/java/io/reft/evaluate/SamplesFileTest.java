package io.reft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.reward.Score;
import io.reft.reward.Score.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplesFileTest {
    private static final Set<String> KNOWN = Set.of("svamp_1", "mathqa_1");

    @TempDir
    private Path folder;

    private static Sample sample(String id, int number, Answer answer, double score, Verdict verdict, Double rerank) {
        return new Sample(id, number, "a \"text\"\n\u2028\tof <several> 'lines' \ud83d\ude00", new Score(score, verdict, answer), rerank);
    }

    @Test
    void whatIsWrittenIsRead() {
        List<Sample> samples = List.of(
                sample("svamp_1", 0, Answer.of(7), 1, Verdict.RIGHT, 0.1 + 0.2),
                sample("svamp_1", 1, Answer.of(-1.0 / 3), 0.1, Verdict.WRONG, -3e-9),
                sample("svamp_1", 2, Answer.of(1e300), 0.1, Verdict.WRONG, null),
                sample("svamp_1", 3, Answer.of(12.5, true), 0.1, Verdict.WRONG, null),
                sample("svamp_1", 4, null, 0, Verdict.PROGRAM_ERROR, null),
                sample("svamp_1", 5, Answer.of(Double.NaN), 0.1, Verdict.WRONG, null),
                sample("svamp_1", 6, Answer.of(Double.POSITIVE_INFINITY), 0.1, Verdict.WRONG, null),
                sample("svamp_1", 7, Answer.of(Double.NEGATIVE_INFINITY), 0.1, Verdict.WRONG, null),
                sample("svamp_1", 8, Answer.of(7), 0, Verdict.NO_REASONING, null),
                sample("mathqa_1", 0, Answer.of("c"), 1, Verdict.RIGHT, null),
                sample("mathqa_1", 1, Answer.of("50%"), 0.1, Verdict.WRONG, null), // the paper's verifier takes any text for a choice
                sample("mathqa_1", 2, Answer.of("none"), 0.1, Verdict.WRONG, null),
                sample("mathqa_1", 3, Answer.of(""), 0.1, Verdict.WRONG, null),
                sample("mathqa_1", 4, null, 0, Verdict.UNFINISHED, null));
        SamplesFile.write(folder.resolve("s.jsonl"), samples);
        assertEquals(samples, SamplesFile.read(folder.resolve("s.jsonl"), KNOWN));
    }

    @Test
    void theLinesOfOthers() throws IOException {
        Path file = Files.writeString(folder.resolve("s.jsonl"), """
                {"item_id": "svamp_1", "sample": 1, "completion": "x", "value": 7, "score": 1, "more": [1]}

                {"item_id": "svamp_1", "sample": 0, "completion": "", "value": "8.5", "score": 0.1}
                {"item_id": "svamp_1", "sample": 2, "completion": "", "value": null, "score": 0, "rerank": null}
                """);
        assertEquals(List.of(new Sample("svamp_1", 1, "x", new Score(1, Verdict.RIGHT, Answer.of(7)), null),
                new Sample("svamp_1", 0, "", new Score(0.1, Verdict.WRONG, Answer.of(8.5)), null),
                new Sample("svamp_1", 2, "", new Score(0, Verdict.NO_ANSWER, null), null)), SamplesFile.read(file, KNOWN));
    }

    private static final String GOOD = "{\"item_id\":\"svamp_1\",\"sample\":0,\"completion\":\"\",\"value\":7,\"score\":1}";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"item_id":"svamp_1","sample":1                                                       | not one JSON object
            7                                                                                      | not one JSON object
            {"item_id":"svamp_1"} {}                                                               | not one JSON object
            {"sample":1,"completion":"","value":7,"score":1}                                       | item_id must be text
            {"item_id":"svamp_2","sample":1,"completion":"","value":7,"score":1}                   | item_id "svamp_2" is none of the data's
            {"item_id":"svamp_1","sample":0,"completion":"","value":7,"score":1}                   | sample 0 of svamp_1 was already given
            {"item_id":"svamp_1","sample":0.5,"completion":"","value":7,"score":1}                 | sample must be a whole number from 0 up
            {"item_id":"svamp_1","sample":-1,"completion":"","value":7,"score":1}                  | sample must be a whole number from 0 up
            {"item_id":"svamp_1","sample":1,"value":7,"score":1}                                   | completion must be text
            {"item_id":"svamp_1","sample":1,"completion":"","score":1}                             | value must be a number, or null \
            where there is no answer
            {"item_id":"svamp_1","sample":1,"completion":"","value":true,"score":1}                | value must be a number, or null \
            where there is no answer
            {"item_id":"svamp_1","sample":1,"completion":"","value":"c","score":1}                 | value "c" is not a number
            {"item_id":"svamp_1","sample":1,"completion":"","value":1e999,"score":1}               | value "1e999" is not a number
            {"item_id":"mathqa_1","sample":1,"completion":"","value":7,"score":1}                  | value must be a choice letter, or \
            null where there is no answer
            {"item_id":"svamp_1","sample":1,"completion":"","value":7,"score":"1"}                 | score must be a number
            {"item_id":"svamp_1","sample":1,"completion":"","value":7,"score":0,"verdict":"right"} | score 0.0 and verdict "right" \
            contradict each other
            {"item_id":"svamp_1","sample":1,"completion":"","value":7,"score":0,"verdict":"well"}  | verdict "well" is not known
            {"item_id":"svamp_1","sample":1,"completion":"","value":7,"score":0,"rerank":"x"}      | rerank must be a number
            """)
    void badLines(String line, String sentence) throws IOException {
        Path file = Files.writeString(folder.resolve("s.jsonl"), GOOD + "\n" + line + "\n");
        InputError error = assertThrows(InputError.class, () -> SamplesFile.read(file, KNOWN));
        assertEquals(file + ":2: " + sentence + ".", error.getMessage());
    }

    @Test
    void filesThatAreNone() throws IOException {
        assertTrue(assertThrows(InputError.class, () -> SamplesFile.read(folder, KNOWN)).getMessage().contains("no such file"));
        Path file = Files.write(folder.resolve("s"), new byte[] {'{', (byte) 0xff});
        assertEquals(file + " is not UTF-8 text.", assertThrows(InputError.class, () -> SamplesFile.read(file, KNOWN)).getMessage());
    }
}
