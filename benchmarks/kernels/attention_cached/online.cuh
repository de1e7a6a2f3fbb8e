/* What 02 and 03 share: a block's online softmax over some keys of one head. Nothing is kept of a key but what it adds. */
#pragma once

#include "rungs.cuh"

namespace reft {

namespace {

constexpr int ONLINE_THREADS = 128, ONLINE_WARPS = ONLINE_THREADS / WARP;

/* Of the keys so far: Σ e^(score-highest)·value for some channels, and Σ e^(score-highest). */
template <int CHANNELS>
struct Online {
    float o[CHANNELS] = {}, highest = -INFINITY, total = 0;

    /* Joins two sets of keys, the second with weight e^(score-highest) for its sums; not both are empty. */
    template <class Value>
    __device__ void join(float other_highest, float other_total, Value value) {
        const float now = fmaxf(highest, other_highest), first = expf(highest - now), second = expf(other_highest - now);
        highest = now;
        total = total * first + other_total * second;
#pragma unroll
        for (int i = 0; i < CHANNELS; i++) o[i] = o[i] * first + value(i) * second;
    }
};

/* Keys begin … end-1, at least one, of a head of sequence b: thread c < HS gets channel c. A warp reads 16 bytes a lane,
 * HS/8 lanes a key, so several keys and their values are under way at once. */
template <int HS>
__device__ inline Online<1> attend_online(const Decoding &d, int64_t b, int64_t head, int begin, int end) {
    constexpr int LANES = HS / 8, KEYS = WARP / LANES;
    struct Warps {
        float parts[ONLINE_WARPS][HS], highest[ONLINE_WARPS], totals[ONLINE_WARPS];
    };
    auto &[parts, highest, totals] = shared<Warps>();
    const int c = lane() % LANES * 8;
    const Floats<8> q = load<8>(d.query(b, head) + c);
    Online<8> own;
    for (int first = begin + warp() * KEYS; first < end; first += ONLINE_WARPS * KEYS) {
        const int key = first + lane() / LANES;
        const bool inside = key < end;
        const int64_t at = d.at(b, head, inside ? key : first) + c;
        const Floats<8> k = load<8>(d.k_pages + at), v = load<8>(d.v_pages + at);
        float dot = 0;
#pragma unroll
        for (int i = 0; i < 8; i++) dot = fmaf(q[i], k[i], dot);
#pragma unroll
        for (int apart = LANES / 2; apart > 0; apart /= 2) dot += __shfl_xor_sync(ALL, dot, apart);
        if (inside) own.join(dot * d.scale(), 1, [&](int i) { return v[i]; });
    }
#pragma unroll
    for (int apart = LANES; apart < WARP; apart *= 2) { /* the keys of the warp */
        Online<8> other;
        other.highest = __shfl_xor_sync(ALL, own.highest, apart);
        other.total = __shfl_xor_sync(ALL, own.total, apart);
#pragma unroll
        for (int i = 0; i < 8; i++) other.o[i] = __shfl_xor_sync(ALL, own.o[i], apart);
        if (other.total > 0) own.join(other.highest, other.total, [&](int i) { return other.o[i]; });
    }
    if (lane() < LANES) {
#pragma unroll
        for (int i = 0; i < 8; i++) parts[warp()][c + i] = own.o[i];
    }
    if (lane() == 0) highest[warp()] = own.highest, totals[warp()] = own.total; /* all lanes have the same */
    __syncthreads();
    Online<1> all;
    if (threadIdx.x < HS)
        for (int w = 0; w < ONLINE_WARPS; w++)
            if (totals[w] > 0) all.join(highest[w], totals[w], [&](int) { return parts[w][threadIdx.x]; });
    return all;
}

/* Calls body.operator()<HS>() for the head sizes that the rungs have. */
template <class Body>
void with_size(int64_t HS, Body body) {
    if (HS == 32) body.template operator()<32>();
    else if (HS == 64) body.template operator()<64>();
    else if (HS == 128) body.template operator()<128>();
    else throw Failure{REFT_UNSUPPORTED, "this rung has heads of 32, 64 and 128 channels, not of " + std::to_string(HS)};
}

}  // namespace

}  // namespace reft
