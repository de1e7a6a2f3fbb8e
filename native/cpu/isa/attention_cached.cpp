/* Attention of new tokens against a paged cache: a decoding step or a prompt. The query heads that share a key/value
 * head go together, so that its pages are read once. */
#include "isa.h"
#include "pages.h"

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

/* Rows that attend_token takes at a time, by the registers that sums of them and of four vectors of keys fill. */
constexpr int64_t FEW = W == 16 ? 6 : 3;

/* Where the keys lie that come next: they are fetched while values are summed, as values are while keys are scored. */
template <class T>
struct Next {
    const PagedKeys<T> *keys;
    int64_t tile, n;
    const T *page(int64_t j) const { return keys && j < n ? keys->key(tile + j) : nullptr; }
};

inline void prefetch(const void *from, int64_t bytes) {
    for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(static_cast<const char *>(from) + at);
}

/* s[r][j] = scale·q[r]·key j of the tile, j < n rounded up to four vectors: the sums of multiply(). */
template <int R, class T>
void scores(float *s, const float *q, const PagedKeys<T> &keys, int64_t tile, int64_t n, float scale) {
    const int64_t HS = keys.HS;
    for (int64_t j = 0; j < n; j += 4 * W) {
        const T *k[4], *v[4];
        for (int64_t g = 0; g < 4; g++) {
            const int64_t i = tile + min(j + g * W, (n - 1) / W * W);
            k[g] = keys.key(i);
            v[g] = keys.value(i);
        }
        Vec sums[R][4] = {};
        for (int64_t c = 0; c < HS; c += PagedKeys<T>::WIDE)
#pragma GCC unroll 4
            for (int g = 0; g < 4; g++) {
                if (g % (REFT_KV_PAGE / W) == 0) __builtin_prefetch(v[g] + c * REFT_KV_PAGE);
                PagedKeys<T>::channel(k[g], c, [&](int64_t at, Vec key) {
#pragma GCC unroll 8
                    for (int r = 0; r < R; r++) sums[r][g] = fma(broadcast(q[r * HS + at]), key, sums[r][g]);
                });
            }
        for (int r = 0; r < R; r++)
            for (int g = 0; g < 4; g++) store(s + r * KEYS + j + g * W, sums[r][g] * scale);
    }
}

/* o[r] += Σ_j s[r][j]·value j of the tile, for B vectors of channels from c on. */
template <int R, int B, class T, class Part>
void values(float *o, const float *s, const PagedKeys<T> &keys, int64_t tile, int64_t n, int64_t c, const Next<T> &next, Part part) {
    const int64_t HS = keys.HS;
    Vec sums[R][B] = {};
    for (int64_t j = 0; j < n; j += REFT_KV_PAGE) {
        const T *v = keys.value(tile + j) + c, *ahead = next.page(j);
        for (int64_t i = j; i < min(n, j + REFT_KV_PAGE); i++, v += HS) {
            if (ahead) prefetch(ahead + (i - j) * HS + c, B * W * int64_t{sizeof(T)});
            Vec x[B];
            for (int b = 0; b < B; b++) x[b] = load(v + b * W, part);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                const Vec weight = broadcast(s[r * KEYS + i]);
#pragma GCC unroll 8
                for (int b = 0; b < B; b++) sums[r][b] = fma(weight, x[b], sums[r][b]);
            }
        }
    }
    for (int r = 0; r < R; r++)
        for (int b = 0; b < B; b++) {
            float *to = o + r * HS + c + b * W;
            store(to, fma(broadcast(1.0f), load(to, part), sums[r][b]), part);
        }
}

/* attend() for R rows of a single token, bound by reading its keys and values once: to the same bits. `after`: the keys of the
 * head that comes next, or NULL. */
template <int R, class T>
void attend_token(const Queries &query, const PagedKeys<T> &keys, const PagedKeys<T> *after, int64_t window, float scale, float *memory) {
    constexpr int B = R == 1 ? 4 : 2;
    const int64_t HS = keys.HS, n = query.position + 1, start = window > 0 ? max(0, n - window) / KEYS * KEYS : 0;
    float *o = memory, *s = o + R * HS, m[R], l[R] = {};
    for (float &highest : m) highest = -INFINITY;
    memset(o, 0, static_cast<size_t>(R * HS) * sizeof(float));
    for (int64_t t = start; t < n; t += KEYS) {
        const Range see = visible(query.position, t, min(KEYS, n - t), window);
        scores<R>(s, query.q, keys, t, see.end, scale);
        for (int r = 0; r < R; r++) weigh(s + r * KEYS, see, see.end, m[r], l[r], o + r * HS, HS);
        const Next<T> next = t + KEYS < n ? Next<T>{&keys, t + KEYS, n - t - KEYS} : Next<T>{after, start, n - start};
        int64_t c = 0;
        for (; c + B * W <= HS; c += B * W) values<R, B>(o, s, keys, t, see.end, c, next, All{});
        for (; c + W <= HS; c += W) values<R, 1>(o, s, keys, t, see.end, c, next, All{});
        if (c < HS) values<R, 1>(o, s, keys, t, see.end, c, next, First{HS - c});
    }
    for (int r = 0; r < R; r++)
        each(HS, [&](int64_t c, auto part) { store(query.out + r * HS + c, load(o + r * HS + c, part) / l[r], part); });
}

