package io.reft.data;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;

/**
 * What a data file holds.
 *
 * @param rows       problems
 * @param sets       problems of each data set
 * @param solutions  of each form: {@code program}, {@code prose}, {@code none}
 * @param answers    of each type: {@code integer}, {@code decimal}, {@code negative}, {@code choice a} …
 * @param repeated   problems whose question was asked by an earlier row (letter case, spaces and punctuation left out)
 */
public record Statistics(int rows, Map<String, Integer> sets, Map<String, Integer> solutions, Map<String, Integer> answers, int repeated) {
    private static final Pattern IGNORED = Pattern.compile("(?:[^\\p{L}\\d.]|\\.(?!\\d))+");
    private static final Pattern NUMBER = Pattern.compile("\\d[\\d.]*");

    /** Counts the problems of a file. */
    public static Statistics of(List<Problem> problems) {
        Map<String, Integer> sets = new TreeMap<>(), solutions = new TreeMap<>(), answers = new TreeMap<>();
        Set<String> asked = new HashSet<>();
        int repeated = 0;
        for (Problem p : problems) {
            DataSet set = DataSet.of(p);
            sets.merge(set.name(), 1, Integer::sum);
            solutions.merge(p.cot() == null ? "none" : Problem.isProgram(p.cot()) ? "program" : "prose", 1, Integer::sum);
            answers.merge(type(set, p), 1, Integer::sum);
            if (!asked.add(words(p.question()))) {
                repeated++;
            }
        }
        return new Statistics(problems.size(), sets, solutions, answers, repeated);
    }

    private static String type(DataSet set, Problem problem) {
        if (set.choice()) {
            return "choice " + DataSet.gold(problem).letter();
        }
        double number = DataSet.gold(problem).number();
        return number < 0 ? "negative" : number == Math.rint(number) ? "integer" : "decimal";
    }

    /** A question without letter case, spaces and punctuation. */
    private static String words(String question) {
        return IGNORED.matcher(question.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    /**
     * Questions of a test set that training has seen.
     *
     * @param same    asked in training too (letter case, spaces and punctuation left out)
     * @param numbers asked in training with other numbers, and not with these
     */
    public record Overlap(int same, int numbers) {
        /** Compares the questions of two sets. */
        public static Overlap of(List<Problem> train, List<Problem> test) {
            Map<String, Set<String>> seen = new HashMap<>();
            for (Problem p : train) {
                seen.computeIfAbsent(shape(words(p.question())), k -> new HashSet<>()).add(words(p.question()));
            }
            int same = 0, numbers = 0;
            for (Problem p : test) {
                Set<String> alike = seen.get(shape(words(p.question())));
                if (alike == null) {
                    continue;
                }
                if (alike.contains(words(p.question()))) {
                    same++;
                } else {
                    numbers++;
                }
            }
            return new Overlap(same, numbers);
        }

        private static String shape(String words) {
            return NUMBER.matcher(words).replaceAll("#");
        }
    }

    /** How long texts are, in tokens. */
    public record Lengths(double mean, int median, int p95, int max) {
        /** Of each problem by {@code length}; at least one problem. */
        public static Lengths of(List<Problem> problems, ToIntFunction<Problem> length) {
            int[] sorted = problems.stream().mapToInt(length).sorted().toArray();
            return new Lengths(Arrays.stream(sorted).average().orElseThrow(), sorted[(sorted.length - 1) / 2],
                    sorted[(sorted.length - 1) * 95 / 100],
                    sorted[sorted.length - 1]);
        }
    }
}
