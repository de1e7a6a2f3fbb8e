/*
 * reft.h: the one C ABI between the Java runtime and its kernels.
 *
 * libreft_cpu.so and libreft_cuda.so export exactly these symbols. What crosses here are operations on tensors, never
 * models: a transformer is a list of these calls. Matrix products for training may also come from oneDNN or cuBLASLt,
 * past this header.
 *
 * Rules that hold for every function unless it says otherwise:
 *  - It returns 0, or a REFT_… status; reft_last_error() then has a sentence naming the op and its sizes. Nothing exits,
 *    aborts or throws. A call with a size of 0 does nothing and returns 0.
 *  - Pointers are addresses in the memory of the library's device; tensors are row-major and dense. Pointers marked
 *    "or NULL" may be absent. Outputs must not overlap inputs unless an "in place" note allows it.
 *  - `stream` is a cudaStream_t; calls are ordered on it and do not wait. The CPU library ignores it and returns when
 *    the work is done.
 *  - `dtype` is the storage of the activations and of the parameters next to them, marked T below: REFT_F32 or
 *    REFT_BF16. Sums, softmax, norms and losses are computed in fp32 or better. Gradients of parameters are fp32 always
 *    and are added to, so that micro-batches accumulate. On the CPU T is REFT_F32; packed weights and the key/value cache
 *    may be REFT_BF16 there.
 *  - Results are bit-equal from run to run for the same inputs, device and number of threads; there are no atomics on
 *    floats. Where a result does not even depend on the other rows of the batch, the op says "row-invariant".
 *
 * Names: B sequences, N packed tokens, C channels, NH heads, NKV key/value heads, HS head size, F inner width of the
 * MLP, V vocabulary, P positions, A actions. cu_seqlens[B+1] starts at 0 and ends at N: sequence b owns the tokens
 * cu_seqlens[b] … cu_seqlens[b+1]-1.
 */
#ifndef REFT_H
#define REFT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REFT_API __attribute__((visibility("default")))
#define REFT_ABI_VERSION 2

/* Statuses. */
#define REFT_OK 0
#define REFT_BAD_ARGUMENT 1  /* a size, pointer or combination that the op does not take */
#define REFT_UNSUPPORTED 2   /* right, but not on this device (a dtype, a head size) */
#define REFT_OUT_OF_MEMORY 3 /* host or device memory ran out */
#define REFT_DEVICE_FAILED 4 /* the driver or a launch failed */

/* Storage types. */
#define REFT_F32 0
#define REFT_BF16 1
#define REFT_F16 2 /* reft_convert only */

/* Activation functions of reft_activation_* and reft_linear. */
#define REFT_NONE -1     /* reft_linear only */
#define REFT_GELU 0      /* x·Φ(x), by erf */
#define REFT_GELU_TANH 1 /* the tanh approximation */
#define REFT_RELU 2

/* Forms of the right operand of reft_matmul and reft_linear. */
#define REFT_PLAIN 0
#define REFT_TRANSPOSED 1
#define REFT_PACKED 2
#define REFT_PACKED_BF16 3 /* reft_linear only */

/* Tokens in one page of a key/value cache. */
#define REFT_KV_PAGE 16

/* ---------------------------------------------------------------- the library itself */

/* REFT_ABI_VERSION as compiled in. */
REFT_API int32_t reft_abi_version(void);

/* The last error of the calling thread, UTF-8, valid until its next failing call; "" when there was none. */
REFT_API const char *reft_last_error(void);

/* One line on the device: "cpu avx2, 2 threads". Valid until the thread's next call of it. */
REFT_API const char *reft_describe(void);

/* Threads of the CPU library, ≥ 1; the CUDA library accepts and ignores it. Call from the thread that makes all calls. */
REFT_API int32_t reft_set_threads(int32_t threads);

/* Forces an instruction set for tests: "scalar", "avx2", "avx512", "avx512_bf16", "amx" or "auto" on the CPU, REFT_UNSUPPORTED where
 * the processor lacks it ("amx_emulated" multiplies bf16 as AMX does, slowly, on all); on CUDA "sm_80", the kernels that every device
 * can run, or "auto". */
