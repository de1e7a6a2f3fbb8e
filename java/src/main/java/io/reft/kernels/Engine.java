package io.reft.kernels;

import io.reft.InputError;
import io.reft.device.CpuDevice;
import io.reft.device.CudaDevice;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import java.util.function.Consumer;

/**
 * A device, its kernels and its matrix products, opened together for one run.
 *
 * @param device     memory and stream
 * @param kernels    the ops of reft.h
 * @param matmul     products for training, the fastest there are
 * @param invariant  products whose rows do not depend on the batch: for generation, where a sample must not depend on
 *                   who shares its batch
 * @param storage    of activations and of the parameters beside them: fp32, or bf16 on CUDA. Master weights, gradients,
 *                   moments, statistics, logits and losses are fp32 always
 * @param scratch    memory lent to the kernels, or null
 */
public record Engine(Device device, Kernels kernels, Matmul matmul, Matmul invariant, DType storage, Memory scratch)
        implements AutoCloseable {
    /** For the sums that CUDA's ops make across blocks. */
    private static final long SCRATCH = 256L << 20;

    /**
     * What an engine is made of.
     *
     * @param device  {@code auto}, {@code cpu} or {@code cuda}
     * @param threads of the CPU; 0: one for each processor
     * @param bf16    bf16 rather than fp32: stored so on CUDA, on the CPU the operands of matrix products rounded, and the cache of
     *                keys and values stored so; null: bf16 on CUDA, fp32 on the CPU
     * @param matmul  {@code auto}, {@code own}, {@code onednn} (CPU) or {@code cublas} (CUDA)
     */
    public record Options(String device, int threads, Boolean bf16, String matmul) {
        /** The default: the machine's best device in its usual precision. */
        public static final Options DEFAULT = new Options("auto", 0, null, "auto");
    }

    /** Opens the device asked for. */
    public static Engine open(Options options) {
        return open(options, missing -> {});
    }

    /**
     * Opens the device asked for; {@code auto} is CUDA where all that it needs is found.
     *
     * @param missing told in a sentence why {@code auto} is the CPU
     */
    public static Engine open(Options options, Consumer<String> missing) {
        if (options.device.equals("cpu")) {
            return cpu(options);
        }
        try {
            return cuda(options);
        } catch (CudaDevice.Unavailable e) {
            if (options.device.equals("cuda")) {
                throw new InputError("--device cuda %s; --device cpu does without.", e.getMessage());
            }
            missing.accept("Computing on the CPU: CUDA " + e.getMessage() + ".");
            return cpu(options);
        }
    }

    private static Engine cpu(Options options) {
        Device device = new CpuDevice();
        Kernels kernels = new Kernels("libreft_cpu.so", device);
        kernels.setThreads(threads(options));
        boolean bf16 = options.bf16 != null && options.bf16;
        return of(kernels, Gemm.Provider.of(options.matmul, "cpu"), bf16, DType.F32, null);
    }

    private static Engine cuda(Options options) throws CudaDevice.Unavailable {
        CudaDevice device = CudaDevice.open(NativeLibraries.find(CudaDevice.BINDINGS));
        try {
            if (!NativeLibraries.holds("libreft_cuda.so")) {
                throw new CudaDevice.Unavailable("needs libreft_cuda.so, which this build of reft does not hold");
            }
            return cuda(device, "libreft_cuda.so", options);
        } catch (CudaDevice.Unavailable | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /** On a device whose kernels are {@code library}, which stores bf16. */
    static Engine cuda(Device device, String library, Options options) throws CudaDevice.Unavailable {
        Kernels kernels = new Kernels(library, device);
        if (kernels.describe().startsWith("cuda:")) {
            throw new CudaDevice.Unavailable("needs another driver: the library says \"" + kernels.describe() + "\"");
        }
        kernels.setThreads(threads(options));
        Memory scratch = device.allocate(SCRATCH);
        kernels.setWorkspace(scratch);
        boolean bf16 = options.bf16 == null || options.bf16;
        return of(kernels, Gemm.Provider.of(options.matmul, "cuda"), bf16, bf16 ? DType.BF16 : DType.F32, scratch);
    }

    private static int threads(Options options) {
        return options.threads > 0 ? options.threads : Runtime.getRuntime().availableProcessors();
    }

    private static Engine of(Kernels kernels, Gemm.Provider provider, boolean bf16, DType storage, Memory scratch) {
        Matmul matmul = new Matmul(kernels, provider, bf16);
        Matmul invariant = provider == Gemm.Provider.OWN ? matmul : new Matmul(kernels, Gemm.Provider.OWN, bf16);
        return new Engine(kernels.device(), kernels, matmul, invariant, storage, scratch);
    }

    /** Storage of the key/value cache: bf16 where products are of bf16. */
    public DType cache() {
        return invariant.bf16() ? DType.BF16 : storage;
    }

    @Override
    public void close() {
        matmul.close();
        invariant.close();
        if (scratch != null) {
            scratch.close();
        }
        device.close();
    }
}
