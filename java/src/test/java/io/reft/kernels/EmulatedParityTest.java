package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.device.CpuDevice;
import io.reft.device.DType;
import io.reft.device.Device;
import io.reft.device.Memory;
import io.reft.device.Tensor;
import io.reft.kernels.Kernels.Attention;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The CUDA kernels, run by the emulator on the CPU, beside the CPU library: the same lambda on both, at sizes that fill no
 * tile. In bf16 the CPU's side has the same rounded inputs, in fp32. The emulator also fails what has a race.
 */
@Tag("slow")
class EmulatedParityTest {
    /** Rounding to bf16 is off by at most 2⁻⁹ of a value; an op may round on the way (a residual sum) and at its end. */
    private static final double BF16 = 1.0 / 128;
    /** A dozen roundings of fp32, and the differences of exp. */
    private static final double F32 = 2e-6;

    /** {@code -Dreft.cuda=true}: the CUDA library itself instead, on the GPU of this machine ({@code benchmarks/gpu-check.sh}). */
    private static final boolean ON_GPU = Boolean.getBoolean("reft.cuda");
    private static Engine gpu;
    private static Kernels cpu;
    private static Kernels emulated;
    private static Memory workspace;

    @BeforeAll
    static void open() {
        Device host = new CpuDevice();
        cpu = new Kernels("libreft_cpu.so", host);
        if (ON_GPU) {
            gpu = Engine.open(new Engine.Options("cuda", 0, false, "own"));
        }
        emulated = ON_GPU ? gpu.kernels() : new Kernels("libreft_emulated.so", host);
        workspace = emulated.device().allocate(1 << 20);
        emulated.setWorkspace(workspace);
    }

    @AfterAll
    static void close() {
        if (workspace != null) {
            workspace.close();
        }
        if (gpu != null) {
            gpu.close();
        }
    }

    /** One of the runs that are compared: a library, a storage type, and what came out. */
    private static final class Side implements AutoCloseable {
        final Kernels k;
        /** Storage of activations. */
        final DType type;
        private final boolean rounded;
        final Random random = new Random(5);
        final Map<String, float[]> results = new LinkedHashMap<>();
        private final List<Memory> blocks = new ArrayList<>();

        Side(Kernels k, DType type, boolean rounded) {
            this.k = k;
            this.type = type;
            this.rounded = rounded;
        }

        Tensor zeros(DType dtype, long rows, long cols) {
            Memory memory = k.device().allocate(rows * cols * dtype.bytes);
            blocks.add(memory);
            return new Tensor(memory.address(), dtype, rows, cols);
        }

        Tensor zeros(long rows, long cols) {
            return zeros(type, rows, cols);
        }

        Tensor f32(float... values) {
            Tensor t = zeros(DType.F32, values.length, 1);
            k.device().upload(MemorySegment.ofArray(values), t.address());
            return t;
        }

        Tensor ints(int... values) {
            return k.device().upload(zeros(DType.I32, values.length, 1), values);
        }

        Tensor longs(long... values) {
            return k.device().upload(zeros(DType.I64, values.length, 1), values);
        }

        float[] normals(long n) {
            float[] values = new float[(int) n];
            for (int i = 0; i < n; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return values;
        }

        /** Normal numbers, fp32 whatever the storage. */
        Tensor normalF32(long n) {
            return f32(normals(n));
        }

        /** Normal numbers in the side's storage. */
        Tensor normal(long rows, long cols) {
            float[] values = normals(rows * cols);
            if (rounded) {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(bf16(values[i]) << 16);
                }
            }
            Tensor t = zeros(rows, cols);
            if (type == DType.F32) {
                k.device().upload(MemorySegment.ofArray(values), t.address());
            } else {
                short[] halves = new short[values.length];
                for (int i = 0; i < values.length; i++) {
                    halves[i] = (short) bf16(values[i]);
                }
                k.device().upload(MemorySegment.ofArray(halves), t.address());
            }
            return t;
        }

