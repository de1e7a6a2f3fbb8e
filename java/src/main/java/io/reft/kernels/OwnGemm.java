package io.reft.kernels;

import io.reft.device.Tensor;

/** The products of reft.h. A row of the result does not depend on the other rows, bit for bit; bias and activation are in the epilogue. */
record OwnGemm(Kernels kernels) implements Gemm {
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
