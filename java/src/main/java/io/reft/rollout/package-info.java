/**
 * Prompts to scored completions: what training, self-training and evaluation all stand on.
 *
 * <p>{@link io.reft.rollout.Rollout} has the generator write, the tokenizer decode and the reward score. Left out: what is learnt from the
 * scores.
 */
package io.reft.rollout;
