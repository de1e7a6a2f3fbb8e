package io.reft.train;

import io.reft.device.Device;
import io.reft.device.Tensor;
import io.reft.device.TensorBlock;
import io.reft.kernels.Engine;
import io.reft.model.Weights;
import io.reft.rollout.ScoredCompletion;
import java.util.List;

/**
 * A value head that knows something before the policy moves (VC-PPO, arXiv 2503.01491: value pretraining). The head is one linear layer on
 * the hidden states, so its best weights on the warm-up's own completions need no steps: they are the ridge regression of the scores on
 * the hidden states of all actions, v = w·h + b.
 */
public final class ValueWarmup {
    /** Added to the diagonal, relative to its mean: hidden states of a real model are nearly dependent. */
    private static final double RIDGE = 1e-3;

    private ValueWarmup() {}

    /**
     * What a fit achieved.
     *
     * @param variance  of the scores, an action each
     * @param remaining what of it the fitted head leaves unexplained, on the same completions
     */
    public record Fit(double variance, double remaining) {}

    /**
     * Fits the learner's value head to the scores of completions that its model drew.
     *
     * @param scored at least one completion
     */
    public static Fit fit(Learner learner, Engine engine, List<ScoredCompletion> scored) {
        int c = learner.model().config().embedWidth(), n = c + 1;
        double[] moments = new double[n * n], cross = new double[n];
        double squares = 0, sum = 0;
        long actions = 0;
        for (List<ScoredCompletion> part : learner.microBatches(scored, s -> s.sequence().length)) {
            Predictions p = Predictions.of(part.stream().map(ScoredCompletion::sequence).toList(),
                    part.stream().map(s -> s.prompt().ids().length).toList());
            float[] hidden = learner.hidden(p), products = products(engine, hidden, c);
            for (int i = 0; i < c; i++) {
                for (int j = 0; j < c; j++) {
                    moments[i * n + j] += products[i * c + j];
                }
            }
            for (int b = 0; b < part.size(); b++) {
                double score = part.get(b).score().value();
                for (int a = p.cuActions()[b]; a < p.cuActions()[b + 1]; a++) {
                    for (int i = 0; i < c; i++) {
                        double h = hidden[a * c + i];
                        cross[i] += h * score;
                        moments[i * n + c] += h;
                        moments[c * n + i] += h;
                    }
                    cross[c] += score;
                    sum += score;
                    squares += score * score;
                    actions++;
                }
            }
        }
        moments[c * n + c] = actions;
        double[] solution = solved(moments, cross, n, c);
        double explained = 0;
        for (int i = 0; i < n; i++) {
            explained += solution[i] * (2 * cross[i] - product(moments, solution, n, i));
        }
        write(learner, engine, solution, c);
        return new Fit(squares / actions - sum / actions * (sum / actions), (squares - explained) / actions);
    }

    /** XᵀX of the hidden states [M, C], on the device. */
    private static float[] products(Engine engine, float[] hidden, int c) {
        Device device = engine.device();
        long m = hidden.length / c;
        try (Buffers on = TensorBlock.lay(device, b -> new Buffers(b.f32(m, c), b.f32(c, c), b))) {
            device.upload(on.hidden.reshape(m * c, 1), hidden);
            engine.kernels().matmul(on.products, on.hidden, true, on.hidden, false, 1, 0);
            return device.floats(on.products);
        }
    }

    private record Buffers(Tensor hidden, Tensor products, TensorBlock block) implements AutoCloseable {
        @Override
        public void close() {
            block.close();
        }
    }

    private static double product(double[] matrix, double[] x, int n, int row) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
            sum += matrix[row * n + j] * x[j];
        }
        return sum;
    }

    /** The solution of (A + ridge)·x = b by Cholesky's decomposition; the bias, last, is not held back. */
    private static double[] solved(double[] a, double[] b, int n, int c) {
        double trace = 0;
        for (int i = 0; i < c; i++) {
            trace += a[i * n + i];
        }
        double[] l = a.clone(), x = b.clone();
        for (int i = 0; i < c; i++) {
            l[i * n + i] += RIDGE * trace / c;
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = l[i * n + j];
                for (int k = 0; k < j; k++) {
                    sum -= l[i * n + k] * l[j * n + k];
                }
                l[i * n + j] = i == j ? Math.sqrt(Math.max(sum, 1e-9 * trace / c + Double.MIN_NORMAL)) : sum / l[j * n + j];
            }
        }
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= l[i * n + k] * x[k];
            }
            x[i] /= l[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                x[i] -= l[k * n + i] * x[k];
            }
            x[i] /= l[i * n + i];
        }
        return x;
    }

    private static void write(Learner learner, Engine engine, double[] solution, int c) {
        Weights w = learner.model().master();
        float[] weight = new float[c];
        for (int i = 0; i < c; i++) {
            weight[i] = (float) solution[i];
        }
        engine.device().upload(w.value.weight().reshape(c, 1), weight);
        engine.device().upload(w.value.bias(), new float[] {(float) solution[c]});
        learner.model().changed();
    }
}
