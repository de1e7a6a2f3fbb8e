package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Shared;
import io.reft.answer.AnswerFormat;
import io.reft.data.Datasets;
import io.reft.data.Originals;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.PythonInterpreter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditTest {
    private static Audit audit(List<Problem> problems, SolutionFormat cot, String verifier) {
        return audit(problems, cot, verifier, Template.PAPER);
    }

    private static Audit audit(List<Problem> problems, SolutionFormat cot, String verifier, Template template) {
        return Audit.of(problems, cot, template, Verifier.named(verifier, cot, template, PythonInterpreter::run));
    }

    private static Problem program(int id, String body, String answer) {
        return new Problem("svamp_" + id, "q?", body == null ? null : "def solution():\n    " + body, answer);
    }

    private static Map<String, String> reasons(Audit audit) {
        return audit.failing().stream().collect(Collectors.toMap(Audit.Failing::id, Audit.Failing::why));
    }

    @Test
    void namesEveryRowThatFails() {
        Audit audit = audit(List.of(program(0, "return 7", "7.0"), program(1, "return 15 / 7", "2.14"), program(2, "return 8", "7"),
                program(3, "return 1 / 0", "7"), program(4, "import numpy\n    return 7", "7"), program(5, null, "1,234"),
                program(6, "return 0.0005", "0.0005"),
                new Problem("svamp_7", "q?", "prose", "7")), SolutionFormat.PYTHON, "fixed");
        assertEquals(8, audit.rows());
        assertEquals(7, audit.solved());
        assertEquals(3, audit.goldRight());
        assertEquals(
                Map.of("svamp_1", "rounded: the solution gives 2.142857142857143, the data 2.14", "svamp_2",
                        "wrong: the solution gives 8, the data 7",
                        "svamp_3", "program error", "svamp_4", "program unsupported (import numpy)",
                        "svamp_7", "the answer_cot of svamp_7 does not begin with the line \"def solution():\"; for prose use --cot nl."),
                reasons(audit));
        assertEquals(Map.of("import numpy", 1), audit.refused());
    }

    @Test
    void readsWhatProseItselfSays() {
        Problem rounded = new Problem("svamp_1", "q?", "15 / 7 = 2.142857. The answer is 2.142857.", "2.14");
        Problem silent = new Problem("svamp_2", "q?", "Three and four make seven.", "7");
        Problem bare = new Problem("svamp_3", "q?", "7", "7");
        assertEquals(
                Map.of("svamp_1", "rounded: the solution gives 2.142857, the data 2.14", "svamp_3",
                        "no reasoning: the solution gives 7, the data 7"),
                reasons(audit(List.of(rounded, silent, bare), SolutionFormat.NL, "fixed")));
    }

    @Test
    void fixedPassesEveryFormat() {
        for (SolutionFormat cot : SolutionFormat.values()) {
            Audit audit = audit(List.of(new Problem("svamp_0", "q?", null, "1"), new Problem("mathqa_0", "q?", null, "b")), cot, "fixed");
            assertEquals(List.of(), audit.failing());
            assertEquals(List.of(), audit.formats().stream().filter(f -> !f.passed()).toList());
        }
    }

    @ParameterizedTest
    @EnumSource(AnswerFormat.class)
    void everyAnswerFormatPasses(AnswerFormat format) {
        List<Problem> problems =
                List.of(new Problem("svamp_0", "q?", "3 and 4 make 3 + 4 = 7.", "7"), new Problem("svamp_1", "q?", null, "1,234"),
                        new Problem("mathqa_0", "q?", "It is 7, so the second one.", "b"));
        Audit audit = audit(problems, SolutionFormat.NL, "fixed", Template.PAPER.answering(format));
        assertEquals(List.of(), audit.failing());
        assertEquals(List.of(), audit.formats().stream().filter(f -> !f.passed()).toList());
    }

    /** What a solution's own last line says is read wherever it says it. */
    @ParameterizedTest
    @ValueSource(strings = {"The answer is 8.", "#### 8", "Final answer: 8", "So it is \\boxed{8}."})
    void readsTheSolutionsOwnAnswer(String own) {
        Problem wrong = new Problem("svamp_1", "q?", "3 + 4 = 8.\n" + own, "7");
        assertEquals(Map.of("svamp_1", "wrong: the solution gives 8, the data 7"),
                reasons(audit(List.of(wrong), SolutionFormat.NL, "fixed")));
    }

    @Test
    void paperFailsWhereItsFaultsAre() {
        Audit prose = audit(List.of(new Problem("svamp_0", "q?", null, "1")), SolutionFormat.NL, "paper");
        Set<String> failed = prose.formats().stream().filter(f -> !f.passed()).map(Audit.Format::what).collect(Collectors.toSet());
        assertEquals(Set.of("thousands", "currency", "fraction", "percent", "percent of a share", "unit after", "TeX fraction",
                "mixed number", "TeX box",
                "times a power of ten", "scale word", "narrow space", "one value in two forms", "0 for a small number", "not a number",
                "infinity",
                "bare answer, no reasoning", "two answer lines"), failed);
        Audit choice = audit(List.of(new Problem("mathqa_0", "q?", null, "b")), SolutionFormat.PYTHON, "paper");
        assertTrue(choice.formats().stream().anyMatch(f -> f.what().equals("an exception") && f.score() == 0.1),
                choice.formats().toString());
    }

    @Test
    void theRoundedRowsOfSvampAndNoOthers() {
        Path sets = Shared.path("data/reft");
        Audit python = audit(Datasets.read(sets.resolve("svamp_python_sdp.json")), SolutionFormat.PYTHON, "fixed");
        assertEquals(2, python.failing().size(), python.failing().toString());
        assertEquals(3041, python.goldRight());
        Audit prose = audit(Datasets.read(sets.resolve("svamp_nl.json")), SolutionFormat.NL, "fixed");
        assertEquals(9, prose.failing().size(), prose.failing().toString());
        assertTrue(prose.failing().stream().allMatch(f -> f.why().matches("(rounded|wrong): .*")), prose.failing().toString());
    }

    @Tag("slow")
    @Test
    void gsm8ksOwnSolutionsAllScoreOne() {
        for (String part : List.of("train", "test")) {
            List<Problem> problems =
                    Originals.read(Shared.path("data/gsm8k/" + part + ".jsonl"), SolutionFormat.NL, Originals.Asked.CHOICE).problems();
            Audit audit = audit(problems, SolutionFormat.NL, "fixed");
            assertEquals(List.of(), audit.failing(), part);
        }
    }
}
