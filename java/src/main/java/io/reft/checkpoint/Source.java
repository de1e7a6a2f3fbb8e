package io.reft.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * A tensor to be written. Its data are asked for once, when their turn comes, and not touched after the next tensor's
 * are: one staging buffer can serve all tensors of a device.
 *
 * @param name  as it shall stand in the file
 * @param shape sizes
 * @param dtype of the data given; the writer converts
 * @param data  the elements in row-major order
 */
public record Source(String name, long[] shape, DataType dtype, Supplier<MemorySegment> data) {
    /** A tensor of 32-bit floats. */
    public Source(String name, long[] shape, Supplier<MemorySegment> floats) {
        this(name, shape, DataType.F32, floats);
    }

    /** A tensor of 32-bit floats that are at hand. */
    public Source(String name, long[] shape, MemorySegment floats) {
        this(name, shape, () -> floats);
    }

    /** Number of elements. */
    public long size() {
        long size = 1;
        for (long extent : shape) {
            size = Math.multiplyExact(size, extent);
        }
        return size;
    }
}
