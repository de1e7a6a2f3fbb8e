package io.reft.cli;

import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import io.reft.data.SolutionFormat;
import io.reft.reward.Grading;
import io.reft.reward.CPython;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How problems are put to the model and answers judged, for all commands that do so: {@code @Mixin DataOptions data}. */
final class DataOptions {
    @Option(names = "--cot", defaultValue = "python", paramLabel = "python|nl",
            description = "Solutions are Python programs or prose (default: ${DEFAULT-VALUE}).")
    SolutionFormat cot;

    @Option(names = "--verifier", defaultValue = "fixed", paramLabel = "fixed|paper",
            description = "Rules of the score; paper: the published ones, faults included (default: ${DEFAULT-VALUE}).")
    String verifier;

    @Option(names = "--answer-format", defaultValue = "paper", paramLabel = "paper|boxed|hash|final|auto",
            description = "Where prose gives its answer: \"Therefore, the answer is: 7\"; the last \\boxed{7}; the line \"#### 7\"; "
                    + "\"Final answer: 7\" or \"**Answer:** 7\"; auto takes any, to evaluate and audit (default: ${DEFAULT-VALUE}).")
    String answerFormat;

    @Option(names = "--python", defaultValue = "own", paramLabel = "own|cpython",
            description = "What runs programs: reft's interpreter, or python3 in workers that can reach nothing, for sympy (default: ${DEFAULT-VALUE}).")
    Python python;

    /** What runs programs. */
    enum Python { OWN, CPYTHON }

    /** What runs programs, as the options ask. */
    private Function<String, Outcome> programs() {
        return python == Python.CPYTHON && cot == SolutionFormat.PYTHON ? CPython.open("python3") : PythonInterpreter::run;
    }

    /** How solutions are written and judged, as the options ask. */
    Grading grading() {
        return new Grading(cot, format(), verifier, programs());
    }

    private AnswerFormat format() {
        AnswerFormat format = AnswerFormat.named(answerFormat);
        if (format != AnswerFormat.PAPER && cot == SolutionFormat.PYTHON) {
            throw new InputError("--answer-format %s is for prose, and a program's answer is what it returns: give --cot nl, or leave it out.", format);
        }
        if (format != AnswerFormat.PAPER && verifier.equals("paper")) {
            throw new InputError("--answer-format %s: the paper's verifier knows the paper's sentence alone; leave --verifier paper out.", format);
        }
        return format;
    }

    /** Refuses options that do not go together. */
    void check() {
        format();
    }

    /** Refuses besides what only {@code eval} and {@code audit} may do: who is rewarded, or probed, has one place for answers. */
    void checkStrict() {
        if (format() == AnswerFormat.AUTO) {
            throw new InputError("--answer-format auto is for eval and audit: give the one format that the model is to keep to, paper, boxed, hash or final.");
        }
    }
}
