/* The functions of reft.h: arguments are checked, ids and offsets included, then the op of the current instruction set
 * runs. `stream` is ignored. */
#include "call.h"
#include "ops.h"

#include <algorithm>
#include <cmath>

using namespace reft;

namespace {

const float *f(const void *p) { return static_cast<const float *>(p); }
float *f(void *p) { return static_cast<float *>(p); }

Call &cache(Call &call, int32_t type, int64_t HS) {
    return call.must(type == REFT_F32 || type == REFT_BF16, "a cache is of fp32 or bf16, not of dtype %d", type)
            .must(type == REFT_F32 || HS % 2 == 0, "HS must be even in a cache of bf16");
}

}  // namespace

int32_t reft_convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n, void *) {
    CALL;
    call.size("n", n).pointers({dst, src});
    call.must(dst_type >= REFT_F32 && dst_type <= REFT_F16 && src_type >= REFT_F32 && src_type <= REFT_F16, "no such dtype: %d or %d",
            dst_type, src_type);
    return call.run([=] { ops->convert(dst, dst_type, src, src_type, n); });
}

int32_t reft_fill(void *x, float value, int64_t n, int32_t dtype, void *) {
    CALL;
    return call.size("n", n).types(dtype).pointers({x}).run([=] { ops->fill(f(x), value, n); });
}

int32_t reft_add(void *y, const void *x, int64_t n, int32_t dtype, void *) {
    CALL;
    return call.size("n", n).types(dtype).pointers({y, x}).run([=] { ops->add(f(y), f(x), n); });
}

int32_t reft_gather_rows(void *out, const void *x, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("M", M).size("C", C).types(dtype).pointers({out, x, rows}).within("rows", rows, M, INT32_MAX);
    return call.run([=] { ops->gather_rows(f(out), f(x), rows, M, C); });
}

int32_t reft_scatter_add_rows(void *x, const void *delta, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("M", M).size("C", C).types(dtype).pointers({x, delta, rows}).within("rows", rows, M, INT32_MAX);
    return call.run([=] { ops->scatter_add_rows(f(x), f(delta), rows, M, C); });
}

int32_t reft_embedding_forward(void *out, const int32_t *ids, const int32_t *positions, const void *wte, const void *wpe,
        int64_t position_offset, int64_t N, int64_t C, int64_t V, int64_t P, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).size("V", V).types(dtype).pointers({out, ids, wte}).within("ids", ids, N, V);
    if (wpe) call.size("P", P).pointers({positions}).within("positions", positions, N, P, position_offset);
    return call.run([=] { ops->embedding_forward(f(out), ids, positions, f(wte), f(wpe), position_offset, N, C); });
}

int32_t reft_embedding_backward(float *dtable, const void *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N,
        int64_t C, int64_t R, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).size("R", R).types(dtype).pointers({dtable, dout, index, order});
    call.within("order", order, N, N).within("index", index, N, R, offset);
    return call.run([=] { ops->embedding_backward(dtable, f(dout), index, order, offset, N, C); });
}

int32_t reft_bias_forward(void *x, const void *bias, int64_t N, int64_t C, int32_t dtype, void *) {
    CALL;
    return call.size("N", N).size("C", C).types(dtype).pointers({x, bias}).run([=] { ops->bias_forward(f(x), f(bias), N, C); });
}

int32_t reft_bias_backward(float *dbias, const void *dout, int64_t N, int64_t C, int32_t dtype, void *) {
    CALL;
    return call.size("N", N).size("C", C).types(dtype).pointers({dbias, dout}).run([=] { ops->bias_backward(dbias, f(dout), N, C); });
}

int32_t reft_layernorm_forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta, const void *weight,
        const void *bias, float eps, int64_t N, int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({out, x}).must(!delta || sum, "delta is given but no sum to keep it in");
    return call.run([=] { ops->layernorm_forward(f(out), mean, rstd, f(sum), f(x), f(delta), f(weight), f(bias), eps, N, C); });
}

