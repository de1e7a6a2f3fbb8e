package io.reft.data;

/**
 * What the model is given for a problem, at generation time.
 *
 * @param problem the problem asked
 * @param text    the prompt's text, head left out
 * @param head    the first lines of the program, which the model continues; empty for prose
 * @param ids     token ids: BOS where the template has one, the prompt's, the head's
 */
public record Prompt(Problem problem, String text, String head, int[] ids) {}