REFT_API int32_t reft_set_isa(const char *isa);

/* Settings for tests and for finding faults, apart by commas; "" for none, which is where they start. On CUDA:
 *   sync                 waits after each kernel that is not being captured, so that a fault is told of the op that made it
 *   tile=NAME            matrix products take that tile where they can: wide, square, low or narrow in those of sm_90a, wide,
 *                        middle, short or shortest in the others
 *   multiprocessors=N    what the choice of tiles and grids assumes
 * The CPU library checks them and does nothing with them. */
REFT_API int32_t reft_set_debug(const char *settings);

/* Scratch memory of the device, lent until the next call; ops that reduce across blocks need it on CUDA (they say how
 * much in their error). The CPU library ignores it. */
REFT_API int32_t reft_set_workspace(void *memory, int64_t bytes);

/* ---------------------------------------------------------------- memory-bound basics */

/* dst[i] = src[i] in another storage type, round to nearest even. dst, src [n]; types REFT_F32/BF16/F16. */
REFT_API int32_t reft_convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n, void *stream);

/* x[i] = value. x [n] T. */
REFT_API int32_t reft_fill(void *x, float value, int64_t n, int32_t dtype, void *stream);

/* y[i] += x[i]: the residual add, and the sum of gradients. x, y [n] T. */
REFT_API int32_t reft_add(void *y, const void *x, int64_t n, int32_t dtype, void *stream);

/* out[m] = x[rows[m]]: the rows whose predictions are wanted. out [M,C] T, x [N,C] T, rows [M] in 0…N-1. */
REFT_API int32_t reft_gather_rows(void *out, const void *x, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream);

/* x[rows[m]] += delta[m]; rows are distinct. The backward of reft_gather_rows. */
REFT_API int32_t reft_scatter_add_rows(void *x, const void *delta, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream);

/* Token plus learned position embedding.
 * out[n] = wte[ids[n]] + wpe[positions[n] + position_offset]. out [N,C] T; wte [V,C] T; wpe [P,C] T or NULL (rotary
 * models); ids, positions [N]. position_offset is 2 for OPT. */
REFT_API int32_t reft_embedding_forward(void *out, const int32_t *ids, const int32_t *positions, const void *wte, const void *wpe,
        int64_t position_offset, int64_t N, int64_t C, int64_t V, int64_t P, int32_t dtype, void *stream);

/* dtable[index[n] + offset] += dout[n], summed in the order of the tokens. dtable [R,C] fp32; dout [N,C] T; index [N];
 * order [N]: the tokens sorted by index, stably, so that equal rows lie together and no two workers meet in one. Serves
 * both tables of the embedding. */
REFT_API int32_t reft_embedding_backward(float *dtable, const void *dout, const int32_t *index, const int32_t *order, int64_t offset,
        int64_t N, int64_t C, int64_t R, int32_t dtype, void *stream);

/* x[n] += bias, in place. x [N,C] T; bias [C] T. */
REFT_API int32_t reft_bias_forward(void *x, const void *bias, int64_t N, int64_t C, int32_t dtype, void *stream);

/* dbias += Σ_n dout[n]. dbias [C] fp32; dout [N,C] T. */
REFT_API int32_t reft_bias_backward(float *dbias, const void *dout, int64_t N, int64_t C, int32_t dtype, void *stream);

/* ---------------------------------------------------------------- norms, with the residual add fused in front */

/* sum = x + delta; out = (sum - mean)·rstd·weight + bias, row by row. out, x, delta, sum [N,C] T; delta NULL: sum is x
 * and `sum` may be NULL; sum may be x (in place). weight, bias [C] T or NULL (no parameters: 1 and 0). mean, rstd [N]
 * fp32 or NULL (inference). rstd = 1/√(var + eps), var over C (not C-1). Row-invariant. */
REFT_API int32_t reft_layernorm_forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta,
        const void *weight, const void *bias, float eps, int64_t N, int64_t C, int32_t dtype, void *stream);

