package io.reft.cli;

import io.reft.InputError;
import io.reft.answer.AnswerFormat;
import io.reft.data.Columns;
import io.reft.data.Datasets;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.python.PythonInterpreter;
import io.reft.reward.CPython;
import io.reft.reward.Grading;
import io.reft.run.ModelSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Option;

/** How problems are put to the model and answers judged, for all commands that do so: {@code @Mixin DataOptions data}. */
final class DataOptions {
    @Option(names = "--cot", paramLabel = "python|nl",
            description = "Solutions are Python programs or prose (default: what the model was trained to write, else python).")
    private SolutionFormat cot;

    @Option(names = "--verifier", defaultValue = "fixed", paramLabel = "fixed|paper",
            description = "Rules of the score; paper: the published ones, faults included (default: ${DEFAULT-VALUE}).")
    String verifier;

    @Option(names = "--answer-format", paramLabel = "paper|boxed|hash|final|auto",
            description = "Where prose gives its answer: \"Therefore, the answer is: 7\"; the last \\boxed{7}; the line \"#### 7\"; "
                    + "\"Final answer: 7\" or \"**Answer:** 7\"; auto takes any, to evaluate and audit (default: what the model was "
                    + "trained to write, else paper).")
    private String answerFormat;

    @Option(names = "--python", defaultValue = "own", paramLabel = "own|cpython",
            description = "What runs programs: reft's interpreter, or python3 in workers that can reach nothing, for sympy (default: "
                    + "${DEFAULT-VALUE}).")
    Python python;

    @Option(names = "--fields", paramLabel = "NAME=FIELD,...",
            description = "Which fields of the data hold what: question=Q,solution=S,answer=A,id=I (default: known by their names).")
    private String fields;

    @Option(names = "--skip-bad", arity = "0..1", fallbackValue = "1000000", paramLabel = "N",
            description = "Leave bad rows of the data out, at most N (default: none may be bad), and say which.")
    @Range(min = 0, max = Range.COUNT)
    private Integer skipBad;

    /** Reads problems as the options say; tells what was understood. */
    List<Problem> read(Path file) {
        return Datasets.read(file, new Datasets.How(fields == null ? null : Columns.parse(fields), skipBad == null ? 0 : skipBad),
                Console.CONSOLE::message);
    }

    /** What runs programs. */
    enum Python { OWN, CPYTHON }

    /** How solutions are written and judged where no model says: as the options ask, else as the solutions are. */
    Grading grading(List<Problem> problems) {
        return grading(cot != null ? cot : written(problems),
                answerFormat != null ? AnswerFormat.named(answerFormat) : AnswerFormat.PAPER);
    }

    /** For a model that is trained now: as the options ask, else as it was trained before, else as the solutions are. */
    Grading gradingToTrain(Path model, List<Problem> problems) {
        ModelSettings trained = ModelSettings.read(model);
        SolutionFormat solutions = cot != null ? cot : trained.solutions() != null ? trained.solutions() : written(problems);
        boolean same = solutions == trained.solutions() && trained.answers() != null;
        return grading(solutions, answerFormat != null ? AnswerFormat.named(answerFormat) : same ? trained.answers() : AnswerFormat.PAPER);
    }

    /** Prose where all solutions are. */
    private static SolutionFormat written(List<Problem> problems) {
        List<String> solutions = problems.stream().map(Problem::cot).filter(Objects::nonNull).toList();
        return !solutions.isEmpty() && solutions.stream().noneMatch(Problem::isProgram) ? SolutionFormat.NL
                : SolutionFormat.PYTHON;
    }

    /** For a model that is asked: as it was trained, which the options must not contradict. */
    Grading grading(Path model, List<Problem> problems) {
        ModelSettings trained = ModelSettings.read(model);
        if (cot != null && trained.solutions() != null && cot != trained.solutions()) {
            throw new InputError("%s was trained to write %s, and --cot %s asks for %s: leave --cot out.", model,
                    words(trained.solutions()),
                    cot.name().toLowerCase(Locale.ROOT), words(cot));
        }
        Grading grading = gradingToTrain(model, problems);
        if (trained.answers() != null && grading.format() == SolutionFormat.NL && grading.answers() != trained.answers()
                && grading.answers() != AnswerFormat.AUTO) {
            throw new InputError(
                    "%s was trained to give its answers as --answer-format %s has them, not %s: leave --answer-format out, or give "
                            + "auto to take any.",
                    model,
                    trained.answers(), grading.answers());
        }
        return grading;
    }

    private static String words(SolutionFormat format) {
        return format == SolutionFormat.PYTHON ? "programs" : "prose";
    }

    private Grading grading(SolutionFormat solutions, AnswerFormat answers) {
        if (answers != AnswerFormat.PAPER && solutions == SolutionFormat.PYTHON) {
            throw new InputError(
                    "--answer-format %s is for prose, and a program's answer is what it returns: give --cot nl, or leave it out.", answers);
        }
        if (answers != AnswerFormat.PAPER && verifier.equals("paper")) {
            throw new InputError("--answer-format %s: the paper's verifier knows the paper's sentence alone; leave --verifier paper out.",
                    answers);
        }
        return new Grading(solutions, answers, verifier,
                python == Python.CPYTHON && solutions == SolutionFormat.PYTHON ? CPython.open("python3") : PythonInterpreter::run);
    }

    /** Refuses what only {@code eval} and {@code audit} may do: who is rewarded, or probed, has one place for answers. */
    void checkStrict() {
        if (answerFormat != null && AnswerFormat.named(answerFormat) == AnswerFormat.AUTO) {
            throw new InputError(
                    "--answer-format auto is for eval and audit: give the one format that the model is to keep to, paper, boxed, hash "
                            + "or final.");
        }
    }
}