        private static int bf16(float x) {
            int bits = Float.floatToRawIntBits(x);
            return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
        }

        int[] ids(int n, int bound) {
            return random.ints(n, 0, bound).toArray();
        }

        void result(String name, Tensor t) {
            float[] values = new float[(int) t.size()];
            if (t.dtype() == DType.I32) {
                int[] ints = k.device().ints(t);
                for (int i = 0; i < ints.length; i++) {
                    values[i] = ints[i];
                }
            } else if (t.dtype() == DType.F32) {
                values = k.device().floats(t);
            } else {
                short[] halves = new short[values.length];
                k.device().download(t.address(), MemorySegment.ofArray(halves));
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            results.put(name, values);
        }

        @Override
        public void close() {
            blocks.forEach(Memory::close);
        }
    }

    /** The op in fp32, and in bf16 on the emulator; {@code terms}: the longest sum in it, whose roundings add up like a walk. */
    private static void check(double terms, Consumer<Side> op) {
        compare(op, F32 * Math.sqrt(terms), new Side(emulated, DType.F32, false), new Side(cpu, DType.F32, false));
        compare(op, BF16 * Math.max(1, Math.sqrt(terms) / 4), new Side(emulated, DType.BF16, true), new Side(cpu, DType.F32, true));
    }

    /** For ops on fp32 alone. */
    private static void checkF32(double terms, Consumer<Side> op) {
        compare(op, F32 * Math.sqrt(terms), new Side(emulated, DType.F32, false), new Side(cpu, DType.F32, false));
    }

    private static void compare(Consumer<Side> op, double tolerance, Side got, Side wanted) {
        try (got; wanted) {
            op.accept(got);
            op.accept(wanted);
            assertEquals(wanted.results.keySet(), got.results.keySet());
            wanted.results.forEach((name, right) -> {
                float[] values = got.results.get(name);
                for (int i = 0; i < right.length; i++) {
                    double off = Math.abs(values[i] - right[i]);
                    assertTrue(off <= tolerance * (1 + Math.abs(right[i])),
                            name + "[" + i + "] of " + right.length + " in " + got.type + " is " + values[i] + ", on the CPU " + right[i]);
                }
            });
        }
    }

