/**
 * Whole experiments from end to end: the demo, and the cells of the paper's tables.
 *
 * <p>{@link io.reft.reproduce.Demo} calls the runs of {@code run} itself; {@link io.reft.reproduce.Reproduction} runs command lines of reft
 * that anyone could type, in order, and remembers which are finished. {@link io.reft.reproduce.Recipes} reads the hyper-parameters in
 * {@code models/recipes}.
 */
package io.reft.reproduce;
