package io.reft.bench;

import io.reft.device.DType;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Tensors to time ops on, as long as this is open. Random ones: products of zeros draw less power and run faster. */
public final class Operands implements AutoCloseable {
    private static final int BLOCK = 1 << 20;

    private final Engine engine;
    private final List<Memory> held = new ArrayList<>();
    private final float[] block = new float[BLOCK];

    /** @param seed of the random tensors */
    public Operands(Engine engine, long seed) {
        this.engine = engine;
        Random random = new Random(seed);
        for (int i = 0; i < BLOCK; i++) {
            block[i] = (float) random.nextGaussian();
        }
    }

    /** A tensor of zeros. */
    public Tensor zeros(DType type, long rows, long cols) {
        Memory memory = engine.device().allocate(rows * cols * type.bytes);
        held.add(memory);
        return new Tensor(memory.address(), type, rows, cols);
    }

    /** Normal numbers, a block of them over and over. */
    public Tensor normal(DType type, long rows, long cols) {
        Tensor t = zeros(type, rows, cols);
        try (Memory memory = engine.device().allocate(4L * BLOCK)) {
            engine.device().upload(MemorySegment.ofArray(block), memory.address());
            for (long from = 0; from < t.size(); from += BLOCK) {
                long n = Math.min(BLOCK, t.size() - from);
                engine.kernels().convert(new Tensor(t.address() + from * type.bytes, type, n, 1),
                        new Tensor(memory.address(), DType.F32, n, 1));
            }
            engine.device().synchronize();
        }
        return t;
    }

    /** A vector of int32. */
    public Tensor ints(int... values) {
        Tensor t = zeros(DType.I32, values.length, 1);
        engine.device().upload(MemorySegment.ofArray(values), t.address());
        return t;
    }

    @Override
    public void close() {
        engine.device().synchronize();
        held.forEach(Memory::close);
    }
}
