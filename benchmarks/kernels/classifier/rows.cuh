/* What the classifier's rungs share: a block a row, how a thread goes through it, the sums of its exponentials and what is written at
 * its end. */
#pragma once

#include "rungs.cuh"

namespace reft {

namespace {

constexpr int ROW_THREADS = 512;

/* body(v, x) for the thread's part of a row [V], W elements at a time, v being the first one's place. */
template <int W, class Body>
__device__ inline void each_of_row(const bf16 *row, int64_t V, Body body) {
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < V; v += ROW_THREADS * W) body(v, load<W>(row + v));
}

/* The largest of W elements and of one before. */
template <int W>
__device__ inline float largest(const Floats<W> &x, float before) {
    for (int i = 0; i < W; i++) before = fmaxf(before, x[i]);
    return before;
}

/* Σ e^(x-highest) and Σ e^(x-highest)·(x-highest) of a row, in one pass. */
struct RowSums {
    float plain = 0, weighted = 0;
};
template <int W>
__device__ inline RowSums row_sums(const bf16 *row, int64_t V, float highest) {
    RowSums sums;
    each_of_row<W>(row, V, [&](int64_t, const Floats<W> &x) {
        for (int i = 0; i < W; i++) {
            const float e = expf(x[i] - highest);
            sums.plain += e;
            sums.weighted = fmaf(e, x[i] - highest, sums.weighted);
        }
    });
    sums.plain = block_sum(sums.plain);
    sums.weighted = block_sum(sums.weighted);
    return sums;
}

/* Row n's results. */
__device__ inline void write_row(const Classification &c, int64_t n, const bf16 *row, float highest, const RowSums &sums) {
    if (threadIdx.x != 0) return;
    c.lse[n] = highest + logf(sums.plain);
    c.logprob[n] = to_float(row[c.targets[n]]) - c.lse[n];
    c.entropy[n] = logf(sums.plain) - sums.weighted / sums.plain;
}

}  // namespace

}  // namespace reft