int32_t reft_layernorm_backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight,
        const float *mean, const float *rstd, int64_t N, int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({dx, dout, x, mean, rstd});
    return call.run([=] { ops->layernorm_backward(f(dx), dweight, dbias, f(dout), f(x), f(weight), mean, rstd, N, C); });
}

int32_t reft_rmsnorm_forward(void *out, float *rstd, void *sum, const void *x, const void *delta, const void *weight, float eps, int64_t N,
        int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({out, x}).must(!delta || sum, "delta is given but no sum to keep it in");
    return call.run([=] { ops->rmsnorm_forward(f(out), rstd, f(sum), f(x), f(delta), f(weight), eps, N, C); });
}

int32_t reft_rmsnorm_backward(void *dx, float *dweight, const void *dout, const void *x, const void *weight, const float *rstd, int64_t N,
        int64_t C, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("C", C).types(dtype).pointers({dx, dout, x, rstd});
    return call.run([=] { ops->rmsnorm_backward(f(dx), dweight, f(dout), f(x), f(weight), rstd, N, C); });
}

int32_t reft_activation_forward(int32_t kind, void *out, void *x, const void *bias, int64_t N, int64_t F, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("F", F).types(dtype).pointers({out, x}).must(kind >= REFT_GELU && kind <= REFT_RELU, "no activation %d", kind);
    return call.run([=] { ops->activation_forward(kind, f(out), f(x), f(bias), N, F); });
}

int32_t reft_activation_backward(int32_t kind, void *dx, const void *x, const void *dout, int64_t N, int64_t F, int32_t dtype, void *) {
    CALL;
    call.size("N", N)
            .size("F", F)
            .types(dtype)
            .pointers({dx, x, dout})
            .must(kind >= REFT_GELU && kind <= REFT_RELU, "no activation %d", kind);
    return call.run([=] { ops->activation_backward(kind, f(dx), f(x), f(dout), N, F); });
}

int32_t reft_swiglu_forward(void *out, const void *gate_up, int64_t N, int64_t F, int32_t dtype, void *) {
    CALL;
    return call.size("N", N).size("F", F).types(dtype).pointers({out, gate_up}).run([=] { ops->swiglu_forward(f(out), f(gate_up), N, F); });
}

int32_t reft_swiglu_backward(void *dgate_up, const void *gate_up, const void *dout, int64_t N, int64_t F, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("F", F).types(dtype).pointers({dgate_up, gate_up, dout});
    return call.run([=] { ops->swiglu_backward(f(dgate_up), f(gate_up), f(dout), N, F); });
}

int32_t reft_rope(void *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, int64_t P,
        int32_t inverse, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("row", row).size("heads", heads).size("HS", HS).size("P", P).types(dtype).pointers({qkv, positions, table});
    call.must(HS % 2 == 0 && row >= heads * HS, "HS must be even and row ≥ heads·HS").within("positions", positions, N, P);
    return call.run([=] { ops->rope(f(qkv), positions, table, N, row, heads, HS, inverse != 0); });
}

int32_t reft_attention_forward(void *out, float *lse, const void *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH,
        int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale, int32_t dtype, void *) {
    CALL;
    call.size("B", B).size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).size("longest", longest).types(dtype);
    call.pointers({out, qkv, cu_seqlens}).heads(NH, NKV).offsets("cu_seqlens", cu_seqlens, B, N);
    return call.run([=] { ops->attention_forward(f(out), lse, f(qkv), cu_seqlens, B, N, NH, NKV, HS, window, scale); });
}

int32_t reft_attention_backward(void *dqkv, float *delta, const void *dout, const void *qkv, const void *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t longest, int64_t window, float scale,
        int32_t dtype, void *) {
    CALL;
    call.size("B", B).size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).size("longest", longest).types(dtype);
    call.pointers({dqkv, delta, dout, qkv, out, lse, cu_seqlens}).heads(NH, NKV).offsets("cu_seqlens", cu_seqlens, B, N);
    return call.run([=] {
        ops->attention_backward(f(dqkv), delta, f(dout), f(qkv), f(out), lse, cu_seqlens, B, N, NH, NKV, HS, window, scale);
    });
}

