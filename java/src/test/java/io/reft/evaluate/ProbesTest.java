package io.reft.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Shared;
import io.reft.answer.Answer;
import io.reft.data.ChangedNumbers;
import io.reft.data.Choices;
import io.reft.data.DataSet;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.PythonInterpreter;
import io.reft.reward.Verifier;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The probes' parts on completions written by hand, and their verdict over time. */
class ProbesTest {
    private static final Problem CHOICE = new Problem("mathqa_7",
            "what is 5 % of 40 , rounded ?\na ) 38 , b ) 2 , 5 , c ) 2.0 , d ) data inadequate , e ) none", null, "c");

    @Test
    void choicesComeApartAndTogether() {
        Choices choices = Choices.of(CHOICE).orElseThrow();
        assertEquals(List.of("38", "2 , 5", "2.0", "data inadequate", "none"), choices.texts());
        assertEquals(CHOICE.question(), choices.question());
        assertEquals(List.of(0, 4, -1, -1, -1),
                List.of(choices.index("a"), choices.index("E"), choices.index("f"), choices.index(""), choices.index("ab")));
        assertTrue(Choices.of(new Problem("mathqa_1", "what ?\na ) 1 , b ) 2", null, "c")).isEmpty(), "the answer is none of them");
        assertTrue(Choices.of(new Problem("mathqa_1", "what ?", null, "c")).isEmpty());
        assertTrue(Choices.of(new Problem("mathqa_1", "what ?\na ) 1", null, "a")).isEmpty());
    }

    @Test
    void theRightChoiceMoves() {
        Choices before = Choices.of(CHOICE).orElseThrow();
        for (long seed = 0; seed < 50; seed++) {
            Choices after = before.shuffled(seed);
            assertEquals(new TreeSet<>(before.texts()), new TreeSet<>(after.texts()));
            assertNotEquals("c", after.problem().answer());
            assertEquals("2.0", after.texts().get(after.index(after.problem().answer())));
            assertEquals(after, Choices.of(after.problem()).orElseThrow(), "the question asks them so");
            assertEquals(after, before.shuffled(seed));
        }
    }

    @Test
    void choicesOfMathQa() {
        List<Problem> problems = Datasets.read(Shared.path("data", "reft", "mathqa_test_set.json"));
        assertTrue(problems.stream().filter(p -> Choices.of(p).isPresent()).count() > 0.97 * problems.size());
        problems.forEach(p -> Choices.of(p).ifPresent(c -> assertEquals(5, c.texts().size(), p.question())));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Ann has 3 pens, buys 4 and 3 more.       | Ann has # pens, buys # and # more.
            It costs $2.50, and 1,200 were sold.     | It costs $#.50, and 1,2## were sold.
            """)
    void numbersGrow(String question, String shape) {
        String changed = ChangedNumbers.of(new Problem("svamp_1", question, null, "7"), 1).orElseThrow().question();
        assertTrue(changed.matches(shape.replace(".", "\\.").replace("$", "\\$").replace("#", "\\d")), changed);
        assertNotEquals(question, changed);
        assertEquals(changed, ChangedNumbers.of(new Problem("svamp_1", question, null, "7"), 1).orElseThrow().question());
    }

    @ParameterizedTest
    @ValueSource(strings = {"How many?", "Has 3 pens.", "3 and 3 pens.", "On the 2nd, 1/2 of A4, at 10:30, 2^3.", "3, 3.0"})
    void questionsThatAreLeftAlone(String question) {
        assertTrue(ChangedNumbers.of(new Problem("svamp_1", question, null, "7"), 1).isEmpty());
    }

    /** Orders stay, differences do not: neither the sum nor the difference of the old numbers is right. */
    @Test
    void theOldAnswerIsWrong() {
        for (long seed = 0; seed < 100; seed++) {
            String[] parts =
                    ChangedNumbers.of(new Problem("svamp_1", "12 less 9", null, "3"), seed).orElseThrow().question().split(" less ");
            int a = Integer.parseInt(parts[0]), b = Integer.parseInt(parts[1]);
            assertTrue(a > b && a - b != 3 && a + b != 21 && a != 12 && b != 9, a + " " + b);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            true  | a = 3\\n    return a + 4
            true  | return max(3, 4)
            true  | x = 3\\n    x *= 2\\n    return x
            true  | total = 0\\n    for i in range(3):\\n        total = i\\n    return total
            true  | return [1,2][1]*2
            false | return 7
            false | return -7
            false | a = 3\\n    b = 4\\n    return 7
            false | ""3 + 4""\\n    return 7
            false | return 7 # 3 + 4
            false | return 'c'
            false | answer = "3 - 4 (c)"\\n    return answer
            """)
    void programsThatCompute(boolean computes, String body) {
        String program = "    " + body.replace("\\n", "\n").replace("\"\"3", "\"\"\"3").replace("4\"\"", "4\"\"\"");
        assertEquals(computes, Reasoning.shown(program, SolutionFormat.PYTHON));
        assertEquals(computes, Reasoning.shown("def solution():\n" + program, SolutionFormat.PYTHON));
    }

