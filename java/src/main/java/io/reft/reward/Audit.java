package io.reft.reward;

import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.answer.AnswerFormat;
import io.reft.data.DataSet;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a reward can be trusted on a data set, looked at before anything is trained on it: gold solutions must score 1, right answers
 * in other formats too, and wrong ones must not.
 *
 * <p>A gold solution is held to more than the reward asks of a model: what it gives must be the gold answer to {@link #EXACT}. One that
 * is only near was rounded, by its annotator or in {@code answer_value}.
 *
 * @param rows      problems looked at
 * @param solved    those that have a gold solution; of the others the gold answer alone was tried, in a solution made for it
 * @param failing   rows whose gold solution does not score 1, or is not exact
 * @param formats   what became of answers in other formats
 * @param refused   gold programs that the interpreter refused, for each part of Python that it leaves out
 */
public record Audit(int rows, int solved, List<Failing> failing, List<Format> formats, Map<String, Integer> refused) {
    /** What a gold solution may differ by from the gold answer. */
    public static final double EXACT = 1e-3;

    private static final String REASONING = "6 baskets of 7 apples are counted one after the other.";

    /** A row that fails, and why, in words. */
    public record Failing(String id, String why) {}

    /**
     * One format of an answer, tried on the reward.
     *
     * @param what   the format, in words
     * @param gold   the gold answer
     * @param text   what was to be scored: the answer line of prose, or the program's last lines
     * @param least  the lowest score that is as it should be
     * @param most   the highest
     * @param score  what it earned
     */
    public record Format(String what, String gold, String text, double least, double most, double score) {
        /** Whether the reward did as it should. */
        public boolean passed() {
            return score >= least && score <= most;
        }
    }

    /** Rows whose gold solution scores 1 and is exact. */
    public int goldRight() {
        return rows - failing.size();
    }

    /** Audits a reward on a data set. The reward must be of this form of solutions and this template. */
    public static Audit of(List<Problem> problems, SolutionFormat cot, Template template, Reward reward) {
        List<Failing> failing = new ArrayList<>();
        List<Score> scores = new ArrayList<>();
        for (Problem problem : problems) {
            String why;
            try {
                why = fault(problem, cot, template, reward, scores);
            } catch (InputError e) {
                why = e.getMessage();
            }
            if (why != null) {
                failing.add(new Failing(problem.id(), why));
            }
        }
        List<Format> formats = new ArrayList<>();
        if (problems.stream().anyMatch(p -> !DataSet.of(p).choice())) {
            formats.addAll(new Formats(cot, template.answers(), reward, "audit_0").numbers());
        }
        if (problems.stream().anyMatch(p -> DataSet.of(p).choice())) {
            formats.addAll(new Formats(cot, template.answers(), reward, "mathqa_0").choices());
        }
        return new Audit(problems.size(), (int) problems.stream().filter(p -> p.cot() != null).count(), List.copyOf(failing),
                List.copyOf(formats),
                Score.refused(scores));
    }

    /** What is wrong with a row's gold solution; null where nothing is. */
    private static String fault(Problem problem, SolutionFormat cot, Template template, Reward reward, List<Score> scores) {
        String solution = problem.cot() != null ? template.gold(problem, cot).continuation()
                : cot == SolutionFormat.PYTHON
                        ? "    return " + (DataSet.of(problem).choice() ? "'" + problem.answer().strip() + "'" : DataSet.gold(problem))
                : REASONING + template.answers().line(problem.answer().strip());
        Score score = reward.score(problem, solution, true);
        scores.add(score);
        if (!score.right()) {
            return words(score) + (score.answer() == null ? "" : differs(score.answer(), problem));
        }
        // prose is trained on with answer_value in its last line: what its own last sentence says, wherever, is read apart from that
        Answer own = problem.cot() == null || cot == SolutionFormat.PYTHON ? score.answer()
                : new Verifier(cot, template.answering(AnswerFormat.AUTO), false, s -> null).score(problem, problem.cot().strip(), true)
                        .answer();
        if (own == null || own.exactly(DataSet.gold(problem), EXACT)) {
            return null;
        }
        return (own.matches(DataSet.gold(problem)) ? "rounded" : "wrong") + differs(own, problem);
    }

    private static String differs(Answer answer, Problem problem) {
        return ": the solution gives " + answer + ", the data " + problem.answer().strip();
    }

    private static String words(Score score) {
        return score.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (score.refused() == null ? "" : " (" + score.refused() + ")");
    }

    /** The formats tried on a reward. */
    private record Formats(SolutionFormat cot, AnswerFormat answers, Reward reward, String id) {
        List<Format> numbers() {
            List<Format> all = new ArrayList<>();
            all.add(right("thousands", "1234", "1,234"));
            all.add(right("currency", "42", "$42"));
            all.add(right("full stop", "42", "42."));
            all.add(right("decimals", "42", "42.0"));
            all.add(right("exponent", "42", "4.2e1"));
            all.add(right("fraction", "0.5", "1/2"));
            all.add(right("percent", "50", "50%"));
            all.add(right("percent of a share", "0.5", "50%"));
            all.add(right("unit after", "42", "42 apples"));
            all.add(right("negative", "-3", "-3"));
            all.add(right("TeX fraction", "0.5", "\\frac{1}{2}"));
            all.add(right("mixed number", "2.5", "2\\frac12"));
            all.add(right("TeX box", "42", "$\\boxed{42}$"));
            all.add(right("times a power of ten", "4000", "4 \\times 10^3"));
            all.add(right("scale word", "1500000", "$1.5 million"));
            all.add(right("narrow space", "1234", "1\u202f234"));
            all.add(right("one value in two forms", "0.5", "1/2 (0.5)"));
            all.add(more("power", "10", "10^2"));
            all.add(more("part behind", "3", "3½"));
            all.add(more("half behind", "7", "7 and a half"));
            all.add(more("digits behind", "1", "1_000"));
            all.add(more("letter behind", "42", "42k"));
            all.add(answer("wrong number", "42", "43", 0, Score.PARTIAL));
            all.add(answer("0 for a small number", "0.005", "0", 0, Score.PARTIAL));
            all.add(nothing("not a number", "42", "nan"));
            all.add(nothing("infinity", "42", "inf"));
            all.add(nothing("empty", "42", ""));
            all.add(nothing("two final answers", "42", "42 or 43"));
            if (cot == SolutionFormat.NL) {
                proseAlone(all, "42", "43");
            } else {
                all.add(program("returned as a float", "42", "    return 4.2e1", 1, 1));
                all.add(program("returned as a fraction", "0.5", "    from fractions import Fraction\n    return Fraction(1, 2)", 1, 1));
                all.add(program("returned nan", "42", "    return float('nan')", 0, 0));
                all.add(program("returned infinity", "42", "    return float('inf')", 0, 0));
                all.add(program("two values returned", "42", "    return 42, 43", 0, 0));
                failedPrograms(all, "42");
            }
            return all;
        }

        List<Format> choices() {
            List<Format> all = new ArrayList<>();
            for (String text : List.of("a", "A", "(a)", "a )", "a ) 38", "option a")) {
                all.add(right("choice", "a", text));
            }
            all.add(nothing("wrong choice", "a", "b"));
            all.add(nothing("two choices", "a", "a or b"));
            all.add(nothing("none of the letters", "a", "none"));
            all.add(nothing("empty", "a", ""));
            if (cot == SolutionFormat.NL) {
                proseAlone(all, "a", "b");
            } else {
                failedPrograms(all, "a");
            }
            return all;
        }

        private void proseAlone(List<Format> all, String gold, String other) {
            all.add(prose("bare answer, no reasoning", gold, gold, 0, 0));
            all.add(prose("answer line, no reasoning", gold, answers.line(gold).strip(), 0, 0));
            all.add(prose("gold only mentioned", gold, REASONING + " There is " + gold + " among them.", 0, 0));
            if (answers == AnswerFormat.BOXED) {
                all.add(prose("a box before the last", gold, REASONING + answers.line(gold) + answers.line(other), 0, Score.PARTIAL));
            } else {
                all.add(prose("two answer lines", gold, REASONING + answers.line(other) + answers.line(gold), 0, 0));
            }
        }

        private void failedPrograms(List<Format> all, String gold) {
            all.add(program("gold only mentioned", gold, "    # " + gold + "\n    print('" + gold + "')", 0, 0));
            all.add(program("an exception", gold, "    return 1 // 0", 0, 0));
            all.add(program("no Python", gold, "    return (" + gold, 0, 0));
            all.add(program("reads a file", gold, "    return open('/etc/hostname').read()", 0, 0));
        }

        private Format right(String what, String gold, String text) {
            return answer(what, gold, text, 1, 1);
        }

        private Format nothing(String what, String gold, String text) {
            return answer(what, gold, text, 0, 0);
        }

        /** An answer that begins with the gold one and goes on: it is another, or none. */
        private Format more(String what, String gold, String text) {
            return answer(what, gold, text, 0, Score.PARTIAL);
        }

        /** An answer in the line where prose gives it, or as the text that a program returns. */
        private Format answer(String what, String gold, String text, double least, double most) {
            String completion =
                    cot == SolutionFormat.NL ? REASONING + answers.line(text) : "    return '" + text.replace("\\", "\\\\") + "'";
            return new Format(what, gold, text, least, most, score(gold, completion));
        }

        private Format prose(String what, String gold, String completion, double least, double most) {
            return new Format(what, gold, completion.substring(completion.lastIndexOf('\n') + 1), least, most, score(gold, completion));
        }

        private Format program(String what, String gold, String body, double least, double most) {
            return new Format(what, gold, body.substring(body.lastIndexOf('\n') + 1).strip(), least, most, score(gold, body));
        }

        private double score(String gold, String completion) {
            return reward.score(new Problem(id, "How many apples are in 6 baskets?", null, gold), completion, true).value();
        }
    }
}
