package io.reft.train;

import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.model.Packed;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Training of a reranker: cross-entropy over its two classes at the last token, its mean taken over the solutions of a batch. */
public final class RerankerTraining implements AutoCloseable {
    private final Learner learner;
    private final Engine engine;
    private final Buffers buffers;

    private record Buffers(Tensor weight, Tensor loss, TensorBlock workspace) {}

    /**
     * A solution that is known to be right or wrong.
     *
     * @param ids   token ids of question and solution
     * @param right its class
     */
    public record Labelled(int[] ids, boolean right) {}

    /**
     * @param learner     of a classifier of two classes
     * @param tokenBudget the learner's
     */
    public RerankerTraining(Learner learner, Engine engine, int tokenBudget) {
        this.learner = learner;
        this.engine = engine;
        buffers = TensorBlock.lay(engine.device(), w -> new Buffers(w.f32(tokenBudget), w.f32(tokenBudget), w));
    }

    /** Loss, gradient and update of one batch. */
    public Update step(List<Labelled> batch, float lr) {
        int tokens = batch.stream().mapToInt(s -> s.ids().length).sum();
        float loss = accumulate(batch);
        return new Update(loss, learner.step(lr), tokens);
    }

    /** The mean loss of a batch, whose gradient is added to the learner's. */
    public float accumulate(List<Labelled> batch) {
        double loss = 0;
        for (List<Labelled> part : learner.microBatches(batch, s -> s.ids().length)) {
            float[] share = new float[part.size()];
            Arrays.fill(share, 1f / batch.size());
            Tensor weight = engine.device().upload(buffers.weight, share), losses = buffers.loss.first(part.size());
            learner.accumulate(predictions(part), (hidden, targets, dhidden) -> learner.heads().crossEntropy(learner.model().weights(),
                    hidden, targets, weight, losses, dhidden, learner.gradients()));
            for (float l : engine.device().floats(losses)) {
                loss += l;
            }
        }
        return (float) (loss / batch.size());
    }

    /** The class of each solution, to be predicted at its last token. */
    static Predictions predictions(List<Labelled> solutions) {
        Packed input = Packed.of(solutions.stream().map(Labelled::ids).toList());
        return new Predictions(input, input.lastRows(), solutions.stream().mapToInt(s -> s.right() ? 1 : 0).toArray(),
                IntStream.rangeClosed(0, solutions.size()).toArray());
    }

    @Override
    public void close() {
        buffers.workspace.close();
    }
}
