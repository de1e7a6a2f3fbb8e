package io.reft.evaluate;

import io.reft.answer.Answer;
import io.reft.answer.AnswerFormat;
import io.reft.answer.Reading;
import io.reft.data.Choices;
import io.reft.data.SolutionFormat;
import io.reft.reward.Verifier;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** What stands before an answer: whether it is reasoning, and what it comes to. Nothing here is told whether the answer is right. */
public final class Reasoning {
    /** What is read of the result of an equation. */
    private static final int RESULT = 80;
    private static final Pattern QUOTED =
            Pattern.compile("(?s)\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'");
    private static final Pattern NO_VALUE = Pattern.compile("#[^\\n]*|\\bdef\\s+\\w+\\s*\\(|\\b(?:return|print|in|and|or|not|else|if)\\b");
    /** An operator between two operands, or a call. */
    private static final Pattern WORK =
            Pattern.compile("[\\w)\\]][ \\t]*(?:\\*\\*|//|==|!=|[-+*/%<>]=?|\\*\\*=|//=)[ \\t]*[-\\w.(\\[]|\\b[A-Za-z_]\\w*[ \\t]*\\(");

    private Reasoning() {}

    /**
     * Whether a solution reasons: prose before its last answer (as the fixed verifier asks), or a program that computes anything at all.
     */
    public static boolean shown(String completion, SolutionFormat cot) {
        if (cot == SolutionFormat.NL) {
            return Verifier.reasoned(AnswerFormat.AUTO.reasoning(completion));
        }
        String code = NO_VALUE.matcher(QUOTED.matcher(completion).replaceAll("''")).replaceAll(";");
        return WORK.matcher(code).find();
    }

    /** The result of the last equation before a prose answer; empty where there is none. */
    static OptionalDouble result(String prose) {
        String reasoning = AnswerFormat.AUTO.reasoning(prose);
        for (int at = reasoning.lastIndexOf('='); at >= 0; at = reasoning.lastIndexOf('=', at - 1)) {
            String result = reasoning.substring(at + 1, Math.min(reasoning.length(), at + RESULT)).lines().findFirst().orElse("");
            Answer number = Reading.leadingNumber(result).answer();
            if (number != null) {
                return OptionalDouble.of(number.number());
            }
        }
        return OptionalDouble.empty();
    }

    /**
     * Whether a prose answer is what its last equation came to: the same number, or the choice that is nearest to it (of equals any).
     * Empty where there is no equation, or no number in the choice.
     */
    static Optional<Boolean> agrees(String prose, Answer answer, Optional<Choices> choices) {
        OptionalDouble result = result(prose);
        if (result.isEmpty()) {
            return Optional.empty();
        }
        if (answer.letter() == null) {
            return Optional.of(answer.matches(Answer.of(result.getAsDouble())));
        }
        int chosen = choices.map(c -> c.index(answer.letter())).orElse(-1);
        double[] distances =
                choices.stream().flatMap(c -> c.texts().stream()).mapToDouble(t -> distance(t, result.getAsDouble())).toArray();
        if (chosen < 0 || Double.isNaN(distances[chosen])) {
            return Optional.empty();
        }
        for (double distance : distances) {
            if (distance < distances[chosen]) {
                return Optional.of(false);
            }
        }
        return Optional.of(true);
    }

    private static double distance(String choice, double value) {
        Answer number = Reading.leadingNumber(choice).answer();
        return number == null ? Double.NaN : Math.abs(number.number() - value);
    }
}
