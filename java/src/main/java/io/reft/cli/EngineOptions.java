package io.reft.cli;

import io.reft.kernels.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Option;

/** The options that say what to compute on and how, for all commands that run a model: {@code @Mixin EngineOptions engine}. */
public final class EngineOptions {
    /** What to compute on; {@code auto} takes a GPU where there is one. */
    public enum Where { AUTO, CPU, CUDA }

    /** Number type of the activations and products. */
    public enum Precision { FP32, BF16 }

    /** Whose matrix products. */
    public enum Products { AUTO, OWN, ONEDNN, CUBLAS }

    private static final AtomicBoolean SAID = new AtomicBoolean();

    @Option(names = "--device", defaultValue = "auto", paramLabel = "auto|cpu|cuda",
            description = "What to compute on (default: ${DEFAULT-VALUE}, which takes an NVIDIA GPU where there is one).")
    Where device;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Threads on the CPU (default: one a core).")
    @Range(min = 0, max = Range.THREADS)
    private int threads;

    @Option(names = "--dtype", paramLabel = "fp32|bf16",
            description = "Number type of activations and matrix products; master weights, gradients and sums stay fp32 (default: "
                    + "bf16 on a GPU, fp32 on the CPU).")
    Precision dtype;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of everything random; the same seed gives the same run (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--matmul", defaultValue = "auto", paramLabel = "auto|own|onednn|cublas",
            description = "Whose matrix products train: own, oneDNN's (CPU), cuBLAS's (CUDA), or the fastest there are (default: "
                    + "${DEFAULT-VALUE}).")
    Products matmul;

    /** Opens the engine that these options ask for; says so, the first time, where {@code auto} finds no GPU. */
    Engine open() {
        Boolean bf16 = dtype == null ? null : dtype == Precision.BF16;
        return Engine.open(new Engine.Options(name(device), threads(), bf16, name(matmul)), missing -> {
            if (SAID.compareAndSet(false, true)) {
                System.err.println(missing);
            }
        });
    }

    /** These options but for the seed, as a command line has them. */
    List<String> arguments() {
        List<String> all = new ArrayList<>(List.of("--device=" + name(device), "--threads=" + threads(), "--matmul=" + name(matmul)));
        if (dtype != null) {
            all.add("--dtype=" + name(dtype));
        }
        return all;
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Threads on the CPU. */
    int threads() {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }
}
