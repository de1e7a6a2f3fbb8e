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
                    attend(queries, keys, HS, window, scale, memory + omp_get_thread_num() * share);
                }
            }
        }
    }
}

}  // namespace reft::REFT_ISA