/* dx += gradient of the norm's input; dweight, dbias += theirs. dx, dout, x [N,C] T, x being the norm's input (`sum`
 * above); dweight, dbias [C] fp32, NULL where the norm has no parameters or they are frozen. */
REFT_API int32_t reft_layernorm_backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight,
        const float *mean, const float *rstd, int64_t N, int64_t C, int32_t dtype, void *stream);

/* sum = x + delta; out = sum·rstd·weight, rstd = 1/√(mean(sum²) + eps). As reft_layernorm_forward. Row-invariant. */
REFT_API int32_t reft_rmsnorm_forward(void *out, float *rstd, void *sum, const void *x, const void *delta, const void *weight, float eps,
        int64_t N, int64_t C, int32_t dtype, void *stream);

/* As reft_layernorm_backward, for the RMS norm. */
REFT_API int32_t reft_rmsnorm_backward(void *dx, float *dweight, const void *dout, const void *x, const void *weight, const float *rstd,
        int64_t N, int64_t C, int32_t dtype, void *stream);

/* ---------------------------------------------------------------- MLP */

/* x += bias (in place, kept for the backward); out = f(x). x, out [N,F] T; bias [F] T or NULL; out may be x when no
 * backward follows. kind: REFT_GELU, REFT_GELU_TANH, REFT_RELU. */
REFT_API int32_t reft_activation_forward(int32_t kind, void *out, void *x, const void *bias, int64_t N, int64_t F, int32_t dtype,
        void *stream);

/* dx = dout·f'(x), x being what the forward left in x. dx may be dout (in place). [N,F] T. */
REFT_API int32_t reft_activation_backward(int32_t kind, void *dx, const void *x, const void *dout, int64_t N, int64_t F, int32_t dtype,
        void *stream);

/* out = silu(gate)·up. gate_up [N,2F] T: gate in the first F columns, up in the last; out [N,F] T. */
REFT_API int32_t reft_swiglu_forward(void *out, const void *gate_up, int64_t N, int64_t F, int32_t dtype, void *stream);

/* dgate_up from dout. dgate_up, gate_up [N,2F] T (dgate_up may be gate_up, in place); dout [N,F] T. */
REFT_API int32_t reft_swiglu_backward(void *dgate_up, const void *gate_up, const void *dout, int64_t N, int64_t F, int32_t dtype,
        void *stream);

/* ---------------------------------------------------------------- attention */

/* Rotary position embedding in place, half-rotation as transformers has it: for j < HS/2,
 * (x[j], x[j+HS/2]) ← (x[j]·cos - x[j+HS/2]·sin, x[j+HS/2]·cos + x[j]·sin) in each of the first `heads` heads of a row.
 * qkv [N,row] T, row ≥ heads·HS (queries and keys lie side by side: heads = NH + NKV); positions [N] in 0…P-1;
 * table [P,HS/2,2] fp32: cos and sin of position·frequency. inverse ≠ 0 rotates back: that is the backward. */
REFT_API int32_t reft_rope(void *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS,
        int64_t P, int32_t inverse, int32_t dtype, void *stream);

/* Causal self-attention over packed sequences, grouped heads: query head h reads key/value head h / (NH/NKV).
 * qkv [N,(NH+2·NKV)·HS] T: queries, keys, values; out [N,NH·HS] T; lse [NH,N] fp32 or NULL: log Σ exp of the scaled
 * scores, kept for the backward. scale is 1/√HS for all our models. longest = max sequence length (sizes the grid);
 * window > 0: a token sees itself and window-1 tokens before it; 0: all before it. Row-invariant. */
REFT_API int32_t reft_attention_forward(void *out, float *lse, const void *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH,
        int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale, int32_t dtype, void *stream);

/* dqkv (written whole) from dout. Shapes as the forward; delta [NH,N] fp32 is scratch of the caller. */
REFT_API int32_t reft_attention_backward(void *dqkv, float *delta, const void *dout, const void *qkv, const void *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale,
        int32_t dtype, void *stream);

