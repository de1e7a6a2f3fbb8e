package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Kernels;
import io.reft.rollout.ScoredCompletion;
import java.util.Arrays;
import java.util.List;

/**
 * Scored completions as actions, each a token of a completion: what advantages are worked out from. Arrays are [A], sequence after
 * sequence.
 *
 * @param completions B of them; those of one question stand together
 * @param groupSize   completions of each question
 * @param cuActions   where each completion's actions start, and A at the end [B + 1]
 * @param oldLogprobs under the policy that sampled
 * @param oldValues   its value estimates; null without a value head
 * @param refLogprobs under the reference model; null where it was not asked
 * @param beta        weight of the KL penalty in the rewards
 */
public record ActionBatch(List<ScoredCompletion> completions, int groupSize, int[] cuActions, float[] oldLogprobs, float[] oldValues,
                          float[] refLogprobs, float beta) {
    /**
     * @param refLogprobs of all actions under the reference model, sequence after sequence; may be null where {@code beta} is 0
     * @param beta        weight of the KL penalty in the rewards
     */
    public static ActionBatch of(List<ScoredCompletion> scored, int groupSize, float[] refLogprobs, float beta) {
        int b = scored.size();
        if (b % groupSize != 0) {
            throw new IllegalArgumentException(b + " completions are no groups of " + groupSize);
        }
        int[] cu = new int[b + 1];
        for (int i = 0; i < b; i++) {
            cu[i + 1] = cu[i] + scored.get(i).completion().ids().length;
        }
        boolean valued = scored.stream().allMatch(s -> s.completion().values() != null);
        float[] logprobs = new float[cu[b]], values = valued ? new float[cu[b]] : null;
        for (int i = 0; i < b; i++) {
            System.arraycopy(scored.get(i).completion().logprobs(), 0, logprobs, cu[i], cu[i + 1] - cu[i]);
            if (valued) {
                System.arraycopy(scored.get(i).completion().values(), 0, values, cu[i], cu[i + 1] - cu[i]);
            }
        }
        return new ActionBatch(scored, groupSize, cu, logprobs, values, refLogprobs, beta);
    }

    /** A: how many actions there are. */
    public int actions() {
        return cuActions[completions.size()];
    }

    /** The score of each completion [B]. */
    public float[] scores() {
        float[] scores = new float[completions.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) completions.get(i).score().value();
        }
        return scores;
    }

    /** The reward of each action [A]: −β·(old_logprob − ref_logprob), plus the score on a completion's last action (METHOD: PPO). */
    public float[] rewards(Kernels k) {
        int n = actions(), b = completions.size();
        Device device = k.device();
        try (Buffers on = TensorBlock.lay(device, w -> new Buffers(w.f32(n), w.f32(n), w.f32(n), w.f32(b), w.i32(b + 1L), w))) {
            float[] reference = refLogprobs != null ? refLogprobs : oldLogprobs;
            k.klRewards(on.rewards, device.upload(on.scores, scores()), device.upload(on.oldLogprobs, oldLogprobs),
                    device.upload(on.refLogprobs, reference), device.upload(on.cuActions, cuActions), beta);
            return device.floats(on.rewards);
        }
    }

    private record Buffers(Tensor rewards, Tensor oldLogprobs, Tensor refLogprobs, Tensor scores, Tensor cuActions, TensorBlock block)
            implements AutoCloseable {
        @Override
        public void close() {
            block.close();
        }
    }

    /** The rewards of each completion, added up [B]. */
    public double[] completionRewards(Kernels k) {
        float[] rewards = rewards(k);
        double[] sums = new double[completions.size()];
        for (int i = 0; i < sums.length; i++) {
            for (int a = cuActions[i]; a < cuActions[i + 1]; a++) {
                sums[i] += rewards[a];
            }
        }
        return sums;
    }

    /** A value of each completion [B], repeated for all its actions [A]. */
    public float[] eachAction(float[] values) {
        float[] all = new float[actions()];
        for (int i = 0; i < values.length; i++) {
            Arrays.fill(all, cuActions[i], cuActions[i + 1], values[i]);
        }
        return all;
    }

    /**
     * The mean of old_logprob − ref_logprob summed over a completion: an estimate of KL(policy ‖ reference); NaN where the reference was
     * not asked.
     */
    public double kl() {
        if (refLogprobs == null) {
            return Double.NaN;
        }
        double sum = 0;
        for (int i = 0; i < oldLogprobs.length; i++) {
            sum += oldLogprobs[i] - refLogprobs[i];
        }
        return sum / completions.size();
    }

    /** The share of groups whose completions do not all score the same: the others teach a group method nothing. */
    public double groupsWithSignal() {
        float[] scores = scores();
        int groups = scores.length / groupSize, mixed = 0;
        for (int g = 0; g < groups; g++) {
            for (int i = g * groupSize + 1; i < (g + 1) * groupSize; i++) {
                if (scores[i] != scores[g * groupSize]) {
                    mixed++;
                    break;
                }
            }
        }
        return (double) mixed / groups;
    }

    /** The values of {@code all} that belong to completion {@code b}. */
    float[] of(float[] all, int b) {
        return Arrays.copyOfRange(all, cuActions[b], cuActions[b + 1]);
    }
}
