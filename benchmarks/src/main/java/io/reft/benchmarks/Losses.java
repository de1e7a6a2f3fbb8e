package io.reft.benchmarks;

import io.reft.device.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Losses over the vocabulary: one chunk of logits, as the output head runs them. */
public class Losses extends OpBenchmark {
    /** Whose vocabulary. */
    @Param
    public Shape model;

    private Tensor logits, targets, logprob, entropy, lse, weight;

    @Override
    void prepare() {
        int n = model.chunk();
        logits = floats(n, model.v);
        targets = indices(n, model.v);
        logprob = zeros(n, 1);
        entropy = zeros(n, 1);
        lse = zeros(n, 1);
        weight = zeros(n, 1);
        k.fill(weight, 1f / n);
        k.logprobForward(logprob, entropy, lse, logits, targets, 1);
    }

    /** Reads the logits. */
    @Benchmark
    public void logprobForward(Work work) {
        k.logprobForward(logprob, entropy, lse, logits, targets, 1);
        work.movesF32(logits.size());
    }

    /** Reads the logits, writes their gradient over them; here the gradient of a gradient, which costs the same. */
    @Benchmark
    public void logprobBackward(Work work) {
        k.logprobBackward(logits, targets, lse, weight, null, null, 1);
        work.movesF32(2 * logits.size());
    }

    /** Reads the logits twice, for the sum and for the gradient, and writes them; a row of them stays in the cache between. */
    @Benchmark
    public void crossEntropy(Work work) {
        k.crossEntropy(logprob, logits, targets, weight);
        work.movesF32(2 * logits.size());
    }
}
