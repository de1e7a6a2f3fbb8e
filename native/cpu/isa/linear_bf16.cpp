/*
 * Linear layers by weights in bf16, row-invariant. The weights are packed once for many products, as panels of some columns over
 * the whole of K, pairs of neighbours in k side by side; the rows of a are rounded to bf16 here, once for each product. A sum
 * stays in its register from the first k to the last, so its order is that of k whoever else is in the batch.
 *
 * Who multiplies: AMX, tile by tile; else AVX-512 BF16, two products at a time; else the processor's floats, into which both
 * operands are widened in registers, so that weights take half the bytes on their way there.
 */
#include "bf16.h"
#include "gemm.h"
#include "isa.h"
#include "linear.h"
#if defined(REFT_TILES)
#include "tiles.h"
#endif

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

#if defined(REFT_TILES)

/* A panel's columns fill two tiles, and so do a block's rows. K is filled up with zeros to whole tiles. */
constexpr int64_t COLUMNS = 32, ROWS = 32, DEPTH = 32;
constexpr int64_t FLOPS_PER_NS = 1024;
typedef Pair Left;
constexpr int64_t LEFTS = 1; /* for a pair */

inline void round_row(Left *to, const float *x, int64_t K) { round_pairs(to, x, K); }

/* c [rows,ldc], n columns of it. */
void block(TileUnit &unit, int64_t rows, float *c, int64_t ldc, const Left *a, int64_t stride, const Pair *panel, int64_t n, int64_t depth,
        Ahead<Pair> ahead) {
    alignas(64) float sums[ROWS][COLUMNS];
    const int64_t a_bytes = stride * int64_t{sizeof(Left)}, row_bytes = COLUMNS * int64_t{sizeof(Pair)};
    const bool both = rows > TILE_ROWS;
    unit.zero<0>();
    unit.zero<1>();
    unit.zero<2>();
    unit.zero<3>();
    for (int64_t k = 0; k < depth; k += TILE_ROWS, a += TILE_ROWS, panel += TILE_ROWS * COLUMNS) {
        for (int64_t line = 0; line < TILE_ROWS * ahead.lines; line++) fetch<1>(ahead.from + k * ahead.lines * Ahead<Pair>::LINE, line);
        unit.load<4>(panel, row_bytes);
        unit.load<5>(panel + COLUMNS / 2, row_bytes);
        unit.load<6>(a, a_bytes);
        unit.dot<0, 6, 4>();
        unit.dot<1, 6, 5>();
        if (both) {
            unit.load<7>(a + TILE_ROWS * stride, a_bytes);
            unit.dot<2, 7, 4>();
            unit.dot<3, 7, 5>();
        }
    }
    unit.store<0>(sums[0], sizeof sums[0]);
    unit.store<1>(sums[0] + COLUMNS / 2, sizeof sums[0]);
    if (both) {
        unit.store<2>(sums[TILE_ROWS], sizeof sums[0]);
        unit.store<3>(sums[TILE_ROWS] + COLUMNS / 2, sizeof sums[0]);
    }
    for (int64_t i = 0; i < rows; i++) memcpy(c + i * ldc, sums[i], static_cast<size_t>(n) * sizeof(float));
}

#else

constexpr int64_t COLUMNS = NR, DEPTH = 2;
/* Nothing to hold. */
struct TileUnit {};

#if defined(__AVX512BF16__)
constexpr int64_t ROWS = 14, FLOPS_PER_NS = 128;
typedef Pair Left;
constexpr int64_t LEFTS = 1; /* for a pair */
inline void round_row(Left *to, const float *x, int64_t K) { round_pairs(to, x, K); }
#else
constexpr int64_t ROWS = MR > 12 ? 12 : MR, FLOPS_PER_NS = 64; /* the mask and the widened weights want registers too */
typedef float Left;
constexpr int64_t LEFTS = 2;
inline void round_row(Left *to, const float *x, int64_t K) {
    each(K, [=](int64_t k, auto part) { store(to + k, reinterpret_cast<Vec>(round_bf16(load(x + k, part)) & 0xffff0000u), part); });
    if (K % 2) to[K] = 0;
}
#endif

/* c[i·ldc + j] = Σ_k a[i][k]·panel[k][j], i < R, j < n ≤ COLUMNS. LINES cache lines are fetched from `ahead` on with each k. */
template <int R, int LINES>
[[gnu::noipa]] void tile(float *c, int64_t ldc, const Left *a, int64_t stride, const Pair *panel, int64_t n, int64_t depth,
        const Pair *ahead) {
    for (int i = 0; i < R; i++) __builtin_prefetch(c + i * ldc, 1);
    Vec sums[R][2] = {};
    for (int64_t k = 0; k < depth; k++, panel += COLUMNS) {
        fetch<LINES>(ahead, k);
#if defined(__AVX512BF16__)
        const __m512bh b0 = reinterpret_cast<__m512bh>(load_pairs(panel)), b1 = reinterpret_cast<__m512bh>(load_pairs(panel + W));
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            const __m512bh x = reinterpret_cast<__m512bh>(a[i * stride + k] - Bits{});
            sums[i][0] = _mm512_dpbf16_ps(sums[i][0], x, b0);
            sums[i][1] = _mm512_dpbf16_ps(sums[i][1], x, b1);
        }
#else
        for (int half = 0; half < 2; half++) {
            const Vec b0 = half ? seconds(load_pairs(panel)) : firsts(load_pairs(panel));
            const Vec b1 = half ? seconds(load_pairs(panel + W)) : firsts(load_pairs(panel + W));
#pragma GCC unroll 16
            for (int i = 0; i < R; i++) {
                const Vec x = broadcast(a[i * stride + 2 * k + half]);
                sums[i][0] = fma(x, b0, sums[i][0]);
                sums[i][1] = fma(x, b1, sums[i][1]);
            }
        }
#endif
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++, c += ldc) {
        if (n >= COLUMNS) {
            store(c, sums[i][0]);
            store(c + W, sums[i][1]);
        } else {
            store(c, sums[i][0], First{min(n, W)});
            if (n > W) store(c + W, sums[i][1], First{n - W});
        }
    }
}

