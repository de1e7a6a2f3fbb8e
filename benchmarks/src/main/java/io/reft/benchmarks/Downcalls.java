package io.reft.benchmarks;

import io.reft.device.Tensor;
import io.reft.kernels.NativeLibraries;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.openjdk.jmh.annotations.Benchmark;

/** What it costs to get into native code and back, when nothing is done there. */
public class Downcalls extends OpBenchmark {
    private static final MethodHandle VERSION = version(), CRITICAL = version(Linker.Option.critical(false));
    private Tensor nothing, one;

    @Override
    void prepare() {
        nothing = zeros(0, 1);
        one = zeros(1, 1);
    }

    /** A plain downcall by a handle that the compiler knows. */
    @Benchmark
    public int downcall() throws Throwable {
        return (int) VERSION.invokeExact();
    }

    /** The same without the thread's change of state, which is no option for ops: it holds the garbage collector up. */
    @Benchmark
    public int critical() throws Throwable {
        return (int) CRITICAL.invokeExact();
    }

    /** An op on an empty tensor through {@link io.reft.kernels.Kernels}: checks, the call by a handle in a field, the status. */
    @Benchmark
    public void kernels() {
        k.fill(nothing, 0);
    }

    /** An op on one element: on CUDA what a launch costs, with many on their way. */
    @Benchmark
    public void launch(Work work) {
        k.fill(one, 0);
        work.movesF32(1);
    }

    private static MethodHandle version(Linker.Option... options) {
        return Linker.nativeLinker().downcallHandle(NativeLibraries.open("libreft_cpu.so").findOrThrow("reft_abi_version"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT), options);
    }
}
