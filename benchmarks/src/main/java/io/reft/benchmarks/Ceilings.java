package io.reft.benchmarks;

import io.reft.kernels.Matmul;
import io.reft.kernels.Tensor;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * What this machine can do at best, measured beside the ops: bandwidth by the C library's {@code memcpy} on all threads,
 * arithmetic by a large fp32 product of oneDNN's.
 */
public final class Ceilings {
    private Ceilings() {}

    /** Copies of several sizes, because smaller ones stay in the caches, as an op's tensors of that size do. */
    public static class Copy extends Lab {
        private static final MethodHandle MEMCPY = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("memcpy"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

        /** MiB moved: half of them read, half of them written. */
        @Param({"4", "16", "64", "512"})
        public int mib;

        private Tensor from, to;
        private int parts;

        @Override
        void prepare() {
            from = floats(mib, (1 << 20) / 8);
            to = zeros(mib, (1 << 20) / 8);
            parts = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        }

        /** Reads one tensor, writes another. */
        @Benchmark
        public void copy(Work work) {
            IntStream.range(0, parts).parallel().forEach(this::part);
            work.moves(2 * from.size());
        }

        private void part(int i) {
            long start = from.bytes() / parts * i, bytes = i == parts - 1 ? from.bytes() - start : from.bytes() / parts;
            try {
                long ignored = (long) MEMCPY.invokeExact(to.address() + start, from.address() + start, bytes);
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }
    }

    /** 2048 × 2048 × 2048. */
    public static class Product extends Lab {
        private static final int N = 2048;
        private Matmul oneDnn;
        private Tensor out, a, b;

        @Override
        void prepare() {
            oneDnn = new Matmul(k, Matmul.Provider.ONEDNN, false);
            a = floats(N, N);
            b = floats(N, N);
            out = zeros(N, N);
        }

        /** Two operations for each of N³ terms. */
        @Benchmark
        public void product(Work work) {
            oneDnn.forward(out, a, b);
            work.computes(2L * N * N * N);
        }
    }
}
