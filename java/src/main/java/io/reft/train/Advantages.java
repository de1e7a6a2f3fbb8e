package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Kernels;
import io.reft.rollout.ScoredCompletion;
import java.util.List;

/** From scores to advantages: the KL penalty on every action, generalised advantage estimation, whitening. */
public final class Advantages {
    private Advantages() {}

    /**
     * The batch that PPO updates from.
     *
     * @param scored      completions with the old policy's log-probabilities and values
     * @param refLogprobs of all their actions, sequence after sequence
     */
    public static PpoBatch estimate(Kernels k, List<ScoredCompletion> scored, float[] refLogprobs, float beta, float gamma, float lambda) {
        int b = scored.size();
        int[] cu = new int[b + 1];
        for (int i = 0; i < b; i++) {
            cu[i + 1] = cu[i] + scored.get(i).completion().ids().length;
        }
        int a = cu[b];
        float[] oldLogprobs = new float[a], oldValues = new float[a], scores = new float[b];
        for (int i = 0; i < b; i++) {
            int n = cu[i + 1] - cu[i];
            System.arraycopy(scored.get(i).completion().logprobs(), 0, oldLogprobs, cu[i], n);
            System.arraycopy(scored.get(i).completion().values(), 0, oldValues, cu[i], n);
            scores[i] = (float) scored.get(i).score().value();
        }
        Device device = k.device();
        try (Arrays on = TensorBlock.lay(device, w -> new Arrays(w.f32(a), w.f32(a), w.f32(a), w.f32(a), w.f32(a), w.f32(a), w.f32(b), w.i32(b + 1L), w))) {
            Tensor oldLogprob = device.upload(on.oldLogprobs, oldLogprobs), value = device.upload(on.values, oldValues);
            Tensor actions = device.upload(on.cuActions, cu);
            k.klRewards(on.rewards, device.upload(on.scores, scores), oldLogprob, device.upload(on.refLogprobs, refLogprobs), actions, beta);
            k.gae(on.advantages, on.returns, on.rewards, value, actions, gamma, lambda);
            k.whiten(on.advantages, false);
            return new PpoBatch(scored, cu, oldLogprobs, oldValues, refLogprobs, device.floats(on.advantages), device.floats(on.returns));
        }
    }

    private record Arrays(Tensor rewards, Tensor oldLogprobs, Tensor refLogprobs, Tensor values, Tensor advantages, Tensor returns, Tensor scores,
                          Tensor cuActions, TensorBlock workspace) implements AutoCloseable {
        @Override
        public void close() {
            workspace.close();
        }
    }
}
