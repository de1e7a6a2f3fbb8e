package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Kernels;

/**
 * Generalised advantage estimation (Schulman et al. 2016), the paper's: the KL penalty on every action, the score on the last one, values
 * from the value head; advantages are whitened over the batch.
 *
 * @param gamma  discount
 * @param lambda weight of longer looks ahead
 */
public record Gae(float gamma, float lambda) implements Advantages {
    @Override
    public Estimate estimate(Kernels k, ActionBatch batch, float beta) {
        int actions = batch.oldLogprobs().length, completions = batch.completions().size();
        Device device = k.device();
        try (Arrays on = TensorBlock.lay(device, w -> new Arrays(w.f32(actions), w.f32(actions), w.f32(actions), w.f32(actions), w.f32(actions),
                w.f32(actions), w.f32(completions), w.i32(completions + 1L), w))) {
            Tensor oldLogprob = device.upload(on.oldLogprobs, batch.oldLogprobs()), value = device.upload(on.values, batch.oldValues());
            Tensor ends = device.upload(on.cuActions, batch.cuActions());
            k.klRewards(on.rewards, device.upload(on.scores, batch.scores()), oldLogprob, device.upload(on.refLogprobs, batch.refLogprobs()), ends, beta);
            k.gae(on.advantages, on.returns, on.rewards, value, ends, gamma, lambda);
            k.whiten(on.advantages, false);
            return new Estimate(device.floats(on.advantages), device.floats(on.returns));
        }
    }

    private record Arrays(Tensor rewards, Tensor oldLogprobs, Tensor refLogprobs, Tensor values, Tensor advantages, Tensor returns, Tensor scores,
                          Tensor cuActions, TensorBlock block) implements AutoCloseable {
        @Override
        public void close() {
            block.close();
        }
    }
}
