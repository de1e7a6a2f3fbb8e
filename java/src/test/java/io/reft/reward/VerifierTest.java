package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.answer.Answer;
import io.reft.answer.AnswerFormat;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.python.Outcome.Kind;
import io.reft.reward.Score.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {
    private static final String REASONING = "6 baskets of 7 make 6 * 7 = 42 apples.\nTherefore, the answer is: ";

    /** Stands for the interpreter: gives what a source's last line says, as {@code type repr}, or an end of another kind. */
    private static final Function<String, Outcome> PYTHON = source -> {
        String[] last = source.strip().substring(source.strip().lastIndexOf('\n') + 1).strip().split(" ", 2);
        return switch (last[0]) {
            case "ERROR", "LIMIT", "UNSUPPORTED" -> new Outcome(Kind.valueOf(last[0]), null, null, "as asked");
            default -> new Outcome(Kind.OK, last[0], last[1], null);
        };
    };

    private static Problem numeric(String gold) {
        return new Problem("gsm8k_1", "How many?", null, gold);
    }

    private static Problem choice(String gold) {
        return new Problem("mathqa_1", "How many? a ) 38 , b ) 27", null, gold);
    }

    private static Score score(String verifier, SolutionFormat cot, Problem problem, String completion) {
        return Verifier.named(verifier, cot, Template.PAPER, PYTHON).score(problem, completion, true);
    }

    private static Score fixed(Problem problem, String completion) {
        return score("fixed", SolutionFormat.NL, problem, completion);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1234   | 1,234
            1234   | $1,234.00
            42     | $42
            42     | 42.
            42     | 42.0
            42     | 4.2e1
            42     | 42 apples
            42     | 42 apples.
            42     | **42**
            42     | <42>.
            42     | \\boxed{42}
            42     | $\\boxed{42}$
            42     | \\(42\\)
            42     | 42 cm^2
            42     | 42m2
            42     | 42 (42.00)
            42     | €42
            42     | +42
            42     | `\n42\n`
            0.5    | 1/2
            0.5    | .5
            1.5    | 1 1/2
            0.5    | 50%
            50     | 50%
            50     | 50 %
            50     | 50\\%
            50     | 50 percent
            -3     | -3
            -3     | −3
            -3     | -$3
            -3     | $-3
            1234567 | 1,234,567 people
            0.3333333 | 1/3
            0.0833333 | 0.08
            """)
    void formatsThatAreRight(String gold, String answer) {
        assertEquals(1, fixed(numeric(gold), REASONING + answer).value(), answer);
        String repr = "    str '" + answer.strip() + "'";
        assertEquals(1, score("fixed", SolutionFormat.PYTHON, numeric(gold), repr).value(), "returned as text: " + answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "inf", "-inf", "Infinity", "1e999", "", "not 42", "forty-ish", "x", "1/0"})
    void formatsThatAreNoAnswer(String answer) {
        assertEquals(new Score(0, Verdict.NO_ANSWER, null), fixed(numeric("42"), REASONING + answer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"42 or 43", "42, 43", "42 - 43", "42-43", "42\nTherefore, the answer is: 43", "43\nTherefore, the answer is: 42",
                    "42. Or rather 43.", "42\n43", "42 apples and 7 pears", "42,5", "10:42", "42.1.2"})
    void severalAnswersAreNone(String answer) {
        assertEquals(0, fixed(numeric("42"), REASONING + answer).value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"42", "$42", "The answer is 42", "Therefore, the answer is: 42", "\nTherefore, the answer is: 42",
            "42\nTherefore, the answer is: 42",
            "Answer: 42. Therefore, the answer is: 42", "There are 42 apples.", "6 * 7 = 42",
            "the answer is: 42\nTherefore, the answer is: 42"})
    void noScoreWithoutReasoningOrAnswerLine(String completion) {
        assertEquals(0, fixed(numeric("42"), completion).value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sally:14000(3)=42", "4 x * x = 2304 = > x = 24", "3 ^ 8 * ( 2 ) = 13122", "11 ( x + y ) = 42",
            "920 - - - 80 = > 8.7 %", "2 m = 90 - h", "6x7",
            "6 x 7", "The answer is 42. They were counted one by one.", "64 ^ k > 4 ^ 17", "answer = 0.7 * 60 = 42",
            "answer is the lcm of 6 and 42 = 42", "ans : c 216 ° divided by 360 ° equals 0.6", "#### 6 boxes of 7 = 42", "42 ã — 1 = ?"})
    void littleReasoningIsReasoning(String reasoning) {
        assertEquals(1, fixed(numeric("42"), reasoning + "\nTherefore, the answer is: 42").value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"c 42", "x", "42 apples", "1 : 4", "-42", "$42", "option ' c '", "The answer is 42.", "42\n42", "a ) 1 : 2",
            "Final answer: the number of red apples is 42.", "**Answer:** 42 red apples in all", "#### 42 red apples in all",
            "\\boxed{42} red apples in all", "So my answer is (C) none of these", "Answer: x = 42 red apples in all"})
    void answersAloneAreNoReasoning(String text) {
        assertEquals(0, fixed(numeric("42"), text + "\nTherefore, the answer is: 42").value());
    }

    /** What a model may write to hold the reward up. */
    @ParameterizedTest
    @ValueSource(strings = {"(", "1 (", "1 - ", " ", "1 x", "x ", "the answer is ", "so ", "1", "$", "=", "{", "1%", "**"})
    void longNonsenseIsReadInNoTime(String part) {
        String text = part.repeat(20_000);
        assertTimeoutPreemptively(java.time.Duration.ofSeconds(20),
                () -> fixed(numeric("42"), "1" + text + "!\nTherefore, the answer is: 42"));
    }

    /** Wherever the answer stands, it must have been reasoned for. */
    @ParameterizedTest
    @EnumSource(AnswerFormat.class)
    void everyFormatAsksForReasoning(AnswerFormat format) {
        Reward reward = Verifier.named("fixed", SolutionFormat.NL, Template.PAPER.answering(format), PYTHON);
        assertEquals(new Score(1, Verdict.RIGHT, Answer.of(42)), reward.score(numeric("42"), "6 * 7 = 42." + format.line("42"), true));
        assertEquals(new Score(1, Verdict.RIGHT, Answer.of("c")),
                reward.score(choice("c"), "None of the others fits." + format.line("C"), true));
        assertEquals(new Score(0.1, Verdict.WRONG, Answer.of(43)), reward.score(numeric("42"), "6 * 7 = 42." + format.line("43"), true));
        assertEquals(new Score(0, Verdict.UNFINISHED, null), reward.score(numeric("42"), "6 * 7 = 42." + format.line("42"), false));
        for (String bare : List.of("", "42", "Final answer: 42\n", "The final answer is 42.", "#### 42", "So the answer is", "\\boxed{42}",
                "\\text{42} \\quad \\quad")) {
            Score score = reward.score(numeric("42"), bare + format.line("42"), true);
            assertEquals(0, score.value(), bare);
        }
        assertEquals(Verdict.NO_REASONING, reward.score(numeric("42"), format.line("42"), true).verdict());
    }

    /** Answers of programs: text is what Python's repr says, whole numbers of any size are exact. */
    @Test
    void whatProgramsReturn() {
        for (String repr : List.of("str '\\\\frac{84}{2}'", "str \"'42'\"", "str '4\\u200b2'", "str '\\xa042\\n'", "str '42\\t'",
                "str '\\u20b942'", "str '\\U0001d7d2\\U0001d7d0'", "str '42'", "int 42",
                "float 42.0", "Fraction Fraction(84, 2)", "Decimal Decimal('42.00')")) {
            assertEquals(1, score("fixed", SolutionFormat.PYTHON, numeric("42"), "    " + repr).value(), repr);
        }
        String large = "123456789012345678901234567890";
        assertEquals(1, score("fixed", SolutionFormat.PYTHON, numeric(large), "    int " + large).value());
        assertEquals(0.1, score("fixed", SolutionFormat.PYTHON, numeric(large), "    int " + large.replace('9', '8')).value());
        assertEquals(1, score("fixed", SolutionFormat.PYTHON, numeric(large), "    float 1.2345678901234568e+29").value());
        assertEquals(0, score("fixed", SolutionFormat.PYTHON, numeric("1"), "    int 1" + "0".repeat(400)).value());
    }

    @Test
    void partialScoreIsForNumbersOnly() {
        assertEquals(new Score(0.1, Verdict.WRONG, Answer.of(41)), fixed(numeric("42"), REASONING + "41"));
        assertEquals(new Score(0.1, Verdict.WRONG, Answer.of(41.5)),
                score("fixed", SolutionFormat.PYTHON, numeric("42"), "    float 41.5"));
        assertEquals(new Score(0, Verdict.WRONG, Answer.of("b")), score("fixed", SolutionFormat.PYTHON, choice("a"), "    str 'b'"));
    }

    @Test
    void programsAndTheirEnds() {
        assertEquals(new Score(1, Verdict.RIGHT, Answer.of(42)), score("fixed", SolutionFormat.PYTHON, numeric("42.0"), "    int 42"));
        assertEquals(Verdict.PROGRAM_ERROR, score("fixed", SolutionFormat.PYTHON, numeric("42"), "    ERROR").verdict());
        assertEquals(Verdict.PROGRAM_LIMIT, score("fixed", SolutionFormat.PYTHON, numeric("42"), "    LIMIT").verdict());
        assertEquals(Verdict.PROGRAM_UNSUPPORTED, score("fixed", SolutionFormat.PYTHON, numeric("42"), "    UNSUPPORTED").verdict());
        for (String value : List.of("NoneType None", "float nan", "float inf", "bool True", "list [1]", "str 'nan'", "str ''")) {
            assertEquals(new Score(0, Verdict.NO_ANSWER, null), score("fixed", SolutionFormat.PYTHON, numeric("1"), "    " + value), value);
        }
    }

    @Test
    void blankLineMayEndAProgram() {
        String chatty = "    int 42\n  \nThis program\n    int 7";
        Verifier ends = new Verifier(SolutionFormat.PYTHON, Template.PAPER, true, PYTHON);
        assertEquals(1, ends.score(numeric("42"), chatty, false).value());
        assertEquals(1, ends.score(numeric("42"), "    int 42", true).value());
        assertEquals(0.1, new Verifier(SolutionFormat.PYTHON, Template.PAPER, false, PYTHON).score(numeric("42"), chatty, true).value());
        assertEquals(1, score("paper", SolutionFormat.PYTHON, numeric("42"), chatty).value());
    }

    @Test
    void cutCompletionsEarnNothing() {
        for (SolutionFormat cot : SolutionFormat.values()) {
            String completion = cot == SolutionFormat.NL ? REASONING + "42" : "    int 42";
            assertEquals(Verdict.UNFINISHED,
                    Verifier.named("fixed", cot, Template.PAPER, PYTHON).score(numeric("42"), completion, false).verdict());
            assertEquals(1, Verifier.named("paper", cot, Template.PAPER, PYTHON).score(numeric("42"), completion, false).value());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A", "(a)", "a)", "a ) 38", "a.", "option a", "**a**", "(A) 38.", "a\n"})
    void choicesThatAreRight(String answer) {
        assertEquals(1, fixed(choice("a"), REASONING + answer).value());
        assertEquals(1, score("fixed", SolutionFormat.PYTHON, choice("a"), "    str '" + answer.strip() + "'").value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"b", "a or b", "(a) or (b)", "a, b", "a dog", "38", "none", "", "a's", "apple"})
    void choicesThatAreNot(String answer) {
        assertEquals(0, fixed(choice("a"), REASONING + answer).value());
        assertEquals(0, score("fixed", SolutionFormat.PYTHON, choice("a"), "    ERROR").value());
        assertEquals(0, score("fixed", SolutionFormat.PYTHON, choice("a"), "    NoneType None").value());
    }

    @Test
    void manyAtOnceKeepTheirOrder() {
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            attempts.add(new Attempt(numeric(String.valueOf(i)), "    int " + i / 2 * 2, true));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Score> scores = Verifier.named("fixed", SolutionFormat.PYTHON, Template.PAPER, PYTHON).scoreAll(attempts, threads);
            for (int i = 0; i < 1000; i++) {
                assertEquals(i % 2 == 0 ? 1 : 0.1, scores.get(i).value());
            }
            Reward broken = (problem, completion, finished) -> {
                throw new IllegalStateException("broken");
            };
            assertEquals("broken",
                    assertThrows(CompletionException.class, () -> broken.scoreAll(attempts, threads)).getCause().getMessage());
        }
        assertThrows(InputError.class, () -> Verifier.named("strict", SolutionFormat.NL, Template.PAPER, PYTHON));
    }

    @Test
    void answersGroupAndPrint() {
        assertEquals("42", Answer.of(42).toString());
        assertEquals("0.5", Answer.of(0.5).toString());
        assertEquals("c", Answer.of("c").toString());
        assertTrue(Answer.of(1.0).matches(Answer.of(1.005)));
        assertTrue(!Answer.of("a").matches(Answer.of(1)) && !Answer.of(1).matches(Answer.of("a")));
        assertNotEquals(Answer.of(1), Answer.of(2));
    }

    /** The answers that the data's own texts give: all but the two that were rounded far from answer_value. */
    @Test
    void goldProseScoresOne() {
        List<String> failing = new ArrayList<>();
        for (Problem problem : Datasets.read(Shared.path("data/reft/svamp_nl.json"))) {
            if (!fixed(problem, problem.cot()).right()) {
                failing.add(problem.id());
            }
            assertTrue(fixed(problem, Template.PAPER.gold(problem, SolutionFormat.NL).continuation()).right(), problem.cot());
        }
        assertEquals(List.of("svamp_929", "svamp_2000"), failing);
    }
}
