package io.reft.model;

import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.kernels.Matmul;

/**
 * The output head and the value head over the hidden states of the tokens whose predictions are wanted. The output head
 * runs in chunks of rows, so that the [rows, V] logits of a batch never stand in memory at once; in training a chunk's
 * logits turn into their own gradient in place. Logits and values are fp32 whatever the storage: PPO's ratios compare
 * log-probabilities of the rollout with those of the training.
 */
public final class Heads implements AutoCloseable {
    /** Of logits at a time: what a processor's caches bear, and on a GPU what gives its products enough rows. */
    private static final long CPU_BYTES = 64L << 20, GPU_BYTES = 512L << 20;
    private static final int CPU_ROWS = 1024, GPU_ROWS = 8192;

    private final Kernels k;
    private final Matmul matmul;
    private final int chunk;
    private final Buffers buffers;

    private record Buffers(Tensor logits, Tensor lse, Tensor dlogprob, TensorBlock workspace) {}

    /** @param engine the device and its kernels; it must outlive this */
    public Heads(ModelConfig config, Engine engine) {
        k = engine.kernels();
        matmul = engine.matmul();
        chunk = chunk(config, engine);
        buffers = TensorBlock.lay(engine.device(), w -> buffers(config, chunk, w));
    }

    /** Bytes that the heads take. */
    public static long bytes(ModelConfig config, Engine engine) {
        return TensorBlock.bytes(w -> buffers(config, chunk(config, engine), w));
    }

    private static Buffers buffers(ModelConfig config, int chunk, TensorBlock w) {
        return new Buffers(w.f32(chunk, config.outputs()), w.f32(chunk), w.f32(chunk), w);
    }

    private static int chunk(ModelConfig config, Engine engine) {
        boolean gpu = engine.kernels().cuda();
        return Math.clamp((gpu ? GPU_BYTES : CPU_BYTES) / (4L * config.outputs()), 1, gpu ? GPU_ROWS : CPU_ROWS);
    }

    /** Log-probability of each target, and the entropy of its distribution where {@code entropy} is not null. */
    public void logprobs(Weights w, Tensor hidden, Tensor targets, Tensor logprob, Tensor entropy) {
        for (long from = 0; from < hidden.rows(); from += chunk) {
            long count = Math.min(chunk, hidden.rows() - from);
            Tensor logits = buffers.logits.first(count);
            w.head.forward(matmul, logits, hidden.rows(from, count));
            k.logprobForward(logprob.rows(from, count), entropy == null ? null : entropy.rows(from, count), null, logits,
                    targets.rows(from, count), 1);
        }
    }

    /** Logits of a few rows, whose number must not exceed what {@code out} holds. */
    public void logits(Weights w, Tensor hidden, Tensor out) {
        w.head.forward(matmul, out, hidden);
    }

    /**
     * Supervised loss: {@code loss[m] = -log p(target)}, and with {@code weight} its gradient.
     *
     * @param hidden  [M, E]
     * @param weight  each row's share in the loss, or null for the loss alone
     * @param dhidden [M, E], overwritten; null with {@code weight}
     * @param g       gradients, added to; null with {@code weight}
     */
    public void crossEntropy(Weights w, Tensor hidden, Tensor targets, Tensor weight, Tensor loss, Tensor dhidden, Weights g) {
        for (long from = 0; from < hidden.rows(); from += chunk) {
            long count = Math.min(chunk, hidden.rows() - from);
            Tensor logits = buffers.logits.first(count), h = hidden.rows(from, count);
            w.head.forward(matmul, logits, h);
            k.crossEntropy(loss.rows(from, count), logits, targets.rows(from, count), weight == null ? null : weight.rows(from, count));
            if (weight != null) {
                w.head.backward(matmul, dhidden.rows(from, count), logits, h, g.head);
            }
        }
    }

    /** A loss of log-probabilities: writes {@code dlogprob} for the rows from {@code from} on. */
    @FunctionalInterface
    public interface LogprobLoss {
        /** @param logprob  [count], of the rows {@code from} to {@code from + count - 1}
         *  @param dlogprob [count], to be written */
        void run(long from, long count, Tensor logprob, Tensor dlogprob);
    }

    /** As {@link #logprobs}, then the gradient of {@code loss} with respect to hidden states and output head. */
    public void logprobsBackward(Weights w, Tensor hidden, Tensor targets, Tensor logprob, Tensor entropy, LogprobLoss loss, Tensor dhidden,
            Weights g) {
        for (long from = 0; from < hidden.rows(); from += chunk) {
            long count = Math.min(chunk, hidden.rows() - from);
            Tensor logits = buffers.logits.first(count), h = hidden.rows(from, count), lse = buffers.lse.first(count);
            Tensor target = targets.rows(from, count), dlogprob = buffers.dlogprob.first(count), lp = logprob.rows(from, count);
            w.head.forward(matmul, logits, h);
            k.logprobForward(lp, entropy == null ? null : entropy.rows(from, count), lse, logits, target, 1);
            loss.run(from, count, lp, dlogprob);
            k.logprobBackward(logits, target, lse, dlogprob, null, null, 1);
            w.head.backward(matmul, dhidden.rows(from, count), logits, h, g.head);
        }
    }

    /** Values of hidden states: {@code out[m] = hidden[m]·w + b}, out [M]. */
    public static void values(Matmul matmul, Weights w, Tensor hidden, Tensor out) {
        w.value.forwardFp32(matmul, out.reshape(hidden.rows(), 1), hidden);
    }

    /** Values of hidden states in training. */
    public void values(Weights w, Tensor hidden, Tensor out) {
        values(matmul, w, hidden, out);
    }

    /** Adds the gradients of the value head to {@code dhidden} [M, E] and {@code g}, from {@code dvalue} [M]. */
    public void valuesBackward(Weights w, Tensor hidden, Tensor dvalue, Tensor dhidden, Weights g) {
        w.value.backwardAdding(matmul, dhidden, dvalue.reshape(hidden.rows(), 1), hidden, g.value);
    }

    @Override
    public void close() {
        buffers.workspace.close();
    }
}
