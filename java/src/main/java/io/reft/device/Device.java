package io.reft.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Where tensors live and kernels run: memory, copies and one stream of work. All calls of one device come from one
 * thread; work on the stream runs in the order it was given.
 */
public interface Device extends AutoCloseable {
    /** What {@code --device} calls it: {@code cpu} or {@code cuda}. */
    String name();

    /** What messages call the owner of its memory: {@code machine} or {@code GPU}. */
    String owner();

    /**
     * Zeroed memory of the device, aligned to 256 bytes.
     *
     * @throws io.reft.InputError where there is not enough of it, with the numbers
     */
    Memory allocate(long bytes);

    /** Copies host memory to the device; {@code host} may be reused when this returns. */
    void upload(MemorySegment host, long address);

    /**
     * Has {@code writer} write {@code bytes} of device memory: in place where that is the host's own, else in a buffer that is uploaded.
     */
    default void write(long address, long bytes, Consumer<MemorySegment> writer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(bytes, 64);
            writer.accept(host);
            upload(host, address);
        }
    }

    /** Copies device memory to the host, after all work given to the stream so far. */
    void download(long address, MemorySegment host);

    /** Copies {@code values} to the first elements of an int32 tensor; the tensor of just those. */
    default Tensor upload(Tensor to, int[] values) {
        Tensor first = to.first(values.length);
        upload(MemorySegment.ofArray(values), first.address());
        return first;
    }

    /** Copies {@code values} to the first elements of an int64 tensor; the tensor of just those. */
    default Tensor upload(Tensor to, long[] values) {
        Tensor first = to.first(values.length);
        upload(MemorySegment.ofArray(values), first.address());
        return first;
    }

    /** Copies {@code values} to the first elements of an fp32 vector; the tensor of just those. */
    default Tensor upload(Tensor to, float[] values) {
        Tensor first = to.first(values.length);
        upload(MemorySegment.ofArray(values), first.address());
        return first;
    }

    /** The elements of an fp32 tensor, after all work given to the stream so far. */
    default float[] floats(Tensor from) {
        float[] values = new float[Math.toIntExact(from.size())];
        download(from.address(), MemorySegment.ofArray(values));
        return values;
    }

    /** The elements of an int32 tensor, after all work given to the stream so far. */
    default int[] ints(Tensor from) {
        int[] values = new int[Math.toIntExact(from.size())];
        download(from.address(), MemorySegment.ofArray(values));
        return values;
    }

    /** Copies within the device, in the order of the stream. */
    void copy(long from, long to, long bytes);

    /** The handle that kernels take: a {@code cudaStream_t}, or 0. */
    long stream();

    /** Waits until all work given to the stream is done. */
    void synchronize();

    /** Whether work goes on after it was given: then looking at its results costs waiting, and steps are worth recording. */
    boolean asynchronous();

    /**
     * Records the work that {@code work} gives to the stream, which is done by {@link Graph#launch} and not here. It may
     * compute and copy within the device; it may not allocate, upload, download or wait.
     */
    Graph capture(Runnable work);

    /** Bytes that can still be allocated, as far as known. */
    long freeBytes();

    /** Bytes that there are, as far as known. */
    long totalBytes();

    /** Bytes for people: {@code 1.5 GiB} or {@code 12 MiB}. */
    static String size(long bytes) {
        return bytes < 1L << 30 ? String.format(Locale.ROOT, "%d MiB", bytes + (1 << 20) - 1 >> 20)
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }

    @Override
    void close();
}
