package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A tensor in a mapped file.
 *
 * @param info    name, type and shape
 * @param file    where it stands
 * @param data    from its first element on; as long as the elements reach
 * @param strides elements from one index to the next, by dimension; null where the elements lie in row-major order
 */
record StoredTensor(TensorInfo info, Path file, MemorySegment data, long[] strides) {
    /** Copies the elements in row-major order to {@code target}, converted to {@code to}. */
    void read(DataType to, MemorySegment target) {
        DataType from = info.dtype();
        long size = info.size();
        if (!from.isReadable()) {
            throw new InputError("%s: tensor %s is of type %s; only F64, F32, F16 and BF16 can be read.", file, info.name(), from);
        }
        if (target.byteSize() != size * to.bytes()) {
            throw new IllegalArgumentException(info.name() + " needs " + size * to.bytes() + " bytes, not " + target.byteSize());
        }
        if (strides == null) {
            Conversion.convert(from, data, to, target, size);
        } else if (size > 0) {
            gather(0, 0, to, target, 0);
        }
    }

    /** Reads the sub-tensor of dimensions {@code dim}… whose first element is {@code at}; gives the index behind its last one. */
    private long gather(int dim, long at, DataType to, MemorySegment target, long index) {
        if (dim == info.shape().length) {
            Conversion.convert(info.dtype(), data.asSlice(at * info.dtype().bytes()), to, target.asSlice(index * to.bytes()), 1);
            return index + 1;
        }
        for (long i = 0; i < info.shape()[dim]; i++) {
            index = gather(dim + 1, at + i * strides[dim], to, target, index);
        }
        return index;
    }
}