/* As tile, for any number of rows ≤ ROWS. */
template <int LINES, int R = ROWS>
void rows_tile(int64_t rows, float *c, int64_t ldc, const Left *a, int64_t stride, const Pair *panel, int64_t n, int64_t depth,
        const Pair *ahead) {
    if constexpr (R > 1) {
        if (rows < R) return rows_tile<LINES, R - 1>(rows, c, ldc, a, stride, panel, n, depth, ahead);
    }
    tile<R, LINES>(c, ldc, a, stride, panel, n, depth, ahead);
}

void block(TileUnit &, int64_t rows, float *c, int64_t ldc, const Left *a, int64_t stride, const Pair *panel, int64_t n, int64_t depth,
        Ahead<Pair> ahead) {
    if (ahead.lines == 2) rows_tile<2>(rows, c, ldc, a, stride, panel, n, depth, ahead.from);
    else if (ahead.lines == 1) rows_tile<1>(rows, c, ldc, a, stride, panel, n, depth, ahead.from);
    else rows_tile<0>(rows, c, ldc, a, stride, panel, n, depth, ahead.from);
}

#endif

constexpr int64_t BYTES_PER_NS = 16;
constexpr int64_t LEFT_BYTES = 512 << 10; /* of rows that stay in the second-level cache while panels come and go */

/* Pairs of a row, filled up to the depth of a step. */
int64_t depth_of(int64_t K) { return round_up(K, DEPTH) / 2; }

}  // namespace

int64_t packed_bf16_size(int64_t N, int64_t K) { return round_up(N, COLUMNS) * depth_of(K) * 2; }

void pack_bf16(uint16_t *packed, const float *b, int64_t N, int64_t K) {
    const int64_t depth = depth_of(K);
    Pair *panels = reinterpret_cast<Pair *>(packed);
    const int64_t share = COLUMNS * depth;
    Pair *memory = reinterpret_cast<Pair *>(scratch(static_cast<size_t>(threads * share) * sizeof(Pair)));
#pragma omp parallel for num_threads(workers(N * K / 4)) schedule(static)
    for (int64_t n = 0; n < N; n += COLUMNS) {
        Pair *rows = memory + omp_get_thread_num() * share;
        const int64_t count = min(COLUMNS, N - n);
        for (int64_t j = 0; j < count; j++) {
            round_pairs(rows + j * depth, b + (n + j) * K, K);
            for (int64_t k = ceil_div(K, 2); k < depth; k++) rows[j * depth + k] = 0;
        }
        pack_columns<COLUMNS>(panels + n * depth, rows, depth, depth, count);
    }
}

void linear_bf16(float *out, float *before, const float *a, const uint16_t *packed, const float *bias, int64_t M, int64_t N, int64_t K,
        int32_t activation) {
    const Finish finish = finish_linear(activation);
    const bool plain = activation == REFT_NONE && !bias;
    const Pair *panels = reinterpret_cast<const Pair *>(packed);
    const int64_t depth = depth_of(K), stride = spread(depth * LEFTS);
    const int team = workers(max(2 * M * N * K / FLOPS_PER_NS, 2 * N * K / BYTES_PER_NS));
    const int64_t most = max(ROWS, LEFT_BYTES / (stride * int64_t{sizeof(Left)}) / ROWS * ROWS);
    const int64_t row_blocks = ceil_div(M, most), count = ceil_div(N, COLUMNS);
    const int64_t parts = team == 1 ? 1 : min(count, ceil_div(4 * team, row_blocks)), columns = ceil_div(count, parts) * COLUMNS;
    Left *rows =
            static_cast<Left *>(scratch(static_cast<size_t>((M + ROWS) * stride) * sizeof(Left))); /* a block may read past the last row */

#pragma omp parallel num_threads(team)
    {
        TileUnit unit;
#pragma omp for schedule(static)
        for (int64_t m = 0; m < M; m++) {
            Left *row = rows + m * stride;
            round_row(row, a + m * K, K);
            for (int64_t k = ceil_div(K, 2) * LEFTS; k < depth * LEFTS; k++) row[k] = 0;
        }
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < parts * row_blocks; task++) {
            const int64_t m0 = M * (task % row_blocks) / row_blocks, m1 = M * (task % row_blocks + 1) / row_blocks;
            const int64_t n0 = task / row_blocks * columns, n1 = min(n0 + columns, N);
            const Tiles tiles(m1 - m0, ROWS);
            for (int64_t n = n0; n < n1; n += COLUMNS) {
                const Pair *panel = panels + n * depth, *next = n + COLUMNS < N ? panel + COLUMNS * depth : panel;
                for (int64_t t = 0; t < tiles.count; t++) {
                    const int64_t m = m0 + tiles.first(t);
                    block(unit, tiles.first(t + 1) - tiles.first(t), out + m * N + n, N, rows + m * stride, stride, panel,
                            min(COLUMNS, n1 - n), depth, Ahead<Pair>::of(t, tiles.count, panel, next, COLUMNS, depth));
                }
                if (!plain) finish(out, before, bias, N, m0, m1, n, min(n + COLUMNS, n1));
            }
        }
    }
}

}  // namespace reft::REFT_ISA
