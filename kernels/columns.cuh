/*
 * Sums over the rows of a matrix: gradients of biases and of norm weights. Groups of rows are summed side by side into the
 * workspace, and the groups are added in their order: nothing depends on which block is done first. Floor: the matrix is
 * read once; the workspace is at most GROUPS·C floats, written and read once.
 */
#pragma once

#include "common.cuh"

namespace reft {
namespace {

constexpr int SUM_WARPS = 8, GROUPS = 128;

/* parts[g, c] = Σ over the rows of group g; a block has WARP·W columns, its warps every eighth row of the group. */
template <int W, class Term>
__global__ void sum_groups_kernel(float *parts, Term term, int64_t N, int64_t C, int64_t rows) {
    struct Sums {
        float of[SUM_WARPS][WARP * W];
    };
    auto &sums = shared<Sums>().of;
    const int64_t c = (static_cast<int64_t>(blockIdx.x) * WARP + lane()) * W;
    const int64_t first = blockIdx.y * rows, end = first + rows < N ? first + rows : N;
    Floats<W> sum{};
    if (c < C)
        for (int64_t n = first + warp(); n < end; n += SUM_WARPS) term.add(sum, n, c);
    for (int k = 0; k < W; k++) sums[warp()][lane() * W + k] = sum[k];
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < WARP * W; i += SUM_WARPS * WARP) {
        const int64_t to = static_cast<int64_t>(blockIdx.x) * WARP * W + i;
        if (to >= C) continue;
        float total = 0;
        for (int w = 0; w < SUM_WARPS; w++) total += sums[w][i];
        parts[blockIdx.y * C + to] = total;
    }
}

/* out[c] += Σ_g parts[g, c], from the first group to the last. */
__global__ void add_groups_kernel(float *out, const float *parts, int64_t groups, int64_t C) {
    const int64_t c = column<1>();
    if (c >= C) return;
    float sum = 0;
#pragma unroll 8
    for (int64_t g = 0; g < groups; g++) sum += parts[g * C + c];
    out[c] += sum;
}

void add_groups(float *out, const float *parts, int64_t groups, int64_t C, void *stream) {
    launch(add_groups_kernel, row_grid<1>(1, C), row_threads(C, 1), 0, stream, out, parts, groups, C);
}

/* out[c] += Σ_n term(n, c); term.add(sum, n, c) adds W columns of row n. */
template <int W, class Term>
[[maybe_unused]] void sum_columns(float *out, Term term, int64_t N, int64_t C, void *stream) {
    const int64_t across = ceil_div<int64_t>(C, WARP * W);
    int64_t groups = ceil_div<int64_t>(4 * multiprocessors(), across);
    if (groups > ceil_div<int64_t>(N, 4 * SUM_WARPS)) groups = ceil_div<int64_t>(N, 4 * SUM_WARPS);
    if (groups > GROUPS) groups = GROUPS;
    const int64_t rows = ceil_div(N, groups);
    groups = ceil_div(N, rows);
    float *parts = static_cast<float *>(workspace(groups * C * static_cast<int64_t>(sizeof(float))));
    launch(sum_groups_kernel<W, Term>, dim3(blocks(across).x, static_cast<unsigned>(groups)), SUM_WARPS * WARP, 0, stream, parts, term, N,
            C, rows);
    add_groups(out, parts, groups, C, stream);
}

}  // namespace
}  // namespace reft
