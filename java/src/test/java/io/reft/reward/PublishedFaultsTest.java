package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.data.Problem;
import io.reft.data.Prompt;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.generate.Completion;
import io.reft.kernels.Lab;
import io.reft.model.Model;
import io.reft.model.Tiny;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import io.reft.rollout.ScoredCompletion;
import io.reft.train.Algorithm;
import io.reft.train.Gae;
import io.reft.train.Learner;
import io.reft.train.PolicyGradient;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The faults of the code published with the paper that lie in its verifier, its way of running programs and its way of resuming: the
 * verifier {@code paper} has those of the first kind, {@code fixed} has none; programs reach nothing under either; and a run that goes
 * on is the run that was stopped.
 */
class PublishedFaultsTest {
    private static final String REASONING = "6 baskets of 7 make 6 * 7 = 42 apples.\nTherefore, the answer is: ";
    private static final Problem CHOICE = new Problem("mathqa_1", "How many?\na ) 42 , b ) 43", null, "a");

    private static Problem numeric(String gold) {
        return new Problem("gsm8k_1", "How many?", null, gold);
    }

    private static double score(String verifier, SolutionFormat cot, Problem problem, String completion) {
        return Verifier.named(verifier, cot, Template.PAPER, PythonInterpreter::run).score(problem, completion, true).value();
    }

    private static void check(SolutionFormat cot, Problem problem, String completion, double paper, double fixed) {
        assertEquals(paper, score("paper", cot, problem, completion), "paper: " + completion);
        assertEquals(fixed, score("fixed", cot, problem, completion), "fixed: " + completion);
    }

