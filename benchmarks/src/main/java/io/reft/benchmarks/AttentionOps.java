package io.reft.benchmarks;

import static io.reft.benchmarks.Shape.HS;
import static io.reft.benchmarks.Shape.N;

import io.reft.device.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Causal attention in training: 2048 tokens, packed as sequences of one length. */
public class AttentionOps extends OpBenchmark {
    /** Whose sizes. */
    @Param
    public Shape model;

    /** Tokens of a sequence. */
    @Param({"256", "1024"})
    public int length;

    private Tensor qkv, dqkv, out, dout, lse, delta, joints;
    private long pairs;     // of a query and a key that it sees, over all heads

    @Override
    void prepare() {
        qkv = normal(N, model.attention.qkvWidth());
        dqkv = stored(N, model.attention.qkvWidth());
        out = stored(N, model.attention.outWidth());
        dout = normal(N, model.attention.outWidth());
        lse = zeros((long) model.nh * N, 1);
        delta = zeros((long) model.nh * N, 1);
        joints = joints(N / length, length);
        pairs = (long) N * (length + 1) / 2 * model.nh;
        k.attentionForward(model.attention, out, lse, qkv, joints, length);
    }

    /** Reads qkv, writes out; two products of HS terms a pair. */
    @Benchmark
    public void attentionForward(Work work) {
        k.attentionForward(model.attention, out, lse, qkv, joints, length);
        work.moves(qkv.size() + out.size());
        work.computes(4 * HS * pairs);
    }

    /** Reads qkv, out and dout, writes dqkv; five products a pair, the scores computed again among them. */
    @Benchmark
    public void attentionBackward(Work work) {
        k.attentionBackward(model.attention, dqkv, delta, dout, qkv, out, lse, joints, length);
        work.moves(2 * qkv.size() + 2 * out.size());
        work.computes(10 * HS * pairs);
    }
}
