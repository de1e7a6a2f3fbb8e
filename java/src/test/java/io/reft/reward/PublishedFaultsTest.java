package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.data.Cot;
import io.reft.data.Problem;
import io.reft.data.Template;
import io.reft.reward.python.Outcome;
import io.reft.reward.python.PythonInterpreter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The faults of the code published with the paper that lie in its verifier and its way of running programs: the verifier {@code paper}
 * has those of the first kind, {@code fixed} has none, and programs reach nothing under either.
 */
class PublishedFaultsTest {
    private static final String REASONING = "6 baskets of 7 make 6 * 7 = 42 apples.\nTherefore, the answer is: ";
    private static final Problem CHOICE = new Problem("mathqa_1", "How many?\na ) 42 , b ) 43", null, "a");

    private static Problem numeric(String gold) {
        return new Problem("gsm8k_1", "How many?", null, gold);
    }

    private static double score(String verifier, Cot cot, Problem problem, String completion) {
        return Verifier.named(verifier, cot, Template.PAPER, PythonInterpreter::run).score(problem, completion, true).value();
    }

    private static void check(Cot cot, Problem problem, String completion, double paper, double fixed) {
        assertEquals(paper, score("paper", cot, problem, completion), "paper: " + completion);
        assertEquals(fixed, score("fixed", cot, problem, completion), "fixed: " + completion);
    }

    @ParameterizedTest
    @ValueSource(strings = {"    return 1 // 0", "    return (", "    while True: pass", "    return None", "    return {}", "    return eval('a')", "", "hm"})
    void fault1ACrashedProgramEarnsInMathqa(String program) {
        check(Cot.PYTHON, CHOICE, program, 0.1, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hm", "42", "The answer is a"})
    void fault1NothingScoresZeroInMathqa(String completion) {
        check(Cot.NL, CHOICE, completion, 0.1, 0);
    }

    @Test
    void fault1DoesNotTouchRightPrograms() {
        check(Cot.PYTHON, CHOICE, "    return 'A'", 1, 1);
        check(Cot.PYTHON, CHOICE, "    return 'b'", 0.1, 0);
    }

    @Test
    void fault2ABareNumberIsRightWithoutReasoning() {
        check(Cot.NL, numeric("42"), "42", 1, 0);
        check(Cot.NL, numeric("42"), "42.0", 1, 0);
        check(Cot.NL, numeric("42"), "41", 0.1, 0);
        check(Cot.NL, CHOICE, "a", 1, 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1234 | 1,234
            1234 | $1234
            0.5  | 1/2
            42   | 42 apples
            50   | 50%
            """)
    void fault2RightAnswersInOtherFormatsEarnNothing(String gold, String answer) {
        check(Cot.NL, numeric(gold), REASONING + answer, 0, 1);
        check(Cot.PYTHON, numeric(gold), "    return '" + answer + "'", 0, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "inf", "-inf", "NaN"})
    void fault2WhatIsNoNumberEarns(String answer) {
        check(Cot.NL, numeric("42"), REASONING + answer, 0.1, 0);
        check(Cot.PYTHON, numeric("42"), "    return float('" + answer + "')", 0.1, 0);
        check(Cot.PYTHON, numeric("42"), "    return '" + answer + "'", 0.1, 0);
    }

    /** What Python's {@code float} takes and refuses is the published rule to the letter. */
    @Test
    void fault2PythonsFloatDecides() {
        for (String taken : new String[] {"42", "42.0", "4.2e1", " 4_2 ", "+42."}) assertEquals(1, score("paper", Cot.NL, numeric("42"), REASONING + taken));
        for (String refused : new String[] {"4__2", "", ".", "e1"}) assertEquals(0, score("paper", Cot.NL, numeric("42"), REASONING + refused));
        assertEquals(1, score("paper", Cot.PYTHON, numeric("1"), "    return True"));
        assertEquals(1, score("paper", Cot.PYTHON, numeric("42"), "    return ' 42 '"));
    }

    @Test
    void fault3ZeroIsRightForSmallNumbers() {
        check(Cot.NL, numeric("0.005"), REASONING + "0", 1, 0.1);
        check(Cot.PYTHON, numeric("0.005"), "    return 0", 1, 0.1);
        check(Cot.NL, numeric("0.005"), REASONING + "0.005", 1, 1);
        check(Cot.NL, numeric("0"), REASONING + "0.009", 1, 0.1);
        check(Cot.NL, numeric("33.33"), REASONING + "33.3333333", 1, 1);
        check(Cot.NL, numeric("33.33"), REASONING + "33.35", 0.1, 0.1);
    }

    /** The published code ran programs by a plain exec: here none reaches anything, whatever the verifier. */
    @ParameterizedTest
    @ValueSource(strings = {"return open('/etc/hostname').read()", "import os\n    return os.getcwd()", "import socket\n    return socket.gethostname()",
            "import subprocess\n    return subprocess.check_output('id')", "import urllib.request\n    return 1", "return __import__('os').listdir('/')",
            "return ().__class__.__bases__[0].__subclasses__()", "return eval('1')", "exec('x = 1')\n    return 1", "return input()",
            "import sys\n    return sys.modules", "return globals()['__builtins__']"})
    void fault5ProgramsReachNothing(String body) {
        Outcome outcome = PythonInterpreter.run("def solution():\n    " + body + "\n");
        assertTrue(outcome.kind() == Outcome.Kind.UNSUPPORTED || outcome.kind() == Outcome.Kind.ERROR, outcome.toString());
        check(Cot.PYTHON, numeric("1"), "    " + body, 0, 0);
    }
}
