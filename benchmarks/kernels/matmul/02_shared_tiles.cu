/*
 * Idea: a block brings a tile of each operand into shared memory, row by row, and its threads read them from there: each
 * element comes from global memory once for 16 uses, and neighbours read neighbours.
 *
 * Floor at 4096×4096×4096: 137 GFLOP, 0.17 ms. Predicted: 16 ms, 8.4 TFLOP/s. An FMA of a warp takes two reads of shared
 * memory, a cycle each: 16 FMAs a cycle, 132 · 16 · 2 · 1.98 GHz.
 * Figure: not measured yet.
 * Verdict: not a candidate. Several elements a thread would take it to the 67 TFLOP/s of fp32 FMAs (as matmul.cu has it for
 * fp32 storage) and no further: tensor cores do twelve times that.
 */
#include "rungs.cuh"

namespace reft::matmul_shared_tiles {

namespace {

constexpr int SIDE = 16;

__global__ void __launch_bounds__(SIDE *SIDE) kernel(Product p) {
    struct Tiles {
        float x[SIDE][SIDE + 1], w[SIDE][SIDE + 1]; /* odd rows: lanes that read down a column meet no bank twice */
    };
    auto &[tile_x, tile_w] = shared<Tiles>();
    const int i = static_cast<int>(threadIdx.y), j = static_cast<int>(threadIdx.x);
    const int64_t m0 = static_cast<int64_t>(blockIdx.y) * SIDE, n0 = static_cast<int64_t>(blockIdx.x) * SIDE;
    float sum = 0;
    for (int64_t k0 = 0; k0 < p.K; k0 += SIDE) {
        const bool inside = k0 + j < p.K;
        tile_x[i][j] = inside && m0 + i < p.M ? to_float(p.x[(m0 + i) * p.K + k0 + j]) : 0.0f;
        tile_w[i][j] = inside && n0 + i < p.N ? to_float(p.w[(n0 + i) * p.K + k0 + j]) : 0.0f;
        __syncthreads();
#pragma unroll
        for (int k = 0; k < SIDE; k++) sum = fmaf(tile_x[i][k], tile_w[j][k], sum);
        __syncthreads(); /* before the tiles are overwritten */
    }
    if (m0 + i < p.M && n0 + j < p.N) p.out[(m0 + i) * p.N + n0 + j] = from_float<bf16>(sum);
}

}  // namespace

void run(const Product &p) {
    launch(kernel, dim3(blocks(ceil_div<int64_t>(p.N, SIDE)).x, blocks(ceil_div<int64_t>(p.M, SIDE)).x), dim3(SIDE, SIDE), 0, p.stream, p);
}

}  // namespace reft::matmul_shared_tiles
