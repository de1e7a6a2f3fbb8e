package io.reft.reward;

import io.reft.InputError;
import io.reft.data.SolutionFormat;
import io.reft.data.DataSet;
import io.reft.data.Problem;
import io.reft.data.Template;
import io.reft.python.Outcome;
import io.reft.reward.Answer.Reading;
import io.reft.reward.Score.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reward of ReFT: is the final answer right? ({@code --verifier fixed}, the default.)
 *
 * <p>A program's answer is what it returns. Prose gives its answer after the last "the answer is", and must have reasoned before it;
 * two statements that differ, or a second number behind the last, are no answer. A wrong answer of the right type earns
 * {@link Score#PARTIAL} in numeric sets. A failed program, or a completion cut at its length limit, earns nothing.
 * {@link PaperVerifier} has the published rules instead.
 *
 * @param cot           programs or prose
 * @param template      puts programs together
 * @param blankLineEnds whether a program ends at its first blank line, for models that go on talking after it
 * @param python        runs {@code solution()} of a source text; it never throws
 */
public record Verifier(SolutionFormat cot, Template template, boolean blankLineEnds, Function<String, Outcome> python) implements Reward {
    /** Programs may use {@code math} without importing it, as the data sets' own do. */
    static final String PRELUDE = "import math\n";

    private static final Pattern STATEMENT = Pattern.compile("(?i)\\bthe (?:final |correct )?answer is\\b[ \\t]*:?\\s*");
    private static final Pattern CONNECTIVE = Pattern.compile("(?i)\\b(?:therefore|thus|hence|so),?\\s*\\z");
    private static final Pattern WORD = Pattern.compile("\\p{L}{2,}+");
    /** A number, an operator and what it is applied to: {@code 6 * 7}, {@code 3 ( x + 1 )}, {@code 2 m = 90 - h}, {@code 920 - - - 80}. */
    private static final Pattern COMPUTATION = Pattern.compile("\\d\\s*+%?+\\s*+[a-z]?\\s*+[)\\]}]?+\\s*+(?=[-+*/×÷^=<>⇔—(]|x(?![a-z]))"
            + "[-+*/×÷^=<>⇔—({\\sx]++[$.]*+\\s*+(?:\\d|[a-z]\\b)");
    private static final Pattern SENTENCE_END = Pattern.compile("\\n|[.!?](?=\\s)");
    private static final Pattern BLANK_LINE = Pattern.compile("(?<=\\S)[ \\t]*\\n[ \\t]*(?:\\n|\\z)");

    /** The verifier of that name: {@code fixed} or {@code paper}. */
    public static Reward named(String name, SolutionFormat cot, Template template, Function<String, Outcome> python) {
        return switch (name) {
            case "fixed" -> new Verifier(cot, template, false, python);
            case "paper" -> new PaperVerifier(cot, template, python);
            default -> throw new InputError("there is no verifier \"%s\"; known are fixed and paper", name);
        };
    }

    /** The gold answer of a problem. */
    public static Answer gold(Problem problem) {
        return DataSet.of(problem).choice() ? Answer.of(problem.answer().strip().toLowerCase(java.util.Locale.ROOT))
                : Answer.of(DataSet.number(problem.answer()));
    }

    @Override
    public Score score(Problem problem, String completion, boolean finished) {
        return cot == SolutionFormat.PYTHON ? program(problem, completion, finished) : prose(problem, completion, finished);
    }

    private Score program(Problem problem, String completion, boolean finished) {
        Matcher blank = BLANK_LINE.matcher(completion);
        boolean ended = blankLineEnds && blank.find();
        if (!finished && !ended) return nothing(Verdict.UNFINISHED);
        String written = ended ? completion.substring(0, blank.start()) : completion;
        Outcome outcome = python.apply(PRELUDE + template.program(problem, written));
        return switch (outcome.kind()) {
            case ERROR -> nothing(Verdict.PROGRAM_ERROR);
            case LIMIT -> nothing(Verdict.PROGRAM_LIMIT);
            case UNSUPPORTED -> new Score(0, Verdict.PROGRAM_UNSUPPORTED, null, outcome.error());
            case OK -> compare(problem, returned(outcome, DataSet.of(problem).choice()));
        };
    }

    /** The value a program returned, as an answer; text is read like the answer line of a prose solution. */
    private static Reading returned(Outcome outcome, boolean choice) {
        if (outcome.type().equals("str")) return read(unquoted(outcome.value()), choice);
        double number = outcome.number().orElse(Double.NaN);
        return choice || !Double.isFinite(number) ? Reading.NONE : new Reading(Answer.of(number), false);
    }

    private Score prose(Problem problem, String completion, boolean finished) {
        if (!finished) return nothing(Verdict.UNFINISHED);
        boolean choice = DataSet.of(problem).choice();
        List<Integer> starts = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        for (Matcher m = STATEMENT.matcher(completion); m.find(); ) {
            starts.add(m.start());
            ends.add(m.end());
        }
        if (starts.isEmpty()) return nothing(Verdict.NO_ANSWER);
        // everything after the last statement belongs to it: "42. Or rather 43." is no final answer
        Reading last = read(completion.substring(ends.getLast()), choice);
        if (last.answer() == null) return compare(problem, last);
        StringBuilder reasoning = new StringBuilder();
        int from = 0;
        for (int i = 0; i < starts.size(); i++) {
            reasoning.append(CONNECTIVE.matcher(completion.substring(from, starts.get(i))).replaceFirst("")).append('\n');
            if (i == starts.size() - 1) break;
            Matcher end = SENTENCE_END.matcher(completion).region(ends.get(i), starts.get(i + 1));
            from = end.find() ? end.start() : starts.get(i + 1);
            Answer earlier = read(completion.substring(ends.get(i), from), choice).answer();
            if (earlier != null && !earlier.matches(last.answer()) && !last.answer().matches(earlier)) {
                return nothing(Verdict.AMBIGUOUS);
            }
        }
        if (!reasoned(reasoning.toString())) return new Score(0, Verdict.NO_REASONING, last.answer());
        return compare(problem, last);
    }

    /** Three words or one computation: little, but it cannot be had by writing the answer alone. */
    public static boolean reasoned(String text) {
        return COMPUTATION.matcher(text).find() || WORD.matcher(text).results().limit(3).count() == 3;
    }

    private static Score compare(Problem problem, Reading reading) {
        if (reading.answer() == null) return nothing(reading.ambiguous() ? Verdict.AMBIGUOUS : Verdict.NO_ANSWER);
        if (reading.answer().matches(gold(problem))) return new Score(1, Verdict.RIGHT, reading.answer());
        return new Score(DataSet.of(problem).choice() ? 0 : Score.PARTIAL, Verdict.WRONG, reading.answer());
    }

    private static Reading read(String text, boolean choice) {
        return choice ? Answer.readChoice(text) : Answer.readNumber(text);
    }

    private static Score nothing(Verdict verdict) {
        return new Score(0, verdict, null);
    }

    /** The text of a Python string's repr; escapes are left as they are, since no answer has any. */
    static String unquoted(String repr) {
        return repr.length() < 2 ? repr : repr.substring(1, repr.length() - 1);
    }
}
