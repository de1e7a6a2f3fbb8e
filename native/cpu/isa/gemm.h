/*
 * The register-tiled product that matmul and attention stand on.
 *
 * One operand is packed into panels of NR columns, panel[k][NR], which stay in the first-level cache; the other is read
 * where it lies. tile<R> keeps R×NR sums in registers. Each sum is one chain of fused multiply-adds in the order of k,
 * whatever R, so that a row of the result has the same bits in any company.
 */
#ifndef REFT_CPU_GEMM_H
#define REFT_CPU_GEMM_H

#include "bf16.h"

namespace reft::REFT_ISA {

constexpr int64_t NR = 2 * W;
#if defined(__AVX512F__)
constexpr int64_t MR = 14; /* 28 of 32 registers hold sums */
#else
constexpr int64_t MR = 6; /* 12 of 16 */
#endif

/* panel[k][j] = b[k·ld + j], j < n; 0 beyond. b is of floats or of bf16. */
template <class T>
inline void pack_rows(float *panel, const T *b, int64_t ld, int64_t K, int64_t n) {
    for (int64_t k = 0; k < K; k++, b += ld, panel += NR) {
        if (n >= NR) {
            store(panel, load(b));
            store(panel + W, load(b + W));
        } else {
            memset(panel, 0, NR * sizeof(float));
            each(n, [=](int64_t j, auto part) { store(panel + j, load(b + j, part), part); });
        }
    }
}

#if defined(__AVX2__)
/* out[i][j] = b[j·ld + i], i < 4, j < 8, whatever the 32 bits mean: rows j and j+4 share a register, then 4×4 transposes run in
 * both of its halves. */
inline void transpose(__m256 out[4], const float *b, int64_t ld) {
    __m256 r[4];
    for (int j = 0; j < 4; j++)
        r[j] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(b + j * ld)), _mm_loadu_ps(b + (j + 4) * ld), 1);
    const __m256 low01 = _mm256_unpacklo_ps(r[0], r[1]), high01 = _mm256_unpackhi_ps(r[0], r[1]);
    const __m256 low23 = _mm256_unpacklo_ps(r[2], r[3]), high23 = _mm256_unpackhi_ps(r[2], r[3]);
    out[0] = _mm256_shuffle_ps(low01, low23, 0x44);
    out[1] = _mm256_shuffle_ps(low01, low23, 0xee);
    out[2] = _mm256_shuffle_ps(high01, high23, 0x44);
    out[3] = _mm256_shuffle_ps(high01, high23, 0xee);
}
#endif

/* panel[k][j] = b[j·ld + k], j < n; 0 beyond: the transpose, of floats or of pairs of bf16. */
template <int64_t COLUMNS = NR, class T>
inline void pack_columns(T *panel, const T *b, int64_t ld, int64_t K, int64_t n) {
    static_assert(sizeof(T) == sizeof(float));
    int64_t k = 0;
#if defined(__AVX2__)
    if (n >= COLUMNS) {
        for (; k + 4 <= K; k += 4) {
            for (int64_t j = 0; j < COLUMNS; j += 8) {
                __m256 rows[4];
                transpose(rows, reinterpret_cast<const float *>(b + j * ld + k), ld);
                for (int i = 0; i < 4; i++) _mm256_storeu_ps(reinterpret_cast<float *>(panel + (k + i) * COLUMNS + j), rows[i]);
            }
        }
    }
#endif
    for (; k < K; k++)
        for (int64_t j = 0; j < COLUMNS; j++) panel[k * COLUMNS + j] = j < n ? b[j * ld + k] : T{};
}

/* Rows shared out evenly among as few tiles of at most `most` as can be: a tile of one or two rows would wait for its sums.
 * Tile t has the rows first(t) … first(t+1)-1. */
struct Tiles {
    int64_t rows, count;
    explicit Tiles(int64_t n, int64_t most = MR) : rows(n), count(ceil_div(n, most)) {}
    int64_t first(int64_t t) const { return rows * t / count; }
};

/*
 * What to fetch into the caches while a panel is multiplied, so that memory and arithmetic work at once: the panel that comes
 * next, by the first tiles, a cache line with each k. Rows that fill one tile alone go through their panels too fast for that:
 * they fetch all that they read, a little ahead in the same stream.
 */
template <class T>
struct Ahead {
    const T *from;
    int lines; /* with each k */

