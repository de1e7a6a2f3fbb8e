package io.reft.reward;

import io.reft.answer.AnswerFormat;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import java.util.function.Function;

/**
 * How solutions are written and judged.
 *
 * @param format   programs or prose
 * @param answers  where prose gives its answer
 * @param verifier whose rules, as {@link Verifier#named} knows them
 * @param python   runs programs
 */
public record Grading(SolutionFormat format, AnswerFormat answers, String verifier, Function<String, Outcome> python) {
    /** Our own rules, programs run by our own interpreter. */
    public static Grading of(SolutionFormat format) {
        return new Grading(format, AnswerFormat.PAPER, "fixed", PythonInterpreter::run);
    }

    /** A checkpoint's own template, with answers where they are to stand. */
    public Template template(Template own) {
        return own.answering(answers);
    }

    /** The reward of solutions to prompts of a checkpoint's own template. */
    public Reward reward(Template own) {
        return Verifier.named(verifier, format, template(own), python);
    }
}
