/*
 * Idea: 03 with its 16-byte chunks in other places, chunk c of row r at c ^ r%8, so that eight rows of one column lie in
 * different banks; and ldmatrix, which hands out four 8×8 matrices at once: 8 instructions of 4 cycles where 03 had 32 of 8.
 *
 * Floor at 4096×4096×4096: 137 GFLOP, 0.17 ms. Predicted: 0.39 ms, 350 TFLOP/s. With all loads hidden mma.sync's 63 % of 790, 498. A stage
 * multiplies for 0.56 µs and then waits some 0.48 µs for the next (memory, and writing 32 KB to shared memory): alone 54 %, 267;
 * registers let two blocks share a multiprocessor: if they hide half of each other's waiting, 70 %.
 * Figure: not measured yet.
 * Verdict: the waiting is what is left. matmul.cu brings stages by cp.async, two ahead of the one that is multiplied, with one
 * barrier a stage: predicted 480. Beyond that mma.sync itself is in the way: matmul_hopper.cu has wgmma.
 */
#include "tiles.cuh"

namespace reft::matmul_swizzle {

namespace {

__device__ inline int swizzled(int row, int chunk) { return row * DEPTH + (chunk ^ row % 8) * CHUNK; }

__global__ void __launch_bounds__(TILE_THREADS) kernel(Product p) {
    struct Tiles {
        bf16 x[TILE * DEPTH], w[TILE * DEPTH];
    };
    auto &[tile_x, tile_w] = shared<Tiles>();
    const int64_t m0 = static_cast<int64_t>(blockIdx.y) * TILE, n0 = static_cast<int64_t>(blockIdx.x) * TILE;
    const int wm = warp() / 2 * WARP_TILE, wn = warp() % 2 * WARP_TILE;
    /* Of the four matrices lanes 8…15 address the second, and so on: x goes down its rows first, w along k. */
    const int row = lane() % 8, odd = lane() / 8 % 2, upper = lane() / 16;
    TileSums sum = {};
    for (int64_t k0 = 0; k0 < p.K; k0 += DEPTH) {
        load_stage(tile_x, p.x, m0, p.M, k0, p.K, swizzled);
        load_stage(tile_w, p.w, n0, p.N, k0, p.K, swizzled);
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; k += 16) {
            uint32_t x[WARP_TILE / 16][4], w[WARP_TILE / 8][2];
#pragma unroll
            for (int i = 0; i < WARP_TILE / 16; i++) ldmatrix_x4(x[i], tile_x + swizzled(wm + i * 16 + odd * 8 + row, k / CHUNK + upper));
#pragma unroll
            for (int j = 0; j < WARP_TILE / 8; j += 2) {
                uint32_t two[4];
                ldmatrix_x4(two, tile_w + swizzled(wn + j * 8 + upper * 8 + row, k / CHUNK + odd));
                w[j][0] = two[0], w[j][1] = two[1], w[j + 1][0] = two[2], w[j + 1][1] = two[3];
            }
            multiply(sum, x, w);
        }
        __syncthreads(); /* before the tiles are overwritten */
    }
    write_tile(p, m0 + wm, n0 + wn, sum);
}

}  // namespace

void run(const Product &p) { launch(kernel, tile_blocks(p), TILE_THREADS, 0, p.stream, p); }

}  // namespace reft::matmul_swizzle
