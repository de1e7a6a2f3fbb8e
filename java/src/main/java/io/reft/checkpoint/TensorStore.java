package io.reft.checkpoint;

import io.reft.InputError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tensors of one file or of several shards, mapped into memory and read by name; safe for use by several threads. */
public final class TensorStore implements AutoCloseable {
    private final Path where;
    private final Arena arena;
    private final Map<String, StoredTensor> tensors;

    /**
     * @param where   what to name where a tensor is missing
     * @param arena   holds the mappings, closed with this
     * @param tensors by name
     */
    TensorStore(Path where, Arena arena, Map<String, StoredTensor> tensors) {
        this.where = where;
        this.arena = arena;
        this.tensors = new TreeMap<>(tensors);
    }

    /** What is there, sorted by name. */
    public List<TensorInfo> tensors() {
        return tensors.values().stream().map(StoredTensor::info).toList();
    }

    /** Whether there is a tensor of this name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Type and shape of a tensor; an {@link InputError} where it is missing. */
    public TensorInfo info(String name) {
        return tensor(name).info();
    }

    /**
     * Reads a tensor as 32-bit floats, in row-major order.
     *
     * @param target exactly as large as the tensor, 4 bytes an element
     */
    public void readFloats(String name, MemorySegment target) {
        tensor(name).read(DataType.F32, target);
    }

    /**
     * Reads a tensor as bf16, rounded to nearest even, in row-major order.
     *
     * @param target exactly as large as the tensor, 2 bytes an element
     */
    public void readBf16(String name, MemorySegment target) {
        tensor(name).read(DataType.BF16, target);
    }

    /** Whether two tensors have the same shape and the same numbers. */
    public boolean equal(String one, String other) {
        return tensor(one).equal(tensor(other));
    }

    /** A tensor as it stands, to be written to another file as {@code newName} while this is open. */
    public Source source(String name, String newName) {
        return tensor(name).source(newName);
    }

    private StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InputError("%s: tensor %s is missing.", where, name);
        }
        return tensor;
    }

    /** Unmaps the files; no thread may read any longer. */
    @Override
    public void close() {
        arena.close();
    }
}
