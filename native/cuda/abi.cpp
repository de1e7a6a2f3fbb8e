/* The functions of reft.h on CUDA: sizes, types and pointers are checked, then the launcher of that name runs. What lies in
 * device memory (ids, offsets) cannot be looked at from here: the caller checks it. Compiled for the emulator too. */
#include "call.h"
#include "launchers.h"

#include <cmath>

using reft::Failure;

int32_t reft_convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n, void *stream) {
    CALL;
    call.size("n", n).pointers({dst, src});
    call.must(dst_type >= REFT_F32 && dst_type <= REFT_F16 && src_type >= REFT_F32 && src_type <= REFT_F16, "no such dtype: %d or %d",
            dst_type, src_type);
    return call.run([=] { reft::convert(dst, dst_type, src, src_type, n, stream); });
}

int32_t reft_fill(void *x, float value, int64_t n, int32_t dtype, void *stream) {
    CALL;
    return call.size("n", n).types(dtype).pointers({x}).run([=] { reft::fill(x, value, n, dtype, stream); });
}

int32_t reft_add(void *y, const void *x, int64_t n, int32_t dtype, void *stream) {
    CALL;
    return call.size("n", n).types(dtype).pointers({y, x}).run([=] { reft::add(y, x, n, dtype, stream); });
}

int32_t reft_gather_rows(void *out, const void *x, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("M", M).size("C", C).types(dtype).pointers({out, x, rows});
    return call.run([=] { reft::gather_rows(out, x, rows, M, C, dtype, stream); });
}

int32_t reft_scatter_add_rows(void *x, const void *delta, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("M", M).size("C", C).types(dtype).pointers({x, delta, rows});
    return call.run([=] { reft::scatter_add_rows(x, delta, rows, M, C, dtype, stream); });
}

int32_t reft_embedding_forward(void *out, const int32_t *ids, const int32_t *positions, const void *wte, const void *wpe,
        int64_t position_offset, int64_t N, int64_t C, int64_t V, int64_t P, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).size("V", V).types(dtype).pointers({out, ids, wte});
    if (wpe) call.size("P", P).pointers({positions});
    return call.run([=] { reft::embedding_forward(out, ids, positions, wte, wpe, position_offset, N, C, dtype, stream); });
}

int32_t reft_embedding_backward(float *dtable, const void *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N,
        int64_t C, int64_t R, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).size("R", R).types(dtype).pointers({dtable, dout, index, order});
    return call.run([=] { reft::embedding_backward(dtable, dout, index, order, offset, N, C, dtype, stream); });
}

int32_t reft_bias_forward(void *x, const void *bias, int64_t N, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({x, bias});
    return call.run([=] { reft::bias_forward(x, bias, N, C, dtype, stream); });
}

int32_t reft_bias_backward(float *dbias, const void *dout, int64_t N, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({dbias, dout});
    return call.run([=] { reft::bias_backward(dbias, dout, N, C, dtype, stream); });
}

int32_t reft_layernorm_forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta, const void *weight,
        const void *bias, float eps, int64_t N, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({out, x}).must(!delta || sum, "delta is given but no sum to keep it in");
    return call.run([=] { reft::layernorm_forward(out, mean, rstd, sum, x, delta, weight, bias, eps, N, C, dtype, stream); });
}

int32_t reft_layernorm_backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight,
        const float *mean, const float *rstd, int64_t N, int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({dx, dout, x, mean, rstd});
    return call.run([=] { reft::layernorm_backward(dx, dweight, dbias, dout, x, weight, mean, rstd, N, C, dtype, stream); });
}

int32_t reft_rmsnorm_forward(void *out, float *rstd, void *sum, const void *x, const void *delta, const void *weight, float eps, int64_t N,
        int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({out, x}).must(!delta || sum, "delta is given but no sum to keep it in");
    return call.run([=] { reft::rmsnorm_forward(out, rstd, sum, x, delta, weight, eps, N, C, dtype, stream); });
}

