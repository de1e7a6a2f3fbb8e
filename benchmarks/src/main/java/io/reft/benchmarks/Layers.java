package io.reft.benchmarks;

import static io.reft.benchmarks.Shape.HS;
import static io.reft.benchmarks.Shape.N;

import io.reft.device.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The ops of a transformer block around its products and its attention, on 2048 tokens; all bound by memory. */
public class Layers extends OpBenchmark {
    private static final int GELU = 0;
    private static final float EPS = 1e-5f;

    /** Whose sizes. */
    @Param
    public Shape model;

    private Tensor x, y, delta, sum, weight, bias, mean, rstd, dweight, dbias;      // [N,C], [C], [N]
    private Tensor inner, act, innerBias, gateUp, dgateUp;                           // [N,F], [F], [N,2F]
    private Tensor qkv, positions, table, ids, order, wte, dwte;
    private long nc, nf;

    @Override
    void prepare() {
        int c = model.c, f = model.f;
        nc = (long) N * c;
        nf = (long) N * f;
        x = normal(N, c);
        y = normal(N, c);
        delta = normal(N, c);
        sum = stored(N, c);
        weight = normal(c, 1);
        bias = stored(c, 1);
        mean = zeros(N, 1);
        rstd = zeros(N, 1);
        dweight = zeros(c, 1);
        dbias = zeros(c, 1);
        k.layerNormForward(y, mean, rstd, sum, x, delta, weight, bias, EPS);
        inner = normal(N, f);
        act = normal(N, f);
        innerBias = stored(f, 1);
        gateUp = normal(N, 2L * f);
        dgateUp = stored(N, 2L * f);
        qkv = normal(N, model.attention.qkvWidth());
        positions = range(N);
        table = floats(N, HS);
        k.fill(table, (float) Math.sqrt(0.5));      // a turn by an eighth, which keeps lengths
        ids = indices(N, model.v);
        order = order(ids);
        wte = normal(model.v, c);
        dwte = zeros(model.v, c);
    }

    /** Reads x and delta, writes their sum and its norm. */
    @Benchmark
    public void layerNormForward(Work work) {
        k.layerNormForward(y, mean, rstd, sum, x, delta, weight, bias, EPS);
        work.moves(4 * nc);
    }

    /** Reads dout, x and dx, writes dx. */
    @Benchmark
    public void layerNormBackward(Work work) {
        k.layerNormBackward(y, dweight, dbias, delta, x, weight, mean, rstd);
        work.moves(4 * nc);
    }

    /** Reads x and delta, writes their sum and its norm. */
    @Benchmark
    public void rmsNormForward(Work work) {
        k.rmsNormForward(y, rstd, sum, x, delta, weight, EPS);
        work.moves(4 * nc);
    }

    /** Reads dout, x and dx, writes dx. */
    @Benchmark
    public void rmsNormBackward(Work work) {
        k.rmsNormBackward(y, dweight, delta, x, weight, rstd);
        work.moves(4 * nc);
    }

    /** Reads two, writes one of them. */
    @Benchmark
    public void add(Work work) {
        k.add(y, x);
        work.moves(3 * nc);
    }

    /** Reads and writes x. */
    @Benchmark
    public void biasForward(Work work) {
        k.biasForward(x, bias);
        work.moves(2 * nc);
    }

    /** Reads dout. */
    @Benchmark
    public void biasBackward(Work work) {
        k.biasBackward(dbias, x);
        work.moves(nc);
    }

    /** Reads x, writes it with its bias, and the output. */
    @Benchmark
    public void geluForward(Work work) {
        k.activationForward(GELU, act, inner, innerBias);
        work.moves(3 * nf);
    }

    /** Reads x and dout, writes dx. */
    @Benchmark
    public void geluBackward(Work work) {
        k.activationBackward(GELU, dgateUp.reshape(2L * N, model.f).first(N), inner, act);
        work.moves(3 * nf);
    }

    /** Reads gate and up, writes the output. */
    @Benchmark
    public void swigluForward(Work work) {
        k.swigluForward(act, gateUp);
        work.moves(3 * nf);
    }

    /** Reads gate, up and dout, writes the gradients of the first two. */
    @Benchmark
    public void swigluBackward(Work work) {
        k.swigluBackward(dgateUp, gateUp, act);
        work.moves(5 * nf);
    }

    /** Reads and writes queries and keys, reads the angles. */
    @Benchmark
    public void rope(Work work) {
        k.rope(qkv, positions, table, model.nh + model.nkv, HS, false);
        work.moves((2L * (model.nh + model.nkv) + 1) * HS * N);
    }

    /** Reads a row of the table for each token, writes it. */
    @Benchmark
    public void embeddingForward(Work work) {
        k.embeddingForward(x, ids, positions, wte, null, 0);
        work.moves(2 * nc);
    }

    /** Reads dout, reads and writes a row of the gradient for each token. */
    @Benchmark
    public void embeddingBackward(Work work) {
        k.embeddingBackward(dwte, x, ids, order, 0);
        work.moves(3 * nc);
    }

    /** The tokens sorted by id, stably. */
    private Tensor order(Tensor ids) {
        int[] values = engine.device().ints(ids);
        return ints(java.util.stream.IntStream.range(0, values.length).boxed()
                .sorted(java.util.Comparator.comparingInt(i -> values[i])).mapToInt(Integer::intValue).toArray());
    }
}
