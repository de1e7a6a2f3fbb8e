package io.reft.kernels;

import io.reft.device.DType;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The weight W [O, I] of a linear layer, and the working copies of it that products read in its place: rounded to bf16, or in
 * the order of our own kernels. A copy carries the version of the weight that it was made of, and is not used for another.
 */
public final class WeightMatrix implements AutoCloseable {
    private final Tensor stored;
    private final LongSupplier version;
    private final Map<DType, Copy> rounded = new EnumMap<>(DType.class);    // by how the rounded numbers are stored
    private Copy packed;

    /** @param version version of the values in {@code copy} */
    private record Copy(Memory memory, Tensor copy, long version) {}

    /**
     * @param stored  the matrix, which this does not own
     * @param version another one after each change of it
     */
    public WeightMatrix(Tensor stored, LongSupplier version) {
        this.stored = stored;
        this.version = version;
    }

    /** Of a matrix that stays as it is. */
    public WeightMatrix(Tensor stored) {
        this(stored, () -> 0);
    }

    /** The matrix itself. */
    public Tensor stored() {
        return stored;
    }

    /** Its values rounded to bf16, stored as {@code as}: bf16 or fp32. */
    Tensor rounded(Kernels kernels, DType as) {
        long now = version.getAsLong();
        Copy copy = rounded.get(as);
        if (copy == null || copy.version != now) {
            Memory memory = copy != null ? copy.memory : kernels.device().allocate(Rounding.bytes(stored, as));
            copy = new Copy(memory, Rounding.round(kernels, stored, memory, as), now);
            rounded.put(as, copy);
        }
        return copy.copy;
    }

    /** Its copy in the kernels' order, in {@code type}; null where there is none of its present values. */
    Tensor packed(DType type) {
        return packed != null && packed.copy.dtype() == type && packed.version == version.getAsLong() ? packed.copy : null;
    }

    /** Bytes that {@link #pack} would allocate. */
    long packBytes(Kernels kernels, DType type) {
        return packed != null ? 0 : type.bytes * kernels.packedSize(stored, type);
    }

    /**
     * Makes {@link #packed} in {@code type}, rounded where that is bf16, and gives it; null where the kernels have no order of their own.
     */
    Tensor pack(Kernels kernels, DType type) {
        long size = kernels.packedSize(stored, type);
        if (size > 0 && packed(type) == null) {
            boolean fits = packed != null && packed.copy.dtype() == type;
            if (packed != null && !fits) {
                packed.memory.close();
            }
            Memory memory = fits ? packed.memory : kernels.device().allocate(type.bytes * size);
            Tensor copy = new Tensor(memory.address(), type, size, 1);
            kernels.matmulPack(copy, stored);
            packed = new Copy(memory, copy, version.getAsLong());
        }
        return packed(type);
    }

    /** Frees the copies; they are made again when wanted. */
    @Override
    public void close() {
        rounded.values().forEach(copy -> copy.memory.close());
        rounded.clear();
        if (packed != null) {
            packed.memory.close();
            packed = null;
        }
    }
}
