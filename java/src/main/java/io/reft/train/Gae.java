package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Kernels;

/**
 * Generalised advantage estimation (Schulman et al. 2016), the paper's: rewards on every action, values from the value head; advantages are
 * whitened over the batch.
 *
 * @param gamma        discount
 * @param lambda       weight of longer looks ahead in the advantages; {@link #AUTO}: by each completion's length
 * @param lambdaReturn the same in the returns that the value head learns; the paper has one λ for both
 */
public record Gae(float gamma, float lambda, float lambdaReturn) implements Advantages {
    /** λ = 1 − 1/(α·actions), so that the first action of a long completion sees the score too (VAPO, arXiv 2504.05118, eq. 8). */
    public static final float AUTO = -1;

    /** VAPO's α. */
    private static final float ALPHA = 0.05f;

    /** One λ for advantages and returns. */
    public Gae(float gamma, float lambda) {
        this(gamma, lambda, lambda);
    }

    @Override
    public Estimate estimate(Kernels k, ActionBatch batch) {
        int actions = batch.actions(), completions = batch.completions().size();
        Device device = k.device();
        try (Arrays on = TensorBlock.lay(device,
                b -> new Arrays(b.f32(actions), b.f32(actions), b.f32(actions), b.f32(actions), b.i32(completions + 1L), b))) {
            Tensor rewards = device.upload(on.rewards, batch.rewards(k)), values = device.upload(on.values, batch.oldValues());
            Tensor ends = device.upload(on.cuActions, batch.cuActions());
            float[] returns = null;
            if (lambda != lambdaReturn) {
                k.gae(on.advantages, on.returns, rewards, values, ends, gamma, lambdaReturn);
                returns = device.floats(on.returns);
            }
            if (lambda == AUTO) {
                for (int i = 0; i < completions; i++) {
                    int from = batch.cuActions()[i], n = batch.cuActions()[i + 1] - from;
                    Tensor one = device.upload(on.cuActions, new int[] {0, n});
                    k.gae(on.advantages.rows(from, n), on.returns.rows(from, n), rewards.rows(from, n), values.rows(from, n), one, gamma,
                            byLength(n));
                }
            } else {
                k.gae(on.advantages, on.returns, rewards, values, ends, gamma, lambda);
            }
            k.whiten(on.advantages, false);
            return new Estimate(device.floats(on.advantages), returns != null ? returns : device.floats(on.returns));
        }
    }

    private static float byLength(int actions) {
        return Math.max(0, 1 - 1 / (ALPHA * actions));
    }

    private record Arrays(Tensor rewards, Tensor values, Tensor advantages, Tensor returns, Tensor cuActions, TensorBlock block)
            implements AutoCloseable {
        @Override
        public void close() {
            block.close();
        }
    }
}
