/*
 * What the rungs of the ladders are given: one record an op. A rung is a version of a kernel that was tried and is not
 * in kernels/; ladder.cu lists them all, checks them and times them.
 *
 * Each rung is a file of its own, <op>/<number>_<idea>.cu, with a namespace of its own, and opens with its idea, its floor, its
 * prediction, its figure (once it was measured) and the verdict. Predictions are for one H200, from these figures:
 *   measured on one: copies 4.3 TB/s, dense bf16 790 TFLOP/s; a second launch on a stream counts as 3 µs
 *   the hardware's: 132 multiprocessors at up to 1.98 GHz, each in a cycle 128 fp32 FMAs and 128 bytes of shared memory or L1
 *   assumed: L2 gives 5,120 bytes a cycle, memory answers after some 700 cycles (0.35 µs), mma.sync reaches 63 % of what wgmma does
 * By Little's law 4.3 TB/s · 0.35 µs = 1.5 MB must be under way to fill the memory: 11.5 KB a multiprocessor.
 */
#pragma once

#include "common.cuh"

namespace reft {

/* matmul: out [M,N] = x [M,K] · wᵀ, w [N,K]; K is a multiple of 8, so that rows start on 16 bytes. */
struct Product {
    bf16 *out;
    const bf16 *x, *w;
    int64_t M, N, K;
    void *stream;
};

/* classifier: log-probability of the targets [N], entropy and log Σ exp of each row of logits [N,V], all finite. */
struct Classification {
    float *logprob, *entropy, *lse;
    const bf16 *logits;
    const int32_t *targets;
    int64_t N, V;
    void *stream;
};

/* attention_cached, decoding: one new token of each of B sequences against its pages, as reft.h has them. qkv
 * [B,(NH+2·NKV)·HS], out [B,NH·HS], pages [pages,NKV,REFT_KV_PAGE,HS], block_table [B,max_blocks], context [B], ≥ 1. */
struct Decoding {
    bf16 *out;
    const bf16 *qkv, *k_pages, *v_pages;
    const int32_t *context, *block_table;
    int64_t B, max_blocks, longest_context, NH, NKV, HS;
    void *stream;

    __device__ const bf16 *query(int64_t b, int64_t head) const { return qkv + (b * (NH + 2 * NKV) + head) * HS; }
    /* Where the key and the value of token `i` of sequence b for query head `head` start, behind k_pages and v_pages. */
    __device__ int64_t at(int64_t b, int64_t head, int i) const {
        const int64_t page = block_table[b * max_blocks + i / REFT_KV_PAGE];
        return ((page * NKV + head / (NH / NKV)) * REFT_KV_PAGE + i % REFT_KV_PAGE) * HS;
    }
    __device__ float scale() const { return rsqrtf(static_cast<float>(HS)); }
};

}  // namespace reft
