package io.reft.model;

import io.reft.device.Tensor;
import io.reft.kernels.Kernels;
import io.reft.kernels.Matmul;
import io.reft.kernels.WeightMatrix;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A linear layer {@code y = x·Wᵀ + b} [N,O], of x [N,I]: its tensors, their names in a checkpoint, its forward and its backward. All
 * that multiplies by a trained matrix does it here. The same class holds the gradients, laid over another buffer.
 */
public final class Linear {
    private final WeightMatrix weight;  // [O, I]
    private final Tensor bias;          // [O], or null

    private Linear(WeightMatrix weight, Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * Lays a layer's tensors: weights first, then biases. Several outputs (query, key and value; gate and up) are one layer.
     *
     * @param version of the parameters, for the weight's working copies
     * @param in      I
     */
    static Linear lay(Layout layout, LongSupplier version, long in, boolean biased, Layout.Output... outputs) {
        Tensor weight = layout.weights(List.of(outputs), in);
        return new Linear(new WeightMatrix(weight, version), biased ? layout.biases(List.of(outputs)) : null);
    }

    /** A layer whose weight is laid already, as that of a tied head. */
    static Linear tied(Tensor weight, LongSupplier version) {
        return new Linear(new WeightMatrix(weight, version), null);
    }

    /** The same weight with another bias. */
    Linear withBias(Tensor other) {
        return new Linear(weight, other);
    }

    /** W [O, I]. */
    public Tensor weight() {
        return weight.stored();
    }

    /** b [O], or null. */
    public Tensor bias() {
        return bias;
    }

    /** W with its working copies. */
    WeightMatrix matrix() {
        return weight;
    }

    /** {@code y = x·Wᵀ + b}. */
    public void forward(Matmul matmul, Tensor y, Tensor x) {
        matmul.linear(y, null, x, weight, bias, Kernels.NONE);
    }

    /** As {@link #forward(Matmul, Tensor, Tensor)}, for y and b of fp32 whatever the type of x. */
    void forwardFp32(Matmul matmul, Tensor y, Tensor x) {
        matmul.forward(y, x, weight, bias);
    }

    /** {@code z = x·Wᵀ + b}, {@code y = f(z)}, with z written to {@code before} where that is not null. */
    void forward(Matmul matmul, Tensor y, Tensor before, Tensor x, ModelConfig.Activation f) {
        matmul.linear(y, before, x, weight, bias, f.code);
    }

    /** Writes {@code dx}, the gradient of x, and adds those of weight and bias to {@code gradient}. */
    void backward(Matmul matmul, Tensor dx, Tensor dy, Tensor x, Linear gradient) {
        matmul.backwardInput(dx, dy, weight, false);
        gradient.add(matmul, dy, x);
    }

    /** As {@link #backward}, but adds to {@code dx}. */
    void backwardAdding(Matmul matmul, Tensor dx, Tensor dy, Tensor x, Linear gradient) {
        matmul.backwardInput(dx, dy, weight, true);
        gradient.add(matmul, dy, x);
    }

    private void add(Matmul matmul, Tensor dy, Tensor x) {
        matmul.backwardWeight(weight.stored(), dy, x);
        if (bias != null) {
            matmul.backwardBias(bias, dy);
        }
    }
}