int32_t reft_kv_append(void *k_pages, void *v_pages, int32_t cache_type, void *qkv, const int64_t *slots, const int32_t *positions,
        const float *table, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t P, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("NH", NH).size("NKV", NKV).size("HS", HS).types(dtype).pointers({k_pages, v_pages, qkv, slots});
    cache(call, cache_type, HS).within("slots", slots, N, INT64_MAX);
    if (table) call.size("P", P).pointers({positions}).must(HS % 2 == 0, "HS must be even").within("positions", positions, N, P);
    return call.run([=] { ops->kv_append(k_pages, v_pages, cache_type, f(qkv), slots, positions, table, N, NH, NKV, HS); });
}

int32_t reft_attention_cached(void *out, const void *qkv, const void *k_pages, const void *v_pages, int32_t cache_type,
        const int32_t *cu_new, const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks,
        int64_t longest_context, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale, int32_t dtype, void *) {
    CALL;
    call.size("B", B).size("N", N).size("max_blocks", max_blocks).size("longest_context", longest_context).size("NH", NH).size("NKV", NKV);
    call.size("HS", HS).types(dtype).pointers({out, qkv, k_pages, v_pages, cu_new, context, block_table});
    cache(call, cache_type, HS).heads(NH, NKV).offsets("cu_new", cu_new, B, N);
    for (int64_t b = 0; call.active() && b < B; b++) {
        const int64_t pages = (context[b] + REFT_KV_PAGE - 1) / REFT_KV_PAGE;
        call.must(context[b] >= cu_new[b + 1] - cu_new[b] && pages <= max_blocks, "context[%lld] is %d, of which %d are new",
                static_cast<long long>(b), context[b], cu_new[b + 1] - cu_new[b]);
        call.within("block_table", block_table + b * max_blocks, pages, INT32_MAX);
    }
    return call.run([=] {
        ops->attention_cached(f(out), f(qkv), k_pages, v_pages, cache_type, cu_new, context, block_table, B, N, max_blocks, NH, NKV, HS,
                window, scale);
    });
}

int64_t reft_packed_size(int64_t N, int64_t K, int32_t packed_type) {
    if (N <= 0 || K <= 0) return 0;
    return packed_type == REFT_BF16 ? ops->packed_bf16_size(N, K) : ops->packed_size(N, K);
}

int32_t reft_matmul_pack(void *packed, int32_t packed_type, const void *b, int64_t N, int64_t K, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("K", K).types(dtype).pointers({packed, b});
    call.must(packed_type == REFT_F32 || packed_type == REFT_BF16, "weights are packed in fp32 or bf16, not in dtype %d", packed_type);
    return call.run([=] {
        if (packed_type == REFT_BF16) ops->pack_bf16(static_cast<uint16_t *>(packed), f(b), N, K);
        else ops->matmul_pack(f(packed), f(b), N, K);
    });
}

int32_t reft_matmul(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, int32_t transpose_a,
        int32_t form_b, float alpha, float beta, int32_t dtype, void *) {
    CALL;
    call.size("M", M).size("N", N).size("K", K).types(dtype).types(out_type).pointers({out, a, b});
    call.must(form_b >= REFT_PLAIN && form_b <= REFT_PACKED, "there is no form %d of b", form_b);
    return call.run([=] { ops->matmul(f(out), f(a), f(b), M, N, K, transpose_a != 0, form_b, alpha, beta); });
}

