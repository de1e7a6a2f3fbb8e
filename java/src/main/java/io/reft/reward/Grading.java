package io.reft.reward;

import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import java.util.function.Function;

/**
 * How solutions are written and judged.
 *
 * @param format   programs or prose
 * @param verifier whose rules, as {@link Verifier#named} knows them
 * @param python   runs programs
 */
public record Grading(SolutionFormat format, String verifier, Function<String, Outcome> python) {
    /** Our own rules, programs run by our own interpreter. */
    public static Grading of(SolutionFormat format) {
        return new Grading(format, "fixed", PythonInterpreter::run);
    }

    /** The reward of solutions to prompts of that template. */
    public Reward reward(Template template) {
        return Verifier.named(verifier, format, template, python);
    }
}
