/*
 * Matrix product, row-invariant. A task is a block of rows that fits the second-level cache and a range of columns; it
 * packs one panel of op(b) after the other into the first-level cache and uses it at once for all its rows, so b is
 * neither packed whole nor shared, and one row costs no more than reading b. k runs in blocks of KC whatever the sizes.
 */
#include "gemm.h"
#include "isa.h"

#include <omp.h>

namespace reft::REFT_ISA {

namespace {

constexpr int64_t KC = 256;
constexpr int64_t MC = 240 / MR * MR;

/* packed[i/MR][k][i%MR] = a[k·ld + i]: op(a) of a transposed operand, in the order in which tiles read it. */
void pack_transposed(float *packed, const float *a, int64_t ld, int64_t rows, int64_t K) {
    for (int64_t i = 0; i < rows; i += MR, packed += MR * K)
        for (int64_t k = 0; k < K; k++)
            for (int64_t r = 0; r < min(MR, rows - i); r++) packed[k * MR + r] = a[k * ld + i + r];
}

}  // namespace

void matmul(float *out, const float *a, const float *b, int64_t M, int64_t N, int64_t K, bool transpose_a, bool transpose_b,
            float alpha, float beta) {
    const int team = workers(2 * M * N * K / 64);
    const int64_t row_blocks = ceil_div(M, MC), rows = round_up(ceil_div(M, row_blocks), MR);
    const int64_t panels = ceil_div(N, NR);
    const int64_t parts = team == 1 ? 1 : min(panels, ceil_div(4 * team, row_blocks));
    const int64_t columns = ceil_div(panels, parts) * NR;
    const int64_t panel_floats = KC * NR, packed_floats = transpose_a ? MC * KC : 0;
    float *memory = scratch_floats(threads * (panel_floats + packed_floats));

#pragma omp parallel num_threads(team)
    {
        float *panel = memory + omp_get_thread_num() * (panel_floats + packed_floats), *packed = panel + panel_floats;
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < parts * row_blocks; task++) {
            const int64_t m0 = task % row_blocks * rows, m1 = min(m0 + rows, M);
            const int64_t n0 = task / row_blocks * columns, n1 = min(n0 + columns, N);
            for (int64_t k0 = 0; k0 < K; k0 += KC) {
                const int64_t k = min(KC, K - k0);
                if (transpose_a && m0 < m1 && n0 < n1) pack_transposed(packed, a + k0 * M + m0, M, m1 - m0, k);
                for (int64_t n = n0; n < n1; n += NR) {
                    if (transpose_b) pack_columns(panel, b + n * K + k0, K, k, n1 - n);
                    else pack_rows(panel, b + k0 * N + n, N, k, n1 - n);
                    for (int64_t m = m0; m < m1; m += MR) {
                        const float *from = transpose_a ? packed + (m - m0) * k : a + m * K + k0;
                        tile_rows(min(MR, m1 - m), out + m * N + n, N, from, transpose_a ? 1 : K, transpose_a ? MR : 1, panel,
                                  min(NR, n1 - n), k, alpha, k0 == 0 ? beta : 1.0f);
                    }
                }
            }
        }
    }
}

}  // namespace reft::REFT_ISA
