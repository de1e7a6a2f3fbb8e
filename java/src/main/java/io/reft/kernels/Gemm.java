package io.reft.kernels;

import io.reft.device.Tensor;

/** One library's matrix products on one device. */
interface Gemm extends AutoCloseable {
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

    /** Those of reft.h. */
    record Own(Kernels kernels) implements Gemm {
        @Override
        public void run(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
            kernels.matmul(out, a, transposeA, b, transposeB, 1, beta);
        }

        @Override
        public void linear(Kernels kernels, Tensor out, Tensor before, Tensor x, Tensor weight, Tensor bias, int activation) {
            kernels.linear(out, before, x, weight, bias, activation);
        }

        @Override
        public boolean takesBf16() {
            return kernels.cuda();
        }

        @Override
        public String name() {
            return "own kernels";
        }
    }
}