int32_t reft_rmsnorm_backward(void *dx, float *dweight, const void *dout, const void *x, const void *weight, const float *rstd, int64_t N,
        int64_t C, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({dx, dout, x, rstd});
    return call.run([=] { reft::rmsnorm_backward(dx, dweight, dout, x, weight, rstd, N, C, dtype, stream); });
}

int32_t reft_activation_forward(int32_t kind, void *out, void *x, const void *bias, int64_t N, int64_t F, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("F", F).types(dtype).pointers({out, x}).must(kind >= REFT_GELU && kind <= REFT_RELU, "no activation %d", kind);
    return call.run([=] { reft::activation_forward(kind, out, x, bias, N, F, dtype, stream); });
}

int32_t reft_activation_backward(int32_t kind, void *dx, const void *x, const void *dout, int64_t N, int64_t F, int32_t dtype,
        void *stream) {
    CALL;
    call.size("N", N)
            .size("F", F)
            .types(dtype)
            .pointers({dx, x, dout})
            .must(kind >= REFT_GELU && kind <= REFT_RELU, "no activation %d", kind);
    return call.run([=] { reft::activation_backward(kind, dx, x, dout, N, F, dtype, stream); });
}

int32_t reft_swiglu_forward(void *out, const void *gate_up, int64_t N, int64_t F, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("F", F).types(dtype).pointers({out, gate_up});
    return call.run([=] { reft::swiglu_forward(out, gate_up, N, F, dtype, stream); });
}

int32_t reft_swiglu_backward(void *dgate_up, const void *gate_up, const void *dout, int64_t N, int64_t F, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("F", F).types(dtype).pointers({dgate_up, gate_up, dout});
    return call.run([=] { reft::swiglu_backward(dgate_up, gate_up, dout, N, F, dtype, stream); });
}

int32_t reft_rope(void *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, int64_t P,
        int32_t inverse, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("row", row).size("heads", heads).size("HS", HS).size("P", P).types(dtype).pointers({qkv, positions, table});
    call.must(HS % 2 == 0 && row >= heads * HS, "HS must be even and row ≥ heads·HS");
    return call.run([=] { reft::rope(qkv, positions, table, N, row, heads, HS, inverse != 0, dtype, stream); });
}

int32_t reft_attention_forward(void *out, float *lse, const void *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH,
        int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale, int32_t dtype, void *stream) {
    CALL;
    call.size("B", B).size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).size("longest", longest).types(dtype);
    call.pointers({out, qkv, cu_seqlens}).heads(NH, NKV);
    return call.run([=] { reft::attention_forward(out, lse, qkv, cu_seqlens, B, N, NH, NKV, HS, longest, window, scale, dtype, stream); });
}

int32_t reft_attention_backward(void *dqkv, float *delta, const void *dout, const void *qkv, const void *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale,
        int32_t dtype, void *stream) {
    CALL;
    call.size("B", B).size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).size("longest", longest).types(dtype);
    call.pointers({dqkv, delta, dout, qkv, out, lse, cu_seqlens}).heads(NH, NKV);
    return call.run([=] {
        reft::attention_backward(dqkv, delta, dout, qkv, out, lse, cu_seqlens, B, N, NH, NKV, HS, longest, window, scale, dtype, stream);
    });
}

int32_t reft_kv_append(void *k_pages, void *v_pages, int32_t cache_type, void *qkv, const int64_t *slots, const int32_t *positions,
        const float *table, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t P, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).types(dtype).pointers({k_pages, v_pages, qkv, slots});
    if (table) call.size("P", P).pointers({positions});
    call.must(HS % 2 == 0, "HS must be even").must(cache_type == dtype, "the cache is of another type");
    return call.run([=] { reft::kv_append(k_pages, v_pages, qkv, slots, positions, table, N, NH, NKV, HS, dtype, stream); });
}

