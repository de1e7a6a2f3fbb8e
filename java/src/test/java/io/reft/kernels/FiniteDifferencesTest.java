package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.reft.device.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The backward of every op against differences of its forward, at sizes that fill no vector and no tile. */
class FiniteDifferencesTest {
    private static final float STEP = 0.03f;
    private static Lab lab;
    private static Kernels k;

    @BeforeAll
    static void open() {
        lab = new Lab();
        k = lab.k;
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    /** Gradients are added to what is there: reads what came on top of {@code before}. */
    private static float[] added(Tensor t, float[] before) {
        float[] values = lab.read(t);
        for (int i = 0; i < values.length; i++) {
            values[i] -= before[i];
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"1, 13", "5, 7", "3, 207", "70, 33"})
    void layerNorm(int n, int c) {
        Tensor x = lab.normal(n, c), delta = lab.normal(n, c), weight = lab.normal(c), bias = lab.normal(c);
        Tensor sum = lab.zeros(n, c), out = lab.zeros(n, c), mean = lab.zeros(n), rstd = lab.zeros(n), dout = lab.normal(n, c);
        Supplier<float[]> forward = () -> {
            k.layerNormForward(out, mean, rstd, sum, x, delta, weight, bias, 1e-5f);
            return lab.read(out);
        };
        forward.get();
        Tensor dx = lab.normal(n, c), dweight = lab.normal(c), dbias = lab.normal(c);
        float[] before = lab.read(dx), beforeWeight = lab.read(dweight), beforeBias = lab.read(dbias), w = lab.read(dout);
        k.layerNormBackward(dx, dweight, dbias, dout, sum, weight, mean, rstd);
        Slopes.check(lab, "dx", x, added(dx, before), STEP, forward, w);
        Slopes.check(lab, "ddelta", delta, added(dx, before), STEP, forward, w);
        Slopes.check(lab, "dweight", weight, added(dweight, beforeWeight), STEP, forward, w);
        Slopes.check(lab, "dbias", bias, added(dbias, beforeBias), STEP, forward, w);

        // without parameters
        Supplier<float[]> bare = () -> {
            k.layerNormForward(out, mean, rstd, null, x, null, null, null, 1e-5f);
            return lab.read(out);
        };
        bare.get();
        Tensor dbare = lab.zeros(n, c);
        k.layerNormBackward(dbare, null, null, dout, x, null, mean, rstd);
        Slopes.check(lab, "dx without parameters", x, lab.read(dbare), STEP, bare, w);
    }

    @ParameterizedTest
    @CsvSource({"1, 13", "5, 7", "3, 207", "70, 33"})
    void rmsNorm(int n, int c) {
        Tensor x = lab.normal(n, c), delta = lab.normal(n, c), weight = lab.normal(c);
        Tensor sum = lab.zeros(n, c), out = lab.zeros(n, c), rstd = lab.zeros(n), dout = lab.normal(n, c);
        Supplier<float[]> forward = () -> {
            k.rmsNormForward(out, rstd, sum, x, delta, weight, 1e-5f);
            return lab.read(out);
        };
        forward.get();
        Tensor dx = lab.normal(n, c), dweight = lab.normal(c);
        float[] before = lab.read(dx), beforeWeight = lab.read(dweight), w = lab.read(dout);
        k.rmsNormBackward(dx, dweight, dout, sum, weight, rstd);
        Slopes.check(lab, "dx", x, added(dx, before), STEP, forward, w);
        Slopes.check(lab, "ddelta", delta, added(dx, before), STEP, forward, w);
        Slopes.check(lab, "dweight", weight, added(dweight, beforeWeight), STEP, forward, w);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void activations(int kind) {
        int n = 3, f = 13;
        // far from 0, where ReLU has its corner
        Tensor start = lab.tensor(n, f, away(lab.normals(n * f))), x = lab.zeros(n, f), bias = lab.tensor(f, 1, new float[f]),
                out = lab.zeros(n, f);
        Tensor dout = lab.normal(n, f);
        Supplier<float[]> forward = () -> {
            lab.write(x, lab.read(start));
            k.activationForward(kind, out, x, bias);
            return lab.read(out);
        };
        forward.get();
        Tensor dx = lab.zeros(n, f);
        k.activationBackward(kind, dx, x, dout);
        Slopes.check(lab, "dx", start, lab.read(dx), STEP, forward, lab.read(dout));
        float[] dbias = new float[f], g = lab.read(dx);
        for (int i = 0; i < g.length; i++) {
            dbias[i % f] += g[i];
        }
        Slopes.check(lab, "dbias", bias, dbias, STEP, forward, lab.read(dout));
    }

    private static float[] away(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] += Math.copySign(0.1f, x[i]);
        }
        return x;
    }

