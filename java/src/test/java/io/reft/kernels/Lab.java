package io.reft.kernels;

import io.reft.device.CpuDevice;
import io.reft.device.CudaDevice;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** An engine on the CPU for tests, and tensors made of Java arrays that live as long as it. */
public final class Lab implements AutoCloseable {
    /** What {@link #Lab()} opens: two threads whatever the machine, so that the same bits come out everywhere. */
    public static final Engine.Options OPTIONS = new Engine.Options("cpu", 2, false, "auto");
    /** For long tests of small things, where a second thread is only waited for. */
    public static final Engine.Options ONE_THREAD = new Engine.Options("cpu", 1, false, "auto");

    public final Engine engine;
    public final Kernels k;
    public final Random random = new Random(1);
    private final List<Memory> blocks = new ArrayList<>();

    public Lab() {
        this(OPTIONS);
    }

    public Lab(Engine.Options options) {
        this(Engine.open(options));
    }

    private Lab(Engine engine) {
        this.engine = engine;
        k = engine.kernels();
    }

    /**
     * All that CUDA's engine is but for its memory, which is the host's: the kernels are run by the emulator. The device says
     * that it is asynchronous, so that work is captured and looked at as on a GPU. With {@code -Dreft.cuda=true} it is this
     * machine's GPU itself.
     */
    public static Lab emulated(boolean bf16) {
        if (Boolean.getBoolean("reft.cuda")) {
            return new Lab(new Engine.Options("cuda", 1, bf16, "own"));
        }
        Device device = new CpuDevice() {
            @Override
            public boolean asynchronous() {
                return true;
            }
        };
        try {
            return new Lab(Engine.cuda(device, "libreft_emulated.so", new Engine.Options("cuda", 1, bf16, "own")));
        } catch (CudaDevice.Unavailable e) {
            throw new AssertionError(e);
        }
    }

    /** Zeroes. */
    public Tensor zeros(DType type, long rows, long cols) {
        Memory memory = engine.device().allocate(rows * cols * type.bytes);
        blocks.add(memory);
        return new Tensor(memory.address(), type, rows, cols);
    }

    public Tensor zeros(long rows, long cols) {
        return zeros(DType.F32, rows, cols);
    }

    public Tensor zeros(long n) {
        return zeros(n, 1);
    }

    /** A matrix of given values. */
    public Tensor tensor(long rows, long cols, float... values) {
        Tensor t = zeros(rows, cols);
        write(t, values);
        return t;
    }

    public Tensor vector(float... values) {
        return tensor(values.length, 1, values);
    }

    public Tensor ints(int... values) {
        return engine.device().upload(zeros(DType.I32, values.length, 1), values);
    }

    public Tensor longs(long... values) {
        return engine.device().upload(zeros(DType.I64, values.length, 1), values);
    }

    /** Normal numbers. */
    public Tensor normal(long rows, long cols) {
        return tensor(rows, cols, normals(rows * cols));
    }

    public Tensor normal(long n) {
        return normal(n, 1);
    }

    public float[] normals(long n) {
        float[] values = new float[(int) n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Random integers from 0 to {@code bound - 1}. */
    public int[] ids(int n, int bound) {
        return random.ints(n, 0, bound).toArray();
    }

    public Tensor copy(Tensor t) {
        return tensor(t.rows(), t.cols(), read(t));
    }

    /** The elements, of fp32 or bf16. */
    public float[] read(Tensor t) {
        Tensor wide = t;
        if (t.dtype() == DType.BF16) {
            wide = zeros(t.rows(), t.cols());
            k.convert(wide, t);
        }
        return engine.device().floats(wide);
    }

    /** What of {@code values} is left in bf16, if {@code bf16}. */
    public float[] rounded(float[] values, boolean bf16) {
        Tensor t = zeros(bf16 ? DType.BF16 : DType.F32, values.length, 1);
        k.convert(t, vector(values));
        return read(t);
    }

    public int[] readInts(Tensor t) {
        return engine.device().ints(t);
    }

    public void write(Tensor t, float... values) {
        if (values.length != t.size()) {
            throw new IllegalArgumentException(values.length + " values for " + t);
        }
        engine.device().upload(MemorySegment.ofArray(values), t.address());
    }

    /** Sets one element. */
    public void set(Tensor t, int i, float value) {
        engine.device().upload(MemorySegment.ofArray(new float[] {value}), t.address() + 4L * i);
    }

    /** The arrays one after the other. */
    public static float[] joined(float[]... parts) {
        int n = 0;
        for (float[] part : parts) {
            n += part.length;
        }
        float[] all = new float[n];
        n = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, n, part.length);
            n += part.length;
        }
        return all;
    }

    @Override
    public void close() {
        blocks.forEach(Memory::close);
        engine.close();
    }
}