/* Appends the keys and values of N new tokens to a paged cache, rotating queries and keys first when `table` is given
 * (as reft_rope, in place in qkv). qkv [N,(NH+2·NKV)·HS] T; k_pages, v_pages [pages,NKV,REFT_KV_PAGE,HS] of cache_type, which is T, or
 * REFT_BF16 on the CPU (HS even): keys and values are rounded. Within a head's part of a page the order is the library's own.
 * slots [N]: page·REFT_KV_PAGE + place in the page; positions [N]; table [P,HS/2,2] fp32 or NULL. */
REFT_API int32_t reft_kv_append(void *k_pages, void *v_pages, int32_t cache_type, void *qkv, const int64_t *slots, const int32_t *positions,
        const float *table, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t P, int32_t dtype, void *stream);

/* Attention of the newest tokens of each sequence against its cache, which already holds them (reft_kv_append).
 * out [N,NH·HS] T; qkv as above (queries are read); cu_new [B+1]: new tokens of each sequence (one each when decoding,
 * a whole prompt when prefilling); context [B]: tokens of the sequence in the cache, new ones included;
 * block_table [B,max_blocks]: its pages in order. The last new token has position context[b]-1. Row-invariant: the
 * result is that of reft_attention_forward on the whole sequence, keys and values in cache_type, up to rounding, and does not
 * depend on the batch. */
REFT_API int32_t reft_attention_cached(void *out, const void *qkv, const void *k_pages, const void *v_pages, int32_t cache_type,
        const int32_t *cu_new, const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks,
        int64_t longest_context, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale, int32_t dtype, void *stream);

/* ---------------------------------------------------------------- matrix product */

/* Elements that b [N,K] takes as reft_matmul_pack lays it out in packed_type; 0 where this library reads b as it is (CUDA). */
REFT_API int64_t reft_packed_size(int64_t N, int64_t K, int32_t packed_type);

/* packed, of packed_type, = b [N,K] T in the order in which this library's products read it: worth its while where one b serves
 * several products of few rows. REFT_BF16 rounds to nearest even. The order is the processor's own: not for keeping in files, nor
 * past reft_set_isa. */
REFT_API int32_t reft_matmul_pack(void *packed, int32_t packed_type, const void *b, int64_t N, int64_t K, int32_t dtype, void *stream);

/* out = alpha·op(a)·op(b) + beta·out. op(a) [M,K] is a [M,K] T or, with transpose_a, stored as [K,M] T; op(b) [K,N] is b in
 * the form REFT_PLAIN [K,N] T, REFT_TRANSPOSED [N,K] T or REFT_PACKED, which reft_matmul_pack made of [N,K] in T (CPU only). out
 * [M,N] of out_type (REFT_F32 or REFT_BF16); accumulation in fp32. beta = 0 never reads out. Row-invariant: row m depends
 * on row m of op(a), on b and on the sizes N and K alone; REFT_PACKED gives the bits of REFT_TRANSPOSED. */
REFT_API int32_t reft_matmul(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K,
        int32_t transpose_a, int32_t form_b, float alpha, float beta, int32_t dtype, void *stream);

/* A linear layer in one pass over its result: z = a·bᵀ + bias; out = f(z), f being REFT_NONE, REFT_GELU, REFT_GELU_TANH or
 * REFT_RELU. out [M,N] T; a [M,K] T; b [N,K] T as REFT_TRANSPOSED, or REFT_PACKED, or, where T is REFT_F32, REFT_PACKED_BF16:
 * then a is rounded to bf16 as well (nearest, even), and products are summed in fp32, numbers below 2⁻¹²⁶ counting as 0 where the
 * processor multiplies bf16 itself (CPU only). bias [N] T or NULL; before [M,N] T or NULL: z, as reft_activation_backward reads
 * it (with REFT_NONE it is out itself: NULL). f sees z as stored in T.
 * Row-invariant, and in fp32 with the bits of reft_matmul, reft_bias_forward and reft_activation_forward one after the
 * other; in bf16 the sum is rounded once, not twice. */
REFT_API int32_t reft_linear(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K,
        int32_t form_b, int32_t activation, int32_t dtype, void *stream);

/* ---------------------------------------------------------------- heads and losses */

