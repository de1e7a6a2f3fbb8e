package io.reft.run;

import io.reft.rollout.ScoredCompletion;
import io.reft.tokenizer.Tokenizer;
import java.util.List;

/**
 * The completions of one iteration, all of them, with what a method knows of their tokens.
 *
 * @param iteration   from 1; 0 for what is drawn before the training
 * @param groupSize   completions of each question, which stand together
 * @param scored      the completions
 * @param refLogprobs log-probability of each of their tokens under the reference model, one completion after the other; null without one
 * @param advantages  what each of their tokens was worth, likewise; null for a method without advantages
 * @param tokenizer   with which they were decoded
 */
public record DrawnCompletions(int iteration, int groupSize, List<ScoredCompletion> scored, float[] refLogprobs, float[] advantages,
                               Tokenizer tokenizer) {}
