package io.reft.reward;

import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.answer.AnswerFormat;
import io.reft.answer.Reading;
import io.reft.data.DataSet;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.reward.Score.Verdict;
import java.math.BigInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reward of ReFT: is the final answer right? ({@code --verifier fixed}, the default.)
 *
 * <p>A program's answer is what it returns. Prose gives its answer where the template's {@link AnswerFormat} has it, and must have
 * reasoned before it; two statements that differ, or a second number behind the last, are no answer. A wrong answer of the right type
 * earns {@link Score#PARTIAL} in numeric sets. A failed program, or a completion cut at its length limit, earns nothing.
 * {@link PaperVerifier} has the published rules instead.
 *
 * @param cot           programs or prose
 * @param template      puts programs together, and says where prose gives its answer
 * @param blankLineEnds whether a program ends at its first blank line, for models that go on talking after it
 * @param python        runs {@code solution()} of a source text; it never throws
 */
public record Verifier(SolutionFormat cot, Template template, boolean blankLineEnds, Function<String, Outcome> python) implements Reward {
    /** Programs may use {@code math} without importing it, as the data sets' own do. */
    static final String PRELUDE = "import math\n";

    /** The longest repr of a whole number that is read to the last digit. */
    private static final int MOST_DIGITS = 400;

    /** No TeX command. */
    private static final Pattern WORD = Pattern.compile("(?<![\\\\\\p{L}])\\p{L}{2,}+");
    /**
     * A number, an operator and what it is applied to: {@code 6 * 7}, {@code 3 ( x + 1 )}, {@code 2 m = 90 - h}, {@code 920 - - - 80};
     * {@code 6 ã — 7} is how MathQA has some of its {@code ×}.
     */
    private static final Pattern COMPUTATION = Pattern.compile("\\d\\s*+%?+\\s*+[a-zã]?\\s*+[)\\]}]?+\\s*+(?=[-+*/×÷^=<>⇔—(]|x(?![a-z]))"
            + "[-+*/×÷^=<>⇔—({\\sx]++[$.]*+\\s*+(?:\\d|[a-z]\\b)");
    private static final Pattern ESCAPE =
            Pattern.compile("(?s)\\\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(000[0-9a-f]{5}|0010[0-9a-f]{4})|([nrt'\"\\\\]))");
    private static final Pattern BLANK_LINE = Pattern.compile("(?<=\\S)[ \\t]*\\n[ \\t]*(?:\\n|\\z)");

    /** The verifier of that name: {@code fixed} or {@code paper}. */
    public static Reward named(String name, SolutionFormat cot, Template template, Function<String, Outcome> python) {
        return switch (name) {
            case "fixed" -> new Verifier(cot, template, false, python);
            case "paper" -> new PaperVerifier(cot, template, python);
            default -> throw new InputError("there is no verifier \"%s\"; known are fixed and paper", name);
        };
    }

    @Override
    public Score score(Problem problem, String completion, boolean finished) {
        return cot == SolutionFormat.PYTHON ? program(problem, completion, finished) : prose(problem, completion, finished);
    }

    private Score program(Problem problem, String completion, boolean finished) {
        Matcher blank = BLANK_LINE.matcher(completion);
        boolean ended = blankLineEnds && blank.find();
        if (!finished && !ended) {
            return nothing(Verdict.UNFINISHED);
        }
        String written = ended ? completion.substring(0, blank.start()) : completion;
        Outcome outcome = python.apply(PRELUDE + template.program(problem, written));
        return switch (outcome.kind()) {
            case ERROR -> nothing(Verdict.PROGRAM_ERROR);
            case LIMIT -> nothing(Verdict.PROGRAM_LIMIT);
            case UNSUPPORTED -> new Score(0, Verdict.PROGRAM_UNSUPPORTED, null, outcome.error());
            case OK -> compare(problem, returned(outcome, DataSet.of(problem).choice()));
        };
    }

    /** The value a program returned, as an answer; text is read like the answer of a prose solution. */
    private static Reading returned(Outcome outcome, boolean choice) {
        if (outcome.type().equals("str")) {
            return Reading.of(unquoted(outcome.value()), choice);
        }
        double number = outcome.number().orElse(Double.NaN);
        if (choice || !Double.isFinite(number)) {
            return Reading.NONE;
        }
        boolean whole = outcome.type().equals("int") && outcome.value().length() <= MOST_DIGITS;
        return Reading.of(whole ? Answer.of(new BigInteger(outcome.value())) : Answer.of(number));
    }

    private Score prose(Problem problem, String completion, boolean finished) {
        if (!finished) {
            return nothing(Verdict.UNFINISHED);
        }
        Reading said = template.answers().read(completion, DataSet.of(problem).choice());
        if (said.answer() != null && !reasoned(template.answers().reasoning(completion))) {
            return new Score(0, Verdict.NO_REASONING, said.answer());
        }
        return compare(problem, said);
    }

    /** Three words or one computation: little, but it cannot be had by writing the answer alone. */
    public static boolean reasoned(String text) {
        return COMPUTATION.matcher(text).find() || WORD.matcher(text).results().limit(3).count() == 3;
    }

    private static Score compare(Problem problem, Reading reading) {
        if (reading.answer() == null) {
            return nothing(reading.ambiguous() ? Verdict.AMBIGUOUS : Verdict.NO_ANSWER);
        }
        if (reading.answer().matches(DataSet.gold(problem))) {
            return new Score(1, Verdict.RIGHT, reading.answer());
        }
        return new Score(DataSet.of(problem).choice() ? 0 : Score.PARTIAL, Verdict.WRONG, reading.answer());
    }

    private static Score nothing(Verdict verdict) {
        return new Score(0, verdict, null);
    }

    /** The text of a Python string's repr. */
    static String unquoted(String repr) {
        String inner = repr.length() < 2 ? repr : repr.substring(1, repr.length() - 1);
        return ESCAPE.matcher(inner).replaceAll(m -> {
            String code = m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3);
            String plain = code != null ? Character.toString(Integer.parseInt(code, 16))
                    : switch (m.group(4)) {
                        case "n" -> "\n";
                        case "r" -> "\r";
                        case "t" -> "\t";
                        default -> m.group(4);
                    };
            return Matcher.quoteReplacement(plain);
        });
    }
}
