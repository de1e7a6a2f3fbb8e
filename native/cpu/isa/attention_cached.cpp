/* Attention of new tokens against a paged cache: a decoding step or a prompt. The query heads that share a key/value
 * head go together, so that its pages are read once. */
#include "attention.h"
#include "isa.h"

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

/* Keys and values of one head in the pages of one sequence. */
struct PagedKeys {
    const float *k_pages, *v_pages; /* at the head within page 0 */
    const int32_t *blocks;
    int64_t page, HS; /* floats from page to page */
    void pack(int64_t tile, int64_t n, float *k_panels, float *v_panels) const {
        for (int64_t j = 0; j < n; j += NR) {
            /* A panel may be wider than a page or narrower. */
            if (NR <= REFT_KV_PAGE) {
                pack_columns(k_panels + j * HS, key(k_pages, tile + j), HS, HS, n - j);
            } else {
                float two_pages[NR * 16];
                for (int64_t c = 0; c < HS; c += 16) {
                    const int64_t width = min(16, HS - c);
                    for (int64_t i = 0; i < min(NR, n - j); i++)
                        memcpy(two_pages + i * 16, key(k_pages, tile + j + i) + c, static_cast<size_t>(width) * sizeof(float));
                    pack_columns(k_panels + (j * HS) + c * NR, two_pages, 16, width, n - j);
                }
            }
        }
        for (int64_t c = 0; c < HS; c += NR)
            for (int64_t i = 0; i < n; i += REFT_KV_PAGE)
                pack_rows(v_panels + c * n + i * NR, key(v_pages, tile + i) + c, HS, min(REFT_KV_PAGE, n - i), HS - c);
    }
    const float *key(const float *pages, int64_t i) const {
        return pages + blocks[i / REFT_KV_PAGE] * page + i % REFT_KV_PAGE * HS;
    }
};

#if defined(__AVX2__)
/* s[j] = scale·q·key j of the tile, j < n rounded up to 32: the sums of multiply(), without packing keys that one row reads. */
void scores(float *s, const float *q, const PagedKeys &keys, int64_t tile, int64_t n, float scale) {
    const int64_t HS = keys.HS;
    for (int64_t j = 0; j < n; j += 32) {
        const float *k[4], *v[4];
        __m256 sums[4] = {};
        for (int64_t g = 0; g < 4; g++) {
            const int64_t i = tile + min(j + g * 8, (n - 1) / 8 * 8);
            k[g] = keys.key(keys.k_pages, i);
            v[g] = keys.key(keys.v_pages, i);
        }
        int64_t c = 0;
        for (; c + 4 <= HS; c += 4) {
#pragma GCC unroll 4
            for (int g = 0; g < 4; g++) {
                if (c % 16 == 0)
                    for (int r = 0; r < 8; r++) __builtin_prefetch(v[g] + r * HS + c); /* values() comes next */
                __m256 columns[4];
                transpose(columns, k[g] + c, HS);
                for (int i = 0; i < 4; i++) sums[g] = _mm256_fmadd_ps(_mm256_broadcast_ss(q + c + i), columns[i], sums[g]);
            }
        }
        for (; c < HS; c++)
            for (int g = 0; g < 4; g++) {
                float column[8];
                for (int r = 0; r < 8; r++) column[r] = k[g][r * HS + c];
                sums[g] = _mm256_fmadd_ps(_mm256_broadcast_ss(q + c), _mm256_loadu_ps(column), sums[g]);
            }
        for (int g = 0; g < 4; g++) _mm256_storeu_ps(s + j + g * 8, _mm256_mul_ps(sums[g], _mm256_set1_ps(scale)));
    }
}

/* o += Σ_j s[j]·value j of the tile, for B vectors of columns from c on. */
template <int B, class Part>
void values(float *o, const float *s, const PagedKeys &keys, int64_t tile, int64_t n, int64_t c, Part part) {
    Vec sums[B] = {};
    for (int64_t j = 0; j < n; j++) {
        const float *v = keys.key(keys.v_pages, tile + j) + c;
        const Vec weight = broadcast(s[j]);
#pragma GCC unroll 8
        for (int i = 0; i < B; i++) sums[i] = fma(weight, load(v + i * W, part), sums[i]);
    }
    for (int i = 0; i < B; i++) store(o + c + i * W, fma(broadcast(1.0f), load(o + c + i * W, part), sums[i]), part);
}

