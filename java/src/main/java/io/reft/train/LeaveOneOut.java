package io.reft.train;

import io.reft.kernels.Kernels;

/**
 * A completion is worth what its reward, KL penalty included, exceeds the mean reward of the others of its group: REINFORCE with a
 * leave-one-out baseline, RLOO (Ahmadian et al. 2024, arXiv 2402.14740). The baseline does not depend on the completion itself, so the
 * gradient is unbiased.
 */
public record LeaveOneOut() implements Advantages {
    @Override
    public Estimate estimate(Kernels k, ActionBatch batch) {
        double[] rewards = batch.completionRewards(k);
        float[] worth = new float[rewards.length];
        int group = batch.groupSize();
        for (int from = 0; from < rewards.length; from += group) {
            double sum = 0;
            for (int i = from; i < from + group; i++) {
                sum += rewards[i];
            }
            for (int i = from; i < from + group; i++) {
                worth[i] = group == 1 ? 0 : (float) (rewards[i] - (sum - rewards[i]) / (group - 1));
            }
        }
        return new Estimate(batch.eachAction(worth), null);
    }
}
