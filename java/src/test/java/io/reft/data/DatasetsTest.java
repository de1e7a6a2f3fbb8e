package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetsTest {
    private static final String GOOD = "{\"item_id\":\"svamp_3\",\"question\":\"q?\",\"answer_cot\":\"c\",\"answer_value\":\"4.0\"}";

    @TempDir
    private Path folder;

    private List<Problem> read(String text) throws IOException {
        return Datasets.read(Files.writeString(folder.resolve("x.json"), text));
    }

    @Test
    void readsArraysAndLines() throws IOException {
        Problem good = new Problem("svamp_3", "q?", "c", "4.0");
        Problem bare = new Problem("mathqa_9", "é\n\"", null, "B");
        String second = "{\"extra\":{\"a\":[1,null]},\"answer_value\":\"B\",\"item_id\":\"mathqa_9\","
                + "\"question\":\"\\u00e9\\n\\\"\",\"answer_cot\":null}";
        assertEquals(List.of(good, bare), read("[" + GOOD + ",\n" + second + "]\n"));
        assertEquals(List.of(good, bare), read(GOOD + "\n\n" + second));
        assertEquals(List.of(good, bare), read("\uFEFF" + GOOD + "\r\n" + second + "\r\n"));
        assertEquals(List.of(good, bare), read("{\"data\": [" + GOOD + "," + second + "]}"));
        assertEquals(List.of(good, bare), read(
                "{\n  \"version\": {\"of\": [1, 2]},\n  \"data\": [\n    " + GOOD + ",\n    " + second + "\n  ],\n  \"more\": null\n}\n"));
        assertEquals(List.of(good), read(GOOD.replace("{", "{\"data\":3,")), "a row's own field");
        assertEquals(List.of(good), read(GOOD.replace("}", ",\"data\":[1]}")), "a row's own field");
        assertEquals("-1.5e3", read("[{\"item_id\":\"x\",\"question\":\"q\",\"answer_value\":-1.5e3}]").getFirst().answer());
    }

    @Test
    void writesWhatItReads() throws IOException {
        List<Problem> problems = List.of(new Problem("gsm8k_1", "tabs\tand <b> & 'é' \u2028", "line\nline", "1,234"),
                new Problem("gsm8k_2", "q", null, "-.5".replace("-.", "-0.")));
        Path file = folder.resolve("out.json");
        Datasets.write(file, problems);
        assertEquals(problems, Datasets.read(file));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                                                        | x.json holds no problems
            `  `                                                      | x.json is empty
            hello                                                     | x.json is neither JSON nor a table with a column that is known
            [1]                                                       | x.json row 1 is not a JSON object
            [GOOD, {"item_id":"a_1","question":"q"}]                  | x.json row 2 (a_1): answer_value is missing
            [GOOD, {"question":"q","answer_value":1}]                 | x.json row 2 has no item_id
            [{"item_id":"a_1","question":" ","answer_value":1}]       | x.json row 1 (a_1): question is missing or empty
            [{"item_id":"a_1","question":"q","answer_value":"b"}]     | x.json row 1 (a_1): answer_value "b" is not a number, as a needs
            [{"item_id":"a_1","question":"q","answer_value":"NaN"}]   | x.json row 1 (a_1): answer_value "NaN" is not a number, as a needs
            [{"item_id":"a_1","question":"q","answer_value":"1e999"}] | x.json row 1 (a_1): answer_value "1e999" is not a number, as a needs
            [{"item_id":"a_1","question":"q","answer_value":true}]    | x.json row 1 (a_1): answer_value must be text or a number
            [{"item_id":"a_1","question":7,"answer_value":1}]         | x.json row 1 (a_1): question must be text
            [{"item_id":"a_1","question":"q","question":"r","answer_value":1}] | x.json row 1 (a_1): question is given twice
            [{"item_id":"mathqa_1","question":"q","answer_value":"f"}] | x.json row 1 (mathqa_1): answer_value "f" is not one of the \
            choices a to e
            [GOOD, GOOD]                                              | x.json row 2 (svamp_3): this item_id was already given in row 1
            [GOOD, GOO                                                | x.json row 2 is not valid JSON
            [GOOD                                                     | x.json is cut short: it ends after row 1, inside the array
            [GOOD] 1                                                  | x.json goes on after the array's end
            GOOD GOOD                                                 | x.json row 1 goes on after its JSON object
            {"item_id":                                               | x.json row 1 is not valid JSON: its object does not end on its line
            {"data": [GOOD, {"item_id":"a_1","question":"q"}]}        | x.json row 2 (a_1): answer_value is missing
            {"data": [GOOD], "data": [GOOD]}                          | x.json: field "data" is given twice
            {"data": [GOOD]                                           | \
            x.json is cut short: it ends after the array of row 1, inside the object
            {"data": [GOOD                                            | x.json is cut short: it ends after row 1, inside the array
            {"data": [GOOD]} {}                                       | x.json goes on after the object's end
            {"data": [GOOD], 1}                                       | x.json is not valid JSON outside of its field "data"
            {"data": []}                                              | x.json holds no problems
            [{"item_id":"a_1","question":"\\ud800","answer_value":1}]  | x.json row 1 (a_1): question holds half a character
            version https://git-lfs.github.com/spec/v1                | \
            x.json: only a Git LFS pointer; fetch the file itself with "git lfs pull".
            """)
    void refusesBadFiles(String text, String message) {
        InputError error = assertThrows(InputError.class, () -> read(text.replace("GOOD", GOOD)));
        assertTrue(error.getMessage().startsWith(folder.resolve("").toString()), error.getMessage());
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    @Test
    void refusesWhatIsNoText() throws IOException {
        Path file = Files.write(folder.resolve("x.json"), new byte[] {'[', '"', (byte) 0xff, '"', ']'});
        assertTrue(assertThrows(InputError.class, () -> Datasets.read(file)).getMessage().endsWith("is not UTF-8 text."));
        assertThrows(InputError.class, () -> Datasets.read(folder));
        assertThrows(InputError.class, () -> Datasets.read(folder.resolve("absent.json")));
    }

    /** An object over several lines that is no list of rows is told apart from JSON that is broken. */
    @Test
    void refusesAnObjectOverSeveralLines() {
        String message = assertThrows(InputError.class, () -> read("{\n  \"train\": [" + GOOD + "]\n}")).getMessage();
        assertTrue(message.endsWith("rows stand one a line, in an array, or in the field \"data\"."), message);
    }

    @Test
    void refusesEndlessAnswers() {
        for (String answer : List.of("1".repeat(2000), "1" + ",000".repeat(200_000))) {
            String message = assertThrows(InputError.class,
                    () -> read("[{\"item_id\":\"a_1\",\"question\":\"q\",\"answer_value\":\"" + answer + "\"}]")).getMessage();
            assertTrue(message.endsWith(" characters; at most 1000 can be an answer."), message);
        }
    }

    @Test
    void refusesEndlessRows() {
        String row = "{\"item_id\":\"a_1\",\"question\":\"" + "q".repeat(Datasets.MAX_ROW + 20_000) + "\",\"answer_value\":1}";
        for (String text : List.of("[" + row + "]", row, "[" + "[".repeat(1000))) {
            assertThrows(InputError.class, () -> read(text));
        }
    }

    @Test
    void splitsBySeedAndKeepsQuestionsTogether() {
        List<Problem> problems = java.util.stream.IntStream.range(0, 100)
                .mapToObj(i -> new Problem("svamp_" + i, "question " + i / 2, "c", "1")).toList();
        Split split = Split.of(problems, 10, 7);
        assertEquals(20, split.dev().size());
        assertEquals(80, split.train().size());
        assertEquals(split, Split.of(problems, 10, 7));
        assertTrue(!split.dev().equals(Split.of(problems, 10, 8).dev()));
        assertEquals("development split: 20 of 100 training rows, drawn with seed 7", split.statement());
        List<String> asked = split.dev().stream().map(Problem::question).toList();
        assertTrue(split.train().stream().noneMatch(p -> asked.contains(p.question())));
        assertThrows(InputError.class, () -> Split.of(problems, 50, 1));
    }

    @Test
    void readsThePapersSets() {
        Path sets = Shared.path("data/reft");
        assertEquals(3076, Datasets.read(sets.resolve("svamp_nl.json")).size());
        assertEquals(3043, Datasets.read(sets.resolve("svamp_python_sdp.json")).size());
        List<Problem> test = Datasets.read(sets.resolve("gsm8k_test_set.json"));
        assertEquals(1319, test.size());
        assertNull(test.getFirst().cot());
        assertTrue(DataSet.of(Datasets.read(sets.resolve("mathqa_test_set.json")).getFirst()).choice());
        assertEquals("mathqa-numeric", DataSet.of(Datasets.read(sets.resolve("mathqa-numeric_test_set.json")).getFirst()).name());
    }
}
