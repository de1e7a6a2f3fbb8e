package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.data.Originals.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The data sets' own forms become problems. */
class OriginalsTest {
    @TempDir
    private Path folder;

    private List<Problem> read(String text, SolutionFormat cot, Asked asked) throws IOException {
        return Originals.read(Files.writeString(folder.resolve("x.json"), text), cot, asked).problems();
    }

    private static String mathqa(String rationale, String options, String correct) {
        return "[{\"Problem\":\"q ?\",\"Rationale\":\"" + rationale + "\",\"options\":\"" + options + "\",\"correct\":\"" + correct
                + "\"}]";
    }

    @Test
    void gsm8kLosesItsMarks() throws IOException {
        assertEquals(List.of(new Problem("gsm8k_0", "How many?", "He has 3*700 = $2,100.\nTherefore, the answer is: 2100", "2100"),
                new Problem("gsm8k_1", "And?", "It is 1.\nTherefore, the answer is: -1", "-1")), read("""
                {"question": "How many?", "answer": "He has 3*700 = $<<3*700=2100>>2,100.\\n#### 2,100"}
                {"question": "And?", "answer": "It is 1.\\n#### -1"}
                """, SolutionFormat.NL, Asked.CHOICE));
    }

    @Test
    void svampsEquationsAreSolutions() throws IOException {
        String row =
                "[{\"ID\":\"chal-1\",\"Body\":\"A \\\"big\\\" pack costs 76\",\"Question\":\"What of 2?\",\"Equation\":\"( 76.0 * 2.0 "
                        + ")\",\"Answer\":152.0}]";
        String question = "A \"big\" pack costs 76, What of 2?";
        assertEquals(List.of(new Problem("svamp_0", question,
                "def solution():\n    \"\"\"A \\\"big\\\" pack costs 76, What of 2?\"\"\"\n    return ( 76.0 * 2.0 )",
                "152.0")), read(row, SolutionFormat.PYTHON, Asked.CHOICE));
        assertEquals("( 76.0 * 2.0 ) = 152\nTherefore, the answer is: 152", read(row, SolutionFormat.NL, Asked.CHOICE).getFirst().cot());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            5 * 5 = 25 answer : c .                         | 5 * 5 = 25
            5 * 5 = 25 . hence the correct answer is c      | 5 * 5 = 25
            5 * 5 = 25 . correct option : c                 | 5 * 5 = 25
            5 * 5 = 25 , ans - c                            | 5 * 5 = 25
            it is 25 . c is the answer .                    | it is 25
            the answer is a bit over 24 , so c              | the answer is a bit over 24 , so c
            """)
    void rationalesLoseTheSentenceThatChooses(String rationale, String reasoning) throws IOException {
        Problem p =
                read(mathqa("\\\"" + rationale + "\\\"", "a ) 24 , b ) 1,200 , c ) 25", "c"), SolutionFormat.NL, Asked.CHOICE).getFirst();
        assertEquals(new Problem("mathqa_0", "q ?\na ) 24 , b ) 1,200 , c ) 25", reasoning + "\nTherefore, the answer is: c", "c"), p);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            24                 | 24
            rs . 1,354.50      | 1354.50
            $ 4                | 4
            - 49               | -49
            − 5 %              | -5
            15 %               | 15
            3 / 8              | 0.375
            7 1 / 2 days       | 7.5
            120 sq . cm        | 120
            288 cm 2           | 288
            b ) 17             | 17
            $ . 90             |
            1 : 729            |
            10 and 6           |
            5 π                |
            22 ½ days          | 22.5
            144 pi             |
            4 x                |
            1 billion km       | 1000000000
            2 ^ 3              | 8
            3 / 4 / 5          |
            1 / 0              |
            none of these      |
            """)
    void numericAnswersAreTheRightOptionsNumber(String option, String number) throws IOException {
        String rows = mathqa("so", "a ) 1 , b ) " + option + " , c ) 2", "b");
        if (number == null) {
            assertThrows(InputError.class, () -> read(rows, SolutionFormat.NL, Asked.NUMERIC));
            return;
        }
        Problem p = read(rows, SolutionFormat.NL, Asked.NUMERIC).getFirst();
        assertEquals("mathqa-numeric_0", p.id());
        assertEquals("q ?", p.question());
        assertEquals(Double.parseDouble(number), Double.parseDouble(p.answer()));
    }