int32_t reft_linear(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K,
        int32_t form_b, int32_t activation, int32_t dtype, void *) {
    CALL;
    call.size("M", M).size("N", N).size("K", K).types(dtype).pointers({out, a, b});
    call.must(form_b >= REFT_TRANSPOSED && form_b <= REFT_PACKED_BF16, "there is no form %d of b here", form_b);
    call.must(activation >= REFT_NONE && activation <= REFT_RELU, "there is no activation %d", activation);
    call.must(!before || activation != REFT_NONE, "without an activation before is out, and NULL");
    return call.run([=] {
        if (form_b == REFT_PACKED_BF16)
            ops->linear_bf16(f(out), f(before), f(a), static_cast<const uint16_t *>(b), f(bias), M, N, K, activation);
        else ops->linear(f(out), f(before), f(a), f(b), f(bias), M, N, K, form_b, activation);
    });
}

int32_t reft_logprob_forward(float *logprob, float *entropy, float *lse, const void *logits, const int32_t *targets, float inv_temperature,
        int64_t N, int64_t V, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({logprob, logits, targets}).within("targets", targets, N, V);
    return call.run([=] { ops->logprob_forward(logprob, entropy, lse, f(logits), targets, inv_temperature, N, V); });
}

int32_t reft_logprob_backward(void *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({logits, targets, lse, dlogprob}).within("targets", targets, N, V);
    call.must(!dentropy == !entropy, "dentropy and entropy come together or not at all");
    return call.run([=] { ops->logprob_backward(f(logits), targets, lse, dlogprob, dentropy, entropy, inv_temperature, N, V); });
}

int32_t reft_cross_entropy(float *loss, void *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V, int32_t dtype,
        void *) {
    CALL;
    call.size("N", N).size("V", V).types(dtype).pointers({loss, logits, targets}).within("targets", targets, N, V);
    return call.run([=] { ops->cross_entropy(loss, f(logits), targets, weight, N, V); });
}

int32_t reft_kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B, int64_t A, void *) {
    CALL;
    call.size("B", B).size("A", A).pointers({rewards, score, old_logprob, ref_logprob, cu_actions}).offsets("cu_actions", cu_actions, B, A);
    return call.run([=] { kl_rewards(rewards, score, old_logprob, ref_logprob, cu_actions, beta, B); });
}

int32_t reft_gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma,
        float lambda, int64_t B, int64_t A, void *) {
    CALL;
    call.size("B", B).size("A", A).pointers({advantages, returns, rewards, values, cu_actions}).offsets("cu_actions", cu_actions, B, A);
    return call.run([=] { gae(advantages, returns, rewards, values, cu_actions, gamma, lambda, B); });
}

int32_t reft_whiten(float *x, int32_t keep_mean, int64_t n, void *) {
    CALL;
    return call.size("n", n).pointers({x}).run([=] { whiten(x, keep_mean != 0, n); });
}

int32_t reft_ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n, void *) {
    CALL;
    call.size("n", n)
            .pointers({dlogprob, logprob, old_logprob, advantages, weight})
            .must(clip_low >= 0 && clip_high >= 0, "clip_low or clip_high is negative");
    if (dvalue) call.pointers({value, old_value, returns}).must(value_clip >= 0, "value_clip is negative");
    else call.must(!value && !old_value && !returns && !vf, "dvalue, value, old_value, returns and vf are NULL together");
    return call.run([=] {
        ppo_loss(dlogprob, dvalue, pg, vf, clipped, logprob, old_logprob, advantages, value, old_value, returns, weight, clip_low,
                clip_high, value_clip, vf_coef, n);
    });
}

int32_t reft_kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n,
        void *) {
    CALL;
    call.size("n", n).pointers({dlogprob, logprob, ref_logprob, weight});
    return call.run([=] { kl_loss(dlogprob, kl, logprob, ref_logprob, weight, beta, n); });
}

int32_t reft_sum_squares(float *out, const float *x, int64_t n, void *) {
    CALL;
    return call.size("n", n).pointers({out, x}).run([=] {
        out[0] = static_cast<float>(static_cast<double>(out[0]) + ops->sum_squares(x, n));
    });
}

