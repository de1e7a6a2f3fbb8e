package io.reft.benchmarks;

import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.kernels.Gemm;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Products of few rows against weights that no cache holds from one step to the next, as a decoding step has them: by our own kernels
 * packed once. {@code -p isa=avx2,avx512,avx512_bf16 -p dtype=fp32,bf16}: each instruction set.
 */
public class DecodingProducts extends OpBenchmark {
    /** weight [O,I], of the 125M model. */
    public enum Layer {
        /** Up into the MLP. */
        UP(3072, 768),
        /** The output head. */
        HEAD(50000, 768);

        final int o, i;

        Layer(int o, int i) {
            this.o = o;
            this.i = i;
        }
    }

    private static final long WEIGHTS = 256L << 20;

    /** Which layer. */
    @Param
    public Layer layer;

    /** Sequences in the batch. */
    @Param({"1", "8", "32", "128"})
    public int rows;

    /** Whose kernels. */
    @Param({"OWN", "ONEDNN"})
    public Gemm.Provider provider;

    private Matmul matmul;
    private Tensor x, y;
    private WeightMatrix[] weights;
    private int next;

    @Override
    void prepare() {
        matmul = new Matmul(k, provider, dtype.equals("bf16"));
        x = normal(rows, layer.i);
        y = normal(rows, layer.o);
        int copies = (int) (WEIGHTS / (4L * layer.o * layer.i)) + 1;
        weights = new WeightMatrix[copies];
        for (int i = 0; i < copies; i++) {
            weights[i] = new WeightMatrix(normal(layer.o, layer.i));
        }
        matmul.pack(List.of(weights));
    }

    /** NT: y = x·Wᵀ, each time by other weights. */
    @Benchmark
    public void forward(Work work) {
        matmul.forward(y, x, weights[next]);
        next = (next + 1) % weights.length;
        work.moves(x.size() + y.size());
        work.movesStored(dtype.equals("bf16") ? DType.BF16 : DType.F32, weights[0].stored().size());
        work.computes(2L * rows * layer.o * layer.i);
    }

    /** Gives back what the products hold. */
    @TearDown(Level.Trial)
    public void closeProducts() {
        for (WeightMatrix weight : weights) {
            weight.close();
        }
        matmul.close();
    }
}
