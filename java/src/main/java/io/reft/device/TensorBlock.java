package io.reft.device;

import java.util.function.Function;

/**
 * One block of device memory, laid out tensor after tensor. What lives in it is built twice: once to count its bytes,
 * so that the block is allocated, or refused, whole and before the work starts; once for good.
 */
public final class TensorBlock implements AutoCloseable {
    private static final int ALIGNMENT = 256;
    private final Device device;
    private final Memory memory;
    private long used;

    private TensorBlock(Device device, Memory memory) {
        this.device = device;
        this.memory = memory;
    }

    /** Builds something out of the tensors of one new block, which the thing built must close. */
    public static <T> T lay(Device device, Function<TensorBlock, T> builder) {
        return lay(device, bytes(builder), builder);
    }

    /** The bytes that {@link #lay} would allocate for {@code builder}. */
    public static long bytes(Function<TensorBlock, ?> builder) {
        TensorBlock counting = new TensorBlock(null, new Memory(0, Long.MAX_VALUE, () -> {}));
        builder.apply(counting);
        return counting.used;
    }

    private static <T> T lay(Device device, long bytes, Function<TensorBlock, T> builder) {
        return builder.apply(new TensorBlock(device, device.allocate(bytes)));
    }

    /** The next tensor, zeroed. */
    public Tensor tensor(DType dtype, long rows, long cols) {
        Tensor t = new Tensor(memory.address() + used, dtype, rows, cols);
        used += (t.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (used > memory.bytes()) {
            throw new IllegalStateException("the block was counted smaller than it is");
        }
        return t;
    }

    /** The next tensor of fp32. */
    public Tensor f32(long rows, long cols) {
        return tensor(DType.F32, rows, cols);
    }

    /** The next vector of {@code n} fp32. */
    public Tensor f32(long n) {
        return tensor(DType.F32, n, 1);
    }

    /** The next vector of {@code n} int32. */
    public Tensor i32(long n) {
        return tensor(DType.I32, n, 1);
    }

    /** Bytes of the block. */
    public long bytes() {
        return memory.bytes();
    }

    /** The device of the block. */
    public Device device() {
        return device;
    }

    @Override
    public void close() {
        memory.close();
    }
}
