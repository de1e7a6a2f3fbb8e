package io.reft.benchmarks;

import io.reft.device.Tensor;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What this machine can do at best, measured beside the ops: bandwidth by the C library's {@code memcpy} on all threads, on
 * CUDA by the driver's copy; arithmetic by a large product of oneDNN's, on CUDA of the fastest there is.
 */
public final class MachineLimits {
    private MachineLimits() {}

    /** Copies of several sizes, because smaller ones stay in the caches, as an op's tensors of that size do. */
    public static class Copy extends OpBenchmark {
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
            if (device.equals("cuda")) {
                engine.device().copy(from.address(), to.address(), from.bytes());
            } else {
                IntStream.range(0, parts).parallel().forEach(this::part);
            }
            work.movesF32(2 * from.size());
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

    /** 2048 × 2048 × 2048, on CUDA 8192 × 8192 × 8192. */
    public static class Product extends OpBenchmark {
        private Matmul fastest;
        private Tensor out, a;
        private WeightMatrix b;
        private long n;

        @Override
        void prepare() {
            boolean cuda = device.equals("cuda");
            n = cuda ? 8192 : 2048;
            fastest = Matmul.fastest(k, dtype.equals("bf16"));
            a = normal(n, n);
            b = new WeightMatrix(normal(n, n));
            out = stored(n, n);
        }

        /** Two operations for each of n³ terms. */
        @Benchmark
        public void product(Work work) {
            fastest.forward(out, a, b);
            work.computes(2 * n * n * n);
        }

        /** Gives back what the products hold. */
        @TearDown(Level.Trial)
        public void closeProducts() {
            b.close();
            fastest.close();
        }
    }
}
