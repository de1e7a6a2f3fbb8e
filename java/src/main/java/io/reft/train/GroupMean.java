package io.reft.train;

import io.reft.kernels.Kernels;

/**
 * A completion is worth what it scores above the mean of its group, the completions of the same question: GRPO (arXiv 2402.03300, §4.1.1)
 * with the division by the group's standard deviation, Dr. GRPO (arXiv 2503.20783) without. All actions of a completion share its worth.
 *
 * @param divide whether it is divided by the group's standard deviation, which makes easy and hard questions weigh more
 */
public record GroupMean(boolean divide) implements Advantages {
    private static final double EPS = 1e-4;

    @Override
    public Estimate estimate(Kernels k, ActionBatch batch) {
        float[] scores = batch.scores(), worth = new float[scores.length];
        int group = batch.groupSize();
        for (int from = 0; from < scores.length; from += group) {
            double mean = 0, squares = 0;
            for (int i = from; i < from + group; i++) {
                mean += scores[i] / (double) group;
            }
            for (int i = from; i < from + group; i++) {
                squares += (scores[i] - mean) * (scores[i] - mean);
            }
            double deviation = divide ? Math.sqrt(squares / Math.max(1, group - 1)) + EPS : 1;
            for (int i = from; i < from + group; i++) {
                worth[i] = (float) ((scores[i] - mean) / deviation);
            }
        }
        return new Estimate(batch.eachAction(worth), null);
    }
}
