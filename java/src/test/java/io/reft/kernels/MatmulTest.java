package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.reft.Expect;
import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our products and oneDNN's, in fp32 and in bf16, against sums in double. */
class MatmulTest {
    /** fp32 sums of some hundred products of normal numbers. */
    private static final double TOLERANCE = 1e-6;

    /** {@code op(a)·op(b)} [m, n]. */
    private static float[] product(float[] a, boolean ta, float[] b, boolean tb, int m, int n, int k) {
        float[] out = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int c = 0; c < k; c++) {
                    sum += (double) a[ta ? c * m + i : i * k + c] * b[tb ? j * k + c : c * n + j];
                }
                out[i * n + j] = (float) sum;
            }
        }
        return out;
    }

    /** Sum of {@code x} and {@code scale·y}. */
    private static float[] sum(float[] x, float scale, float[] y) {
        float[] all = x.clone();
        for (int i = 0; i < x.length; i++) {
            all[i] += scale * y[i];
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "13, 7, 207", "5, 1, 300", "1, 40, 513", "250, 33, 20", "64, 64, 64"})
    void ourOwn(int m, int n, int k) {
        try (Lab lab = new Lab()) {
            for (int form = 0; form < 4; form++) {
                boolean ta = (form & 1) != 0, tb = (form & 2) != 0;
                Tensor a = ta ? lab.normal(k, m) : lab.normal(m, k), b = tb ? lab.normal(n, k) : lab.normal(k, n), out = lab.normal(m, n);
                float[] plain = product(lab.read(a), ta, lab.read(b), tb, m, n, k), before = lab.read(out);
                lab.k.matmul(out, a, ta, b, tb, 1, 0);
                Expect.close("form " + form, plain, lab.read(out), TOLERANCE);
                lab.write(out, before);
                lab.k.matmul(out, a, ta, b, tb, 0.5f, -2);
                float[] half = new float[plain.length];
                Expect.close("form " + form + ", scaled and added", sum(sum(half, 0.5f, plain), -2, before), lab.read(out), TOLERANCE);
            }
        }
    }

    /** A product of weight 0 with what was there must not read it. */
    @Test
    void staleNaNsAreOverwritten() {
        try (Lab lab = new Lab()) {
            Tensor a = lab.normal(3, 4), b = lab.normal(4, 5), out = lab.zeros(3, 5);
            lab.k.fill(out, Float.NaN);
            lab.k.matmul(out, a, false, b, false, 1, 0);
            Expect.close("own", product(lab.read(a), false, lab.read(b), false, 3, 5, 4), lab.read(out), TOLERANCE);
        }
    }

    /** A row's bits are the same in a batch of any size, which generation stands on, in every instruction set. */
    @ParameterizedTest
    @CsvSource({"scalar, false", "avx2, false", "avx512, false", "scalar, true", "avx2, true", "avx512, true", "avx512_bf16, true",
            "amx, true", "amx_emulated, true"})
    void rowsDoNotDependOnTheBatch(String isa, boolean bf16) {
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, bf16, "auto"))) {
            try {
                lab.k.setIsa(isa);
            } catch (KernelError e) {
                Assumptions.abort("skipped: " + e.getMessage());
            }
            Tensor x = lab.normal(97, 301), all = lab.zeros(97, 130);
            WeightMatrix w = new WeightMatrix(lab.normal(130, 301));
            lab.engine.invariant().forward(all, x, w);
            for (int[] part : new int[][] {{0, 1}, {96, 1}, {3, 7}, {40, 50}, {17, 32}}) {
                Tensor some = lab.zeros(part[1], 130);
                lab.engine.invariant().forward(some, x.rows(part[0], part[1]), w);
                assertArrayEquals(lab.read(all.rows(part[0], part[1])), lab.read(some));
            }
            w.close();
        } finally {
            try (Lab lab = new Lab()) {
                lab.k.setIsa("auto");
            }
        }
    }

    /** Packed weights change the time and not one bit, and not for longer than the weights stay as they are. */
    @Test
    void packedWeights() {
        int in = 300;
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, false, "own"))) {
            Matmul matmul = lab.engine.matmul();
            long[] version = {0};
            List<WeightMatrix> weights = Stream.of(1, 16, 77).map(out -> new WeightMatrix(lab.normal(out, in), () -> version[0])).toList();
            for (int round = 0; round < 2; round++) {
                for (WeightMatrix w : weights) {
                    for (int n : new int[] {1, 3, 6, 32, 250}) {
                        Tensor x = lab.normal(n, in), plain = lab.zeros(n, w.stored().rows()), packed = lab.zeros(n, w.stored().rows());
                        version[0]++;
                        matmul.forward(plain, x, w);
                        assertNull(w.packed(DType.F32));
                        matmul.pack(weights);
                        assertNotNull(w.packed(DType.F32));
                        matmul.forward(packed, x, w);
                        assertArrayEquals(lab.read(plain), lab.read(packed));
                    }
                    lab.write(w.stored(), lab.normals((int) w.stored().size()));
                }
            }
            weights.forEach(WeightMatrix::close);
        }
    }

    /** In bf16 our own products pack a weight at its first use, and anew when it has changed. */
    @Test
    void packedWeightsOfBf16() {
        int in = 300, out = 77;
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, true, "own"))) {
            Matmul matmul = lab.engine.matmul();
            long[] version = {0};
            WeightMatrix kept = new WeightMatrix(lab.normal(out, in), () -> version[0]);
            Tensor x = lab.normal(5, in), first = lab.zeros(5, out), second = lab.zeros(5, out), fresh = lab.zeros(5, out);
            matmul.forward(first, x, kept);
            assertNotNull(kept.packed(DType.BF16));
            lab.write(kept.stored(), lab.normals(out * in));
            version[0]++;
            assertNull(kept.packed(DType.BF16));
            matmul.forward(second, x, kept);
            try (WeightMatrix other = new WeightMatrix(kept.stored())) {
                matmul.forward(fresh, x, other);
            }
            assertArrayEquals(lab.read(fresh), lab.read(second));
            assertFalse(Arrays.equals(lab.read(first), lab.read(second)));
            kept.close();
        }
    }

    /** Bias and activation, in the product's epilogue or in passes after it: by all providers, with packed weights and without. */
    @ParameterizedTest
    @CsvSource({"own, false", "onednn, false", "own, true", "onednn, true"})
    void linearLayerWithItsEpilogue(String provider, boolean bf16) {
        int n = 37, in = 61, out = 29;
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, bf16, provider))) {
            Matmul matmul = lab.engine.matmul();
            Tensor x = lab.normal(n, in), matrix = lab.normal(out, in), bias = lab.normal(out), y = lab.zeros(n, out), z = lab.zeros(n,
                    out);
            WeightMatrix w = new WeightMatrix(matrix);
            float[] sums = product(rounded(lab, x, bf16), false, rounded(lab, matrix, bf16), true, n, out, in), biases = lab.read(bias);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += biases[i % out];
            }
            for (boolean pack : new boolean[] {false, true}) {
                if (pack) {
                    matmul.pack(List.of(w));
                }
                matmul.linear(y, null, x, w, bias, Kernels.NONE);
                Expect.close("without activation", sums, lab.read(y), TOLERANCE);
                for (int kind = 0; kind < 3; kind++) {
                    matmul.linear(y, z, x, w, bias, kind);
                    Expect.close("before the activation", sums, lab.read(z), TOLERANCE);
                    Tensor expected = lab.zeros(n, out);
                    lab.k.activationForward(kind, expected, z, null);
                    assertArrayEquals(lab.read(expected), lab.read(y));
                    matmul.linear(y, null, x, w, bias, kind);
                    assertArrayEquals(lab.read(expected), lab.read(y));
                }
                matmul.linear(y, null, x, w, null, Kernels.NONE);
                matmul.forward(z, x, w);
                assertArrayEquals(lab.read(z), lab.read(y));
            }
            w.close();
        }
    }

    /** The three products of a linear layer, by both libraries and in both precisions. */
    @ParameterizedTest
    @CsvSource({"own, false", "onednn, false", "own, true", "onednn, true"})
    void linearLayer(String provider, boolean bf16) {
        int n = 37, in = 61, out = 29;
        try (Lab lab = new Lab(new Engine.Options("cpu", 2, bf16, provider))) {
            for (Matmul matmul : new Matmul[] {lab.engine.matmul(), lab.engine.invariant()}) {
                Tensor x = lab.normal(n, in), matrix = lab.normal(out, in), y = lab.zeros(n, out), dy = lab.normal(n, out);
                float[] xs = rounded(lab, x, bf16), ws = rounded(lab, matrix, bf16), dys = rounded(lab, dy, bf16);
                long[] version = {0};
                WeightMatrix w = new WeightMatrix(matrix, () -> version[0]);
                matmul.forward(y, x, w);
                Expect.close("forward", product(xs, false, ws, true, n, out, in), lab.read(y), TOLERANCE);
                Tensor dx = lab.normal(n, in);
                float[] before = lab.read(dx), expected = product(dys, false, ws, false, n, in, out);
                matmul.backwardInput(dx, dy, w, true);
                Expect.close("backward to the input, added", sum(before, 1, expected), lab.read(dx), TOLERANCE);
                matmul.backwardInput(dx, dy, w, false);
                Expect.close("backward to the input", expected, lab.read(dx), TOLERANCE);
                Tensor dw = lab.normal(out, in);
                float[] earlier = lab.read(dw);
                matmul.backwardWeight(dw, dy, x);
                Expect.close("backward to the weight", sum(earlier, 1, product(dys, true, xs, false, out, in, n)), lab.read(dw), TOLERANCE);

                // new weights count from their new version on
                lab.write(matrix, lab.normals(out * in));
                version[0]++;
                matmul.forward(y, x, w);
                Expect.close("new weights", product(xs, false, rounded(lab, matrix, bf16), true, n, out, in), lab.read(y), TOLERANCE);
                w.close();
            }
        }
    }

    private static float[] rounded(Lab lab, Tensor x, boolean bf16) {
        if (!bf16) {
            return lab.read(x);
        }
        Tensor half = lab.zeros(DType.BF16, x.rows(), x.cols()), back = lab.zeros(x.rows(), x.cols());
        lab.k.convert(half, x);
        lab.k.convert(back, half);
        return lab.read(back);
    }

    /** oneDNN's bf16 primitive itself, which it has from AVX-512 on, whether or not the processor is fast at it. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 5, 7", "16, 8, 33", "13, 40, 64"})
    void oneDnnInBf16(int m, int n, int k) {
        OneDnn oneDnn = new OneDnn();
        try (Lab lab = new Lab()) {
            assumeBf16(oneDnn, lab);
            for (int form = 0; form < 8; form++) {
                boolean ta = (form & 1) != 0, tb = (form & 2) != 0, add = (form & 4) != 0;
                Tensor a = ta ? lab.normal(k, m) : lab.normal(m, k), b = tb ? lab.normal(n, k) : lab.normal(k, n), out = lab.normal(m, n);
                float[] before = lab.read(out), plain = product(rounded(lab, a, true), ta, rounded(lab, b, true), tb, m, n, k);
                for (int again = 0; again < 2; again++) {   // the second time with the compiled primitive
                    lab.write(out, before);
                    oneDnn.bf16(out, half(lab, a), ta, half(lab, b), tb, add);
                    Expect.close("form " + form, add ? sum(before, 1, plain) : plain, lab.read(out), TOLERANCE);
                }
            }
        }
    }

    private static void assumeBf16(OneDnn oneDnn, Lab lab) {
        try {
            Tensor one = lab.zeros(DType.BF16, 1, 1);
            oneDnn.bf16(lab.zeros(1), one, false, one, false, false);
        } catch (KernelError e) {
            Assumptions.assumeFalse(e.getMessage().endsWith("status 3"), "skipped: oneDNN has no bf16 products for this processor");
            throw e;
        }
    }

    private static Tensor half(Lab lab, Tensor x) {
        Tensor half = lab.zeros(DType.BF16, x.rows(), x.cols());
        lab.k.convert(half, x);
        return half;
    }

    @Test
    void bf16RoundsToNearestEven() {
        float[] exact = {0, -0f, 1, 256, -3.5f, Float.POSITIVE_INFINITY};
        // halfway cases go to the even neighbour
        float[] between = {Math.fma(1, 1, 0x1p-8f), 1 + 3 * 0x1p-8f, 1 + 0x1p-8f + 0x1p-20f};
        float[] expected = {1, 1 + 2 * 0x1p-7f, 1 + 0x1p-7f};
        try (Lab lab = new Lab()) {
            assertArrayEquals(exact, rounded(lab, lab.vector(exact), true));
            assertArrayEquals(expected, rounded(lab, lab.vector(between), true));
            float nan = rounded(lab, lab.vector(Float.NaN), true)[0];
            assertEquals(Float.NaN, nan);
        }
    }

    @Test
    void wrongShapesAreRefused() {
        try (Lab lab = new Lab()) {
            Tensor a = lab.normal(3, 4), b = lab.normal(5, 6), out = lab.zeros(3, 6);
            var error = assertThrows(IllegalArgumentException.class, () -> lab.k.matmul(out, a, false, b, false, 1, 0));
            assertEquals("reft_matmul does not take the shapes " + Arrays.asList(out, a, b), error.getMessage());
        }
    }
}
