package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Kernels;

/**
 * An action is worth the rewards from it on, whitened over the whole batch: REINFORCE++ (arXiv 2501.03262). With several completions of a
 * question the mean score of their group is taken off first, its baseline variant.
 */
public record RewardToGo() implements Advantages {
    @Override
    public Estimate estimate(Kernels k, ActionBatch batch) {
        float[] worth = batch.rewards(k), scores = batch.scores();
        int[] cu = batch.cuActions();
        int group = batch.groupSize();
        for (int i = 0; i < scores.length; i++) {
            double mean = 0;
            for (int other = i / group * group; group > 1 && other < i / group * group + group; other++) {
                mean += scores[other] / (double) group;
            }
            double ahead = -mean;
            for (int a = cu[i + 1] - 1; a >= cu[i]; a--) {
                ahead += worth[a];
                worth[a] = (float) ahead;
            }
        }
        Device device = k.device();
        try (Array on = TensorBlock.lay(device, b -> new Array(b.f32(worth.length), b))) {
            Tensor x = device.upload(on.values, worth);
            k.whiten(x, false);
            return new Estimate(device.floats(x), null);
        }
    }

    private record Array(Tensor values, TensorBlock block) implements AutoCloseable {
        @Override
        public void close() {
            block.close();
        }
    }
}
