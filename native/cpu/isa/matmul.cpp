/*
 * Matrix product, row-invariant. A task is a block of rows that fits the second-level cache and a range of columns; it
 * packs one panel of op(b) after the other into the first-level cache and uses it at once for all its rows, so b is
 * neither packed whole nor shared, and one row costs no more than reading b. k runs in blocks of KC whatever the sizes.
 *
 * What a linear layer adds, bias and activation, is done to a panel's columns as soon as they have their sums.
 *
 * Packing takes a quarter of the time of a product of 32 rows, so a b that serves many such products is packed once and
 * for all by matmul_pack: panels of NR columns over the whole of K, one after the other. The sums keep their order.
 */
#include "gemm.h"
#include "isa.h"
#include "linear.h"

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

constexpr int64_t KC = 256;
constexpr int64_t MC = 240 / MR * MR;
constexpr int64_t SKINNY = 3;

/* packed[t][k][r] = op(a)[tiles.first(t) + r][k], op(a) being a[i·rs + k·ks]: the order in which tiles read it. */
void pack_left(float *packed, const float *a, int64_t rs, int64_t ks, const Tiles &tiles, int64_t K) {
    for (int64_t t = 0; t < tiles.count; t++, packed += MR * K) {
        const int64_t i = tiles.first(t), n = tiles.first(t + 1) - i;
        int64_t k = 0;
#if defined(__AVX2__)
        if (ks == 1 && n >= 8) {
            /* Eight rows at a time; the last ones may be some of those before. */
            for (; k + 4 <= K; k += 4)
                for (int64_t r = 0; r < n; r += 8) {
                    const int64_t row = min(r, n - 8);
                    __m256 columns[4];
                    transpose(columns, a + (i + row) * rs + k, rs);
                    for (int j = 0; j < 4; j++) _mm256_storeu_ps(packed + (k + j) * MR + row, columns[j]);
                }
        }
#endif
        for (; k < K; k++)
            for (int64_t r = 0; r < n; r++) packed[k * MR + r] = a[(i + r) * rs + k * ks];
    }
}

#if defined(__AVX2__)
/* The product for so few rows that packing b would cost more than the sums: 8·G columns of a transposed b, its 8×4 blocks
 * transposed in registers and used at once, a whole cache line of every column in turn. Every sum goes the way of
 * tile(), to the same bits. */
template <int R, int G>
void skinny(float *out, int64_t N, const float *a, const float *b, int64_t K, const Scale &scale) {
    const __m256 alpha = _mm256_set1_ps(scale.alpha);
    for (int64_t k0 = 0; k0 < K; k0 += KC) {
        const int64_t k1 = min(k0 + KC, K);
        __m256 sums[R][G] = {};
        int64_t k = k0;
        for (; k + 16 <= k1; k += 16) {
#pragma GCC unroll 4
            for (int g = 0; g < G; g++) {
                const float *lines = b + g * 8 * K + k;
                for (int j = 0; j < 8; j++) __builtin_prefetch(lines + j * K + 32);
#pragma GCC unroll 4
                for (int l = 0; l < 16; l += 4) {
                    __m256 columns[4];
                    transpose(columns, lines + l, K);
                    for (int i = 0; i < 4; i++)
                        for (int r = 0; r < R; r++)
                            sums[r][g] = _mm256_fmadd_ps(_mm256_broadcast_ss(a + r * K + k + l + i), columns[i], sums[r][g]);
                }
            }
        }
        for (; k < k1; k++)
            for (int g = 0; g < G; g++) {
                float column[8];
                for (int j = 0; j < 8; j++) column[j] = b[(g * 8 + j) * K + k];
                for (int r = 0; r < R; r++)
                    sums[r][g] = _mm256_fmadd_ps(_mm256_broadcast_ss(a + r * K + k), _mm256_loadu_ps(column), sums[r][g]);
            }
        const float beta = k0 == 0 ? scale.beta : 1.0f;
        for (int r = 0; r < R; r++)
            for (int g = 0; g < G; g++) {
                float *to = out + r * N + g * 8;
                const __m256 total = _mm256_mul_ps(sums[r][g], alpha);
                _mm256_storeu_ps(to, beta == 0 ? total : _mm256_fmadd_ps(_mm256_set1_ps(beta), _mm256_loadu_ps(to), total));
            }
    }
}

/* All that skinny() takes of columns n0 … n1-1; returns the first that it leaves. */
int64_t skinny_columns(float *out, int64_t N, const float *a, const float *b, int64_t M, int64_t K, int64_t n0, int64_t n1,
        const Scale &scale) {
    for (; n0 + 32 <= n1; n0 += 32) {
        float *to = out + n0;
        const float *columns = b + n0 * K;
        if (M == 1) skinny<1, 4>(to, N, a, columns, K, scale);
        else if (M == 2) skinny<2, 4>(to, N, a, columns, K, scale);
        else skinny<3, 4>(to, N, a, columns, K, scale);
    }
    return n0;
}
#else
/* Left to the packed way. */
int64_t skinny_columns(float *, int64_t, const float *, const float *, int64_t, int64_t, int64_t n0, int64_t, const Scale &) { return n0; }
#endif

/* out = alpha·op(a)·op(b) + beta·out; as soon as rows m0 … m1-1 of columns n0 … n1-1 have their sums, and while they are in the
 * cache, finish(m0, m1, n0, n1). */