    static constexpr int64_t LINE = 64 / sizeof(T), NEAR = 8192 / sizeof(T);

    /* For tile t of `tiles` against a panel of `depth` rows of `columns`, before `next`. */
    static Ahead of(int64_t t, int64_t tiles, const T *panel, const T *next, int64_t columns, int64_t depth) {
        const int lines = columns > LINE ? 2 : 1;
        if (tiles == 1) return {panel + NEAR, lines};
        return {next + t * depth * LINE, t < lines ? 1 : 0};
    }
};

/* The lines of step k. */
template <int LINES, class T>
inline void fetch(const T *from, int64_t k) {
    constexpr int64_t line = Ahead<T>::LINE;
    if (LINES == 1) __builtin_prefetch(from + k * line, 0, 2);
    if (LINES == 2) __builtin_prefetch(from + k * 2 * line, 0, 3);
    if (LINES == 2) __builtin_prefetch(from + (k * 2 + 1) * line, 0, 3);
}

/* Elements of four bytes from row to row of a copy of rows of n: an odd number of cache lines, for with an even one the rows of a
 * tile meet in few sets of the cache. */
inline int64_t spread(int64_t n) { return (ceil_div(n, 16) | 1) * 16; }

struct Scale {
    float alpha, beta;
};

/* c[i·ldc + j] = alpha·Σ_k a[i·rs + k·ks]·panel[k][j] + beta·c, i < R, j < n ≤ NR. beta = 0 does not read c. LINES cache lines are
 * fetched from `ahead` on with each k.
 * The scale comes by reference and noipa keeps it so: as two registers it would drive one of the sums out of its own. */
template <int R, int LINES>
[[gnu::noipa]] void tile(float *c, int64_t ldc, const float *a, int64_t rs, int64_t ks, const float *panel, int64_t n, int64_t K,
        const Scale &scale, const float *ahead) {
    for (int i = 0; i < R; i++) __builtin_prefetch(c + i * ldc, 1); /* needed when the sums are done */
    Vec sums[R][2] = {};
    for (int64_t k = 0; k < K; k++, a += ks, panel += NR) {
        fetch<LINES>(ahead, k);
        const Vec b0 = load(panel), b1 = load(panel + W);
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            const Vec x = broadcast(a[i * rs]);
            sums[i][0] = fma(x, b0, sums[i][0]);
            sums[i][1] = fma(x, b1, sums[i][1]);
        }
    }
    const float alpha = scale.alpha, beta = scale.beta;
    const auto finish = [=](float *to, Vec total, auto part) {
        total *= alpha;
        store(to, beta == 0 ? total : fma(broadcast(beta), load(to, part), total), part);
    };
#pragma GCC unroll 16
    for (int i = 0; i < R; i++, c += ldc) {
        if (n >= NR) {
            finish(c, sums[i][0], All{});
            finish(c + W, sums[i][1], All{});
        } else {
            finish(c, sums[i][0], First{min(n, W)});
            if (n > W) finish(c + W, sums[i][1], First{n - W});
        }
    }
}

/* As tile, for any number of rows ≤ MR. */
template <int LINES = 0, int R = MR>
inline void tile_rows(int64_t rows, float *c, int64_t ldc, const float *a, int64_t rs, int64_t ks, const float *panel, int64_t n, int64_t K,
        const Scale &scale, const float *ahead = nullptr) {
    if constexpr (R > 1) {
        if (rows < R) return tile_rows<LINES, R - 1>(rows, c, ldc, a, rs, ks, panel, n, K, scale, ahead);
    }
    tile<R, LINES>(c, ldc, a, rs, ks, panel, n, K, scale, ahead);
}

/* c [M,n] = alpha·a·b + beta·c, b [K,n] in panels that start `stride` floats apart. */
inline void multiply(float *c, int64_t ldc, const float *a, int64_t rs, int64_t ks, const float *panels, int64_t stride, int64_t M,
        int64_t n, int64_t K, float alpha, float beta) {
    for (int64_t j = 0; j < n; j += NR, panels += stride)
        for (int64_t i = 0; i < M; i += MR)
            tile_rows(min(MR, M - i), c + i * ldc + j, ldc, a + i * rs, rs, ks, panels, min(NR, n - j), K, {alpha, beta});
}

}  // namespace reft::REFT_ISA

#endif
