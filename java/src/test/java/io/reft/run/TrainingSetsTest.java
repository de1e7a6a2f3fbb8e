package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.data.Datasets;
import io.reft.data.Originals;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.reward.Grading;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is looked at before gold solutions train a model. */
class TrainingSetsTest {
    private static Problem program(int number, String indentation, int gives) {
        return new Problem("svamp_" + number, "How many?",
                "def solution():\n" + indentation + "a = " + gives + "\n" + indentation + "return a", "4");
    }

    private static List<Problem> problems(int right, int wrong) {
        return IntStream.range(0, right + wrong).mapToObj(i -> program(i, "    ", i < right ? 4 : 5)).toList();
    }

    /** What the audit says, or throws. */
    private static List<String> audit(TrainingSets sets, SolutionFormat format) {
        List<String> said = new ArrayList<>();
        sets.audit(Grading.of(format).reward(Template.PAPER), format, Template.PAPER, new Journal(List.of(new Journal.Listener() {
            @Override
            public void message(String sentence) {
                said.add(sentence);
            }
        })));
        return said;
    }

    private static List<String> audit(List<Problem> problems) {
        return audit(TrainingSets.all(problems, "train.json"), SolutionFormat.PYTHON);
    }

    @Test
    void fiveInAHundredMayFail() {
        assertEquals(List.of(), audit(problems(20, 0)));
        assertEquals(List.of("1 of 20 gold solutions of train.json fails the audit: svamp_19 (wrong: the solution gives 5, the "
                + "data 4); reft audit names them all."), audit(problems(19, 1)));
        String refused = assertThrows(InputError.class, () -> audit(problems(93, 7))).getMessage();
        assertTrue(refused.startsWith("7 of 100 gold solutions of train.json fail the audit: svamp_93 (wrong: the solution gives 5, the "
                + "data 4), svamp_94 ("), refused);
        assertTrue(
                refused.contains("svamp_97 (") && !refused.contains("svamp_98")
                        && refused.contains(", …. Data and reward do not belong together: are --cot") && refused.contains("--keep-failing"),
                refused);
        assertEquals(1,
                audit(TrainingSets.all(problems(1, 1), "train.json").allowing(new TrainingSets.Allowed(true, false)), SolutionFormat.PYTHON)
                        .size());
        assertEquals("1 of 1 gold solution of train.json fails the audit",
                assertThrows(InputError.class, () -> audit(problems(0, 1))).getMessage().split(":")[0]);
    }

    @Test
    void anyIndentationIsRight() {
        for (String deep : List.of("\t", "  ", "   ", "        ", "\t\t")) {
            assertEquals(List.of(), audit(IntStream.range(0, 20).mapToObj(i -> program(i, deep, 4)).toList()));
        }
        assertEquals(List.of(), audit(IntStream.range(0, 20).mapToObj(i -> program(i, List.of("\t", "  ").get(i % 2), 4)).toList()),
                "mixed, row by row");
    }

    @Test
    void proseForProgramsIsRefused() {
        List<Problem> prose = IntStream.range(0, 9).mapToObj(i -> new Problem("svamp_" + i, "q", "2 + 2 = 4.", "4")).toList();
        String refused = assertThrows(InputError.class, () -> audit(prose)).getMessage();
        assertTrue(refused.contains("for prose use --cot nl"), refused);
    }

    /** The sets of the paper pass, thousands of rows in seconds. */
    @Test
    void realSets() {
        List<Problem> programs = Datasets.read(Shared.path("data/reft/svamp_python_sdp.json")),
                prose = Datasets.read(Shared.path("data/reft/svamp_nl.json"));
        List<Problem> gsm8k = Originals.read(Shared.path("data/gsm8k/train.jsonl"), SolutionFormat.NL, Originals.Asked.CHOICE).problems();
        assertTrue(audit(TrainingSets.all(programs, "svamp"), SolutionFormat.PYTHON).size() <= 1);
        assertTrue(audit(TrainingSets.all(prose, "svamp"), SolutionFormat.NL).size() <= 1);
        assertTrue(audit(TrainingSets.all(gsm8k, "gsm8k"), SolutionFormat.NL).size() <= 1);
    }
}
