/*
 * The core of both attention forwards: one block of query rows against all the keys that they may see, tile of keys by
 * tile of keys, with a running maximum and sum (Dao 2023, FlashAttention-2).
 *
 * Tiles lie at multiples of KEYS from the start of the sequence, and every row does the same operations in them in any
 * block, so a token's result has the same bits in a long prompt, in one decoding step, and in training.
 */
#ifndef REFT_CPU_ATTENTION_H
#define REFT_CPU_ATTENTION_H

#include "gemm.h"

namespace reft::REFT_ISA {

constexpr int64_t KEYS = 64;
constexpr int64_t ROWS = 60 / MR * MR;
static_assert(KEYS % NR == 0 && KEYS % REFT_KV_PAGE == 0);

/* The keys [first, end) of a tile that a token at `position` sees, counted from the tile's start. */
struct Range {
    int64_t first, end;
};
inline Range visible(int64_t position, int64_t tile, int64_t n, int64_t window) {
    return {window > 0 ? max(0, position - window + 1 - tile) : 0, max(0, min(n, position + 1 - tile))};
}

/* Query rows: `tokens` consecutive tokens by `heads` query heads of one key/value head, heads fastest. */
struct Queries {
    const float *q; /* first token, first head */
    int64_t row;    /* floats from token to token */
    int64_t tokens, heads;
    int64_t position; /* of the first token in its sequence */
    float *out;       /* first token, first head */
    int64_t out_row;
    float *lse; /* or NULL: first token, first head */
    int64_t lse_head; /* floats from head to head */
};

/* A row's scores become weights, relative to the highest so far, 0 where it sees nothing; what it has summed up in o and l
 * shrinks to match. */
inline void weigh(float *row, Range see, int64_t end, float &m, float &l, float *o, int64_t HS) {
    float *seen = row + see.first;
    Vec maxima = broadcast(m);
    each(see.end - see.first, [&](int64_t j, auto part) { maxima = max(maxima, keep(load(seen + j, part), m, part)); });
    const float highest = max(maxima);
    Vec total{};
    each(see.end - see.first, [&](int64_t j, auto part) {
        const Vec p = exp(load(seen + j, part) - highest);
        store(seen + j, p, part);
        total += keep(p, 0, part);
    });
    for (int64_t j = 0; j < see.first; j++) row[j] = 0;
    for (int64_t j = see.end; j < end; j++) row[j] = 0;
    const float shrink = exp(m - highest);
    m = highest;
    l = l * shrink + sum(total);
    if (shrink != 1) each(HS, [=](int64_t c, auto part) { store(o + c, load(o + c, part) * shrink, part); });
}

inline int64_t attend_floats(int64_t HS) { return ROWS * (2 * HS + 2) + MR * KEYS + KEYS * (HS + round_up(HS, NR)); }

/* keys.pack(tile, n, k_panels, v_panels): packs keys [tile, tile+n), transposed, and their values. memory: attend_floats. */
template <class Keys>
inline void attend(const Queries &queries, const Keys &keys, int64_t HS, int64_t window, float scale, float *memory) {
    const int64_t G = queries.heads, rows = queries.tokens * G, last = queries.position + queries.tokens - 1;
    float *q = memory, *o = q + ROWS * HS, *s = o + ROWS * HS, *m = s + MR * KEYS, *l = m + ROWS;
    float *k_panels = l + ROWS, *v_panels = k_panels + KEYS * HS;
    for (int64_t r = 0; r < rows; r++) {
        memcpy(q + r * HS, queries.q + r / G * queries.row + r % G * HS, static_cast<size_t>(HS) * sizeof(float));
        m[r] = -INFINITY;
        l[r] = 0;
    }
    memset(o, 0, static_cast<size_t>(rows * HS) * sizeof(float));

    const int64_t start = window > 0 ? max(0, queries.position - window + 1) / KEYS * KEYS : 0;
    for (int64_t t = start; t <= last; t += KEYS) {
        const int64_t n = min(KEYS, last + 1 - t);
        /* The rows that see this tile: those not before it, and not a window behind it. */
        const int64_t r0 = max(0, t - queries.position) * G;
        const int64_t r1 = window > 0 ? min(rows, (t + n - 1 + window - queries.position) * G) : rows;
        keys.pack(t, n, k_panels, v_panels);
        /* MR rows at a time, and of the keys only as many as the last of them sees. */
        for (int64_t r = r0; r < r1; r += MR) {
            const int64_t count = min(MR, r1 - r), end = visible(queries.position + (r + count - 1) / G, t, n, window).end;
            multiply(s, KEYS, q + r * HS, HS, 1, k_panels, HS * NR, count, end, HS, scale, 0);
            for (int64_t i = r; i < r + count; i++) {
                weigh(s + (i - r) * KEYS, visible(queries.position + i / G, t, n, window), end, m[i], l[i], o + i * HS, HS);
            }
            multiply(o + r * HS, HS, s, KEYS, 1, v_panels, n * NR, count, HS, end, 1, 1);
        }
    }
    for (int64_t r = 0; r < rows; r++) {
        float *to = queries.out + r / G * queries.out_row + r % G * HS;
        each(HS, [=](int64_t c, auto part) { store(to + c, load(o + r * HS + c, part) / l[r], part); });
        if (queries.lse) queries.lse[r % G * queries.lse_head + r / G] = m[r] + logf(l[r]);
    }
}

}  // namespace reft::REFT_ISA

#endif
