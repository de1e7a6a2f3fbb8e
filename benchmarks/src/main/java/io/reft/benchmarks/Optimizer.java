package io.reft.benchmarks;

import io.reft.device.Tensor;
import org.openjdk.jmh.annotations.Benchmark;

/** The passes of an optimizer step over 32M parameters, too many for any cache. */
public class Optimizer extends OpBenchmark {
    private static final long PARAMETERS = 32L << 20;
    private Tensor param, grad, m, v, sum, scale;
    private long step;

    @Override
    void prepare() {
        param = floats(PARAMETERS, 1);
        grad = floats(PARAMETERS, 1);
        m = zeros(PARAMETERS, 1);
        v = zeros(PARAMETERS, 1);
        sum = zeros(1, 1);
        scale = zeros(2, 1);
        k.fill(scale, 1);
    }

    /** Reads parameter, gradient and both moments, writes all but the gradient. */
    @Benchmark
    public void adamw(Work work) {
        k.adamw(param, grad, m, v, scale, null, 1e-5f, 0.9f, 0.999f, 1e-8f, 0.01f, ++step);
        work.movesF32(7 * PARAMETERS);
    }

    /** Reads the gradient. */
    @Benchmark
    public void sumSquares(Work work) {
        k.fill(sum, 0);
        k.sumSquares(sum, grad);
        work.movesF32(PARAMETERS);
    }

    /** Writes. */
    @Benchmark
    public void fill(Work work) {
        k.fill(m, 0);
        work.movesF32(PARAMETERS);
    }
}
