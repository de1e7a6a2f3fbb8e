package io.reft.benchmarks;

import io.reft.device.Tensor;
import io.reft.kernels.Gemm;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The three products of a linear layer in training, and the first with bias and GELU behind it, by our kernels and by oneDNN; on CUDA by
 * {@code -p provider=OWN,CUBLAS}.
 * On the CPU bf16 includes the rounding of activations.
 */
public class Products extends OpBenchmark {
    /** x [M,I], weight [O,I]. */
    public enum Layer {
        /** Up into the MLP of the 125M model, on a micro-batch. */
        UP(2048, 3072, 768),
        /** Down from it. */
        DOWN(2048, 768, 3072),
        /** The output head on one chunk of rows. */
        HEAD(335, 50000, 768),
        /** Gate and up of SmolLM2. */
        GATE_UP(2048, 3072, 576);

        final int m, o, i;

        Layer(int m, int o, int i) {
            this.m = m;
            this.o = o;
            this.i = i;
        }
    }

    /** Which layer. */
    @Param
    public Layer layer;

    /** Whose kernels. */
    @Param({"OWN", "ONEDNN"})
    public Gemm.Provider provider;

    private Matmul matmul;
    private Tensor x, y, z, bias, dweight;
    private WeightMatrix weight;

    @Override
    void prepare() {
        matmul = new Matmul(k, provider, dtype.equals("bf16"));
        x = normal(layer.m, layer.i);
        y = normal(layer.m, layer.o);
        z = zeros(layer.m, layer.o);
        weight = new WeightMatrix(normal(layer.o, layer.i));
        bias = normal(1, layer.o);
        dweight = zeros(layer.o, layer.i);
    }

    /** NT: y = x·Wᵀ. */
    @Benchmark
    public void forward(Work work) {
        matmul.forward(y, x, weight);
        count(work);
        work.moves(weight.stored().size());
    }

    /** y = gelu(z), z = x·Wᵀ + bias, kept for the backward: in the product's epilogue, or in a pass after it. */
    @Benchmark
    public void linear(Work work) {
        matmul.linear(y, z, x, weight, bias, 0);
        count(work);
        work.moves(weight.stored().size() + z.size());
    }

    /** NN: dx = dy·W. */
    @Benchmark
    public void backwardInput(Work work) {
        matmul.backwardInput(x, y, weight, false);
        count(work);
        work.moves(weight.stored().size());
    }

    /** TN: dW += dyᵀ·x, so dW is read too. */
    @Benchmark
    public void backwardWeight(Work work) {
        matmul.backwardWeight(dweight, y, x);
        count(work);
        work.movesF32(2 * dweight.size());
    }

    /** Gives the rounded copies back. */
    @TearDown(Level.Trial)
    public void closeProducts() {
        weight.close();
        matmul.close();
    }

    private void count(Work work) {
        work.moves(x.size() + y.size());
        work.computes(2L * layer.m * layer.o * layer.i);
    }
}
