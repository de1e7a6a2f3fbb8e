/* The softmax of a row in one pass over it: maximum, sum and weighted sum together, rescaled when the maximum grows. */
#pragma once

#include "common.cuh"

namespace reft {
namespace {

struct Softmax {
    float max;
    float sum;      /* Σ e^(x-max) */
    float weighted; /* Σ e^(x-max)·(x-max): for the entropy */

    /* Brings the sums to a larger maximum. */
    __device__ void rescale(float larger) {
        if (!(larger > max)) return;
        if (sum > 0) {
            const float factor = expf(max - larger);
            weighted = factor * (weighted + sum * (max - larger));
            sum *= factor;
        }
        max = larger;
    }
    template <int W>
    __device__ void add(const Floats<W> &x) {
        float larger = x[0];
        for (int k = 1; k < W; k++) larger = fmaxf(larger, x[k]);
        rescale(larger);
        for (int k = 0; k < W; k++) {
            const float e = expf(x[k] - max);
            sum += e;
            if (e > 0) weighted = fmaf(e, x[k] - max, weighted);
        }
    }
    __device__ void join(Softmax other) {
        rescale(other.max);
        other.rescale(max);
        sum += other.sum;
        weighted += other.weighted;
    }
    __device__ Softmax shuffled(int apart) const {
        return {__shfl_xor_sync(ALL, max, apart), __shfl_xor_sync(ALL, sum, apart), __shfl_xor_sync(ALL, weighted, apart)};
    }
};

/* Of the row x[0…V-1]·scale, by a whole block; the same bits in every thread. */
template <int W, class T>
__device__ Softmax block_softmax(const T *x, float scale, int64_t V) {
    struct Parts {
        Softmax of[WARP];
    };
    auto &parts = shared<Parts>().of;
    Softmax own = {-INFINITY, 0, 0};
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < V; v += static_cast<int64_t>(blockDim.x) * W) {
        Floats<W> logits = load<W>(x + v);
        for (int k = 0; k < W; k++) logits[k] *= scale;
        own.add(logits);
    }
    for (int apart = WARP / 2; apart > 0; apart /= 2) own.join(own.shuffled(apart));
    if (lane() == 0) parts[warp()] = own;
    __syncthreads();
    Softmax all = parts[0];
    for (int w = 1; w < static_cast<int>(blockDim.x) / WARP; w++) all.join(parts[w]);
    __syncthreads(); /* parts may be written again at once */
    return all;
}

}  // namespace
}  // namespace reft