    // ---------------------------------------------------------------- basics, embedding

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 207, 2050})
    void flat(int n) {
        check(1, s -> {
            Tensor x = s.normal(n, 1), y = s.normal(n, 1), filled = s.zeros(n, 1);
            s.k.add(y, x);
            s.k.fill(filled, 0.75f);
            s.result("add", y);
            s.result("fill", filled);
        });
    }

    @Test
    void convert() {
        for (DType from : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            for (DType to : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                compare(s -> {
                    Tensor x = s.normalF32(207), a = s.zeros(from, 207, 1), b = s.zeros(to, 207, 1), back = s.zeros(DType.F32, 207, 1);
                    s.k.convert(a, x);
                    s.k.convert(b, a);
                    s.k.convert(back, b);
                    s.result(from + " to " + to, back);
                }, 0, new Side(emulated, DType.F32, false), new Side(cpu, DType.F32, false));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 13", "3, 207", "70, 64", "2, 2304"})
    void rows(int n, int c) {
        check(n, s -> {
            int[] order = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
            Tensor x = s.normal(n, c), out = s.zeros(n, c), rows = s.ints(order), delta = s.normal(n, c), bias = s.normal(c, 1);
            s.k.gatherRows(out, x, rows);
            s.result("gather", out);
            s.k.scatterAddRows(x, delta, rows);
            s.result("scatter", x);
            s.k.biasForward(x, bias);
            s.result("bias", x);
            Tensor dbias = s.normalF32(c);
            s.k.biasBackward(dbias, delta);
            s.result("dbias", dbias);
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "13, 7, 5", "207, 64, 9", "300, 24, 3"})
    void embedding(int n, int c, int v) {
        check(n, s -> {
            int[] tokens = s.ids(n, v), places = s.ids(n, 11);
            Tensor out = s.zeros(n, c), wte = s.normal(v, c), wpe = s.normal(13, c), ids = s.ints(tokens), positions = s.ints(places);
            s.k.embeddingForward(out, ids, positions, wte, wpe, 2);
            s.result("both", out);
            s.k.embeddingForward(out, ids, positions, wte, null, 0);
            s.result("tokens", out);
            int[] order = IntStream.range(0, n).boxed().sorted(Comparator.comparing(i -> places[i])).mapToInt(i -> i).toArray();
            Tensor dwpe = s.normalF32(13L * c).reshape(13, c), dout = s.normal(n, c);
            s.k.embeddingBackward(dwpe, dout, positions, s.ints(order), 2);
            s.result("dwpe", dwpe);
        });
    }

    // ---------------------------------------------------------------- norms, MLP

    @ParameterizedTest
    @CsvSource({"1, 13", "5, 1", "13, 207", "70, 64", "2, 2304"})
    void norms(int n, int c) {
        check(Math.max(n, c), s -> {
            Tensor x = s.normal(n, c), delta = s.normal(n, c), weight = s.normal(c, 1), bias = s.normal(c, 1), dout = s.normal(n, c);
            Tensor sum = s.zeros(n, c), out = s.zeros(n, c), mean = s.f32(new float[n]), rstd = s.f32(new float[n]);
            s.k.layerNormForward(out, mean, rstd, sum, x, delta, weight, bias, 0.1f);
            s.result("sum", sum);
            s.result("out", out);
            s.result("mean", mean);
            s.result("rstd", rstd);
            s.k.layerNormForward(out, mean, rstd, null, x, null, null, null, 0.1f);
            s.result("bare", out);
            Tensor dx = s.normal(n, c), dweight = s.normalF32(c), dbias = s.normalF32(c);
            s.k.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean, rstd);
            s.result("dx", dx);
            s.result("dweight", dweight);
            s.result("dbias", dbias);
            s.k.layerNormBackward(dx, null, null, dout, x, null, mean, rstd);
            s.result("dx bare", dx);

            s.k.rmsNormForward(out, rstd, delta, x, delta, weight, 0.1f);
            s.result("rms", out);
            s.k.rmsNormForward(out, rstd, null, x, null, weight, 0.1f);
            s.k.rmsNormBackward(dx, dweight, dout, x, weight, rstd);
            s.result("rms dx", dx);
            s.result("rms dweight", dweight);
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 13", "3, 207", "3, 2304"})
    void mlp(int n, int f) {
        check(4, s -> {
            for (int kind = 0; kind < 3; kind++) {
                Tensor x = s.normal(n, f), bias = s.normal(f, 1), out = s.zeros(n, f), dout = s.normal(n, f);
                s.k.activationForward(kind, out, x, bias);
                s.result("x" + kind, x);
                s.result("out" + kind, out);
                s.k.activationForward(kind, out, dout, null);
                s.result("without bias" + kind, out);
                Tensor known = s.normal(n, f);
                s.k.activationBackward(kind, dout, known, dout);
                s.result("dx" + kind, dout);
            }
            Tensor gateUp = s.normal(n, 2L * f), out = s.zeros(n, f), dout = s.normal(n, f);
            s.k.swigluForward(out, gateUp);
            s.result("swiglu", out);
            s.k.swigluBackward(gateUp, gateUp, dout);
            s.result("dgate_up", gateUp);
        });
    }

    // ---------------------------------------------------------------- attention, products

    /** Cosines and sines of 40 positions. */
    private static Tensor table(Side s, int headSize) {
        float[] table = new float[40 * headSize];
        for (int i = 0; i < table.length; i += 2) {
            double angle = i / headSize * Math.pow(10000, -(double) (i % headSize) / headSize);
            table[i] = (float) Math.cos(angle);
            table[i + 1] = (float) Math.sin(angle);
        }
        return s.f32(table).reshape(40, headSize);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 2", "13, 3, 1, 6", "7, 4, 2, 64"})
    void rope(int n, int heads, int kvHeads, int headSize) {
        Attention a = new Attention(heads, kvHeads, headSize, 0);
        check(1, s -> {
            Tensor qkv = s.normal(n, a.qkvWidth()), positions = s.ints(s.ids(n, 40)), table = table(s, headSize);
            s.k.rope(qkv, positions, table, heads + kvHeads, headSize, false);
            s.result("rope", qkv);
            s.k.rope(qkv, positions, table, heads, headSize, true);
            s.result("inverse", qkv);
            long[] slots = IntStream.range(0, n).mapToLong(i -> (i * 5L + 3) % 48).toArray();
            for (Tensor t : Arrays.asList(table, null)) {
                Tensor k = s.zeros(3, (long) kvHeads * Kernels.KV_PAGE * headSize), v = s.zeros(3, k.cols()),
                        read = s.zeros(1, a.outWidth());
                s.k.kvAppend(a, k, v, qkv, s.longs(slots), positions, t);
                s.result("qkv " + t, qkv);
                // a page's order is the library's own: what attention reads in it
                s.k.attentionCached(a, read, qkv.rows(0, 1), k, v, s.ints(0, 1), s.ints(48), s.ints(0, 1, 2).reshape(1, 3), 48);
                s.result("read " + t, read);
            }
        });
    }

    /** Random tokens in all places of all pages. */
    private static void fill(Side s, Attention a, Tensor k, Tensor v) {
        int tokens = (int) k.rows() * Kernels.KV_PAGE;
        s.k.kvAppend(a, k, v, s.normal(tokens, a.qkvWidth()), s.longs(LongStream.range(0, tokens).toArray()), s.ints(new int[tokens]),
                null);
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 32, 0", "4, 2, 64, 9", "1, 1, 80, 0"})
    void attention(int heads, int kvHeads, int headSize, int window) {
        Attention a = new Attention(heads, kvHeads, headSize, window);
        check(70, s -> {
            int[] offsets = {0, 1, 14, 84};
            Tensor qkv = s.normal(84, a.qkvWidth()), out = s.zeros(84, a.outWidth()), lse = s.zeros(DType.F32, heads, 84),
                    cu = s.ints(offsets);
            s.k.attentionForward(a, out, lse, qkv, cu, 70);
            s.result("out", out);
            s.result("lse", lse);
            Tensor dqkv = s.zeros(84, a.qkvWidth()), delta = s.zeros(DType.F32, heads, 84), dout = s.normal(84, a.outWidth());
            s.k.attentionBackward(a, dqkv, delta, dout, qkv, out, lse, cu, 70);
            s.result("dqkv", dqkv);

            // one new token of a sequence of 21, and 3 of one of 35
            Tensor k = s.zeros(6, (long) kvHeads * Kernels.KV_PAGE * headSize), v = s.zeros(6, k.cols());
            fill(s, a, k, v);
            Tensor news = s.normal(4, a.qkvWidth()), read = s.zeros(4, a.outWidth());
            s.k.attentionCached(a, read, news, k, v, s.ints(0, 1, 4), s.ints(21, 35), s.ints(4, 1, 0, 5, 0, 2).reshape(2, 3), 35);
            s.result("cached", read);
        });
    }

    /** So few sequences and heads that the keys of one go to several blocks, whose results are merged. */
    @ParameterizedTest
    @CsvSource({"2, 1, 32, 0", "2, 2, 64, 300", "1, 1, 128, 0"})
    void longContexts(int heads, int kvHeads, int headSize, int window) {
        Attention a = new Attention(heads, kvHeads, headSize, window);
        int blocks = 40;
        check(600, s -> {
            Tensor k = s.zeros(2L * blocks, (long) kvHeads * Kernels.KV_PAGE * headSize), v = s.zeros(k.rows(), k.cols());
            fill(s, a, k, v);
            int[] pages = IntStream.range(0, 2 * blocks).map(i -> i * 7 % (2 * blocks)).toArray();
            Tensor news = s.normal(4, a.qkvWidth()), out = s.zeros(4, a.outWidth());
            s.k.attentionCached(a, out, news, k, v, s.ints(0, 1, 4), s.ints(600, 530), s.ints(pages).reshape(2, blocks), 600);
            s.result("cached", out);
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 13, 207, auto", "13, 207, 1, auto", "70, 33, 40, auto", "130, 72, 64, sm_80", "130, 72, 64, auto", "136, 264, 72, auto",
            "8, 40, 200, auto", "136, 40, 648, auto"})
    void matmul(int m, int n, int k, String isa) {
        emulated.setIsa(isa);
        check(k, s -> {
            for (int layout = 0; layout < 4; layout++) {
                boolean ta = layout % 2 == 1, tb = layout / 2 == 1;
                Tensor a = ta ? s.normal(k, m) : s.normal(m, k), b = tb ? s.normal(n, k) : s.normal(k, n), out = s.normal(m, n);
                s.k.matmul(out, a, ta, b, tb, 0.5f, 0);
                s.result("product " + layout, out);
                s.k.matmul(out, a, ta, b, tb, 1, 0.5f);
                s.result("added to it " + layout, out);
                Tensor sum = s.normalF32((long) m * n).reshape(m, n);
                s.k.matmul(sum, a, ta, b, tb, 1, 1);
                s.result("sum " + layout, sum);
            }
        });
        emulated.setIsa("auto");
    }

    @ParameterizedTest
    @CsvSource({"1, 13, 207, auto", "13, 207, 1, auto", "70, 33, 40, auto", "130, 72, 64, sm_80", "130, 72, 64, auto", "8, 40, 200, auto",
            "60, 40, 200, sm_80"})
    void linear(int m, int n, int k, String isa) {
        emulated.setIsa(isa);
        check(k, s -> {
            Tensor x = s.normal(m, k), weight = s.normal(n, k), bias = s.normal(n, 1), out = s.zeros(m, n), before = s.zeros(m, n);
            s.k.linear(out, null, x, weight, bias, Kernels.NONE);
            s.result("sum and bias", out);
            for (int kind = 0; kind < 3; kind++) {
                s.k.linear(out, null, x, weight, bias, kind);
                s.result("out " + kind, out);
                s.k.linear(out, before, x, weight, kind == 1 ? null : bias, kind);
                s.result("out, kept " + kind, out);
                s.result("before " + kind, before);
            }
        });
        emulated.setIsa("auto");
    }

    // ---------------------------------------------------------------- heads and losses

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 13", "3, 207", "2, 4104"})
    void classifier(int n, int v) {
        check(4, s -> {
            Tensor targets = s.ints(s.ids(n, v)), logits = s.normal(n, v);
            Tensor logprob = s.f32(new float[n]), entropy = s.f32(new float[n]), lse = s.f32(new float[n]), loss = s.f32(new float[n]);
            s.k.crossEntropy(loss, logits, targets, null);
            s.result("loss alone", loss);
            s.k.logprobForward(logprob, entropy, lse, logits, targets, 1.25f);
            s.result("logprob", logprob);
            s.result("entropy", entropy);
            s.result("lse", lse);
            s.k.logprobBackward(logits, targets, lse, s.normalF32(n), s.normalF32(n), entropy, 1.25f);
            s.result("dlogits", logits);
            Tensor others = s.normal(n, v);
            s.k.logprobForward(logprob, null, lse, others, targets, 1);
            s.k.logprobBackward(others, targets, lse, s.normalF32(n), null, null, 1);
            s.result("dlogits without entropy", others);
            Tensor more = s.normal(n, v);
            s.k.crossEntropy(loss, more, targets, s.normalF32(n));
            s.result("loss", loss);
            s.result("its gradient", more);
        });
    }

    @Test
    void ppo() {
        checkF32(100, s -> {
            int[] offsets = {0, 0, 1, 14, 46, 113};
            int n = 113;
            Tensor cu = s.ints(offsets), rewards = s.f32(new float[n]), old = s.normalF32(n), now = s.normalF32(n), values = s.normalF32(n);
            s.k.klRewards(rewards, s.normalF32(5), old, now, cu, 0.05f);
            s.result("rewards", rewards);
            Tensor advantages = s.f32(new float[n]), returns = s.f32(new float[n]);
            s.k.gae(advantages, returns, rewards, values, cu, 0.99f, 0.95f);
            s.result("advantages", advantages);
            s.result("returns", returns);
            s.k.whiten(advantages, false);
            s.result("white", advantages);
            s.k.whiten(returns, true);
            s.result("white about its mean", returns);
            Tensor dlogprob = s.f32(new float[n]), dvalue = s.f32(new float[n]), pg = s.f32(new float[n]), vf = s.f32(new float[n]);
            Tensor clipped = s.f32(new float[n]), weight = s.normalF32(n), value = s.normalF32(n);
            s.k.ppoLoss(new Kernels.PpoLoss(dlogprob, dvalue, pg, vf, clipped, now, old, advantages, value, values, returns, weight), 0.2f,
                    0.3f, 0.2f, 0.5f);
            s.result("dlogprob", dlogprob);
            s.result("dvalue", dvalue);
            s.result("pg", pg);
            s.result("vf", vf);
            s.result("clipped", clipped);
            Tensor kl = s.f32(new float[n]);
            s.k.klLoss(dlogprob, kl, now, old, weight, 0.1f);
            s.result("dlogprob with KL", dlogprob);
            s.result("kl", kl);
            Tensor one = s.f32(3);
            s.k.whiten(one, true);
            s.result("one", one);
        });
    }

    // ---------------------------------------------------------------- optimiser, sampling

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 4098, 30000})
    void adamw(int n) {
        checkF32(Math.sqrt(n), s -> {
            Tensor param = s.normalF32(n), grad = s.normalF32(n), m = s.f32(new float[n]), v = s.f32(new float[n]), norm = s.f32(0, 0),
                    sum = s.f32(1);
            s.k.sumSquares(sum, grad);
            s.result("sum of squares", sum);
            s.k.clipScale(norm, sum, 1);
            s.result("norm and scale", norm);
            Tensor copy = s.zeros(DType.BF16, n, 1), same = s.zeros(DType.F32, n, 1);
            for (int step = 1; step < 3; step++) {
                s.k.adamw(param, grad, m, v, norm, step == 1 ? copy : same, 1e-2f, 0.9f, 0.999f, 1e-8f, 0.1f, step);
            }
            s.result("param", param);
            s.result("m", m);
            s.result("v", v);
            s.result("copy", same);
            s.k.clipScale(norm, s.f32(Float.POSITIVE_INFINITY), 1);
            s.k.adamw(param, grad, m, v, norm, null, 1, 0.9f, 0.999f, 1e-8f, 0.1f, 3);
            s.result("param after a step without effect", param);
        });
    }

    @ParameterizedTest
    @CsvSource({"1", "13", "207", "3001"})
    void sample(int v) {
        check(1, s -> {
            int b = 6;
            Tensor logits = s.normal(b, v), tokens = s.ints(new int[b]), logprob = s.f32(new float[b]);
            Tensor sequence = s.longs(0, 1, 2, 1L << 40, -1, 77), position = s.ints(0, 5, 6, 7, 1 << 20, 9);
            float[][] cuts = {{0, 0, 1}, {1, 0, 1}, {0.7f, 0, 1}, {1, 5, 1}, {1.3f, 0, 0.9f}, {0.5f, 3, 0.5f}, {1, 1, 1}};
            for (float[] cut : cuts) {
                s.k.sample(tokens, logprob, logits, cut[0], (int) cut[1], cut[2], 42, sequence, position);
                s.result("tokens " + Arrays.toString(cut), tokens);
                s.result("logprob " + Arrays.toString(cut), logprob);
            }
        });
    }

    /**
     * Steps of five sequences: one done from the start, one that ends by a token, one without a token, one at its limit, one that crosses a
     * page.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void decodeAdvance(boolean valued) {
        checkF32(1, s -> {
            int b = 5, steps = 3, blocks = 3;
            Kernels.Decoding d = new Kernels.Decoding(s.ints(0, 3, 4, 5, 6), s.ints(0, 7, 20, 8, 15), s.longs(0, 7, 36, 8, 95),
                    s.ints(1, 8, 21, 9, 16),
                    s.ints(9, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 5, 3, 0).reshape(b, blocks), s.ints(0, 3, 3, 1, 9), s.ints(0, 0, 0, 0, 0),
                    s.ints(new int[b * steps]).reshape(b, steps), s.f32(new float[b * steps]), valued ? s.f32(new float[b * steps]) : null);
            Tensor eos = s.ints(2, 11), logprob = s.normalF32(b), values = valued ? s.normalF32(b) : null;
            for (int[] tokens : new int[][] {{1, 9, 7, 3, 8}, {1, 11, -1, 3, 2}, {1, 4, 4, 4, 4}}) {
                s.k.decodeAdvance(d, s.ints(tokens), logprob, values, tokens[1] == 9 ? null : eos);
            }
            for (Tensor t : new Tensor[] {d.ids(), d.positions(), d.context(), d.remaining(), d.count(), d.notedTokens(),
                    d.notedLogprob()}) {
                s.result("result " + s.results.size(), t);
            }
            s.result("slots", new Tensor(d.slots().address(), DType.I32, 2 * b, 1));
            if (valued) {
                s.result("values", d.notedValues());
            }
        });
        try (Side s = new Side(cpu, DType.F32, false)) {
            Kernels.Decoding d = new Kernels.Decoding(s.ints(6), s.ints(15), s.longs(95), s.ints(16), s.ints(5, 3, 0).reshape(1, 3),
                    s.ints(2), s.ints(0),
                    s.ints(0, 0).reshape(1, 2), s.f32(0, 0), null);
            for (int token : new int[] {8, 9}) {
                s.k.decodeAdvance(d, s.ints(token), s.f32(-token), null, null);
            }
            assertEquals(List.of(8, 16, 17, 0, 2), Stream.of(d.ids(), d.positions(), d.context(), d.remaining(), d.count())
                    .map(t -> s.k.device().ints(t)[0]).toList());
            assertEquals(48, s.k.device().ints(new Tensor(d.slots().address(), DType.I32, 1, 1))[0], "the first place of page 3");
            assertEquals("[8, 9]", Arrays.toString(s.k.device().ints(d.notedTokens())));
            assertEquals("[-8.0, -9.0]", Arrays.toString(s.k.device().floats(d.notedLogprob())));
        }
    }

    // ---------------------------------------------------------------- errors

    @Test
    void errorsNameTheOpAndItsSizes() {
        try (Side s = new Side(emulated, DType.F32, false)) {
            Tensor x = s.f32(1, 2, 3);
            Memory none = new Memory(0, 0, () -> {});
            emulated.setWorkspace(none);
            KernelError error = assertThrows(KernelError.class, () -> s.k.sumSquares(s.f32(0), x));
            assertTrue(error.getMessage().startsWith("reft_sum_squares(n=3): needs a workspace of "), error.getMessage());
        } finally {
            emulated.setWorkspace(workspace);
        }
    }
}
