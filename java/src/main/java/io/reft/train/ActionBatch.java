package io.reft.train;

import io.reft.rollout.ScoredCompletion;
import java.util.Arrays;
import java.util.List;

/**
 * Scored completions as actions, each a token of a completion: what advantages are worked out from. Arrays are [A], sequence after
 * sequence.
 *
 * @param completions B of them
 * @param cuActions   where each one's actions start, and A at the end [B + 1]
 * @param oldLogprobs under the policy that sampled
 * @param oldValues   its value estimates
 * @param refLogprobs under the reference model
 */
public record ActionBatch(List<ScoredCompletion> completions, int[] cuActions, float[] oldLogprobs, float[] oldValues, float[] refLogprobs) {
    /** @param refLogprobs of all actions under the reference model, sequence after sequence */
    public static ActionBatch of(List<ScoredCompletion> scored, float[] refLogprobs) {
        int b = scored.size();
        int[] cu = new int[b + 1];
        for (int i = 0; i < b; i++) {
            cu[i + 1] = cu[i] + scored.get(i).completion().ids().length;
        }
        float[] logprobs = new float[cu[b]], values = new float[cu[b]];
        for (int i = 0; i < b; i++) {
            System.arraycopy(scored.get(i).completion().logprobs(), 0, logprobs, cu[i], cu[i + 1] - cu[i]);
            System.arraycopy(scored.get(i).completion().values(), 0, values, cu[i], cu[i + 1] - cu[i]);
        }
        return new ActionBatch(scored, cu, logprobs, values, refLogprobs);
    }

    /** The score of each completion [B]. */
    public float[] scores() {
        float[] scores = new float[completions.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) completions.get(i).score().value();
        }
        return scores;
    }

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
