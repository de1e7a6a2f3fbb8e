/*
 * What native/cuda/ and kernels/ know of each other. A launcher computes the op of its name in reft.h; its arguments are
 * checked by then and no size is 0. It throws Failure, which never leaves the library: the shell turns it into a status.
 */
#pragma once

#include "failure.h"
#include "reft.h"

#include <stddef.h>
#include <stdint.h>

namespace reft {

/* `bytes` of the memory lent by reft_set_workspace, from its start: one call an op. Throws Failure where it is too small. */
void *workspace(int64_t bytes);

/* Multiprocessors of the current device. */
int multiprocessors();

/* Bytes of shared memory that a block can have on every device: those of compute capability 8.6, 8.9 and 12.0 have no more. */
constexpr size_t LEAST_SHARED = 99 << 10;

/* True where the current device has the instructions of sm_90a and reft_set_isa does not forbid them. */
bool hopper();

/* basics.cu */
void convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n, void *stream);
void fill(void *x, float value, int64_t n, int32_t dtype, void *stream);
void add(void *y, const void *x, int64_t n, int32_t dtype, void *stream);
void gather_rows(void *out, const void *x, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream);
void scatter_add_rows(void *x, const void *delta, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream);
void bias_forward(void *x, const void *bias, int64_t N, int64_t C, int32_t dtype, void *stream);
void bias_backward(float *dbias, const void *dout, int64_t N, int64_t C, int32_t dtype, void *stream);

/* embedding.cu */
void embedding_forward(void *out, const int32_t *ids, const int32_t *positions, const void *wte, const void *wpe, int64_t position_offset,
        int64_t N, int64_t C, int32_t dtype, void *stream);
void embedding_backward(float *dtable, const void *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N, int64_t C,
        int32_t dtype, void *stream);

/* norm.cu */
void layernorm_forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta, const void *weight,
        const void *bias, float eps, int64_t N, int64_t C, int32_t dtype, void *stream);
void layernorm_backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight, const float *mean,
        const float *rstd, int64_t N, int64_t C, int32_t dtype, void *stream);
void rmsnorm_forward(void *out, float *rstd, void *sum, const void *x, const void *delta, const void *weight, float eps, int64_t N,
        int64_t C, int32_t dtype, void *stream);
void rmsnorm_backward(void *dx, float *dweight, const void *dout, const void *x, const void *weight, const float *rstd, int64_t N,
        int64_t C, int32_t dtype, void *stream);

/* mlp.cu */
void activation_forward(int32_t kind, void *out, void *x, const void *bias, int64_t N, int64_t F, int32_t dtype, void *stream);
void activation_backward(int32_t kind, void *dx, const void *x, const void *dout, int64_t N, int64_t F, int32_t dtype, void *stream);
void swiglu_forward(void *out, const void *gate_up, int64_t N, int64_t F, int32_t dtype, void *stream);
void swiglu_backward(void *dgate_up, const void *gate_up, const void *dout, int64_t N, int64_t F, int32_t dtype, void *stream);

/* rope.cu */
void rope(void *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, bool inverse,
        int32_t dtype, void *stream);
void kv_append(void *k_pages, void *v_pages, void *qkv, const int64_t *slots, const int32_t *positions, const float *table, int64_t N,
        int64_t NH, int64_t NKV, int64_t HS, int32_t dtype, void *stream);

/* attention.cu, attention_cached.cu */
void attention_forward(void *out, float *lse, const void *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV,
        int64_t HS, int64_t longest, int64_t window, float scale, int32_t dtype, void *stream);
void attention_backward(void *dqkv, float *delta, const void *dout, const void *qkv, const void *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale,
        int32_t dtype, void *stream);
void attention_cached(void *out, const void *qkv, const void *k_pages, const void *v_pages, const int32_t *cu_new, const int32_t *context,
        const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks, int64_t longest_context, int64_t NH, int64_t NKV, int64_t HS,
        int64_t window, float scale, int32_t dtype, void *stream);

/* matmul.cu */
void matmul(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, bool transpose_a, bool transpose_b,
        float alpha, float beta, int32_t dtype, void *stream);

void linear(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K, int32_t activation,
        int32_t dtype, void *stream);

/* matmul_hopper.cu, bf16 alone; false where it has no kernel for such a product. */
bool matmul_hopper(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, bool transpose_a,
        bool transpose_b, float alpha, float beta, void *stream);
bool linear_hopper(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K,
        int32_t activation, void *stream);

/* classifier.cu */
void logprob_forward(float *logprob, float *entropy, float *lse, const void *logits, const int32_t *targets, float inv_temperature,
        int64_t N, int64_t V, int32_t dtype, void *stream);
void logprob_backward(void *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *stream);
void cross_entropy(float *loss, void *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V, int32_t dtype,
        void *stream);

/* ppo.cu */
void kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B, void *stream);
void gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma, float lambda,
        int64_t B, void *stream);
void whiten(float *x, bool keep_mean, int64_t n, void *stream);
void ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n, void *stream);
void kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n,
        void *stream);

/* adamw.cu */
void sum_squares(float *out, const float *x, int64_t n, void *stream);
void clip_scale(float *norm_scale, const float *sum_squares, float max_norm, void *stream);
void adamw(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, int32_t copy_type, float lr,
        float beta1, float beta2, float eps, float decay, int64_t step, int64_t n, void *stream);

/* sample.cu */
void sample(int32_t *tokens, float *logprob, const void *logits, float temperature, int64_t top_k, float top_p, int64_t seed,
        const int64_t *sequence, const int32_t *position, int64_t B, int64_t V, int32_t dtype, void *stream);

/* decode.cu */
void decode_advance(int32_t *ids, int32_t *positions, int64_t *slots, int32_t *context, int32_t *remaining, int32_t *count,
        int32_t *noted_tokens, float *noted_logprob, float *noted_values, const int32_t *tokens, const float *logprob, const float *values,
        const int32_t *block_table, const int32_t *eos, int64_t B, int64_t S, int64_t max_blocks, int64_t E, void *stream);

}  // namespace reft
