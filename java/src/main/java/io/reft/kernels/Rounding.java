package io.reft.kernels;

import io.reft.device.DType;
import io.reft.device.Memory;
import io.reft.device.Tensor;

/** Memory that grows, for tensors of fp32 rounded to bf16, one at a time: the operands of a product. */
final class Rounding implements AutoCloseable {
    private final Kernels kernels;
    private final DType as;
    private Memory memory;

    /** @param as how the rounded numbers are stored: bf16, or fp32 for products that do not take bf16 */
    Rounding(Kernels kernels, DType as) {
        this.kernels = kernels;
        this.as = as;
    }

    /** {@code x} rounded, until the next call. */
    Tensor round(Tensor x) {
        long needed = bytes(x, as);
        if (memory == null || memory.bytes() < needed) {
            close();
            memory = kernels.device().allocate(needed);
        }
        return round(kernels, x, memory, as);
    }

    /** Bytes that {@link #round(Kernels, Tensor, Memory, DType)} needs: in fp32 the bf16 numbers stand behind those made of them. */
    static long bytes(Tensor x, DType as) {
        return x.size() * (DType.BF16.bytes + (as == DType.F32 ? DType.F32.bytes : 0));
    }

    /** {@code x} rounded in {@code memory}. */
    static Tensor round(Kernels kernels, Tensor x, Memory memory, DType as) {
        Tensor out = new Tensor(memory.address(), as, x.rows(), x.cols());
        if (as == DType.BF16) {
            kernels.convert(out, x);
        } else {
            Tensor half = new Tensor(memory.address() + out.bytes(), DType.BF16, x.rows(), x.cols());
            kernels.convert(half, x);
            kernels.convert(out, half);
        }
        return out;
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }
}
