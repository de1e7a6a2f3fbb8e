package io.reft.train;

import io.reft.Diverged;
import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.kernels.Kernels;
import io.reft.model.Model;
import io.reft.model.ModelConfig;
import io.reft.model.Weights;
import java.util.Locale;

/** Gradients and moments of a model's flat parameter buffer, and the step that uses them up. */
public final class AdamW implements AutoCloseable {
    /**
     * The optimizer's constants; defaults are PyTorch's and the paper's.
     *
     * @param maxGradNorm gradients are scaled down to this norm; 0: never
     */
    public record Options(float beta1, float beta2, float eps, float weightDecay, float maxGradNorm) {
        /** Betas 0.9 and 0.999, no decay, gradients clipped to norm 1. */
        public static final Options DEFAULT = new Options(0.9f, 0.999f, 1e-8f, 0, 1);
    }

    /** The root mean square of weights from which on their squares leave fp32 soon; that of models which learned something is below 1. */
    private static final double LARGEST = 1e4;

    private final Engine engine;
    private final Kernels k;
    private final Options options;
    private final Weights parameters, working;  // the same where what is computed with is fp32
    private final Weights gradients, firstMoments, secondMoments;
    private final State state;
    private long step;
    private double moved;   // the most that a weight can have gone since this was opened

    private record State(Tensor gradient, Tensor m, Tensor v, Tensor sumSquares, Tensor normScale, TensorBlock workspace) {}

    /** Allocates zero gradients and moments for {@code model}. */
    public AdamW(Model model, Engine engine, Options options) {
        this.engine = engine;
        this.k = engine.kernels();
        this.options = options;
        this.parameters = model.master();
        this.working = model.weights();
        long n = parameters.flat.size();
        state = TensorBlock.lay(engine.device(), w -> state(n, w));
        gradients = over(state.gradient, model);
        firstMoments = over(state.m, model);
        secondMoments = over(state.v, model);
    }

    private static Weights over(Tensor flat, Model model) {
        return new Weights(model.config(), model.master().value != null, DType.F32, flat.address());
    }

    /** Bytes that gradients and moments take. */
    public static long bytes(ModelConfig config, boolean valueHead) {
        return TensorBlock.bytes(w -> state(Weights.size(config, valueHead), w));
    }

    private static State state(long n, TensorBlock w) {
        return new State(w.f32(n), w.f32(n), w.f32(n), w.f32(1), w.f32(2), w);
    }

    /** The gradients, to which backward passes add. */
    public Weights gradients() {
        return gradients;
    }

    /** The running means of the gradients. */
    public Weights firstMoments() {
        return firstMoments;
    }

    /** The running means of their squares. */
    public Weights secondMoments() {
        return secondMoments;
    }

    /** Steps taken, on which the moments' corrections depend. */
    public long steps() {
        return step;
    }

    /** To be called after the moments were written as they were after so many steps. */
    public void resume(long steps) {
        step = steps;
    }

    /**
     * Clips the gradients, updates the parameters, and zeroes the gradients. Returns the norm before clipping.
     *
     * @throws Diverged where that norm is not finite, or where the parameters are out of all proportion afterwards: norms make a model of
     *                  such weights one whose logits are all alike and finite, and whose loss is that of guessing
     */
    public float step(float lr) {
        float norm = clip();
        if (!Float.isFinite(norm)) {
            throw new Diverged("The gradient's norm is " + norm + ": the training diverged; lower the learning rate.");
        }
        k.adamw(parameters.flat, gradients.flat, state.m, state.v, state.normScale, working == parameters ? null : working.flat, lr,
                options.beta1, options.beta2, options.eps,
                options.weightDecay, ++step);
        k.fill(gradients.flat, 0);
        working.changed();
        checkSize(lr);
        return norm;
    }

    /** Looks at the weights only where the steps so far can have led so far astray: at sensible rates never. */
    private void checkSize(float lr) {
        moved += lr * Math.max(1, (1 - options.beta1) / Math.sqrt(1 - options.beta2));
        if (moved < LARGEST / 2 && lr * options.weightDecay <= 1) {
            return;
        }
        sumSquares(parameters);
        double size = Math.sqrt(engine.device().floats(state.sumSquares)[0] / (double) parameters.flat.size());
        if (!(size <= LARGEST)) {
            throw new Diverged(String.format(Locale.ROOT,
                    "The weights' root mean square is %.3g: the training diverged; lower the learning rate.", size));
        }
    }

    /** The squared norm of the gradients as they stand. */
    double gradientSquares() {
        k.fill(state.sumSquares, 0);
        k.sumSquares(state.sumSquares, gradients.flat);
        return engine.device().floats(state.sumSquares)[0];
    }

    /** The norm of the gradients as they stand. */
    private float clip() {
        sumSquares(gradients);
        k.clipScale(state.normScale, state.sumSquares, options.maxGradNorm);
        return engine.device().floats(state.normScale)[0];
    }

    private void sumSquares(Weights of) {
        k.fill(state.sumSquares, 0);
        k.sumSquares(state.sumSquares, of.flat);
    }

    @Override
    public void close() {
        state.workspace.close();
    }
}
