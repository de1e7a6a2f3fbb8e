package io.reft.data;

/**
 * One training text. The loss is on what the model has to write itself: a program's head is given to it at generation time, so
 * it is part of the prompt here too. (On SVAMP programs the head, a copy of the question, is half of the text; counting it would make the
 * loss look lower by a third and teach nothing that is used.)
 *
 * @param ids          token ids: the prompt's, the head's, the continuation's, EOS
 * @param promptLength how many ids the prompt and the head take; the loss is on the ids that follow
 */
public record Example(int[] ids, int promptLength) {}
