package io.reft.cli;

import io.reft.train.AdamW;
import picocli.CommandLine.Option;

/** AdamW's constants and the memory of a step, for all commands that train: {@code @Mixin OptimizerOptions optimizer}. */
final class OptimizerOptions {
    @Option(names = "--weight-decay", defaultValue = "0", paramLabel = "W", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, max = 100)
    private float weightDecay;

    @Option(names = "--beta2", defaultValue = "0.999", paramLabel = "B", description = "Of AdamW (default: ${DEFAULT-VALUE}).")
    @Range(min = 0, below = 1)
    private float beta2;

    @Option(names = "--tokens-per-batch", defaultValue = "2048", paramLabel = "N",
            description = "Tokens computed at a time: bounds the memory, changes no result but rounding (default: ${DEFAULT-VALUE}).")
    @Range(min = 2, max = Range.TOKENS)
    int tokensPerBatch;

    AdamW.Options adamW() {
        AdamW.Options usual = AdamW.Options.DEFAULT;
        return new AdamW.Options(usual.beta1(), beta2, usual.eps(), weightDecay, usual.maxGradNorm());
    }
}