    @Test
    void optionsAsAListAreReadToo() throws IOException {
        assertEquals("20", read(mathqa("so", "['a ) 10', 'b ) 20', 'c ) 30']", "b"), SolutionFormat.NL, Asked.NUMERIC).getFirst().answer());
        assertNull(read(mathqa("answer : b", "a ) 1 , b ) 2", "b"), SolutionFormat.NL, Asked.CHOICE).getFirst().cot(),
                "nothing but the answer is no solution");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [{"a":1}]                                                            | x.json is no set that is known
            [{"question":"q","answer":"no mark"}]                                | x.json row 1 (gsm8k_0): answer does not end in a line \
            like "#### 72"
            [{"question":"q","answer":"x #### many"}]                            | x.json row 1 (gsm8k_0): "many" is no answer of this set
            [{"question":"q","answer":"x #### 4"},{"question":"q"}]              | x.json row 2 (gsm8k_1): answer is missing or empty
            [{"Problem":"q","options":"a ) 1","correct":"f"}]                    | x.json row 1 (mathqa_0): "f" is no answer of this set
            [{"question":["q"],"answer":"x #### 4"}]                             | x.json row 1 (gsm8k_0): question must be text
            """)
    void refusesOthers(String text, String message) {
        InputError error = assertThrows(InputError.class, () -> read(text, SolutionFormat.NL, Asked.CHOICE));
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    /** The paper's own test sets are what these rules make of the published files, but for the rows named. */
    @Test
    void agreesWithThePapersSets() {
        Path data = Shared.path("data");
        Map<String, Problem> gsm8k = byId(Originals.read(data.resolve("gsm8k/test.jsonl"), SolutionFormat.NL, Asked.CHOICE));
        List<String> other = Datasets.read(data.resolve("reft/gsm8k_test_set.json")).stream().filter(p -> !same(gsm8k.get(p.id()), p))
                .map(Problem::id).toList();
        assertEquals(List.of("gsm8k_105", "gsm8k_223", "gsm8k_576"), other, "white space in the questions");
        Map<String, Problem> mathqa = byId(Originals.read(data.resolve("mathqa/test.json"), SolutionFormat.NL, Asked.CHOICE));
        for (Problem p : Datasets.read(data.resolve("reft/mathqa_test_set.json"))) {
            assertTrue(same(mathqa.get(p.id()), p), p.id());
        }
        Map<String, Problem> numeric = byId(Originals.read(data.resolve("mathqa/test.json"), SolutionFormat.NL, Asked.NUMERIC));
        List<String> differs = Datasets.read(data.resolve("reft/mathqa-numeric_test_set.json")).stream()
                .filter(p -> numeric.containsKey(p.id())
                        && Math.abs(DataSet.gold(p).number() - DataSet.gold(numeric.get(p.id())).number()) > 1e-9)
                .map(Problem::id).toList();
        assertEquals(List.of("mathqa-numeric_123", "mathqa-numeric_241", "mathqa-numeric_671", "mathqa-numeric_687", "mathqa-numeric_1147",
                "mathqa-numeric_2689", "mathqa-numeric_2746"), differs,
                "published without the minus sign, or as 1 for $ 1,354, 3 for $ 3,375, 13 for 13,400, 4 for 4,000");
    }

    private static Map<String, Problem> byId(Originals.Converted converted) {
        return converted.problems().stream().collect(Collectors.toMap(Problem::id, Function.identity()));
    }

    private static boolean same(Problem ours, Problem theirs) {
        return ours != null && ours.question().equals(theirs.question()) && ours.answer().equals(theirs.answer());
    }
}