    @Test
    void swiglu() {
        Tensor x = lab.normal(3, 2 * 21), out = lab.zeros(3, 21), dout = lab.normal(3, 21), dx = lab.zeros(3, 2 * 21);
        k.swigluBackward(dx, x, dout);
        Slopes.check(lab, "dx", x, lab.read(dx), STEP, () -> {
            k.swigluForward(out, x);
            return lab.read(out);
        }, lab.read(dout));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 6", "2, 34"})
    void rope(int heads, int size) {
        int n = 5, row = (heads + 1) * size;   // the last head is a value, which is not rotated
        float[] table = new float[9 * size];
        for (int p = 0; p < 9; p++) {
            for (int j = 0; j < size / 2; j++) {
                double angle = p * Math.pow(50, -2.0 * j / size);
                table[p * size + 2 * j] = (float) Math.cos(angle);
                table[p * size + 2 * j + 1] = (float) Math.sin(angle);
            }
        }
        Tensor x = lab.normal(n, row), cosSin = lab.tensor(9, size, table), positions = lab.ints(0, 1, 8, 3, 0), dout = lab.normal(n, row);
        Tensor dx = lab.copy(dout);
        k.rope(dx, positions, cosSin, heads, size, true);
        Slopes.check(lab, "dx", x, lab.read(dx), STEP, () -> {
            Tensor out = lab.copy(x);
            k.rope(out, positions, cosSin, heads, size, false);
            return lab.read(out);
        }, lab.read(dout));
    }

    @ParameterizedTest
    @CsvSource({
            // heads, key/value heads, head size, window, lengths of the sequences
            "1, 1, 3, 0, 1",
            "3, 1, 7, 0, 5 1 13",
            "4, 2, 4, 3, 2 19",
            "6, 6, 2, 1, 4",
            "10, 2, 18, 0, 37",
            "2, 1, 66, 40, 70 3",
            "1, 1, 8, 0, 141",
    })
    void attention(int heads, int kvHeads, int size, int window, String lengths) {
        int[] cu = cumulative(lengths);
        int n = cu[cu.length - 1];
        var a = new Kernels.Attention(heads, kvHeads, size, window);
        Tensor qkv = lab.normal(n, a.qkvWidth()), out = lab.zeros(n, a.outWidth()), lse = lab.zeros(heads, n), offsets = lab.ints(cu);
        Tensor dout = lab.normal(n, a.outWidth()), dqkv = lab.normal(n, a.qkvWidth()), delta = lab.zeros(heads, n);
        Supplier<float[]> forward = () -> {
            k.attentionForward(a, out, lse, qkv, offsets, n);
            return lab.read(out);
        };
        forward.get();
        k.attentionBackward(a, dqkv, delta, dout, qkv, out, lse, offsets, n);
        float[] gradient = lab.read(dqkv);
        Slopes.check(lab, "dqkv", qkv, gradient, STEP, forward, lab.read(dout));
    }

    private static int[] cumulative(String lengths) {
        int[] each = Arrays.stream(lengths.split(" ")).mapToInt(Integer::parseInt).toArray();
        return IntStream.rangeClosed(0, each.length).map(b -> IntStream.of(each).limit(b).sum()).toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 13, 207})
    void logprobAndEntropy(int v) {
        int n = 3;
        float inverse = 1 / 0.7f;
        Tensor logits = lab.normal(n, v), targets = lab.ints(lab.ids(n, v)), logprob = lab.zeros(n), entropy = lab.zeros(n),
                lse = lab.zeros(n);
        Supplier<float[]> forward = () -> {
            k.logprobForward(logprob, entropy, lse, logits, targets, inverse);
            return Lab.joined(lab.read(logprob), lab.read(entropy));
        };
        forward.get();
        Tensor dlogprob = lab.normal(n), dentropy = lab.normal(n), d = lab.copy(logits), alone = lab.copy(logits);
        k.logprobBackward(d, targets, lse, dlogprob, dentropy, entropy, inverse);
        Slopes.check(lab, "both", logits, lab.read(d), STEP, forward, Lab.joined(lab.read(dlogprob), lab.read(dentropy)));
        forward.get();
        k.logprobBackward(alone, targets, lse, dlogprob, null, null, inverse);
        Slopes.check(lab, "logprob", logits, lab.read(alone), STEP, forward, Lab.joined(lab.read(dlogprob), new float[n]));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 13, 207})
    void crossEntropy(int v) {
        int n = 3;
        Tensor logits = lab.normal(n, v), targets = lab.ints(lab.ids(n, v)), loss = lab.zeros(n), weight = lab.normal(n),
                d = lab.copy(logits);
        k.crossEntropy(loss, d, targets, weight);
        Slopes.check(lab, "logits", logits, lab.read(d), STEP, () -> {
            k.crossEntropy(loss, logits, targets, null);
            return lab.read(loss);
        }, lab.read(weight));
    }

    @Test
    void ppoLoss() {
        int n = 48;
        Tensor old = lab.normal(n), oldValue = lab.normal(n), advantages = lab.normal(n), returns = lab.normal(n), weight = lab.normal(n);
        Tensor logprob = nearby(old), value = nearby(oldValue);
        Tensor dlogprob = lab.zeros(n), dvalue = lab.zeros(n), pg = lab.zeros(n), vf = lab.zeros(n);
        var loss = new Kernels.PpoLoss(dlogprob, dvalue, pg, vf, null, logprob, old, advantages, value, oldValue, returns, weight);
        k.ppoLoss(loss, 0.2f, 0.2f, 0.2f, 3);
        float[] slope = lab.read(dlogprob), valueSlope = lab.read(dvalue), w = lab.read(weight), w3 = w.clone();
        for (int i = 0; i < n; i++) {
            w3[i] *= 3;
        }
        // steps that stay on one side of the corners
        Slopes.check(lab, "dlogprob", logprob, slope, 2e-3f, () -> {
            k.ppoLoss(loss, 0.2f, 0.2f, 0.2f, 3);
            return lab.read(pg);
        }, w);
        Slopes.check(lab, "dvalue", value, valueSlope, 2e-3f, () -> {
            k.ppoLoss(loss, 0.2f, 0.2f, 0.2f, 3);
            return lab.read(vf);
        }, w3);
    }

    @Test
    void klLoss() {
        int n = 40;
        Tensor ref = lab.normal(n), logprob = nearby(ref), weight = lab.normal(n), dlogprob = lab.zeros(n), kl = lab.zeros(n);
        k.klLoss(dlogprob, kl, logprob, ref, weight, 0.5f);
        float[] slope = lab.read(dlogprob), w = lab.read(weight);
        for (int i = 0; i < n; i++) {
            w[i] *= 0.5f;
        }
        Slopes.check(lab, "dlogprob", logprob, slope, 2e-3f, () -> {
            k.klLoss(dlogprob, kl, logprob, ref, weight, 0.5f);
            return lab.read(kl);
        }, w);
    }

    /** Within and well outside of the range that PPO clips to. */
    private static Tensor nearby(Tensor old) {
        float[] x = lab.read(old), distance = {-0.4f, -0.1f, 0.1f, 0.4f};
        for (int i = 0; i < x.length; i++) {
            x[i] += distance[i % 4];
        }
        return lab.vector(x);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 207})
    void embedding(int c) {
        int[] ids = {3, 0, 3, 10, 3, 1}, positions = {0, 1, 2, 0, 1, 0};
        Tensor wte = lab.normal(11, c), wpe = lab.normal(5, c), out = lab.zeros(6, c), dout = lab.normal(6, c);
        Tensor id = lab.ints(ids), position = lab.ints(positions), dwte = lab.normal(11, c), dwpe = lab.normal(5, c);
        float[] before = lab.read(dwte), beforePositions = lab.read(dwpe);
        k.embeddingBackward(dwte, dout, id, lab.ints(1, 5, 0, 2, 4, 3), 0);
        k.embeddingBackward(dwpe, dout, position, lab.ints(0, 3, 5, 1, 4, 2), 2);
        Supplier<float[]> forward = () -> {
            k.embeddingForward(out, id, position, wte, wpe, 2);
            return lab.read(out);
        };
        Slopes.check(lab, "wte", wte, added(dwte, before), STEP, forward, lab.read(dout));
        Slopes.check(lab, "wpe", wpe, added(dwpe, beforePositions), STEP, forward, lab.read(dout));
    }

    @Test
    void bias() {
        Tensor x = lab.normal(5, 37), bias = lab.normal(37), dout = lab.normal(5, 37), dbias = lab.normal(37);
        float[] before = lab.read(dbias);
        k.biasBackward(dbias, dout);
        Slopes.check(lab, "dbias", bias, added(dbias, before), STEP, () -> {
            Tensor out = lab.copy(x);
            k.biasForward(out, bias);
            return lab.read(out);
        }, lab.read(dout));
    }

    @Test
    void rowsOutAndBack() {
        Tensor x = lab.normal(6, 13), rows = lab.ints(4, 0, 5), out = lab.zeros(3, 13), dx = lab.zeros(6, 13);
        k.gatherRows(out, x, rows);
        k.scatterAddRows(dx, out, rows);
        k.scatterAddRows(dx, out, rows);
        float[] from = lab.read(x), to = lab.read(dx);
        for (int r = 0; r < 6; r++) {
            float times = List.of(4, 0, 5).contains(r) ? 2 : 0;
            for (int c = 0; c < 13; c++) {
                from[r * 13 + c] *= times;
            }
        }
        assertArrayEquals(from, to, 0);
    }
}
