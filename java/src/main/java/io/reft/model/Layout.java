package io.reft.model;

import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays named tensors one after the other over a flat buffer. Groups start at every 64th element; the gaps between them are zero
 * and stay zero. The tensors of a group have no gap between them, so that it is also one matrix, or one vector.
 */
final class Layout {
    private static final int ALIGNMENT = 64;

    private final DType dtype;
    private final long base;
    private final List<Weights.Entry> entries = new ArrayList<>();
    private long used;

    /** @param base the buffer's address, aligned to 256 bytes */
    Layout(DType dtype, long base) {
        this.dtype = dtype;
        this.base = base;
    }

    /**
     * Some outputs of a linear layer that a checkpoint calls by a name of their own.
     *
     * @param name without {@code .weight} and {@code .bias}
     * @param rows how many outputs
     */
    record Output(String name, long rows) {}

    /** A matrix {@code [rows, cols]}. */
    Tensor matrix(String name, long rows, long cols) {
        align();
        return next(name, rows, cols);
    }

    /** A vector. */
    Tensor vector(String name, long n) {
        align();
        return next(name, 0, n);
    }

    /** The weights of all outputs as one matrix {@code [all rows, cols]}. */
    Tensor weights(List<Output> outputs, long cols) {
        align();
        long address = address();
        outputs.forEach(o -> next(o.name + ".weight", o.rows, cols));
        return new Tensor(address, dtype, rows(outputs), cols);
    }

    /** The biases of all outputs as one vector. */
    Tensor biases(List<Output> outputs) {
        align();
        long address = address();
        outputs.forEach(o -> next(o.name + ".bias", 0, o.rows));
        return new Tensor(address, dtype, rows(outputs), 1);
    }

    /** What was laid, in order. */
    List<Weights.Entry> entries() {
        return List.copyOf(entries);
    }

    /** The whole buffer, up to the end of the last group. */
    Tensor flat() {
        align();
        return new Tensor(base, dtype, used, 1);
    }

    private static long rows(List<Output> outputs) {
        return outputs.stream().mapToLong(Output::rows).sum();
    }

    private Tensor next(String name, long rows, long cols) {
        Tensor t = rows == 0 ? new Tensor(address(), dtype, cols, 1) : new Tensor(address(), dtype, rows, cols);
        entries.add(new Weights.Entry(name, rows, cols, t));
        used += t.size();
        return t;
    }

    private long address() {
        return base + used * dtype.bytes;
    }

    private void align() {
        used = (used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
