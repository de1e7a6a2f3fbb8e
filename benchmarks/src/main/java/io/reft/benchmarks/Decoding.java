package io.reft.benchmarks;

import static io.reft.benchmarks.Shape.HS;

import io.reft.device.DType;
import io.reft.device.Tensor;
import io.reft.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The ops of a decoding step around its products: one new token of each of 32 sequences. */
public class Decoding extends OpBenchmark {
    private static final int B = 32;

    /** Whose sizes. */
    @Param
    public Shape model;

    /** Tokens of each sequence in the cache, the new one included. */
    @Param("512")
    public int context;

    private Tensor qkv, out, keys, values, slots, positions, cuNew, contexts, blocks, logits, tokens, logprobs, sequences;

    @Override
    void prepare() {
        int pages = (context + Kernels.KV_PAGE - 1) / Kernels.KV_PAGE, last = context - 1;
        qkv = normal(B, model.attention.qkvWidth());
        out = stored(B, model.attention.outWidth());
        keys = cached((long) B * pages, (long) model.nkv * Kernels.KV_PAGE * HS);
        values = cached((long) B * pages, (long) model.nkv * Kernels.KV_PAGE * HS);
        slots = longs(LongStream.range(0, B).map(b -> b * pages * Kernels.KV_PAGE + last).toArray());
        positions = ints(filled(last));
        cuNew = range(B + 1);
        contexts = ints(filled(context));
        blocks = ints(IntStream.range(0, B * pages).toArray()).reshape(B, pages);
        logits = floats(B, model.v);
        tokens = zeros(DType.I32, B, 1);
        logprobs = zeros(B, 1);
        sequences = longs(LongStream.range(0, B).toArray());
    }

    /** Reads keys and values of the whole context; two products of HS terms for each query head and token. */
    @Benchmark
    public void attentionCached(Work work) {
        k.attentionCached(model.attention, out, qkv, keys, values, cuNew, contexts, blocks, context);
        work.movesStored(keys.dtype(), 2L * B * context * model.nkv * HS);
        work.computes(4L * B * context * model.nh * HS);
    }

    /** Reads keys and values of the new tokens, writes them to their pages. */
    @Benchmark
    public void kvAppend(Work work) {
        k.kvAppend(model.attention, keys, values, qkv, slots, positions, null);
        work.moves(2L * B * model.nkv * HS);
        work.movesStored(keys.dtype(), 2L * B * model.nkv * HS);
    }

    /** Reads the logits. */
    @Benchmark
    public void sample(Work work) {
        k.sample(tokens, logprobs, logits, 1, 0, 1, 1, sequences, positions);
        work.movesF32(logits.size());
    }

    /** Reads the logits. */
    @Benchmark
    public void sampleTopP(Work work) {
        k.sample(tokens, logprobs, logits, 1, 0, 0.9f, 1, sequences, positions);
        work.movesF32(logits.size());
    }

    /** Reads the logits. */
    @Benchmark
    public void sampleGreedy(Work work) {
        k.sample(tokens, logprobs, logits, 0, 0, 1, 1, sequences, positions);
        work.movesF32(logits.size());
    }

    /** Random pages of the cache, in its storage type. */
    private Tensor cached(long rows, long cols) {
        Tensor pages = zeros(engine.cache(), rows, cols), wide = floats(rows, cols);
        k.convert(pages, wide);
        return pages;
    }

    private static int[] filled(int value) {
        int[] all = new int[B];
        Arrays.fill(all, value);
        return all;
    }

    private Tensor longs(long[] values) {
        Tensor t = zeros(DType.I64, values.length, 1);
        engine.device().upload(MemorySegment.ofArray(values), t.address());
        return t;
    }
}