/* Log-probability of the target and entropy of softmax(logits·inv_temperature), row by row.
 * logits [N,V] T; targets [N]; logprob, entropy, lse [N] fp32, entropy and lse or NULL. lse is of the scaled logits.
 * Row-invariant. */
REFT_API int32_t reft_logprob_forward(float *logprob, float *entropy, float *lse, const void *logits, const int32_t *targets,
        float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *stream);

/* Turns logits into their own gradient, in place: logits[n,v] ←
 * inv_temperature·( dlogprob[n]·(1[v = target] - p_v) - dentropy[n]·p_v·(log p_v + entropy[n]) ).
 * dlogprob [N]; dentropy, entropy [N] or both NULL; lse [N] from the forward. */
REFT_API int32_t reft_logprob_backward(void *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *stream);

/* Supervised cross-entropy and its gradient in one pass: loss[n] = -log p(target), and logits[n] ← weight[n]·(p - onehot),
 * in place. loss, weight [N] fp32; weight NULL: the loss alone, logits untouched. */
REFT_API int32_t reft_cross_entropy(float *loss, void *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V,
        int32_t dtype, void *stream);

/* The reward of each action: -beta·(old_logprob - ref_logprob), plus score[b] at the last action of sequence b
 * (ReFT §3.2). rewards, old_logprob, ref_logprob [A]; score [B]; cu_actions [B+1]. */
REFT_API int32_t reft_kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob,
        const int32_t *cu_actions, float beta, int64_t B, int64_t A, void *stream);

/* Generalised advantage estimation (Schulman et al. 2016, eq. 16), each sequence from its end, the value after the last action being 0:
 * δ_t = r_t + gamma·v_{t+1} - v_t; advantage_t = δ_t + gamma·lambda·advantage_{t+1}; return_t = advantage_t + v_t.
 * advantages, returns, rewards, values [A]; cu_actions [B+1]. */
REFT_API int32_t reft_gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions,
        float gamma, float lambda, int64_t B, int64_t A, void *stream);

/* x ← (x - mean)/√(var + 1e-8), var with n-1 in the denominator as torch.var (0 where n = 1); keep_mean ≠ 0 adds the
 * mean back. x [n], in place. */
REFT_API int32_t reft_whiten(float *x, int32_t keep_mean, int64_t n, void *stream);

/* The clipped PPO losses of each action (METHOD: PPO) and their gradients.
 * ratio = exp(logprob - old_logprob); pg = max(-A·ratio, -A·clip(ratio, 1 - clip_low, 1 + clip_high)); the paper has one
 * bound for both, DAPO (arXiv 2503.14476, §3.1) a higher upper one.
 * vf = ½·max((v-R)², (clip(v, v_old±value_clip)-R)²). dlogprob = weight·∂pg/∂logprob; dvalue = weight·vf_coef·∂vf/∂v.
 * All arrays [n] fp32. weight holds each action's share in the mean, 1/(actions of its sequence · sequences of the
 * batch). pg, vf, clipped (1 where pg took its clipped side) or NULL; dvalue, value, old_value, returns, vf all NULL
 * for a loss without value head. At equality of the two sides the unclipped one is taken, as torch.max splits evenly
 * between equal sides that are the same function. */
REFT_API int32_t reft_ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob,
        const float *old_logprob, const float *advantages, const float *value, const float *old_value, const float *returns,
        const float *weight, float clip_low, float clip_high, float value_clip, float vf_coef, int64_t n, void *stream);

/* A penalty in the loss for leaving the reference: the estimator k3 of KL(policy ‖ reference) of each action (Schulman, "Approximating KL
 * divergence"; GRPO, arXiv 2402.03300, eq. 4), kl = exp(d) - 1 - d with d = ref_logprob - logprob, and its gradient:
 * dlogprob += weight·beta·(1 - exp(d)). All arrays [n] fp32; kl may be NULL. d is bounded to ±20, where exp(d) would leave fp32's useful
 * range. */
REFT_API int32_t reft_kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta,
        int64_t n, void *stream);

/* ---------------------------------------------------------------- optimiser */

