package io.reft.model;

import io.reft.device.Tensor;
import io.reft.kernels.Kernels;

/**
 * A norm over the channels of each token. It also adds to the residual stream what the block before it gives, in the same pass.
 *
 * @param kind   which norm
 * @param eps    added to the variance, or to the mean square
 * @param weight [C], or null for 1
 * @param bias   [C], or null for 0
 */
public record Norm(Kind kind, float eps, Tensor weight, Tensor bias) {
    /** LAYER: less the mean, over the standard deviation. RMS: over the root of the mean square, with a weight and no bias. */
    public enum Kind {
        LAYER, RMS
    }

    /**
     * What a forward leaves for the backward.
     *
     * @param mean [N], null for RMS norms
     * @param rstd [N], one over what was divided by
     */
    record Statistics(Tensor mean, Tensor rstd) {
        Statistics first(long n) {
            return new Statistics(mean == null ? null : mean.first(n), rstd.first(n));
        }
    }

    /** Lays a norm's tensors, those that it has. */
    static Norm lay(Layout layout, ModelConfig config, String name) {
        Tensor weight = config.normParameters() ? layout.vector(name + ".weight", config.channels()) : null;
        boolean biased = config.normParameters() && config.norm() == Kind.LAYER;
        return new Norm(config.norm(), config.normEps(), weight, biased ? layout.vector(name + ".bias", config.channels()) : null);
    }

    /** {@code sum = x + added}, {@code out} its norm; all [N, C]. {@code added} may be null, and {@code sum} be x. */
    void forward(Kernels k, Tensor out, Statistics statistics, Tensor sum, Tensor x, Tensor added) {
        switch (kind) {
            case LAYER -> k.layerNormForward(out, statistics.mean, statistics.rstd, sum, x, added, weight, bias, eps);
            case RMS -> k.rmsNormForward(out, statistics.rstd, sum, x, added, weight, eps);
        }
    }

    /** Adds the gradient of {@code sum} to {@code dsum}, and those of weight and bias to {@code gradient}. */
    void backward(Kernels k, Tensor dsum, Tensor dout, Tensor sum, Statistics statistics, Norm gradient) {
        switch (kind) {
            case LAYER -> k.layerNormBackward(dsum, gradient.weight, gradient.bias, dout, sum, weight, statistics.mean, statistics.rstd);
            case RMS -> k.rmsNormBackward(dsum, gradient.weight, dout, sum, weight, statistics.rstd);
        }
    }
}