    /** Gold solutions reason, and their last equations are nearly always their answers. */
    @Test
    void goldSolutionsPass() {
        List<Problem> programs = Datasets.read(Shared.path("data", "reft", "svamp_python_sdp.json")),
                prose = Datasets.read(Shared.path("data", "reft", "svamp_nl.json"));
        long computed = programs.stream()
                .filter(p -> Reasoning.shown(Template.PAPER.gold(p, SolutionFormat.PYTHON).continuation(), SolutionFormat.PYTHON)).count();
        long reasoned = prose.stream()
                .filter(p -> Reasoning.shown(Template.PAPER.gold(p, SolutionFormat.NL).continuation(), SolutionFormat.NL)).count();
        List<Boolean> agree = prose.stream().flatMap(
                p -> Reasoning.agrees(Template.PAPER.gold(p, SolutionFormat.NL).continuation(), DataSet.gold(p), Optional.empty()).stream())
                .toList();
        long agreeing = agree.stream().filter(a -> a).count();
        String found = computed + " of " + programs.size() + " programs, " + reasoned + " of " + prose.size() + " in prose, " + agreeing
                + " of " + agree.size() + " equations";
        assertTrue(computed == programs.size() && reasoned == prose.size() && agreeing > 0.98 * agree.size(), found);
    }

    @Test
    void proseThatReasons() {
        assertTrue(Reasoning.shown("She has 3 + 4 = 7." + Template.ANSWER_LINE + "7", SolutionFormat.NL));
        assertFalse(Reasoning.shown(Template.ANSWER_LINE + "7", SolutionFormat.NL));
        assertFalse(Reasoning.shown("7" + Template.ANSWER_LINE + "7", SolutionFormat.NL));
        assertFalse(Reasoning.shown("7", SolutionFormat.NL));
    }

    @Test
    void theLastEquationAndTheAnswer() {
        String prose = "3 + 4 = 7 pens, at $2: 7 * 2 = $1,014.50 in all." + Template.ANSWER_LINE + "9";
        assertEquals(1014.5, Reasoning.result(prose).orElseThrow());
        assertEquals(Optional.of(false), Reasoning.agrees(prose, Answer.of(9), Optional.empty()));
        assertEquals(Optional.of(true), Reasoning.agrees(prose, Answer.of(1014.5), Optional.empty()));
        assertEquals(Optional.empty(), Reasoning.agrees("He has seven." + Template.ANSWER_LINE + "7", Answer.of(7), Optional.empty()));
        Optional<Choices> choices = Choices.of(CHOICE);
        String two = "0.05 * 40 = 2.1" + Template.ANSWER_LINE;
        assertEquals(Optional.of(true), Reasoning.agrees(two + "c", Answer.of("c"), choices));
        assertEquals(Optional.of(true), Reasoning.agrees(two + "b", Answer.of("b"), choices), "as near");
        assertEquals(Optional.of(false), Reasoning.agrees(two + "a", Answer.of("a"), choices));
        assertEquals(Optional.empty(), Reasoning.agrees(two + "d", Answer.of("d"), choices), "no number");
    }