/* Any number of heads of a single token. */
template <int R = FEW, class T>
void attend_heads(Queries query, const PagedKeys<T> &keys, const PagedKeys<T> *after, int64_t window, float scale, float *memory) {
    for (; query.heads >= R; query.heads -= R, query.q += R * keys.HS, query.out += R * keys.HS)
        attend_token<R>(query, keys, query.heads > R ? &keys : after, window, scale, memory);
    if constexpr (R > 1) attend_heads<R - 1>(query, keys, after, window, scale, memory);
}

template <class T>
void attention(float *out, const float *qkv, const T *k_pages, const T *v_pages, const int32_t *cu_new, const int32_t *context,
        const int32_t *block_table, int64_t B, int64_t max_blocks, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale) {
    const int64_t row = (NH + 2 * NKV) * HS, group = NH / NKV;
    const int64_t heads = min(group, ROWS), splits = ceil_div(group, heads), tokens = ROWS / heads;
    int64_t blocks = 0, work = 0;
    for (int64_t b = 0; b < B; b++) {
        blocks = max(blocks, ceil_div(cu_new[b + 1] - cu_new[b], tokens));
        work += static_cast<int64_t>(cu_new[b + 1] - cu_new[b]) * context[b];
    }
    const int64_t share = attend_floats(HS);
    const int team = workers(work * NH * HS / 8);
    /* Key/value heads of a sequence that one thread does one after the other: their pages are neighbours. */
    const int64_t together = max(1, min(NKV, B * NKV / (8 * team))), parts = ceil_div(NKV, together);
    float *memory = scratch_floats(threads * share);
#pragma omp parallel for num_threads(team) schedule(dynamic) collapse(3)
    for (int64_t back = 0; back < blocks; back++) {
        for (int64_t b = 0; b < B; b++) {
            for (int64_t part = 0; part < parts; part++) {
                const int64_t count = cu_new[b + 1] - cu_new[b], first = (blocks - 1 - back) * tokens;
                if (first >= count) continue;
                float *own = memory + omp_get_thread_num() * share;
                const auto head_keys = [&](int64_t h) {
                    const int64_t in_page = h * REFT_KV_PAGE * HS;
                    return PagedKeys<T>{k_pages + in_page, v_pages + in_page, block_table + b * max_blocks, NKV * REFT_KV_PAGE * HS, HS};
                };
                const int64_t end = min(NKV, (part + 1) * together);
                for (int64_t h = part * together; h < end; h++) {
                    const PagedKeys<T> keys = head_keys(h), after = head_keys(min(h + 1, NKV - 1));
                    for (int64_t split = 0; split < splits; split++) {
                        const int64_t head = h * group + split * heads, n = cu_new[b] + first;
                        const Queries queries = {qkv + n * row + head * HS, row, min(tokens, count - first),
                                min(heads, group - split * heads), context[b] - count + first, out + n * NH * HS + head * HS, NH * HS,
                                nullptr, 0};
                        if (queries.tokens == 1) attend_heads(queries, keys, h + 1 < end ? &after : nullptr, window, scale, own);
                        else attend(queries, keys, HS, window, scale, own);
                    }
                }
            }
        }
    }
}

}  // namespace

void attention_cached(float *out, const float *qkv, const void *k_pages, const void *v_pages, int32_t cache_type, const int32_t *cu_new,
        const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks, int64_t NH, int64_t NKV, int64_t HS,
        int64_t window, float scale) {
    (void)N;
    if (cache_type == REFT_F32)
        attention(out, qkv, static_cast<const float *>(k_pages), static_cast<const float *>(v_pages), cu_new, context, block_table, B,
                max_blocks, NH, NKV, HS, window, scale);
    else
        attention(out, qkv, static_cast<const uint16_t *>(k_pages), static_cast<const uint16_t *>(v_pages), cu_new, context, block_table, B,
                max_blocks, NH, NKV, HS, window, scale);
}

}  // namespace reft::REFT_ISA
