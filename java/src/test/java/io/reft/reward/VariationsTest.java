package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.data.DemoProblems;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.PythonInterpreter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** New questions from gold programs. */
class VariationsTest {
    private static Problem problem(String question, String body, String answer) {
        return new Problem("svamp_1", question, "def solution():\n    \"\"\"" + question + "\"\"\"\n    " + body, answer);
    }

    private static List<Problem> varied(Problem problem, int count) {
        return new Variations(PythonInterpreter::run, List.of()).of(problem, count, 1);
    }

    @Test
    void questionProgramAndAnswerChangeTogether() {
        Problem old = problem("Ann had 1,200 pens and 25 books and lost 40 pens. How many pens has she?", "return 1200 - 40", "1160");
        List<Problem> made = varied(old, 5);
        assertEquals(5, made.size());
        assertEquals(5, new HashSet<>(made.stream().map(Problem::question).toList()).size());
        for (Problem p : made) {
            int had = Integer.parseInt(p.question().replaceAll(".*had ([\\d,]+) pens.*", "$1").replace(",", "")),
                    lost = Integer.parseInt(p.question().replaceAll(".*lost (\\d+) .*", "$1"));
            assertTrue(p.question().contains("25 books"), "not in the program: it stays");
            assertEquals(Integer.toString(had - lost), p.answer());
            assertTrue(p.cot().contains("return " + had + " - " + lost) && p.cot().contains(p.question()), p.cot());
        }
        assertEquals(List.of("svamp_1v1", "svamp_1v2"), made.subList(0, 2).stream().map(Problem::id).toList());
        assertEquals(made, varied(old, 5), "the same seed");
    }

    /** Results that no such question has are refused, whatever the numbers. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            9 boys lost 7 caps. How many are left?                    | return 9 - 7          | 2
            24 pens go into packs of 4. How many packs?               | return 24 / 4         | 6
            24 pens go into packs of 4. How many packs?               | return 24 // 4        | 6
            Tom has 12.50 dollars and spends 3.25. What has he left?  | return 12.50 - 3.25   | 9.25
            """)
    void answersStayOfTheirKind(String question, String body, String answer) {
        List<Problem> made = varied(problem(question, body, answer), 4);
        assertFalse(made.isEmpty());
        for (Problem p : made) {
            double value = Double.parseDouble(p.answer());
            assertTrue(value > 0, p.question());
            if (!answer.contains(".")) {
                assertEquals(Math.rint(value), value, p.question());
            }
            if (body.contains("//")) {
                String[] numbers = p.cot().replaceAll("(?s).*return ", "").split(" // ");
                assertEquals(0, Integer.parseInt(numbers[0]) % Integer.parseInt(numbers[1].strip()), p.cot());
            }
        }
    }

    /** Numbers that may mean two things, conversions and years stay; where nothing is left to change there are no new questions. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Half of 2 apples are red. How many?                      | return 2 / 2                | 1
            How many minutes are 60 hours?                           | return 60 * 60              | 3600
            How many years are from 1990 to 2010?                    | return 2010 - 1990          | 20
            Ann has three pens. How many?                            | return 3                    | 3
            Ann has 5 pens. How many have 2 of them?                 | return 7                    | 7
            Ann has 5 pens. How many?                                | return 6                    | 5
            Ann has 5 pens. How many?                                | return undefined            | 5
            """)
    void whatCannotChangeStays(String question, String body, String answer) {
        assertEquals(List.of(), varied(problem(question, body, answer), 3));
    }

    @Test
    void questionsThatAreTakenDoNotComeAbout() {
        Problem old = problem("3 pens and 1 cap cost how much at 2 dollars a pen?", "return 3 * 2", "6");
        List<Problem> free = varied(old, 200);
        Set<String> taken = new HashSet<>(free.subList(0, free.size() / 2).stream().map(Problem::question).toList());
        for (Problem p : new Variations(PythonInterpreter::run, List.copyOf(taken)).of(old, 200, 1)) {
            assertFalse(taken.contains(p.question()));
        }
    }

    /** Every new problem passes the audit that gold solutions must pass. */
    @Test
    void allPassTheAudit() {
        Variations variations = new Variations(PythonInterpreter::run, List.of());
        List<Problem> made = DemoProblems.of(1, 60, 1, 1, 0).train().stream().flatMap(p -> variations.of(p, 2, 3).stream()).toList();
        assertTrue(made.size() > 60, made.size() + " of 60 questions");
        Reward reward = Grading.of(SolutionFormat.PYTHON).reward(Template.DEMO);
        assertEquals(List.of(), Audit.of(made, SolutionFormat.PYTHON, Template.DEMO, reward).failing());
    }
}
