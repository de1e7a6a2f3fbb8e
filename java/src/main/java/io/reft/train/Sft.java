package io.reft.train;

import io.reft.data.Example;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Supervised fine-tuning: cross-entropy on what follows the prompt, its mean taken over all such tokens of a batch. The
 * order of the examples depends on the seed and the epoch alone, so that a run can go on where it stopped.
 */
public final class Sft implements AutoCloseable {
    private final Learner learner;
    private final Engine engine;
    private final Buffers buffers;

    private record Buffers(Tensor weight, Tensor loss, TensorBlock workspace) {}

    /** @param tokenBudget the learner's */
    public Sft(Learner learner, Engine engine, int tokenBudget) {
        this.learner = learner;
        this.engine = engine;
        buffers = TensorBlock.lay(engine.device(), w -> new Buffers(w.f32(tokenBudget), w.f32(tokenBudget), w));
    }

    /** The examples of an epoch in its order, cut into batches. */
    public static <T> List<List<T>> batches(List<T> examples, int batchSize, long seed, int epoch) {
        List<T> shuffled = new ArrayList<>(examples);
        Collections.shuffle(shuffled, new Random(seed * 1_000_003L + epoch));
        List<List<T>> batches = new ArrayList<>();
        for (int i = 0; i < shuffled.size(); i += batchSize) {
            batches.add(shuffled.subList(i, Math.min(i + batchSize, shuffled.size())));
        }
        return batches;
    }

    /** Loss, gradient and update of one batch. */
    public Update step(List<Example> batch, float lr) {
        int tokens = batch.stream().mapToInt(e -> e.ids().length).sum();
        float loss = accumulate(batch);
        return new Update(loss, learner.step(lr), tokens);
    }

    /** The mean loss of a batch, whose gradient is added to the learner's. */
    public float accumulate(List<Example> batch) {
        return accumulate(batch, 1);
    }

    /** As the shorter form, for a batch whose loss is one part of a sum: {@code weight} times its gradient is added. */
    public float accumulate(List<Example> batch, float weight) {
        int predicted = batch.stream().mapToInt(e -> e.ids().length - e.promptLength()).sum();
        double loss = 0;
        for (List<Example> part : learner.microBatches(batch, e -> e.ids().length)) {
            Predictions p = Predictions.of(part.stream().map(Example::ids).toList(), part.stream().map(Example::promptLength).toList());
            int m = p.rows().length;
            float[] share = new float[m];
            Arrays.fill(share, weight / predicted);
            Tensor shares = engine.device().upload(buffers.weight, share), losses = buffers.loss.first(m);
            learner.accumulate(p, (hidden, targets, dhidden) -> learner.heads().crossEntropy(learner.model().weights(), hidden, targets,
                    shares, losses, dhidden, learner.gradients()));
            for (float l : engine.device().floats(losses)) {
                loss += l;
            }
        }
        return (float) (loss / predicted);
    }

    @Override
    public void close() {
        buffers.workspace.close();
    }
}
