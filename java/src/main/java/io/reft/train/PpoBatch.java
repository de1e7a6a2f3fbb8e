package io.reft.train;

import io.reft.rollout.ScoredCompletion;
import java.util.Arrays;
import java.util.List;

/**
 * What PPO learns from: scored completions and, for each action (a token of a completion), what it was worth. Arrays are
 * [A], sequence after sequence.
 *
 * @param completions  B of them
 * @param cuActions    where each one's actions start, and A at the end [B + 1]
 * @param oldLogprobs  under the policy that sampled
 * @param oldValues    its value estimates
 * @param refLogprobs  under the reference model
 * @param advantages   whitened over the batch
 * @param returns      advantage (before whitening) + value
 */
public record PpoBatch(List<ScoredCompletion> completions, int[] cuActions, float[] oldLogprobs, float[] oldValues, float[] refLogprobs,
                       float[] advantages, float[] returns) {
    /** The mean of old_logprob − ref_logprob summed over a completion: an estimate of KL(policy ‖ reference). */
    public double kl() {
        double sum = 0;
        for (int i = 0; i < oldLogprobs.length; i++) {
            sum += oldLogprobs[i] - refLogprobs[i];
        }
        return sum / completions.size();
    }

    /** The values of {@code all} that belong to completion {@code b}. */
    float[] of(float[] all, int b) {
        return Arrays.copyOfRange(all, cuActions[b], cuActions[b + 1]);
    }
}