int32_t reft_attention_cached(void *out, const void *qkv, const void *k_pages, const void *v_pages, int32_t cache_type,
        const int32_t *cu_new, const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks,
        int64_t longest_context, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale, int32_t dtype, void *stream) {
    CALL;
    call.size("B", B).size("N", N).size("max_blocks", max_blocks).size("longest_context", longest_context).size("NH", NH).size("NKV", NKV);
    call.size("HS", HS).types(dtype).pointers({out, qkv, k_pages, v_pages, cu_new, context, block_table});
    call.heads(NH, NKV).must(cache_type == dtype, "the cache is of another type");
    call.must(longest_context <= max_blocks * REFT_KV_PAGE, "the longest context does not fit in max_blocks pages");
    return call.run([=] {
        reft::attention_cached(out, qkv, k_pages, v_pages, cu_new, context, block_table, B, N, max_blocks, longest_context, NH, NKV, HS,
                window, scale, dtype, stream);
    });
}

int64_t reft_packed_size(int64_t, int64_t, int32_t) { return 0; }

int32_t reft_matmul_pack(void *, int32_t, const void *, int64_t N, int64_t K, int32_t, void *) {
    CALL;
    call.size("N", N).size("K", K);
    return call.run([] { throw Failure{REFT_UNSUPPORTED, "products on CUDA read weights as they are"}; });
}

int32_t reft_matmul(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, int32_t transpose_a,
        int32_t form_b, float alpha, float beta, int32_t dtype, void *stream) {
    CALL;
    call.size("M", M).size("N", N).size("K", K).types(dtype).types(out_type).pointers({out, a, b});
    call.must(form_b == REFT_PLAIN || form_b == REFT_TRANSPOSED, "there is no form %d of b here", form_b);
    return call.run([=] {
        reft::matmul(out, out_type, a, b, M, N, K, transpose_a != 0, form_b == REFT_TRANSPOSED, alpha, beta, dtype, stream);
    });
}

int32_t reft_linear(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K,
        int32_t form_b, int32_t activation, int32_t dtype, void *stream) {
    CALL;
    call.size("M", M).size("N", N).size("K", K).types(dtype).pointers({out, a, b});
    call.must(form_b == REFT_TRANSPOSED, "there is no form %d of b here", form_b);
    call.must(activation >= REFT_NONE && activation <= REFT_RELU, "there is no activation %d", activation);
    call.must(!before || activation != REFT_NONE, "without an activation before is out, and NULL");
    return call.run([=] { reft::linear(out, before, a, b, bias, M, N, K, activation, dtype, stream); });
}

int32_t reft_logprob_forward(float *logprob, float *entropy, float *lse, const void *logits, const int32_t *targets, float inv_temperature,
        int64_t N, int64_t V, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({logprob, logits, targets});
    return call.run([=] { reft::logprob_forward(logprob, entropy, lse, logits, targets, inv_temperature, N, V, dtype, stream); });
}

int32_t reft_logprob_backward(void *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *stream) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({logits, targets, lse, dlogprob});
    call.must(!dentropy == !entropy, "dentropy and entropy come together or not at all");
    return call.run([=] {
        reft::logprob_backward(logits, targets, lse, dlogprob, dentropy, entropy, inv_temperature, N, V, dtype, stream);
    });
}

int32_t reft_cross_entropy(float *loss, void *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V, int32_t dtype,
        void *stream) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({loss, logits, targets});
    return call.run([=] { reft::cross_entropy(loss, logits, targets, weight, N, V, dtype, stream); });
}

int32_t reft_kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B, int64_t A, void *stream) {
    CALL;
    call.size("B", B).size("A", A).pointers({rewards, score, old_logprob, ref_logprob, cu_actions});
    return call.run([=] { reft::kl_rewards(rewards, score, old_logprob, ref_logprob, cu_actions, beta, B, stream); });
}

int32_t reft_gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma,
        float lambda, int64_t B, int64_t A, void *stream) {
    CALL;
    call.size("B", B).size("A", A).pointers({advantages, returns, rewards, values, cu_actions});
    return call.run([=] { reft::gae(advantages, returns, rewards, values, cu_actions, gamma, lambda, B, stream); });
}

int32_t reft_whiten(float *x, int32_t keep_mean, int64_t n, void *stream) {
    CALL;
    return call.size("n", n).pointers({x}).run([=] { reft::whiten(x, keep_mean != 0, n, stream); });
}