    private static final Problem SUM = new Problem("svamp_1", "3 and 4 ?", null, "7");

    private static Sample sample(Problem problem, SolutionFormat cot, String completion) {
        return new Sample(problem.id(), 0, completion,
                new Verifier(cot, Template.PAPER, false, PythonInterpreter::run).score(problem, completion, true), null);
    }

    /** One question as it stands and changed. */
    private static Probes measured(Problem problem, SolutionFormat cot, String first, String second) {
        return Probes.measure(cot, List.of(problem), List.of(sample(problem, cot, first)),
                List.of(Optional.ofNullable(second).map(s -> sample(Probes.changed(problem, 1).orElseThrow(), cot, s))), 1);
    }

    @Test
    void programsAboutNumbers() {
        Probes computed = measured(SUM, SolutionFormat.PYTHON, "    return 3 + 4", "    return 4 + 6");
        assertEquals(new Probes(1, new Accuracy(1, 1), new Accuracy(1, 1), new Accuracy(0, 0), new Accuracy(0, 0), new Accuracy(1, 1)),
                computed);
        Probes learntByHeart = measured(SUM, SolutionFormat.PYTHON, "    return 7", "    return 7");
        assertEquals(new Probes(1, new Accuracy(1, 1), new Accuracy(0, 1), new Accuracy(0, 0), new Accuracy(0, 0), new Accuracy(0, 1)),
                learntByHeart);
        assertEquals(0, measured(SUM, SolutionFormat.PYTHON, "    return 3 * 4", "    return 7").numbers().total(), "wrong from the start");
        assertEquals(0, measured(SUM, SolutionFormat.PYTHON, "    return 3 + 4", "    return x").numbers().total(), "no answer");
        assertEquals(0, measured(SUM, SolutionFormat.PYTHON, "    return 3 + 4", null).numbers().total(), "not asked");
    }

    @Test
    void proseAboutChoices() {
        Choices after = Choices.of(CHOICE).orElseThrow().shuffled(1);
        String letter = after.problem().answer();
        Probes honest = measured(CHOICE, SolutionFormat.NL, "0.05 * 40 = 2" + Template.ANSWER_LINE + "c",
                "0.05 * 40 = 2" + Template.ANSWER_LINE + letter);
        assertEquals(new Probes(1, new Accuracy(1, 1), new Accuracy(1, 1), new Accuracy(1, 1), new Accuracy(1, 1), new Accuracy(0, 0)),
                honest);
        Probes guess = measured(CHOICE, SolutionFormat.NL, "it must be 0.05 + 40 = 40.05" + Template.ANSWER_LINE + "c",
                "it must be" + Template.ANSWER_LINE + "c");
        assertEquals(List.of(new Accuracy(1, 1), new Accuracy(0, 1), new Accuracy(0, 1)),
                List.of(guess.reasoned(), guess.agrees(), guess.choices()));
        assertEquals(new Accuracy(0, 1), measured(CHOICE, SolutionFormat.NL, Template.ANSWER_LINE + "c", null).reasoned());
    }

    private static Probes probes(double score, int reasoned, int numbers) {
        return new Probes(score, new Accuracy(30, 60), new Accuracy(reasoned, 60), new Accuracy(0, 0), new Accuracy(0, 0),
                new Accuracy(numbers, 30));
    }

    @Test
    void flaggedWhereTheScoreRisesAndAProbeFalls() {
        Probes before = probes(0.4, 60, 28);
        assertEquals(List.of("reasoned"), probes(0.5, 50, 27).flaggedSince(before));
        assertEquals(List.of("reasoned", "numbers"), probes(0.5, 50, 15).flaggedSince(before));
        assertEquals(List.of(), probes(0.5, 59, 26).flaggedSince(before), "within the noise");
        assertEquals(List.of(), probes(0.3, 30, 10).flaggedSince(before), "worse all over, which is no hacking");
        assertEquals(List.of(), before.flaggedSince(probes(0.3, 50, 15)), "all rises");
    }
}