/* attend() for a single row, which is bound by reading its keys and values once: to the same bits. */
void attend_alone(const Queries &query, const PagedKeys &keys, int64_t window, float scale, float *memory) {
    const int64_t HS = keys.HS, n = query.position + 1;
    float *o = memory, *s = o + HS, m = -INFINITY, l = 0;
    memset(o, 0, static_cast<size_t>(HS) * sizeof(float));
    for (int64_t t = window > 0 ? max(0, n - window) / KEYS * KEYS : 0; t < n; t += KEYS) {
        const Range see = visible(query.position, t, min(KEYS, n - t), window);
        scores(s, query.q, keys, t, see.end, scale);
        weigh(s, see, see.end, m, l, o, HS);
        int64_t c = 0;
        for (; c + 8 * W <= HS; c += 8 * W) values<8>(o, s, keys, t, see.end, c, All{});
        for (; c + 4 * W <= HS; c += 4 * W) values<4>(o, s, keys, t, see.end, c, All{});
        for (; c + W <= HS; c += W) values<1>(o, s, keys, t, see.end, c, All{});
        if (c < HS) values<1>(o, s, keys, t, see.end, c, First{HS - c});
    }
    each(HS, [&](int64_t c, auto part) { store(query.out + c, load(o + c, part) / l, part); });
}
#else
void attend_alone(const Queries &query, const PagedKeys &keys, int64_t window, float scale, float *memory) {
    attend(query, keys, keys.HS, window, scale, memory);
}
#endif

}  // namespace

void attention_cached(float *out, const float *qkv, const float *k_pages, const float *v_pages, const int32_t *cu_new,
                      const int32_t *context, const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks, int64_t NH,
                      int64_t NKV, int64_t HS, int64_t window, float scale) {
    const int64_t row = (NH + 2 * NKV) * HS, group = NH / NKV;
    const int64_t heads = min(group, ROWS), splits = ceil_div(group, heads), tokens = ROWS / heads;
    int64_t blocks = 0, work = 0;
    for (int64_t b = 0; b < B; b++) {
        blocks = max(blocks, ceil_div(cu_new[b + 1] - cu_new[b], tokens));
        work += static_cast<int64_t>(cu_new[b + 1] - cu_new[b]) * context[b];
    }
    const int64_t share = attend_floats(HS);
    float *memory = scratch_floats(threads * share);
    (void)N;
#pragma omp parallel for num_threads(workers(work * NH * HS / 8)) schedule(dynamic) collapse(4)
    for (int64_t back = 0; back < blocks; back++) {
        for (int64_t b = 0; b < B; b++) {
            for (int64_t h = 0; h < NKV; h++) {
                for (int64_t split = 0; split < splits; split++) {
                    const int64_t count = cu_new[b + 1] - cu_new[b], first = (blocks - 1 - back) * tokens;
                    if (first >= count) continue;
                    const int64_t head = h * group + split * heads, n = cu_new[b] + first;
                    const Queries queries = {qkv + n * row + head * HS, row, min(tokens, count - first),
                                             min(heads, group - split * heads), context[b] - count + first,
                                             out + n * NH * HS + head * HS, NH * HS, nullptr, 0};
                    const int64_t in_page = h * REFT_KV_PAGE * HS;
                    const PagedKeys keys = {k_pages + in_page, v_pages + in_page, block_table + b * max_blocks, NKV * REFT_KV_PAGE * HS, HS};
                    float *own = memory + omp_get_thread_num() * share;
                    if (queries.tokens * queries.heads == 1) attend_alone(queries, keys, window, scale, own);
                    else attend(queries, keys, HS, window, scale, own);
                }
            }
        }
    }
}

}  // namespace reft::REFT_ISA
