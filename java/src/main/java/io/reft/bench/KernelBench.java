package io.reft.bench;

import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.kernels.WeightMatrix;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** Times single ops for {@code reft bench}: the products of a linear layer, and attention. */
public final class KernelBench {
    private static final int HEAD_SIZE = 64, REPEATS = 10;

    private final Engine engine;
    private final Operands operands;
    private final BiConsumer<Runnable, Result> timer;

    /**
     * What was timed.
     *
     * @param part   which of the task's ops
     * @param shape  its sizes
     * @param work   that it cannot do without
     * @param repeat runs of it in each timed step
     */
    public record Result(String part, String shape, Work work, int repeat) {}

    /** @param timer times the runnable, and reports it as the result */
    public KernelBench(Engine engine, Operands operands, BiConsumer<Runnable, Result> timer) {
        this.engine = engine;
        this.operands = operands;
        this.timer = timer;
    }

    /** The three products of a linear layer with x [m, k] and weight [n, k]. */
    public void gemm(long m, long n, long k) {
        DType t = engine.storage();
        Tensor x = operands.normal(t, m, k), weight = operands.normal(t, n, k), y = operands.normal(t, m, n),
                dweight = operands.zeros(DType.F32, n, k);
        String shape = m + " × " + n + " × " + k;
        double flops = 2.0 * m * n * k, moved = x.bytes() + weight.bytes() + y.bytes();
        try (WeightMatrix w = new WeightMatrix(weight)) {
            product("x·Wᵀ", shape, () -> engine.matmul().forward(y, x, w), new Work(flops, moved));
            product("dy·W", shape, () -> engine.matmul().backwardInput(x, y, w, false), new Work(flops, moved));
        }
        product("dW += dyᵀ·x", shape, () -> engine.matmul().backwardWeight(dweight, y, x),
                new Work(flops, x.bytes() + y.bytes() + 2.0 * dweight.bytes()));
    }

    /** Causal attention on {@code batch} packed sequences of {@code length} tokens, forward and backward. */
    public void attention(int batch, int length, int heads) {
        Kernels k = engine.kernels();
        Kernels.Attention shape = new Kernels.Attention(heads, heads, HEAD_SIZE, 0);
        long n = (long) batch * length;
        DType t = engine.storage();
        Tensor qkv = operands.normal(t, n, shape.qkvWidth()), dqkv = operands.zeros(t, n, shape.qkvWidth());
        Tensor out = operands.zeros(t, n, shape.outWidth()), dout = operands.normal(t, n, shape.outWidth());
        Tensor lse = operands.zeros(DType.F32, heads * n, 1), delta = operands.zeros(DType.F32, heads * n, 1);
        Tensor joints = operands.ints(IntStream.rangeClosed(0, batch).map(b -> b * length).toArray());
        double pairs = (double) batch * heads * length * (length + 1) / 2;
        String sizes = batch + " × " + length + ", " + heads + " heads of " + HEAD_SIZE;
        timer.accept(repeated(() -> k.attentionForward(shape, out, lse, qkv, joints, length)),
                new Result("forward", sizes, new Work(4 * HEAD_SIZE * pairs, qkv.bytes() + out.bytes()), REPEATS));
        timer.accept(repeated(() -> k.attentionBackward(shape, dqkv, delta, dout, qkv, out, lse, joints, length)),
                new Result("backward", sizes, new Work(10 * HEAD_SIZE * pairs, 2.0 * qkv.bytes() + 2.0 * out.bytes()), REPEATS));
    }

    private void product(String part, String shape, Runnable op, Work work) {
        timer.accept(repeated(op), new Result(part, shape, work, REPEATS));
    }

    /** Several runs on the stream, so that the wait at the end hardly counts. */
    private static Runnable repeated(Runnable op) {
        List<Runnable> runs = Collections.nCopies(REPEATS, op);
        return () -> runs.forEach(Runnable::run);
    }
}
