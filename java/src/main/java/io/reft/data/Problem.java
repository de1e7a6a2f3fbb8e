package io.reft.data;

/**
 * One math word problem, as a row of the ReFT JSON format.
 *
 * @param id       {@code item_id}: the data set's name, an underscore and a number, such as {@code gsm8k_12}
 * @param question the question's text
 * @param cot      {@code answer_cot}: the gold chain of thought or program; null in sets that have none (test sets)
 * @param answer   {@code answer_value}: a number, or a choice letter for {@code mathqa}
 */
public record Problem(String id, String question, String cot, String answer) {
    /** Whether a solution is a program rather than prose. */
    public static boolean isProgram(String solution) {
        return solution.stripLeading().startsWith("def ");
    }
}
