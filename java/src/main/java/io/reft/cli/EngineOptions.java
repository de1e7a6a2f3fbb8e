package io.reft.cli;

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
