package io.reft.device;

import io.reft.InputError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The host's own memory. Work is done when a call returns, so there is no stream to wait for. */
public class CpuDevice implements Device {
    private static final long LARGE = 64L << 20;

    /** Free at first, and allocated since: what is allocated and not yet touched is still free in Linux's eyes. */
    private final long free = memory("MemAvailable:");
    private long held;

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String owner() {
        return "machine";
    }

    @Override
    public Memory allocate(long bytes) {
        // Linux promises memory that it does not have, and kills later
        if (bytes > LARGE && bytes > freeBytes()) {
            throw new InputError("This needs %s more memory, and the machine has %s free: lower --tokens-per-batch or --batch-size.",
                    Device.size(bytes), Device.size(freeBytes()));
        }
        Memory memory = bytes >= HugePages.SIZE ? HugePages.allocate(bytes) : small(bytes);
        held += bytes;
        return new Memory(memory.address(), bytes, () -> {
            held -= bytes;
            memory.close();
        });
    }

    private static Memory small(long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(Math.max(bytes, 1), 256);
        return new Memory(segment.address(), bytes, arena::close);
    }

    @Override
    public void upload(MemorySegment host, long address) {
        segment(address, host.byteSize()).copyFrom(host);
    }

    @Override
    public void write(long address, long bytes, Consumer<MemorySegment> writer) {
        writer.accept(segment(address, bytes));
    }

    @Override
    public void download(long address, MemorySegment host) {
        host.copyFrom(segment(address, host.byteSize()));
    }

    @Override
    public void copy(long from, long to, long bytes) {
        segment(to, bytes).copyFrom(segment(from, bytes));
    }

    @Override
    public long stream() {
        return 0;
    }

    @Override
    public void synchronize() {}

    @Override
    public boolean asynchronous() {
        return false;
    }

    /** There is nothing to record: a launch runs the work anew. */
    @Override
    public Graph capture(Runnable work) {
        return new Graph() {
            @Override
            public void launch() {
                work.run();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public long freeBytes() {
        return Math.min(memory("MemAvailable:"), free - held);
    }

    @Override
    public long totalBytes() {
        return memory("MemTotal:");
    }

    private static long memory(String line) {
        try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(l -> l.startsWith(line))
                    .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).findFirst().orElse(Long.MAX_VALUE);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void close() {}

    private static MemorySegment segment(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