int32_t reft_clip_scale(float *norm_scale, const float *sum_squares, float max_norm, void *) {
    CALL;
    return call.pointers({norm_scale, sum_squares}).run([=] {
        const float norm = std::sqrt(sum_squares[0]);
        norm_scale[0] = norm;
        norm_scale[1] = !std::isfinite(norm) ? 0 : max_norm > 0 ? std::fmin(1.0f, max_norm / (norm + 1e-6f)) : 1;
    });
}

int32_t reft_adamw(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, int32_t copy_type, float lr,
        float beta1, float beta2, float eps, float decay, int64_t step, int64_t n, void *) {
    CALL;
    call.size("n", n).pointers({param, grad, m, v}).must(step >= 1, "step is %lld: it counts from 1", static_cast<long long>(step));
    call.must(!copy || copy_type == REFT_F32 || copy_type == REFT_BF16, "no copy of type %d", copy_type);
    const float scale = norm_scale ? norm_scale[1] : 1;
    return call.run([=] {
        if (scale != 0) ops->adamw(param, grad, m, v, scale, copy, copy_type, lr, beta1, beta2, eps, decay, step, n);
    });
}

int32_t reft_sample(int32_t *tokens, float *logprob, const void *logits, float temperature, int64_t top_k, float top_p, int64_t seed,
        const int64_t *sequence, const int32_t *position, int64_t B, int64_t V, int32_t dtype, void *) {
    CALL;
    call.size("B", B).size("V", V).types(dtype).pointers({tokens, logprob, logits, sequence, position});
    call.must(temperature >= 0 && top_k >= 0 && top_p > 0, "temperature %g, top_k %lld and top_p %g: below their least values",
            static_cast<double>(temperature), static_cast<long long>(top_k), static_cast<double>(top_p));
    return call.run([&] {
        const int64_t bad = ops->sample(tokens, logprob, f(logits), temperature, top_k, top_p, seed, sequence, position, B, V);
        if (bad >= 0)
            call.reject(REFT_BAD_ARGUMENT, "row %lld has a NaN or infinite logit, or none that is finite", static_cast<long long>(bad));
    });
}

int32_t reft_decode_advance(int32_t *ids, int32_t *positions, int64_t *slots, int32_t *context, int32_t *remaining, int32_t *count,
        int32_t *noted_tokens, float *noted_logprob, float *noted_values, const int32_t *tokens, const float *logprob, const float *values,
        const int32_t *block_table, const int32_t *eos, int64_t B, int64_t S, int64_t max_blocks, int64_t E, void *) {
    CALL;
    call.size("B", B).size("S", S).size("max_blocks", max_blocks);
    call.pointers({ids, positions, slots, context, remaining, count, noted_tokens, noted_logprob, tokens, logprob, block_table});
    call.must(E >= 0 && (eos || E == 0), "E is %lld and eos is absent", static_cast<long long>(E));
    call.must(!values == !noted_values, "values and noted_values come together or not at all");
    for (int64_t b = 0; call.active() && b < B; b++) {
        if (remaining[b] > 0) call.must(count[b] >= 0 && count[b] < S, "count[%lld] is %d", static_cast<long long>(b), count[b]);
        if (remaining[b] > 1)
            call.must(positions[b] >= 0 && positions[b] + 1 < max_blocks * REFT_KV_PAGE, "positions[%lld] is %d", static_cast<long long>(b),
                    positions[b]);
    }
    return call.run([=] {
        for (int64_t b = 0; b < B; b++) {
            if (remaining[b] <= 0) continue;
            const int64_t place = b * S + count[b]++;
            noted_tokens[place] = tokens[b];
            noted_logprob[place] = logprob[b];
            if (values) noted_values[place] = values[b];
            remaining[b] = tokens[b] < 0 || std::find(eos, eos + E, tokens[b]) != eos + E ? 0 : remaining[b] - 1;
            if (remaining[b] == 0) continue;
            ids[b] = tokens[b];
            positions[b]++;
            context[b]++;
            slots[b] = int64_t{block_table[b * max_blocks + positions[b] / REFT_KV_PAGE]} * REFT_KV_PAGE + positions[b] % REFT_KV_PAGE;
        }
    });
}
