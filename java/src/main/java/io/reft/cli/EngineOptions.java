package io.reft.cli;

import io.reft.kernels.Engine;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what to compute on and how, for all commands that run a model: {@code @Mixin EngineOptions engine}. */
public final class EngineOptions {
    /** What to compute on; {@code auto} takes a GPU where there is one. */
    public enum Where { AUTO, CPU, CUDA }

    /** Number type of the activations and products. */
    public enum Precision { FP32, BF16 }

    /** Whose matrix products. */
    public enum Products { AUTO, OWN, ONEDNN, CUBLAS }

    @Option(names = "--device", defaultValue = "auto", paramLabel = "auto|cpu|cuda",
            description = "What to compute on (default: ${DEFAULT-VALUE}, which takes a GPU where there is one).")
    Where device;

    int threads;

    @Option(names = "--dtype", defaultValue = "fp32", paramLabel = "fp32|bf16",
            description = "Number type of activations and matrix products (default: ${DEFAULT-VALUE}).")
    Precision dtype;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of everything random; the same seed gives the same run (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--matmul", defaultValue = "auto", paramLabel = "auto|own|onednn|cublas",
            description = "Whose matrix products train: own, oneDNN's (CPU), cuBLAS's (CUDA), or the fastest there are (default: ${DEFAULT-VALUE}).")
    Products matmul;

    /** Opens the engine that these options ask for. */
    Engine open() {
        return Engine.open(new Engine.Options(name(device), threads, dtype == Precision.BF16, name(matmul)));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    @Spec(Spec.Target.MIXEE)
    CommandSpec command;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "0",
            description = "Threads on the CPU (default: one a core).")
    void threads(int given) {
        if (given < 0) {
            throw new ParameterException(command.commandLine(), "Invalid value for option '--threads': " + given + " is negative");
        }
        threads = given > 0 ? given : Runtime.getRuntime().availableProcessors();
    }
}
