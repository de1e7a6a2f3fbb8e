/*
 * Pages of the key/value cache of one head: REFT_KV_PAGE tokens, of floats or of bf16. Values lie token by token, [page][HS]. Keys lie
 * the other way round, so that a vector holds one channel of neighbouring tokens and their scores need no transposing: [HS][page],
 * in bf16 by pairs of channels, [HS/2][page][2].
 */
#ifndef REFT_CPU_PAGES_H
#define REFT_CPU_PAGES_H

#include "attention.h"

namespace reft::REFT_ISA {

static_assert(REFT_KV_PAGE % W == 0);

/* Keys and values of one head in the pages of one sequence. */
template <class T>
struct PagedKeys {
    const T *k_pages, *v_pages; /* at the head within page 0 */
    const int32_t *blocks;
    int64_t page, HS; /* elements from page to page */

    /* Channel 0 of the vector of keys that starts at token i; other channels follow at at(). */
    const T *key(int64_t i) const { return k_pages + blocks[i / REFT_KV_PAGE] * page + i % REFT_KV_PAGE * WIDE; }
    const T *value(int64_t i) const { return v_pages + blocks[i / REFT_KV_PAGE] * page + i % REFT_KV_PAGE * HS; }

    /* body(c, vector) for the channels c of the keys that lie at `from`. */
    template <class Body>
    static void channel(const T *from, int64_t c, Body body) {
        const T *at = from + c * REFT_KV_PAGE;
        if constexpr (WIDE == 1) {
            body(c, load(at));
        } else {
            const Bits pairs = load_pairs(reinterpret_cast<const Pair *>(at));
            body(c, firsts(pairs));
            body(c + 1, seconds(pairs));
        }
    }
    static constexpr int64_t WIDE = sizeof(float) / sizeof(T); /* channels that lie side by side */

    void pack(int64_t tile, int64_t n, float *k_panels, float *v_panels) const {
        for (int64_t j = 0; j < n; j += NR)
            for (int64_t v = 0; v < min(NR, n - j); v += W) {
                const T *keys = key(tile + j + v);
                for (int64_t c = 0; c < HS; c += WIDE)
                    channel(keys, c, [&](int64_t at, Vec x) { store(k_panels + j * HS + at * NR + v, x); });
            }
        for (int64_t c = 0; c < HS; c += NR)
            for (int64_t i = 0; i < n; i += REFT_KV_PAGE)
                pack_rows(v_panels + c * n + i * NR, value(tile + i) + c, HS, min(REFT_KV_PAGE, n - i), HS - c);
    }
};

}  // namespace reft::REFT_ISA

#endif
