/*
 * Idea: softmax as it is written down, a block a row: the maximum, then Σ e^(x-max), then Σ e^(x-max)·(x-max) for the entropy.
 * Three times through the logits, 16 bytes a read.
 *
 * Floor at 4096 rows of 50,000: 410 MB once, 0.095 ms. Predicted: 0.29 ms, 33 % of the floor. Rows under way (four blocks a
 * multiprocessor, 528 rows of 100 KB) fill all of L2's 50 MB, so each pass comes from memory: 3 · 0.095 ms.
 * Figure: not measured yet.
 * Verdict: reads two times too often.
 */
#include "rungs.cuh"

namespace reft::classifier_three_passes {

namespace {

constexpr int THREADS = 512;

/* Sum over the thread's part of the row. */
template <int W, class Term>
__device__ inline float row_sum(const bf16 *row, int64_t V, Term term) {
    float sum = 0;
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < V; v += THREADS * W) {
        const Floats<W> x = load<W>(row + v);
        for (int i = 0; i < W; i++) sum += term(x[i]);
    }
    return block_sum(sum);
}

template <int W>
__global__ void __launch_bounds__(THREADS) kernel(Classification c) {
    const int64_t n = blockIdx.x;
    const bf16 *row = c.logits + n * c.V;
    float highest = -INFINITY;
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < c.V; v += THREADS * W) {
        const Floats<W> x = load<W>(row + v);
        for (int i = 0; i < W; i++) highest = fmaxf(highest, x[i]);
    }
    highest = block_max(highest);
    const float sum = row_sum<W>(row, c.V, [=](float x) { return expf(x - highest); });
    const float weighted = row_sum<W>(row, c.V, [=](float x) { return expf(x - highest) * (x - highest); });
    if (threadIdx.x != 0) return;
    c.lse[n] = highest + logf(sum);
    c.logprob[n] = to_float(row[c.targets[n]]) - c.lse[n];
    c.entropy[n] = logf(sum) - weighted / sum;
}

}  // namespace

void run(const Classification &c) { launch(c.V % 8 == 0 ? kernel<8> : kernel<1>, blocks(c.N), THREADS, 0, c.stream, c); }

}  // namespace reft::classifier_three_passes
