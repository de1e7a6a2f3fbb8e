package io.reft.kernels;

import io.reft.InputError;
import io.reft.device.CpuDevice;
import io.reft.device.Device;

/**
 * A device, its kernels and its matrix products, opened together for one run.
 *
 * @param device     memory and stream
 * @param kernels    the ops of reft.h
 * @param matmul     products for training, the fastest there are
 * @param invariant  products whose rows do not depend on the batch: for generation, where a sample must not depend on
 *                   who shares its batch
 */
public record Engine(Device device, Kernels kernels, Matmul matmul, Matmul invariant) implements AutoCloseable {
    /**
     * What an engine is made of.
     *
     * @param device  {@code auto}, {@code cpu} or {@code cuda}
     * @param threads of the CPU; 0: one for each processor
     * @param bf16    round the operands of matrix products to bf16
     * @param matmul  {@code auto}, {@code own}, {@code onednn} (CPU) or {@code cublas} (CUDA)
     */
    public record Options(String device, int threads, boolean bf16, String matmul) {
        /** The default: the machine's best device, fp32. */
        public static final Options DEFAULT = new Options("auto", 0, false, "auto");
    }

    /** Opens the device asked for. */
    public static Engine open(Options options) {
        if (options.device.equals("cuda")) {
            throw new InputError("This build of reft has no CUDA library: use --device cpu.");
        }
        Device device = new CpuDevice();
        Kernels kernels = new Kernels("libreft_cpu.so", device);
        kernels.setThreads(options.threads > 0 ? options.threads : Runtime.getRuntime().availableProcessors());
        Matmul.Provider provider = Matmul.Provider.of(options.matmul, device.name());
        Matmul matmul = new Matmul(kernels, provider, options.bf16);
        Matmul invariant = provider == Matmul.Provider.OWN ? matmul : new Matmul(kernels, Matmul.Provider.OWN, options.bf16);
        return new Engine(device, kernels, matmul, invariant);
    }

    /** To be called after parameters were written: copies kept by the products are stale. */
    public void weightsChanged() {
        matmul.weightsChanged();
        invariant.weightsChanged();
    }

    @Override
    public void close() {
        matmul.close();
        invariant.close();
        device.close();
    }
}
