package io.reft.data;

import io.reft.answer.Answer;
import io.reft.answer.Reading;
import java.util.Locale;

/**
 * The data set that a problem belongs to, known by its {@code item_id}: {@code gsm8k_12}, {@code svamp_3}, {@code mathqa_7},
 * {@code mathqa-numeric_9}. Any other name stands for a set with numbers for answers.
 *
 * @param name   the set's name, what stands before the last underscore of {@code item_id}
 * @param choice whether the answers are choice letters a to e; otherwise they are numbers
 */
public record DataSet(String name, boolean choice) {
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
        return choice ? answer.strip().matches("[a-eA-E]") : Reading.number(answer).answer() != null;
    }

    /** The gold answer of a problem, which this set {@link #accepts}. */
    public static Answer gold(Problem problem) {
        String text = problem.answer().strip();
        return of(problem).choice ? Answer.of(text.toLowerCase(Locale.ROOT)) : Reading.number(text).answer();
    }
}