template <class Finish>
void product(float *out, const float *a, const float *b, int64_t M, int64_t N, int64_t K, bool transpose_a, int32_t form, float alpha,
        float beta, Finish finish) {
    const bool transpose_b = form == REFT_TRANSPOSED, packed_b = form == REFT_PACKED;
    const int team = workers(2 * M * N * K / 64);
    const int64_t row_blocks = ceil_div(M, MC), rows = round_up(ceil_div(M, row_blocks), MR);
    const int64_t panels = ceil_div(N, NR);
    const int64_t parts = team == 1 ? 1 : min(panels, ceil_div(4 * team, row_blocks));
    const int64_t columns = ceil_div(panels, parts) * NR;
    const int64_t a_rows = transpose_a ? 1 : K, a_k = transpose_a ? M : 1;
    /* Rows that already lie along k are worth packing only where there are many, and many columns. Few of them are copied instead,
     * once for all tasks, into rows that do not stand in each other's way. */
    const bool copy = !transpose_a && M > MR && row_blocks == 1, pack = transpose_a || (row_blocks > 1 && columns >= 512);
    const int64_t copy_row = spread(K);
    /* As much of k as lets the rows of a stay in the second-level cache while panels come and go. */
    const int64_t deep = copy || rows * K <= MC * KC ? K : KC;
    const int64_t share = KC * NR + (pack ? MC * KC : 0);
    float *memory = scratch_floats(threads * share + (copy ? M * copy_row : 0)), *copies = memory + threads * share;

#pragma omp parallel num_threads(team)
    {
        float *panel = memory + omp_get_thread_num() * share, *packed = panel + KC * NR;
        if (copy) {
#pragma omp for schedule(static)
            for (int64_t m = 0; m < M; m++) memcpy(copies + m * copy_row, a + m * K, static_cast<size_t>(K) * sizeof(float));
        }
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < parts * row_blocks; task++) {
            const int64_t m0 = task % row_blocks * rows, m1 = min(m0 + rows, M);
            int64_t n0 = task / row_blocks * columns;
            const int64_t n1 = min(n0 + columns, N);
            if (m0 >= m1 || n0 >= n1) continue;
            if (M <= SKINNY && transpose_b && !transpose_a) {
                const int64_t first = n0;
                n0 = skinny_columns(out, N, a, b, M, K, n0, n1, {alpha, beta});
                finish(0, M, first, n0);
            }
            const Tiles tiles(m1 - m0);
            for (int64_t k0 = 0; k0 < K; k0 += deep) {
                const int64_t k1 = min(k0 + deep, K);
                if (pack)
                    for (int64_t k = k0; k < k1; k += KC)
                        pack_left(packed + (k - k0) * rows, a + m0 * a_rows + k * a_k, a_rows, a_k, tiles, min(KC, k1 - k));
                for (int64_t n = n0; n < n1; n += NR) {
                    for (int64_t k = k0; k < k1; k += KC) {
                        const int64_t depth = min(KC, k1 - k);
                        const Scale scale = {alpha, k == 0 ? beta : 1.0f};
                        const float *right = packed_b ? b + n * K + k * NR : panel;
                        if (transpose_b) pack_columns(panel, b + n * K + k, K, depth, n1 - n);
                        else if (!packed_b) pack_rows(panel, b + k * N + n, N, depth, n1 - n);
                        for (int64_t t = 0; t < tiles.count; t++) {
                            const int64_t m = m0 + tiles.first(t), count = tiles.first(t + 1) - tiles.first(t);
                            const float *from = pack   ? packed + (k - k0) * rows + t * MR * depth
                                                : copy ? copies + m * copy_row + k
                                                       : a + m * a_rows + k * a_k;
                            const int64_t rs = pack ? 1 : copy ? copy_row : a_rows, ks = pack ? MR : a_k, width = min(NR, n1 - n);
                            /* What follows in packed weights is the next panel to come. */
                            const auto ahead = Ahead<float>::of(t, tiles.count, right, right + depth * NR, NR, depth);
                            float *to = out + m * N + n;
                            if (!packed_b || ahead.lines == 0) tile_rows(count, to, N, from, rs, ks, right, width, depth, scale);
                            else if (ahead.lines == 1) tile_rows<1>(count, to, N, from, rs, ks, right, width, depth, scale, ahead.from);
                            else tile_rows<2>(count, to, N, from, rs, ks, right, width, depth, scale, ahead.from);
                        }
                    }
                    if (k1 == K) finish(m0, m1, n, min(n + NR, n1));
                }
            }
        }
    }
}

}  // namespace

int64_t packed_size(int64_t N, int64_t K) { return round_up(N, NR) * K; }

void matmul_pack(float *packed, const float *b, int64_t N, int64_t K) {
#pragma omp parallel for num_threads(workers(N * K / 4))
    for (int64_t n = 0; n < N; n += NR) pack_columns(packed + n * K, b + n * K, K, K, N - n);
}

void matmul(float *out, const float *a, const float *b, int64_t M, int64_t N, int64_t K, bool transpose_a, int32_t form, float alpha,
        float beta) {
    product(out, a, b, M, N, K, transpose_a, form, alpha, beta, [](int64_t, int64_t, int64_t, int64_t) {});
}

void linear(float *out, float *before, const float *a, const float *b, const float *bias, int64_t M, int64_t N, int64_t K, int32_t form,
        int32_t activation) {
    if (activation == REFT_NONE && !bias) return matmul(out, a, b, M, N, K, false, form, 1, 0);
    const Finish finish = finish_linear(activation);
    product(out, a, b, M, N, K, false, form, 1, 0,
            [=](int64_t m0, int64_t m1, int64_t n0, int64_t n1) { finish(out, before, bias, N, m0, m1, n0, n1); });
}

}  // namespace reft::REFT_ISA
