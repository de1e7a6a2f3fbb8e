/* Causal self-attention over packed sequences, forward and backward. */
#include "attention.h"
#include "isa.h"

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

/* Keys and values of one head that lie side by side in the rows of qkv. */
struct PackedKeys {
    const float *k, *v;
    int64_t row, HS;
    void pack(int64_t tile, int64_t n, float *k_panels, float *v_panels) const {
        for (int64_t j = 0; j < n; j += NR) pack_columns(k_panels + j * HS, k + (tile + j) * row, row, HS, n - j);
        for (int64_t c = 0; c < HS; c += NR) pack_rows(v_panels + c * n, v + tile * row + c, row, n, HS - c);
    }
};

/* Rough nanoseconds of attention: products times `passes`. */
int64_t cost(const int32_t *cu_seqlens, int64_t B, int64_t NH, int64_t HS, int64_t passes) {
    int64_t pairs = 0;
    for (int64_t b = 0; b < B; b++) {
        const int64_t T = cu_seqlens[b + 1] - cu_seqlens[b];
        pairs += T * T / 2;
    }
    return pairs * NH * HS * passes / 16;
}

}  // namespace

void attention_forward(float *out, float *lse, const float *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV,
        int64_t HS, int64_t window, float scale) {
    const int64_t row = (NH + 2 * NKV) * HS, group = NH / NKV;
    const int64_t heads = min(group, ROWS), splits = ceil_div(group, heads), tokens = ROWS / heads;
    int64_t blocks = 0;
    for (int64_t b = 0; b < B; b++) blocks = max(blocks, ceil_div(cu_seqlens[b + 1] - cu_seqlens[b], tokens));
    const int64_t share = attend_floats(HS);
    float *memory = scratch_floats(threads * share);
    /* A task is a block of queries of one sequence and key/value head; the latest blocks, the longest, come first. */
#pragma omp parallel for num_threads(workers(cost(cu_seqlens, B, NH, HS, 2))) schedule(dynamic) collapse(4)
    for (int64_t back = 0; back < blocks; back++) {
        for (int64_t b = 0; b < B; b++) {
            for (int64_t h = 0; h < NKV; h++) {
                for (int64_t split = 0; split < splits; split++) {
                    const int64_t start = cu_seqlens[b], T = cu_seqlens[b + 1] - start, first = (blocks - 1 - back) * tokens;
                    if (first >= T) continue;
                    const int64_t head = h * group + split * heads, n = start + first;
                    const float *base = qkv + start * row + (NH + h) * HS;
                    const Queries queries = {qkv + n * row + head * HS, row, min(tokens, T - first), min(heads, group - split * heads),
                            first, out + n * NH * HS + head * HS, NH * HS, lse ? lse + head * N + n : nullptr, N};
                    attend(queries, PackedKeys{base, base + NKV * HS, row, HS}, HS, window, scale, memory + omp_get_thread_num() * share);
                }
            }
        }
    }
}

/*
 * A task owns one sequence and key/value head, and so all gradients of its keys and values; its query heads come one
 * after the other. For each tile of keys and block of queries the probabilities are computed again from lse:
 *   P = exp(scale·Q·Kᵀ - lse), dV += Pᵀ·dO, dP = dO·Vᵀ, dS = P∘(dP - delta), dQ += scale·dS·K, dK += scale·dSᵀ·Q,
 * delta being Σ dO∘O of a row. The gradients are summed where they will stay, in dqkv.
 */
