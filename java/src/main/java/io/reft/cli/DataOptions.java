package io.reft.cli;

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
        return new Grading(cot, verifier, programs());
    }
}
