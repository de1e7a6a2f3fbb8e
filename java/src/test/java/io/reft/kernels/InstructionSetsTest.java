package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.device.DType;
import io.reft.device.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every op in every instruction set that the processor has, against plain x86-64; of sets that differ in bf16 alone, what has it. */
class InstructionSetsTest {
    private static final int[] SIZES = {1, 13, 207, 4098};
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

    /** An op at a size: makes its inputs and gives all that it writes. Called anew for each set with the same random numbers. */
    private record Op(IntFunction<float[]> run, boolean exact, int largest) {
        Op(IntFunction<float[]> run) {
            this(run, false, 4098);
        }
    }

    private static final Map<String, Op> OPS = new TreeMap<>();

    /** Ops whose results hold no sum: the bits are the same. */
    private static void exact(String name, IntFunction<float[]> run) {
        OPS.put(name, new Op(run, true, 4098));
    }

    private static void op(String name, IntFunction<float[]> run) {
        OPS.put(name, new Op(run));
    }

    /** Ops whose work grows faster than the size. */
    private static void small(String name, IntFunction<float[]> run) {
        OPS.put(name, new Op(run, false, 207));
    }

    static {
        for (DType type : List.of(DType.BF16, DType.F16)) {
            exact("convert " + type, n -> {
                Tensor half = lab.zeros(type, n, 1), back = lab.zeros(n);
                k.convert(half, lab.normal(n));
                k.convert(back, half);
                return lab.read(back);
            });
        }
        exact("fill", n -> {
            Tensor x = lab.zeros(n);
            k.fill(x, 0.1f);
            return lab.read(x);
        });
        exact("add", n -> {
            Tensor y = lab.normal(n);
            k.add(y, lab.normal(n));
            return lab.read(y);
        });
        exact("gather and scatter", n -> {
            Tensor x = lab.normal(5, n), out = lab.zeros(2, n), rows = lab.ints(3, 0);
            k.gatherRows(out, x, rows);
            k.scatterAddRows(x, out, rows);
            return Lab.joined(lab.read(out), lab.read(x));
        });
        exact("embedding forward", n -> {
            Tensor out = lab.zeros(4, n);
            k.embeddingForward(out, lab.ints(3, 0, 3, 6), lab.ints(0, 1, 2, 0), lab.normal(7, n), lab.normal(5, n), 2);
            return lab.read(out);
        });
        op("embedding backward", n -> {
            Tensor table = lab.normal(7, n);
            k.embeddingBackward(table, lab.normal(5, n), lab.ints(3, 0, 3, 6, 3), lab.ints(1, 0, 2, 4, 3), 0);
            return lab.read(table);
        });
        exact("bias forward", n -> {
            Tensor x = lab.normal(3, n);
            k.biasForward(x, lab.normal(n));
            return lab.read(x);
        });
        op("bias backward, wide", n -> {
            Tensor d = lab.normal(n);
            k.biasBackward(d, lab.normal(3, n));
            return lab.read(d);
        });
        op("bias backward, long", n -> {
            Tensor d = lab.normal(5);
            k.biasBackward(d, lab.normal(n, 5));
            return lab.read(d);
        });
        op("layer norm", n -> {
            Tensor x = lab.normal(3, n), sum = lab.zeros(3, n), out = lab.zeros(3, n), mean = lab.zeros(3), rstd = lab.zeros(3),
                    weight = lab.normal(n);
            // a wide eps: a row of one element has no variance, and 1/√eps would only enlarge rounding
            k.layerNormForward(out, mean, rstd, sum, x, lab.normal(3, n), weight, lab.normal(n), 0.1f);
            Tensor dx = lab.normal(3, n), dweight = lab.normal(n), dbias = lab.normal(n);
            k.layerNormBackward(dx, dweight, dbias, lab.normal(3, n), sum, weight, mean, rstd);
            return Lab.joined(lab.read(out), lab.read(mean), lab.read(rstd), lab.read(sum), lab.read(dx), lab.read(dweight),
                    lab.read(dbias));
        });
        op("rms norm", n -> {
            Tensor x = lab.normal(3, n), sum = lab.zeros(3, n), out = lab.zeros(3, n), rstd = lab.zeros(3), weight = lab.normal(n);
            k.rmsNormForward(out, rstd, sum, x, lab.normal(3, n), weight, 0.1f);
            Tensor dx = lab.normal(3, n), dweight = lab.normal(n);
            k.rmsNormBackward(dx, dweight, lab.normal(3, n), sum, weight, rstd);
            return Lab.joined(lab.read(out), lab.read(rstd), lab.read(sum), lab.read(dx), lab.read(dweight));
        });
        for (int kind = 0; kind < 3; kind++) {
            int which = kind;
            op("activation " + kind, n -> {
                Tensor x = lab.normal(3, n), out = lab.zeros(3, n), dx = lab.zeros(3, n);
                k.activationForward(which, out, x, lab.normal(n));
                k.activationBackward(which, dx, x, lab.normal(3, n));
                return Lab.joined(lab.read(out), lab.read(x), lab.read(dx));
            });
        }
        op("swiglu", n -> {
            Tensor x = lab.normal(3, 2L * n), out = lab.zeros(3, n), dx = lab.zeros(3, 2L * n);
            k.swigluForward(out, x);
            k.swigluBackward(dx, x, lab.normal(3, n));
            return Lab.joined(lab.read(out), lab.read(dx));
        });
        op("rope", n -> {
            Tensor x = lab.normal(n, 3 * 6 + 5), table = lab.normal(9, 6);
            Tensor positions = lab.ints(lab.ids(n, 9));
            k.rope(x, positions, table, 3, 6, false);
            float[] there = lab.read(x);
            k.rope(x, positions, table, 3, 6, true);
            return Lab.joined(there, lab.read(x));
        });
        for (var a : List.of(new Kernels.Attention(3, 1, 7, 0), new Kernels.Attention(2, 2, 40, 50), new Kernels.Attention(12, 1, 18, 0))) {
            small("attention " + a, n -> {
                int total = n + 2;
                Tensor qkv = lab.normal(total, a.qkvWidth()), out = lab.zeros(total, a.outWidth()), lse = lab.zeros(a.heads(), total);
                Tensor cu = lab.ints(0, 2, total), dqkv = lab.zeros(total, a.qkvWidth()), delta = lab.zeros(a.heads(), total);
                k.attentionForward(a, out, lse, qkv, cu, n);
                k.attentionBackward(a, dqkv, delta, lab.normal(total, a.outWidth()), qkv, out, lse, cu, n);
                return Lab.joined(lab.read(out), lab.read(lse), lab.read(dqkv));
            });
            small("cached attention " + a, n -> {
                Cached c = Cached.of(a, n);
                k.kvAppend(a, c.keys, c.values, c.qkv, c.slots, c.positions, c.table);
                Tensor out = lab.zeros(n, a.outWidth());
                k.attentionCached(a, out, c.qkv, c.keys, c.values, lab.ints(0, n), lab.ints(n), c.blocks, n);
                return Lab.joined(lab.read(out), lab.read(c.keys), lab.read(c.values), lab.read(c.qkv));
            });
        }
        small("cached attention in bf16", n -> {
            var a = new Kernels.Attention(9, 3, 16, 0);
            Cached c = Cached.of(a, n);
            Tensor keys = lab.zeros(DType.BF16, c.keys.rows(), c.keys.cols()), values = lab.zeros(DType.BF16, keys.rows(), keys.cols());
            k.kvAppend(a, keys, values, c.qkv, c.slots, c.positions, c.table);
            Tensor out = lab.zeros(n, a.outWidth());
            k.attentionCached(a, out, c.qkv, keys, values, lab.ints(0, n), lab.ints(n), c.blocks, n);
            return lab.read(out);
        });
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                op("matmul " + ta + " " + tb, n -> {
                    Tensor out = lab.normal(7, 29), a = ta ? lab.normal(n, 7) : lab.normal(7, n),
                            b = tb ? lab.normal(29, n) : lab.normal(n, 29);
                    k.matmul(out, a, ta, b, tb, 0.5f, 2);
                    return lab.read(out);
                });
            }
        }
        for (int kind = Kernels.NONE; kind < 3; kind++) {
            int which = kind;
            op("linear " + kind, n -> {
                Tensor out = lab.zeros(7, 29), before = which == Kernels.NONE ? null : lab.zeros(7, 29);
                k.linear(out, before, lab.normal(7, n), lab.normal(29, n), lab.normal(29), which);
                return before == null ? lab.read(out) : Lab.joined(lab.read(out), lab.read(before));
            });
        }
        for (int[] size : new int[][] {{1, 1}, {7, 29}, {33, 13}}) {
            op("linear in bf16 " + size[0] + " × " + size[1], n -> {
                Tensor x = lab.normal(size[0], n), w = lab.normal(size[1], n), out = lab.zeros(size[0], size[1]);
                Tensor packed = lab.zeros(DType.BF16, k.packedSize(w, DType.BF16), 1);
                k.matmulPack(packed, w);
                k.linearPacked(out, null, x, packed, lab.normal(size[1]), Kernels.NONE);
                return lab.read(out);
            });
        }
        op("logprob", n -> {
            Tensor logits = lab.normal(3, n), targets = lab.ints(lab.ids(3, n)), logprob = lab.zeros(3), entropy = lab.zeros(3),
                    lse = lab.zeros(3);
            k.logprobForward(logprob, entropy, lse, logits, targets, 0.7f);
            k.logprobBackward(logits, targets, lse, lab.normal(3), lab.normal(3), entropy, 0.7f);
            return Lab.joined(lab.read(logprob), lab.read(entropy), lab.read(lse), lab.read(logits));
        });
        op("cross entropy", n -> {
            Tensor logits = lab.normal(3, n), loss = lab.zeros(3);
            k.crossEntropy(loss, logits, lab.ints(lab.ids(3, n)), lab.normal(3));
            return Lab.joined(lab.read(loss), lab.read(logits));
        });
        op("sum of squares", n -> {
            Tensor sum = lab.vector(1);
            k.sumSquares(sum, lab.normal(n));
            return lab.read(sum);
        });
        op("adamw", n -> {
            Tensor p = lab.normal(n), m = lab.normal(n), v = lab.vector(lab.normals(n)), copy = lab.zeros(n);
            k.activationForward(2, v, v, null);     // second moments are not negative
            k.adamw(p, lab.normal(n), m, v, lab.vector(3, 0.3f), copy, 0.1f, 0.9f, 0.99f, 1e-3f, 0.1f, 3);
            assertArrayEquals(lab.read(p), lab.read(copy));
            return Lab.joined(lab.read(p), lab.read(m), lab.read(v));
        });
        op("sample", n -> {
            int rows = 20;
            Tensor logits = lab.normal(rows, n), tokens = lab.ints(new int[rows]), logprob = lab.zeros(rows);
            k.sample(tokens, logprob, logits, 0.9f, 0, 0.95f, 3, lab.longs(LongStream.range(0, rows).toArray()), lab.ints(new int[rows]));
            float[] ids = new float[rows];
            int[] drawn = lab.readInts(tokens);
            for (int i = 0; i < rows; i++) {
                ids[i] = drawn[i];
            }
            return Lab.joined(ids, lab.read(logprob));
        });
    }

    /** One sequence of {@code n} new tokens in pages that lie out of order. */
    private record Cached(Tensor keys, Tensor values, Tensor qkv, Tensor slots, Tensor positions, Tensor table, Tensor blocks) {
        static Cached of(Kernels.Attention a, int n) {
            int pages = (n + Kernels.KV_PAGE - 1) / Kernels.KV_PAGE;
            int[] order = IntStream.range(0, pages).map(i -> pages - 1 - i).toArray();
            long[] slots = IntStream.range(0, n).mapToLong(i -> (long) order[i / Kernels.KV_PAGE] * Kernels.KV_PAGE + i % Kernels.KV_PAGE)
                    .toArray();
            long width = (long) a.kvHeads() * Kernels.KV_PAGE * a.headSize();
            return new Cached(lab.zeros(pages, width), lab.zeros(pages, width), lab.normal(n, a.qkvWidth()), lab.longs(slots),
                    lab.ints(IntStream.range(0, n).toArray()), a.headSize() % 2 == 0 ? lab.normal(n, a.headSize()) : null,
                    lab.ints(order).reshape(1, pages));
        }
    }

    static List<String> ops() {
        return List.copyOf(OPS.keySet());
    }

    @ParameterizedTest
    @MethodSource("ops")
    void agree(String name) {
        Op op = OPS.get(name);
        for (int n : SIZES) {
            if (n > op.largest) {
                continue;
            }
            float[] plain = in("scalar", n, op);
            for (String isa : List.of("avx2", "avx512", "avx512_bf16", "amx", "amx_emulated")) {
                boolean whole = !isa.contains("bf16") && !isa.contains("amx");
                if ((whole || name.startsWith("linear in bf16")) && has(isa)) {
                    compare(name + " of " + n + " in " + isa, plain, in(isa, n, op), op.exact, n);
                }
            }
        }
    }

    private static float[] in(String isa, int n, Op op) {
        k.setIsa(isa);
        try {
            lab.random.setSeed(n);
            return op.run.apply(n);
        } finally {
            k.setIsa("auto");
        }
    }

    private static boolean has(String isa) {
        try {
            k.setIsa(isa);
            return true;
        } catch (KernelError e) {
            return false;
        } finally {
            k.setIsa("auto");
        }
    }

    /**
     * Sums are taken in another order, so they differ by some roundings, which grow as the root of their number; exp and
     * erf are good to a few units in the last place. Of the largest value there: a sum may cancel.
     */
    private static void compare(String what, float[] expected, float[] actual, boolean exact, int n) {
        assertEquals(expected.length, actual.length, what);
        double largest = 0;
        for (float x : expected) {
            largest = Math.max(largest, Math.abs(x));
        }
        double tolerance = exact ? 0 : Math.ulp(1f) * (8 + 2 * Math.sqrt(n)) * largest;
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], tolerance, what + ", element " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void numbersOfThreadsAgree(int threads) {
        lab.random.setSeed(1);
        Tensor a = lab.normal(300, 207), b = lab.normal(207, 130), one = lab.zeros(300, 130), more = lab.zeros(300, 130);
        Tensor sum = lab.zeros(1), sums = lab.zeros(1);
        try {
            k.setThreads(1);
            k.matmul(one, a, false, b, false, 1, 0);
            k.sumSquares(sum, a);
            k.setThreads(threads);
            k.matmul(more, a, false, b, false, 1, 0);
            k.sumSquares(sums, a);
            assertArrayEquals(lab.read(one), lab.read(more));
            assertArrayEquals(lab.read(sum), lab.read(sums));
        } finally {
            k.setThreads(Lab.OPTIONS.threads());
        }
    }

    @Test
    void anUnknownSetIsRefused() {
        KernelError error = assertThrows(KernelError.class, () -> k.setIsa("sse9"));
        assertTrue(error.getMessage().contains("sse9"), error.getMessage());
    }
}
