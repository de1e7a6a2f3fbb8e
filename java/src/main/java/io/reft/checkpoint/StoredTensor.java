package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A tensor in a mapped file.
 *
 * @param info    name, type and shape
 * @param file    where it stands
 * @param data    from its first element on; as long as the elements reach
 * @param strides elements from one index to the next, by dimension; null where the elements lie in row-major order
 */
record StoredTensor(TensorInfo info, Path file, MemorySegment data, long[] strides) {
    private static final int ROW = 1024;
    private static final long CHUNK = 4 << 20;

    /** Copies the elements in row-major order to {@code target}, converted to {@code to}. */
    void read(DataType to, MemorySegment target) {
        long size = info.size();
        checkType();
        if (target.byteSize() != size * to.bytes()) {
            throw new IllegalArgumentException(info.name() + " needs " + size * to.bytes() + " bytes, not " + target.byteSize());
        }
        if (strides != null) {
            if (size > 0) {
                gather(0, 0, to, target, 0);
            }
            MappedFile.release(data, data.byteSize());
            return;
        }
        int from = info.dtype().bytes();
        for (long at = 0; at < size; at += CHUNK) {
            long count = Math.min(CHUNK, size - at);
            Conversion.convert(info.dtype(), data.asSlice(at * from), to, target.asSlice(at * to.bytes()), count);
            MappedFile.release(data, (at + count) * from);
        }
    }

    /** Whether the other has the same shape and the same numbers, bit for bit if both have one type. */
    boolean equal(StoredTensor other) {
        if (!Arrays.equals(info.shape(), other.info.shape())) {
            return false;
        }
        if (info.dtype() == other.info.dtype() && strides == null && other.strides == null) {
            boolean equal = data.mismatch(other.data) == -1;
            MappedFile.release(data, data.byteSize());
            MappedFile.release(other.data, other.data.byteSize());
            return equal;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mine = arena.allocate(info.size() * DataType.F32.bytes(), 8), its = arena.allocate(mine.byteSize(), 8);
            read(DataType.F32, mine);
            other.read(DataType.F32, its);
            return mine.mismatch(its) == -1;
        }
    }

    /** The tensor as it stands, to be written to another file as {@code name}. */
    Source source(String name) {
        checkType();
        return new Source(name, info.shape(), info.dtype(), () -> {
            if (strides == null) {
                return data;
            }
            MemorySegment gathered = Arena.ofAuto().allocate(info.size() * info.dtype().bytes(), 8);
            read(info.dtype(), gathered);
            return gathered;
        });
    }

    private void checkType() {
        if (!info.dtype().isReadable()) {
            throw new InputError("%s: tensor %s is of type %s; only F64, F32, F16 and BF16 can be read.", file, info.name(), info.dtype());
        }
    }

    /** Reads the sub-tensor of dimensions {@code dim}… whose first element is {@code at}; gives the index behind its last one. */
    private long gather(int dim, long at, DataType to, MemorySegment target, long index) {
        int bytes = info.dtype().bytes();
        if (dim == info.shape().length - 1) {
            long length = info.shape()[dim];
            for (long done = 0; done < length; done += ROW) {
                int count = (int) Math.min(ROW, length - done);
                MemorySegment row = MemorySegment.ofArray(new long[count]);
                for (int i = 0; i < count; i++) {
                    MemorySegment.copy(data, (at + (done + i) * strides[dim]) * bytes, row, (long) i * bytes, bytes);
                }
                Conversion.convert(info.dtype(), row, to, target.asSlice((index + done) * to.bytes()), count);
            }
            return index + length;
        }
        for (long i = 0; i < info.shape()[dim]; i++) {
            index = gather(dim + 1, at + i * strides[dim], to, target, index);
        }
        return index;
    }
}