    @ParameterizedTest
    @ValueSource(strings = {"    return 1 // 0", "    return (", "    while True: pass", "    return None", "    return {}",
            "    return eval('a')", "", "hm"})
    void fault1ACrashedProgramEarnsInMathqa(String program) {
        check(SolutionFormat.PYTHON, CHOICE, program, 0.1, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hm", "42", "The answer is a"})
    void fault1NothingScoresZeroInMathqa(String completion) {
        check(SolutionFormat.NL, CHOICE, completion, 0.1, 0);
    }

    @Test
    void fault1DoesNotTouchRightPrograms() {
        check(SolutionFormat.PYTHON, CHOICE, "    return 'A'", 1, 1);
        check(SolutionFormat.PYTHON, CHOICE, "    return 'b'", 0.1, 0);
    }

    @Test
    void fault2ABareNumberIsRightWithoutReasoning() {
        check(SolutionFormat.NL, numeric("42"), "42", 1, 0);
        check(SolutionFormat.NL, numeric("42"), "42.0", 1, 0);
        check(SolutionFormat.NL, numeric("42"), "41", 0.1, 0);
        check(SolutionFormat.NL, CHOICE, "a", 1, 0);
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
        check(SolutionFormat.NL, numeric(gold), REASONING + answer, 0, 1);
        check(SolutionFormat.PYTHON, numeric(gold), "    return '" + answer + "'", 0, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "inf", "-inf", "NaN"})
    void fault2WhatIsNoNumberEarns(String answer) {
        check(SolutionFormat.NL, numeric("42"), REASONING + answer, 0.1, 0);
        check(SolutionFormat.PYTHON, numeric("42"), "    return float('" + answer + "')", 0.1, 0);
        check(SolutionFormat.PYTHON, numeric("42"), "    return '" + answer + "'", 0.1, 0);
    }

    /** What Python's {@code float} takes and refuses is the published rule to the letter. */
    @Test
    void fault2PythonsFloatDecides() {
        for (String taken : new String[] {"42", "42.0", "4.2e1", " 4_2 ", "+42."}) {
            assertEquals(1, score("paper", SolutionFormat.NL, numeric("42"), REASONING + taken));
        }
        for (String refused : new String[] {"4__2", "", ".", "e1"}) {
            assertEquals(0, score("paper", SolutionFormat.NL, numeric("42"), REASONING + refused));
        }
        assertEquals(1, score("paper", SolutionFormat.PYTHON, numeric("1"), "    return True"));
        assertEquals(1, score("paper", SolutionFormat.PYTHON, numeric("42"), "    return ' 42 '"));
    }

    @Test
    void fault3ZeroIsRightForSmallNumbers() {
        check(SolutionFormat.NL, numeric("0.005"), REASONING + "0", 1, 0.1);
        check(SolutionFormat.PYTHON, numeric("0.005"), "    return 0", 1, 0.1);
        check(SolutionFormat.NL, numeric("0.005"), REASONING + "0.005", 1, 1);
        check(SolutionFormat.NL, numeric("0"), REASONING + "0.009", 1, 0.1);
        check(SolutionFormat.NL, numeric("33.33"), REASONING + "33.3333333", 1, 1);
        check(SolutionFormat.NL, numeric("33.33"), REASONING + "33.35", 0.1, 0.1);
    }

    /** The published code ran programs by a plain exec: here none reaches anything, whatever the verifier. */
    @ParameterizedTest
    @ValueSource(strings = {"return open('/etc/hostname').read()", "import os\n    return os.getcwd()",
            "import socket\n    return socket.gethostname()",
            "import subprocess\n    return subprocess.check_output('id')", "import urllib.request\n    return 1",
            "return __import__('os').listdir('/')",
            "return ().__class__.__bases__[0].__subclasses__()", "return eval('1')", "exec('x = 1')\n    return 1", "return input()",
            "import sys\n    return sys.modules", "return globals()['__builtins__']"})
    void fault5ProgramsReachNothing(String body) {
        Outcome outcome = PythonInterpreter.run("def solution():\n    " + body + "\n");
        assertTrue(outcome.kind() == Outcome.Kind.UNSUPPORTED || outcome.kind() == Outcome.Kind.ERROR, outcome.toString());
        check(SolutionFormat.PYTHON, numeric("1"), "    " + body, 0, 0);
    }

    /** What a run loses that is stopped between two iterations of PPO. */
    private enum Lost { NOTHING, VALUE_HEAD, MOMENTS }

    /** The policy after both iterations; {@code lost} is null where it is not stopped. */
    private static float[] reinforced(Path state, Lost lost) {
        Algorithm algorithm = Algorithm.ppo(new Gae(1, 0.95f), 0.02f, 0.2f, 5);
        PolicyGradient.Options options = new PolicyGradient.Options(2, 3, 1, 1);
        try (Tiny tiny = new Tiny(Tiny.Shape.LLAMA, Lab.ONE_THREAD); Model reference = tiny.model.frozen()) {
            List<ScoredCompletion> first = completions(tiny.lab), second = completions(tiny.lab);
            Learner learner = tiny.learner(128);
            try (PolicyGradient ppo = new PolicyGradient(learner, reference.weights(), tiny.lab.engine, algorithm, options,
                    PolicyGradient.Limits.NONE, 128)) {
                ppo.learn(first, 1e-2f, 1, 0);
            }
            if (lost != null) {
                learner.save(state);
                long steps = learner.steps();
                learner.close();
                tiny.randomise(tiny.model, 7);
                learner = tiny.learner(128);
                learner.load(state, steps);
            }
            if (lost == Lost.MOMENTS) {
                learner.close();
                learner = tiny.learner(128);
            } else if (lost == Lost.VALUE_HEAD) {
                try (Model policy = tiny.model.copy(false)) {
                    tiny.model.set(policy);
                }
            }
            try (Learner last = learner; PolicyGradient ppo =
                    new PolicyGradient(last, reference.weights(), tiny.lab.engine, algorithm, options, PolicyGradient.Limits.NONE, 128)) {
                ppo.learn(second, 1e-2f, 2, 0);
            }
            return tiny.parameters();
        }
    }

    private static List<ScoredCompletion> completions(Lab lab) {
        return IntStream.range(0, 6).mapToObj(i -> new ScoredCompletion(new Prompt(numeric("1"), "", "", new int[] {4, 5}),
                new Completion(lab.ids(9, 23), new float[] {-3, -2, -3, -4, -3, -2, -3, -3, -4}, lab.normals(9), true), "",
                new Score(i % 2, i % 2 == 1 ? Score.Verdict.RIGHT : Score.Verdict.WRONG, null))).toList();
    }

    /**
     * The published code saves neither value head nor moments: a run that goes on so becomes another one. Ours stays the same to the bit.
     */
    @Test
    void fault6ResumingLosesTheValueHeadAndTheOptimizer(@TempDir Path dir) {
        Path state = dir.resolve("state.safetensors");
        float[] whole = reinforced(state, null);
        assertArrayEquals(whole, reinforced(state, Lost.NOTHING));
        assertFalse(Arrays.equals(whole, reinforced(state, Lost.VALUE_HEAD)));
        assertFalse(Arrays.equals(whole, reinforced(state, Lost.MOMENTS)));
    }
}
