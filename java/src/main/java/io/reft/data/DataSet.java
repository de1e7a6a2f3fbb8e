package io.reft.data;

import java.util.regex.Pattern;

/**
 * The data set that a problem belongs to, known by its {@code item_id}: {@code gsm8k_12}, {@code svamp_3}, {@code mathqa_7},
 * {@code mathqa-numeric_9}. Any other name stands for a set with numbers for answers.
 *
 * @param name   the set's name, what stands before the last underscore of {@code item_id}
 * @param choice whether the answers are choice letters a to e; otherwise they are numbers
 */
public record DataSet(String name, boolean choice) {
    private static final Pattern NUMBER = Pattern.compile("-?(\\d+|\\d{1,3}(,\\d{3})+)(\\.\\d*)?([eE][+-]?\\d{1,3})?");

    /** The data set of a problem. */
    public static DataSet of(Problem problem) {
        return of(problem.id());
    }

    /** The data set that an {@code item_id} names. */
    public static DataSet of(String id) {
        int end = id.lastIndexOf('_');
        String name = end < 0 ? id : id.substring(0, end);
        return new DataSet(name, name.equals("mathqa"));
    }

    /** Whether {@code answer} can be a gold answer of this set. */
    public boolean accepts(String answer) {
        String text = answer.strip();
        return choice ? text.matches("[a-eA-E]") : NUMBER.matcher(text).matches() && Double.isFinite(number(text));
    }

    /** The value of a numeric gold answer that {@link #accepts} agrees to. */
    public static double number(String answer) {
        return Double.parseDouble(answer.strip().replace(",", ""));
    }
}
