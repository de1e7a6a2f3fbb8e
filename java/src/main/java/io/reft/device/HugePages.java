package io.reft.device;

import io.reft.InputError;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory in pages of 2 MiB where Linux has them to give: matrices are read in strides of many KiB, and with pages of
 * 4 KiB the processor looks up an address for every few lines. Pages never touched take no memory.
 */
final class HugePages {
    static final long SIZE = 2 << 20;

    private static final int READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, MADV_HUGEPAGE = 14;
    private static final MethodHandle MMAP =
            function("mmap", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
    private static final MethodHandle MADVISE = function("madvise", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    private static final MethodHandle MUNMAP = function("munmap", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

    private HugePages() {}

    /** At least {@code bytes} of it, aligned to a page. */
    static Memory allocate(long bytes) {
        try {
            long length = bytes + SIZE;
            long mapped = (long) MMAP.invokeExact(0L, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped == -1) {
                throw new InputError("The machine does not give %d MiB more memory: lower --tokens-per-batch or --batch-size.",
                        bytes >> 20);
            }
            long address = (mapped + SIZE - 1) / SIZE * SIZE;
            long advised = (long) MADVISE.invokeExact(address, bytes, MADV_HUGEPAGE);   // a wish: refused, pages are small
            return new Memory(address, bytes, () -> release(mapped, length));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("mmap could not be called", t);
        }
    }

    private static void release(long mapped, long length) {
        try {
            long released = (long) MUNMAP.invokeExact(mapped, length);
        } catch (Throwable t) {
            throw new IllegalStateException("munmap could not be called", t);
        }
    }

    private static MethodHandle function(String name, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_LONG, parameters));
    }
}