/* out[0] += Σ x², in double inside. x [n] fp32; out [1] fp32. Add up several buffers by several calls. */
REFT_API int32_t reft_sum_squares(float *out, const float *x, int64_t n, void *stream);

/* From sum_squares [1]: norm_scale[0] = its square root, norm_scale[1] = min(1, max_norm/(norm + 1e-6)); max_norm ≤ 0:
 * scale 1. If the norm is not finite the scale is 0 and reft_adamw leaves everything as it was. */
REFT_API int32_t reft_clip_scale(float *norm_scale, const float *sum_squares, float max_norm, void *stream);

/* One step of AdamW (Loshchilov & Hutter 2019) as torch.optim.AdamW does it, over a flat buffer.
 * g = grad·norm_scale[1]; m ← b1·m + (1-b1)·g; v ← b2·v + (1-b2)·g²; p ← p·(1 - lr·decay) - lr·m̂/(√v̂ + eps), with
 * m̂ = m/(1-b1^step), v̂ = v/(1-b2^step), step from 1. param, grad, m, v [n] fp32; norm_scale [2] or NULL;
 * copy [n] of copy_type receives the new parameters (the bf16 working copy), or NULL. norm_scale[1] = 0 skips the step. */
REFT_API int32_t reft_adamw(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, int32_t copy_type,
        float lr, float beta1, float beta2, float eps, float decay, int64_t step, int64_t n, void *stream);

/* ---------------------------------------------------------------- sampling */

/* Draws one token a row. temperature 0: the arg max (the lowest id among equals). Otherwise from
 * softmax(logits/temperature), cut first to the top_k most likely (0: all), then to the smallest set of most likely
 * tokens whose probability reaches top_p (1: all), by inverting the cumulative distribution in the order of token ids at
 * u: the first one that exceeds u times its total. The second cut is by the probabilities that the first leaves.
 * u = (w >> 8)·2⁻²⁴, w being the first word of Philox4x32-10 (Salmon et al. 2011) with the key (seed's low word, high
 * word) and the counter (sequence[b]'s low word, high word, position[b], 0). So a draw depends on its own row, sequence
 * and position alone. A row with a NaN or +∞, or with nothing finite, is REFT_BAD_ARGUMENT on the CPU. tokens [B]; logprob [B]: log
 * softmax(logits) of the drawn token, at temperature 1 and uncut; logits
 * [B,V] T, untouched; sequence [B]; position [B] of the token drawn. */
REFT_API int32_t reft_sample(int32_t *tokens, float *logprob, const void *logits, float temperature, int64_t top_k, float top_p,
        int64_t seed, const int64_t *sequence, const int32_t *position, int64_t B, int64_t V, int32_t dtype, void *stream);

/* What follows a drawn token, for B sequences that decode together: it is noted, and the inputs of the next step are set, so
 * that steps follow one another without the host. For each b with remaining[b] > 0: tokens[b], logprob[b] and values[b] go to
 * place count[b] of row b of noted_tokens, noted_logprob and noted_values, and count[b] rises; remaining[b] falls, to 0 where
 * the token is one of the E ids in `eos` or is -1; and where some still remain, ids[b] = tokens[b], positions[b] and
 * context[b] rise, and slots[b] is the slot of the new position by block_table. A sequence with none remaining keeps its
 * inputs, so that its next steps repeat its last one and change nothing.
 * ids, positions, context, remaining, count, tokens [B]; slots [B]; logprob [B]; values [B] and noted_values both NULL without
 * a value head; noted_… [B,S]: no count reaches S; block_table [B,max_blocks]; eos [E], NULL where E is 0. */
REFT_API int32_t reft_decode_advance(int32_t *ids, int32_t *positions, int64_t *slots, int32_t *context, int32_t *remaining, int32_t *count,
        int32_t *noted_tokens, float *noted_logprob, float *noted_values, const int32_t *tokens, const float *logprob, const float *values,
        const int32_t *block_table, const int32_t *eos, int64_t B, int64_t S, int64_t max_blocks, int64_t E, void *stream);

#ifdef __cplusplus
}
#endif
#endif
