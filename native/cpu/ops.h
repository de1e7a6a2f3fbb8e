/*
 * libreft_cpu: reft.h for CPUs, float32 storage; packed weights and the key/value cache may be bf16.
 *
 * The scheme. abi.cpp exports the C functions of reft.h: each checks its arguments and calls an op. Ops whose loops are
 * hot live in isa/, one family a file; those files are compiled once for each instruction set (scalar, avx2, avx512)
 * into a namespace of that name, on top of isa/simd.h, which hides the vector width. Each set ends in a table of function
 * pointers, `struct Ops` below; library.cpp picks the table at run time. Sets that have more than another one in products of
 * bf16 alone (avx512_bf16, amx) compile isa/linear_bf16.cpp, and take the rest from that other. What is never hot (ppo.cpp) is
 * compiled once.
 *
 * Rules of the ops. Sizes are positive and pointers good: abi.cpp saw to that. Memory is had from scratch(), by the
 * calling thread, before a parallel region starts: inside one nothing may throw. A region runs on one thread or on all
 * of them (workers()), since libgomp ends threads when a team shrinks. No floating-point contraction: a product is fused
 * where the source says fma(), so a row's bits do not depend on where the compiler drew the tail of a loop.
 */
#ifndef REFT_CPU_OPS_H
#define REFT_CPU_OPS_H

#include "reft.h"

#include <stddef.h>
#include <stdint.h>

