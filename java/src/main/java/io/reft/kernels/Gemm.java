package io.reft.kernels;

import io.reft.InputError;
import io.reft.device.Tensor;
import java.util.List;

/** One library's matrix products on one device: {@link OwnGemm}, {@link OneDnn}, {@link CublasLt}, or {@link Fastest} of several. */
public interface Gemm extends AutoCloseable {
    /**
     * {@code out = op(a)·op(b) + beta·out}: out [M,N], op(a) [M,K], op(b) [K,N]; a transposed operand is stored as its
     * transpose. Both operands are of one type; out is not empty.
     */
    void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta);

    /**
     * {@code z = x·Wᵀ + bias}, {@code out = f(z)}, as {@link Kernels#linear}: here the product, then passes of {@code kernels} over its
     * result; a library whose own product has an epilogue does it there.
     */
    default void linear(Kernels kernels, Tensor out, Tensor before, Tensor x, Tensor weight, Tensor bias, int activation) {
        Tensor z = before == null ? out : before;
        run(z, x, false, weight, true, 0);
        if (activation != Kernels.NONE) {
            kernels.activationForward(activation, out, z, bias);
        } else if (bias != null) {
            kernels.biasForward(out, bias);
        }
    }

    /** Whether it multiplies operands stored in bf16. */
    boolean takesBf16();

    /** Its name and version, for {@code reft info}. */
    String name();

    @Override
    default void close() {}

    /**
     * Whose kernels: our own (row-invariant: a row's result does not depend on the batch), oneDNN's on the CPU, cuBLASLt's on
     * CUDA, or there the faster of the two for each shape.
     */
    enum Provider {
        OWN, ONEDNN, CUBLAS, FASTEST;

        /**
         * The one that {@code --matmul} names.
         *
         * @param option {@code auto}, {@code own}, {@code onednn} or {@code cublas}; auto is the fastest there is
         * @param device {@code cpu} or {@code cuda}
         * @throws InputError where that device does not have it
         */
        static Provider of(String option, String device) {
            boolean cuda = device.equals("cuda");
            return switch (option) {
                case "own" -> OWN;
                case "auto" -> !cuda ? ONEDNN : CublasLt.library().isPresent() ? FASTEST : OWN;
                case "onednn" -> {
                    if (cuda) {
                        throw new InputError("--matmul onednn has products for the CPU alone: use own, cublas or auto with --device cuda.");
                    }
                    yield ONEDNN;
                }
                case "cublas" -> {
                    if (!cuda) {
                        throw new InputError("--matmul cublas needs --device cuda: on the CPU use own, onednn or auto.");
                    }
                    yield CUBLAS;
                }
                default -> throw new IllegalArgumentException("no products by " + option);
            };
        }

        Gemm open(Kernels kernels) {
            return switch (this) {
                case OWN -> new OwnGemm(kernels);
                case ONEDNN -> new OneDnn();
                case CUBLAS -> new CublasLt(kernels.device());
                case FASTEST -> Fastest.of(kernels.device(), List.of(OWN.open(kernels), CUBLAS.open(kernels)), kernels.describe());
            };
        }
    }
}