void attention_backward(float *dqkv, float *delta, const float *dout, const float *qkv, const float *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale) {
    const int64_t row = (NH + 2 * NKV) * HS, group = NH / NKV, padded = round_up(HS, NR);
    int64_t longest = 0;
    for (int64_t b = 0; b < B; b++) longest = max(longest, cu_seqlens[b + 1] - cu_seqlens[b]);
    const int64_t share = 2 * ROWS * KEYS + KEYS * (2 * HS + padded) + 2 * round_up(longest, ROWS) * padded;
    float *memory = scratch_floats(threads * share);
#pragma omp parallel for num_threads(workers(cost(cu_seqlens, B, NH, HS, 5))) schedule(dynamic) collapse(2)
    for (int64_t b = 0; b < B; b++) {
        for (int64_t h = 0; h < NKV; h++) {
            const int64_t start = cu_seqlens[b], T = cu_seqlens[b + 1] - start;
            float *p = memory + omp_get_thread_num() * share, *ds = p + ROWS * KEYS;
            float *k_columns = ds + ROWS * KEYS, *v_columns = k_columns + KEYS * HS, *k_rows = v_columns + KEYS * HS;
            float *q_rows = k_rows + KEYS * padded, *do_rows = q_rows + round_up(longest, ROWS) * padded;
            const float *k = qkv + start * row + (NH + h) * HS, *v = k + NKV * HS;
            float *dk = dqkv + start * row + (NH + h) * HS, *dv = dk + NKV * HS;
            for (int64_t n = 0; n < T; n++) {
                memset(dqkv + (start + n) * row + h * group * HS, 0, static_cast<size_t>(group * HS) * sizeof(float));
                memset(dk + n * row, 0, static_cast<size_t>(HS) * sizeof(float));
                memset(dv + n * row, 0, static_cast<size_t>(HS) * sizeof(float));
            }
            for (int64_t head = h * group; head < (h + 1) * group; head++) {
                const float *q = qkv + start * row + head * HS, *dy = dout + (start * NH + head) * HS, *y = out + (start * NH + head) * HS;
                const float *row_lse = lse + head * N + start;
                float *dq = dqkv + start * row + head * HS, *row_delta = delta + head * N + start;
                for (int64_t n = 0; n < T; n++) {
                    Vec total{};
                    each(HS, [&](int64_t c, auto part) {
                        total = fma(load(dy + n * NH * HS + c, part), load(y + n * NH * HS + c, part), total);
                    });
                    row_delta[n] = sum(total);
                }
                for (int64_t i = 0; i < T; i += ROWS) {
                    const int64_t rows = min(ROWS, T - i);
                    for (int64_t c = 0; c < HS; c += NR) {
                        pack_rows(q_rows + i * padded + c * rows, q + i * row + c, row, rows, HS - c);
                        pack_rows(do_rows + i * padded + c * rows, dy + i * NH * HS + c, NH * HS, rows, HS - c);
                    }
                }
                for (int64_t t = 0; t < T; t += KEYS) {
                    const int64_t n = min(KEYS, T - t);
                    const int64_t end = window > 0 ? min(T, t + n - 1 + window) : T; /* of the queries that see the tile */
                    for (int64_t j = 0; j < n; j += NR) {
                        pack_columns(k_columns + j * HS, k + (t + j) * row, row, HS, n - j);
                        pack_columns(v_columns + j * HS, v + (t + j) * row, row, HS, n - j);
                    }
                    for (int64_t c = 0; c < HS; c += NR) pack_rows(k_rows + c * n, k + t * row + c, row, n, HS - c);
                    for (int64_t i = t / ROWS * ROWS; i < end; i += ROWS) {
                        const int64_t r0 = max(i, t), rows = min(i + ROWS, end) - r0, block = min(ROWS, T - i);
                        /* MR queries at a time, against the keys that the last of them sees; then MR keys at a time, with
                         * the queries from the first that sees them. */
                        for (int64_t r = 0; r < rows; r += MR) {
                            const int64_t count = min(MR, rows - r), seen = visible(r0 + r + count - 1, t, n, window).end;
                            float *p_rows = p + r * KEYS, *ds_rows = ds + r * KEYS;
                            multiply(p_rows, KEYS, q + (r0 + r) * row, row, 1, k_columns, HS * NR, count, seen, HS, scale, 0);
                            multiply(ds_rows, KEYS, dy + (r0 + r) * NH * HS, NH * HS, 1, v_columns, HS * NR, count, seen, HS, 1, 0);
                            for (int64_t at = 0; at < count; at++) {
                                float *p_row = p_rows + at * KEYS, *ds_row = ds_rows + at * KEYS;
                                const float l = row_lse[r0 + r + at], d = row_delta[r0 + r + at];
                                const Range see = visible(r0 + r + at, t, n, window);
                                each(see.end - see.first, [=](int64_t x, auto part) {
                                    float *p_at = p_row + see.first + x, *ds_at = ds_row + see.first + x;
                                    const Vec probability = exp(load(p_at, part) - l);
                                    store(p_at, probability, part);
                                    store(ds_at, probability * (load(ds_at, part) - d), part);
                                });
                                for (int64_t x = 0; x < see.first; x++) p_row[x] = ds_row[x] = 0;
                                for (int64_t x = see.end; x < n; x++) p_row[x] = ds_row[x] = 0;
                            }
                            multiply(dq + (r0 + r) * row, row, ds_rows, KEYS, 1, k_rows, n * NR, count, HS, seen, scale, 1);
                        }
                        for (int64_t j = 0; j < n; j += MR) {
                            const int64_t count = min(MR, n - j), first = max(0, t + j - r0), used = (r0 - i + first) * NR;
                            if (first >= rows) break;
                            const float *p_columns = p + first * KEYS + j, *ds_columns = ds + first * KEYS + j;
                            multiply(dv + (t + j) * row, row, p_columns, 1, KEYS, do_rows + i * padded + used, block * NR, count, HS,
                                    rows - first, 1, 1);
                            multiply(dk + (t + j) * row, row, ds_columns, 1, KEYS, q_rows + i * padded + used, block * NR, count, HS,
                                    rows - first, scale, 1);
                        }
                    }
                }
            }
        }
    }
}

}  // namespace reft::REFT_ISA