int32_t reft_ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n, void *stream) {
    CALL;
    call.size("n", n)
            .pointers({dlogprob, logprob, old_logprob, advantages, weight})
            .must(clip_low >= 0 && clip_high >= 0, "clip_low or clip_high is negative");
    if (dvalue) call.pointers({value, old_value, returns}).must(value_clip >= 0, "value_clip is negative");
    else call.must(!value && !old_value && !returns && !vf, "dvalue, value, old_value, returns and vf are NULL together");
    return call.run([=] {
        reft::ppo_loss(dlogprob, dvalue, pg, vf, clipped, logprob, old_logprob, advantages, value, old_value, returns, weight, clip_low,
                clip_high, value_clip, vf_coef, n, stream);
    });
}

int32_t reft_kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n,
        void *stream) {
    CALL;
    call.size("n", n).pointers({dlogprob, logprob, ref_logprob, weight});
    return call.run([=] { reft::kl_loss(dlogprob, kl, logprob, ref_logprob, weight, beta, n, stream); });
}

int32_t reft_sum_squares(float *out, const float *x, int64_t n, void *stream) {
    CALL;
    return call.size("n", n).pointers({out, x}).run([=] { reft::sum_squares(out, x, n, stream); });
}

int32_t reft_clip_scale(float *norm_scale, const float *sum_squares, float max_norm, void *stream) {
    CALL;
    return call.pointers({norm_scale, sum_squares}).run([=] { reft::clip_scale(norm_scale, sum_squares, max_norm, stream); });
}

int32_t reft_adamw(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, int32_t copy_type, float lr,
        float beta1, float beta2, float eps, float decay, int64_t step, int64_t n, void *stream) {
    CALL;
    call.size("n", n).pointers({param, grad, m, v}).must(step >= 1, "step is %lld: it counts from 1", static_cast<long long>(step));
    call.must(!copy || copy_type == REFT_F32 || copy_type == REFT_BF16, "no copy of type %d", copy_type);
    return call.run([=] { reft::adamw(param, grad, m, v, norm_scale, copy, copy_type, lr, beta1, beta2, eps, decay, step, n, stream); });
}

int32_t reft_sample(int32_t *tokens, float *logprob, const void *logits, float temperature, int64_t top_k, float top_p, int64_t seed,
        const int64_t *sequence, const int32_t *position, int64_t B, int64_t V, int32_t dtype, void *stream) {
    CALL;
    call.size("B", B).size("V", V).types(dtype).pointers({tokens, logprob, logits, sequence, position});
    call.must(temperature >= 0 && top_k >= 0 && top_p > 0, "temperature %g, top_k %lld and top_p %g: below their least values",
            static_cast<double>(temperature), static_cast<long long>(top_k), static_cast<double>(top_p));
    return call.run([=] {
        reft::sample(tokens, logprob, logits, temperature, top_k, top_p, seed, sequence, position, B, V, dtype, stream);
    });
}

int32_t reft_decode_advance(int32_t *ids, int32_t *positions, int64_t *slots, int32_t *context, int32_t *remaining, int32_t *count,
        int32_t *noted_tokens, float *noted_logprob, float *noted_values, const int32_t *tokens, const float *logprob, const float *values,
        const int32_t *block_table, const int32_t *eos, int64_t B, int64_t S, int64_t max_blocks, int64_t E, void *stream) {
    CALL;
    call.size("B", B).size("S", S).size("max_blocks", max_blocks);
    call.pointers({ids, positions, slots, context, remaining, count, noted_tokens, noted_logprob, tokens, logprob, block_table});
    call.must(E >= 0 && (eos || E == 0), "E is %lld and eos is absent", static_cast<long long>(E));
    call.must(!values == !noted_values, "values and noted_values come together or not at all");
    return call.run([=] {
        reft::decode_advance(ids, positions, slots, context, remaining, count, noted_tokens, noted_logprob, noted_values, tokens, logprob,
                values, block_table, eos, B, S, max_blocks, E, stream);
    });
}
