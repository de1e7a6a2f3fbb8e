package io.reft.reward;

import io.reft.answer.Answer;
import io.reft.data.DataSet;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.reward.Score.Verdict;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The rules of the code published with the paper, faults and all ({@code --verifier paper}), to reproduce its figures:
 * <ul>
 * <li>in MathQA with choices nothing scores 0: whatever is read as text is an answer, a crashed program's "none" too;
 * <li>in prose the answer is what follows the last answer line or, where there is none, the whole text, so that a bare {@code 42} is right;
 *     and only what Python's {@code float} takes is a number, so that {@code 1,234} and {@code $42} earn nothing and {@code nan} earns 0.1;
 * <li>the tolerance is 1e-2 for numbers of any size;
 * <li>a program ends at its first blank line; a completion cut at its length limit is scored as it stands.
 * </ul>
 * Programs still run in our interpreter: that files and network were open there is not reproduced, nor is sympy.
 *
 * @param cot      programs or prose
 * @param template puts programs together
 * @param python   runs {@code solution()} of a source text; it never throws
 */
public record PaperVerifier(SolutionFormat cot, Template template, Function<String, Outcome> python) implements Reward {
    private static final String REASONING = "\nAnswer reasoning:\n";
    private static final Pattern FLOAT = Pattern.compile("[+-]?(?:inf(?:inity)?|nan|(?:D(?:\\.D?)?|\\.D)(?:e[+-]?D)?)"
            .replace("D", "(?:\\d++(?:_\\d++)*+)"), Pattern.CASE_INSENSITIVE);

    @Override
    public Score score(Problem problem, String completion, boolean finished) {
        boolean choice = DataSet.of(problem).choice();
        String text = afterLast(completion.strip(), REASONING).strip();
        if (cot == SolutionFormat.PYTHON) {
            Outcome outcome = python.apply(source(template.head(problem, cot) + completion.stripTrailing()));
            boolean ok = outcome.kind() == Outcome.Kind.OK;
            Score score = choice ? letter(problem, ok ? outcome.value() : "None")
                    : number(problem, ok ? returned(outcome) : OptionalDouble.empty());
            return outcome.kind() == Outcome.Kind.UNSUPPORTED ? new Score(score.value(), score.verdict(), score.answer(), outcome.error())
                    : score;
        }
        String answer = afterLast(text, Template.ANSWER_LINE);
        return choice ? letter(problem, answer) : number(problem, pythonFloat(answer));
    }

    private static Score letter(Problem problem, String text) {
        String letter = plain(text);
        boolean right = letter.equals(plain(problem.answer()));
        return new Score(right ? 1 : Score.PARTIAL, right ? Verdict.RIGHT : Verdict.WRONG, Answer.of(letter));
    }

    private static Score number(Problem problem, OptionalDouble number) {
        if (number.isEmpty()) {
            return new Score(0, Verdict.NO_ANSWER, null);
        }
        boolean right = Math.abs(number.getAsDouble() - DataSet.gold(problem).number()) <= 1e-2;
        return new Score(right ? 1 : Score.PARTIAL, right ? Verdict.RIGHT : Verdict.WRONG, Answer.of(number.getAsDouble()));
    }

    /** The program up to its first blank line, with {@code math} at hand. */
    private static String source(String program) {
        StringBuilder source = new StringBuilder(Verifier.PRELUDE);
        for (String line : program.replace("sys.exit", "print").split("\n", -1)) {
            if (line.isBlank()) {
                break;
            }
            source.append(line).append('\n');
        }
        return source.toString();
    }

    /** {@code float(value)} of what a program returned; empty where Python would raise. */
    private static OptionalDouble returned(Outcome outcome) {
        return switch (outcome.type()) {
            case "bool" -> OptionalDouble.of(outcome.value().equals("True") ? 1 : 0);
            case "str" -> pythonFloat(Verifier.unquoted(outcome.value()));
            default -> outcome.number();
        };
    }

    private static OptionalDouble pythonFloat(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (!FLOAT.matcher(plain).matches()) {
            return OptionalDouble.empty();
        }
        if (plain.endsWith("nan")) {
            return OptionalDouble.of(Double.NaN);
        }
        if (plain.contains("inf")) {
            return OptionalDouble.of(plain.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        return OptionalDouble.of(Double.parseDouble(plain.replace("_", "")));
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replace("\"", "").replace("'", "").strip();
    }

    private static String afterLast(String text, String mark) {
        int at = text.lastIndexOf(mark);
        return at < 0 ? text : text.substring(at + mark.length());
    }
}
