package io.reft.data;

/**
 * One training text.
 *
 * @param ids          token ids: the prompt's, the head's, the continuation's, EOS
 * @param promptLength how many ids the prompt takes; the loss is on the ids that follow, so a program's head is learnt too
 */
public record Example(int[] ids, int promptLength) {}