namespace reft {

/* Ops that exist once for each way of multiplying bf16: name and parameters, as in reft.h with dtype and stream gone. */
#define REFT_BF16_OPS(OP)                                                                                                                  \
    OP(int64_t, packed_bf16_size, (int64_t N, int64_t K))                                                                                  \
    OP(void, pack_bf16, (uint16_t *packed, const float *b, int64_t N, int64_t K))                                                          \
    OP(void, linear_bf16,                                                                                                                  \
            (float *out, float *before, const float *a, const uint16_t *packed, const float *bias, int64_t M, int64_t N, int64_t K,        \
                    int32_t activation))

/* Every op that exists once for each instruction set. */
#define REFT_OPS(OP)                                                                                                                       \
    REFT_BF16_OPS(OP)                                                                                                                      \
    OP(void, convert, (void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n))                                         \
    OP(void, fill, (float *x, float value, int64_t n))                                                                                     \
    OP(void, add, (float *y, const float *x, int64_t n))                                                                                   \
    OP(void, gather_rows, (float *out, const float *x, const int32_t *rows, int64_t M, int64_t C))                                         \
    OP(void, scatter_add_rows, (float *x, const float *delta, const int32_t *rows, int64_t M, int64_t C))                                  \
    OP(void, bias_forward, (float *x, const float *bias, int64_t N, int64_t C))                                                            \
    OP(void, bias_backward, (float *dbias, const float *dout, int64_t N, int64_t C))                                                       \
    OP(void, embedding_forward,                                                                                                            \
            (float *out, const int32_t *ids, const int32_t *positions, const float *wte, const float *wpe, int64_t position_offset,        \
                    int64_t N, int64_t C))                                                                                                 \
    OP(void, embedding_backward,                                                                                                           \
            (float *dtable, const float *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N, int64_t C))          \
    OP(void, layernorm_forward,                                                                                                            \
            (float *out, float *mean, float *rstd, float *sum, const float *x, const float *delta, const float *weight, const float *bias, \
                    float eps, int64_t N, int64_t C))                                                                                      \
    OP(void, layernorm_backward,                                                                                                           \
            (float *dx, float *dweight, float *dbias, const float *dout, const float *x, const float *weight, const float *mean,           \
                    const float *rstd, int64_t N, int64_t C))                                                                              \
    OP(void, rmsnorm_forward,                                                                                                              \
            (float *out, float *rstd, float *sum, const float *x, const float *delta, const float *weight, float eps, int64_t N,           \
                    int64_t C))                                                                                                            \
    OP(void, rmsnorm_backward,                                                                                                             \
            (float *dx, float *dweight, const float *dout, const float *x, const float *weight, const float *rstd, int64_t N, int64_t C))  \
    OP(void, activation_forward, (int32_t kind, float *out, float *x, const float *bias, int64_t N, int64_t F))                            \
    OP(void, activation_backward, (int32_t kind, float *dx, const float *x, const float *dout, int64_t N, int64_t F))                      \
    OP(void, swiglu_forward, (float *out, const float *gate_up, int64_t N, int64_t F))                                                     \
    OP(void, swiglu_backward, (float *dgate_up, const float *gate_up, const float *dout, int64_t N, int64_t F))                            \
    OP(void, rope,                                                                                                                         \
            (float *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, bool inverse))   \
    OP(void, attention_forward,                                                                                                            \
            (float *out, float *lse, const float *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV,           \
                    int64_t HS, int64_t window, float scale))                                                                              \
    OP(void, attention_backward,                                                                                                           \
            (float *dqkv, float *delta, const float *dout, const float *qkv, const float *out, const float *lse,                           \
                    const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale))    \
    OP(void, kv_append,                                                                                                                    \
            (void *k_pages, void *v_pages, int32_t cache_type, float *qkv, const int64_t *slots, const int32_t *positions,                 \
                    const float *table, int64_t N, int64_t NH, int64_t NKV, int64_t HS))                                                   \
    OP(void, attention_cached,                                                                                                             \
            (float *out, const float *qkv, const void *k_pages, const void *v_pages, int32_t cache_type, const int32_t *cu_new,            \
                    const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks, int64_t NH, int64_t NKV, \
                    int64_t HS, int64_t window, float scale))                                                                              \
    OP(void, matmul,                                                                                                                       \
            (float *out, const float *a, const float *b, int64_t M, int64_t N, int64_t K, bool transpose_a, int32_t form, float alpha,     \
                    float beta))                                                                                                           \
    OP(void, linear,                                                                                                                       \
            (float *out, float *before, const float *a, const float *b, const float *bias, int64_t M, int64_t N, int64_t K, int32_t form,  \
                    int32_t activation))                                                                                                   \
    OP(int64_t, packed_size, (int64_t N, int64_t K))                                                                                       \
    OP(void, matmul_pack, (float *packed, const float *b, int64_t N, int64_t K))                                                           \
    OP(void, logprob_forward,                                                                                                              \
            (float *logprob, float *entropy, float *lse, const float *logits, const int32_t *targets, float inv_temperature, int64_t N,    \
                    int64_t V))                                                                                                            \
    OP(void, logprob_backward,                                                                                                             \
            (float *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy, const float *entropy,  \
                    float inv_temperature, int64_t N, int64_t V))                                                                          \
    OP(void, cross_entropy, (float *loss, float *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V))               \
    OP(double, sum_squares, (const float *x, int64_t n))                                                                                   \
    OP(void, adamw,                                                                                                                        \
            (float *param, const float *grad, float *m, float *v, float grad_scale, void *copy, int32_t copy_type, float lr, float beta1,  \
                    float beta2, float eps, float decay, int64_t step, int64_t n))                                                         \
    /* Returns the first row that has no token to draw (a NaN, or nothing finite), or -1. */                                               \
    OP(int64_t, sample,                                                                                                                    \
            (int32_t *tokens, float *logprob, const float *logits, float temperature, int64_t top_k, float top_p, int64_t seed,            \
                    const int64_t *sequence, const int32_t *position, int64_t B, int64_t V))

struct Ops {
    const char *name;
#define REFT_FIELD(result, name, parameters) result(*name) parameters;
    REFT_OPS(REFT_FIELD)
#undef REFT_FIELD
};

/* The table in use. */
extern const Ops *ops;

namespace scalar {
extern const Ops ops;
}
namespace avx2 {
extern const Ops ops;
}
namespace avx512 {
extern const Ops ops;
}

/* Threads in use, and the number of them that work of about this many nanoseconds is worth: one, or all. */
extern int threads;
inline int workers(int64_t nanoseconds) { return nanoseconds < 20000 ? 1 : threads; }

/* Memory of the calling thread, aligned to 64 bytes, kept until its next call of scratch. Throws std::bad_alloc. */
void *scratch(size_t bytes);
inline float *scratch_floats(int64_t n) { return static_cast<float *>(scratch(static_cast<size_t>(n) * sizeof(float))); }

/* ppo.cpp: see reft.h. */
void kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B);
void gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma, float lambda,
        int64_t B);
void whiten(float *x, bool keep_mean, int64_t n);
void ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n);
void kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n);

}  // namespace reft

#endif
