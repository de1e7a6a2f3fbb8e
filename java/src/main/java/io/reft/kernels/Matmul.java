package io.reft.kernels;

import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.Collection;

/**
 * What a linear layer y = x·Wᵀ + b computes, forward and backward: its three matrix products, by the library chosen with
 * {@code --matmul} and in the precision chosen with {@code --dtype}. In bf16 both operands are rounded to bf16, where they are not
 * stored so, and the products summed in fp32. It keeps nothing of a weight: its working copies belong to the {@link WeightMatrix}.
 */
public final class Matmul implements AutoCloseable {
    private final Kernels kernels;
    private final Gemm gemm;
    private final boolean bf16;
    private final DType rounded;    // how rounded operands are stored
    private final Rounding left, right;

    /**
     * @param kernels  our own kernels, on the same device
     * @param provider whose products
     * @param bf16     multiply in bf16: operands of fp32 are rounded
     */
    public Matmul(Kernels kernels, Gemm.Provider provider, boolean bf16) {
        this.kernels = kernels;
        this.gemm = provider.open(kernels);
        this.bf16 = bf16;
        rounded = gemm.takesBf16() ? DType.BF16 : DType.F32;
        left = new Rounding(kernels, rounded);
        right = new Rounding(kernels, rounded);
    }

    /** The fastest there are on the device of {@code kernels}: a ceiling for others. */
    public static Matmul fastest(Kernels kernels, boolean bf16) {
        return new Matmul(kernels, Gemm.Provider.of("auto", kernels.cuda() ? "cuda" : "cpu"), bf16);
    }

    /** Whether they multiply in bf16. */
    public boolean bf16() {
        return bf16;
    }

    /** What {@code reft info} says of the products. */
    public String describe() {
        String name = gemm.name();
        return !bf16 ? name + ", fp32" : name + (gemm.takesBf16() ? ", bf16"
                : ", operands rounded to bf16 (this processor multiplies in fp32)");
    }

    /** {@code out = x·Wᵀ}: out [N,O], x [N,I], weight [O,I]. */
    public void forward(Tensor out, Tensor x, WeightMatrix weight) {
        Tensor pack = packed(weight);
        if (pack != null && out.size() > 0) {
            kernels.matmulPacked(out, x, pack);
        } else {
            product(out, round(left, x), false, operand(weight), true, 0);
        }
    }

    /**
     * A linear layer with what follows it: {@code z = x·Wᵀ + bias}, {@code out = f(z)}: out [N,O], x [N,I], weight [O,I], bias [O].
     *
     * @param before     [N,O], where z goes for the backward of f, or null
     * @param bias       or null
     * @param activation f: {@link Kernels#NONE} or a {@code REFT_GELU…} code
     */
    public void linear(Tensor out, Tensor before, Tensor x, WeightMatrix weight, Tensor bias, int activation) {
        if (bias == null && activation == Kernels.NONE) {
            forward(out, x, weight);
        } else if (out.size() > 0) {
            Tensor pack = packed(weight);
            if (pack != null) {
                kernels.linearPacked(out, before, x, pack, bias, activation);
            } else {
                gemm.linear(kernels, out, before, round(left, x), operand(weight), bias, activation);
            }
        }
    }

    /** As {@link #linear} without activation, in two passes: out, and bias with it, may have another type than x. */
    public void forward(Tensor out, Tensor x, WeightMatrix weight, Tensor bias) {
        forward(out, x, weight);
        kernels.biasForward(out, bias);
    }

    /** {@code dx = dout·W}, added to dx where {@code add}: dx [N,I], dout [N,O], weight [O,I]. */
    public void backwardInput(Tensor dx, Tensor dout, WeightMatrix weight, boolean add) {
        product(dx, round(left, dout), false, operand(weight), false, add ? 1 : 0);
    }

    /** {@code dweight += doutᵀ·x}: dweight [O,I] fp32, dout [N,O], x [N,I]. */
    public void backwardWeight(Tensor dweight, Tensor dout, Tensor x) {
        product(dweight, round(left, dout), true, round(right, x), false, 1);
    }

    /** {@code dbias += Σ dout[n]}: dbias [O] fp32, dout [N,O]. */
    public void backwardBias(Tensor dbias, Tensor dout) {
        kernels.biasBackward(dbias, dout);
    }

    /**
     * Gives the weights copies in the order in which our kernels read them, which makes {@link #forward} on few rows up to a
     * third faster, and no bit different. Does nothing where new copies would take more than half of the free memory, or the
     * kernels have no order of their own; in bf16 a weight is packed at its first use anyway.
     */
    public void pack(Collection<WeightMatrix> weights) {
        long needed = weights.stream().mapToLong(w -> w.packBytes(kernels, DType.F32)).sum();
        if (gemm instanceof OwnGemm && !bf16 && (needed == 0 || needed <= kernels.device().freeBytes() / 2)) {
            weights.forEach(w -> w.pack(kernels, DType.F32));
        }
    }

    @Override
    public void close() {
        left.close();
        right.close();
        gemm.close();
    }

    private void product(Tensor out, Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta) {
        if (out.size() > 0) {
            gemm.run(out, a, transposeA, b, transposeB, beta);
        }
    }

    private boolean rounds(Tensor x) {
        return bf16 && x.dtype() != DType.BF16;
    }

    private Tensor round(Rounding operand, Tensor x) {
        return rounds(x) ? operand.round(x) : x;
    }

    private Tensor operand(WeightMatrix w) {
        return rounds(w.stored()) ? w.rounded(kernels, rounded) : w.stored();
    }

    /** The copy in the order of our own kernels, if these are those: of fp32 where there is one, of bf16 always; else null. */
    private Tensor packed(WeightMatrix w) {
        if (!(gemm instanceof OwnGemm)) {
            return null;
        }
        return rounds(w.stored()) ? w.pack(kernels, DType.BF16) : w.packed(DType.F32);
    }
}
