package io.reft.benchmarks;

import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What every benchmark of an op stands on: an engine, and tensors that live as long as it does. A subclass lays its
 * tensors in {@link #prepare}, and each of its {@link Benchmark} methods runs one op and tells {@link Work} what that op
 * cannot do without; {@link RunBenchmarks} turns this into a share of what the machine can do ({@link MachineLimits}).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public abstract class OpBenchmark {
    /** What it runs on: cpu or cuda. */
    @Param("cpu")
    public String device;

    /** Precision: bf16 is how activations are stored on CUDA; on the CPU they stay fp32, and products round them. */
    @Param("fp32")
    public String dtype;

    /** Threads of the CPU; 0: one for each processor. */
    @Param("0")
    public int threads;

    /** Instruction set: scalar, avx2, avx512, or auto for the best there is. */
    @Param("auto")
    public String isa;

    private static final long LOOK_NS = 2_000_000;
    private static Device running;
    private static DType storage = DType.F32;
    private static long looked;

    Engine engine;
    Kernels k;
    private final Random random = new Random(1);
    private final List<Memory> held = new ArrayList<>();

    /** The least that an op must do: main-memory traffic with every tensor moved once, and arithmetic. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Work {
        /** Read and written. */
        public long bytes;
        /** Additions and multiplications of products; those of elementwise loops are hidden behind their bytes. */
        public long flops;

        /** So many elements of activations, in their storage type. */
        void moves(long elements) {
            bytes += elements * storage.bytes;
            look();
        }

        /** So many elements of what is fp32 whatever the precision. */
        void movesF32(long floats) {
            movesStored(DType.F32, floats);
        }

        /** So many elements of what is stored in a type of its own. */
        void movesStored(DType type, long elements) {
            bytes += elements * type.bytes;
            look();
        }

        void computes(long operations) {
            flops += operations;
            look();
        }
    }

    /** Lays the tensors. */
    abstract void prepare();

    /** Opens the engine. */
    @Setup(Level.Trial)
    public void open() {
        engine = Engine.open(new Engine.Options(device, threads, dtype.equals("bf16"), "own"));
        k = engine.kernels();
        k.setIsa(isa);
        running = engine.device();
        storage = engine.storage();
        prepare();
    }

    /**
     * Waits for the device, but only every other millisecond: what was given to it counts with the time that it takes, and the
     * wait itself hardly does.
     */
    private static void look() {
        long now = System.nanoTime();
        if (now - looked > LOOK_NS) {
            running.synchronize();
            looked = System.nanoTime();
        }
    }

    /** Gives everything back. */
    @TearDown(Level.Trial)
    public void close() {
        engine.device().synchronize();
        held.forEach(Memory::close);
        engine.close();
    }

    /** A tensor of zeros. */
    Tensor zeros(DType dtype, long rows, long cols) {
        Memory memory = engine.device().allocate(rows * cols * dtype.bytes);
        held.add(memory);
        return new Tensor(memory.address(), dtype, rows, cols);
    }

    /** Zeros in fp32. */
    Tensor zeros(long rows, long cols) {
        return zeros(DType.F32, rows, cols);
    }

    /** Random fp32 of mean 0 and variance 1; a block of them over and over. */
    Tensor floats(long rows, long cols) {
        Tensor t = zeros(rows, cols);
        float[] block = new float[(int) Math.min(t.size(), 1 << 20)];
        for (int i = 0; i < block.length; i++) {
            block[i] = (float) random.nextGaussian();
        }
        for (long from = 0; from < t.size(); from += block.length) {
            long n = Math.min(block.length, t.size() - from);
            engine.device().upload(MemorySegment.ofArray(block).asSlice(0, 4 * n), t.address() + 4 * from);
        }
        return t;
    }

    /** Zeros in the storage type of activations. */
    Tensor stored(long rows, long cols) {
        return zeros(storage, rows, cols);
    }

    /** Random numbers as {@link #floats} has them, in the storage type of activations. */
    Tensor normal(long rows, long cols) {
        if (storage == DType.F32) {
            return floats(rows, cols);
        }
        Tensor t = stored(rows, cols), wide = floats(rows, cols);
        k.convert(t, wide);
        engine.device().synchronize();
        held.removeLast().close();
        return t;
    }

    /** A vector of these int32. */
    Tensor ints(int... values) {
        Tensor t = zeros(DType.I32, values.length, 1);
        engine.device().upload(MemorySegment.ofArray(values), t.address());
        return t;
    }

    /** A vector of random int32 below {@code bound}. */
    Tensor indices(long n, int bound) {
        return ints(random.ints(n, 0, bound).toArray());
    }

    /** A vector of 0, 1, …, {@code n - 1}. */
    Tensor range(int n) {
        return ints(java.util.stream.IntStream.range(0, n).toArray());
    }

    /** Where {@code sequences} packed sequences of {@code length} tokens each start and end. */
    Tensor joints(int sequences, int length) {
        return ints(java.util.stream.IntStream.rangeClosed(0, sequences).map(b -> b * length).toArray());
    }
}
