/*
 * Idea: the maximum first, then both sums in one pass: they need the same exponentials.
 *
 * Floor at 4096 rows of 50,000: 410 MB once, 0.095 ms. Predicted: 0.19 ms, 50 % of the floor: both passes come from memory, as in 01.
 * Figure: not measured yet.
 * Verdict: the maximum need not be known beforehand. softmax.cuh rescales its sums when a larger one comes: one pass, predicted at
 * the floor, as 205 million exponentials of some 6 instructions (0.037 ms) go on meanwhile.
 */
#include "rungs.cuh"

namespace reft::classifier_two_passes {

namespace {

constexpr int THREADS = 512;

template <int W>
__global__ void __launch_bounds__(THREADS) kernel(Classification c) {
    const int64_t n = blockIdx.x;
    const bf16 *row = c.logits + n * c.V;
    float highest = -INFINITY, sum = 0, weighted = 0;
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < c.V; v += THREADS * W) {
        const Floats<W> x = load<W>(row + v);
        for (int i = 0; i < W; i++) highest = fmaxf(highest, x[i]);
    }
    highest = block_max(highest);
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < c.V; v += THREADS * W) {
        const Floats<W> x = load<W>(row + v);
        for (int i = 0; i < W; i++) {
            const float e = expf(x[i] - highest);
            sum += e;
            weighted = fmaf(e, x[i] - highest, weighted);
        }
    }
    sum = block_sum(sum);
    weighted = block_sum(weighted);
    if (threadIdx.x != 0) return;
    c.lse[n] = highest + logf(sum);
    c.logprob[n] = to_float(row[c.targets[n]]) - c.lse[n];
    c.entropy[n] = logf(sum) - weighted / sum;
}

}  // namespace

void run(const Classification &c) { launch(c.V % 8 == 0 ? kernel<8> : kernel<1>, blocks(c.N), THREADS, 0, c.stream, c); }

}  // namespace reft::classifier_two_passes
