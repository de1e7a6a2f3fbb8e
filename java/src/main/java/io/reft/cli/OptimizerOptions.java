package io.reft.cli;

import io.reft.InputError;
import io.reft.train.AdamW;
import picocli.CommandLine.Option;

/** AdamW's constants and the memory of a step, for all commands that train: {@code @Mixin OptimizerOptions optimizer}. */
final class OptimizerOptions {
    @Option(names = "--weight-decay", defaultValue = "0", paramLabel = "W", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    private float weightDecay;

    @Option(names = "--beta2", defaultValue = "0.999", paramLabel = "B", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    private float beta2;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time: bounds the memory, changes no result but rounding (default: ${DEFAULT-VALUE}).")
    int tokensPerBatch;

    /** @throws InputError for values that make no sense */
    void check() {
        if (tokensPerBatch < 2 || !(weightDecay >= 0) || !(beta2 >= 0 && beta2 < 1)) {
            throw new InputError("--tokens-per-batch is above 1, --weight-decay at least 0, --beta2 from 0 to below 1.");
        }
    }

    AdamW.Options adamW() {
        AdamW.Options usual = AdamW.Options.DEFAULT;
        return new AdamW.Options(usual.beta1(), beta2, usual.eps(), weightDecay, usual.maxGradNorm());
    }
}
