package io.reft.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import jcuda.driver.JCudaDriver;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The same function of the CUDA driver, {@code cuDriverGetVersion}, called in two ways: through Panama, as our kernels are,
 * and through JCuda's JNI, as memory and streams are. Only with {@code -p device=cuda}.
 */
public class DriverCalls extends OpBenchmark {
    private static final MethodHandle VERSION = Linker.nativeLinker().downcallHandle(
            SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()).findOrThrow("cuDriverGetVersion"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private final MemorySegment cell = Arena.global().allocate(ValueLayout.JAVA_INT);
    private final int[] array = new int[1];

    @Override
    void prepare() {}

    /** By a method handle. */
    @Benchmark
    public int panama() throws Throwable {
        int ignored = (int) VERSION.invokeExact(cell);
        return cell.get(ValueLayout.JAVA_INT, 0);
    }

    /** By a native method. */
    @Benchmark
    public int jni() {
        JCudaDriver.cuDriverGetVersion(array);
        return array[0];
    }
}
