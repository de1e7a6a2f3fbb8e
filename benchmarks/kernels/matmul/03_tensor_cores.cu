/*
 * Idea: tensor cores (mma.sync m16n8k16). Tiles lie in shared memory as in global memory, rows of 128 bytes; a lane reads the two
 * neighbours that each register of a fragment holds. Load, barrier, multiply, barrier: nothing overlaps within a block.
 *
 * Floor at 4096×4096×4096: 137 GFLOP, 0.17 ms. Predicted: 1.0 ms, 134 TFLOP/s. All rows start in the same bank, so each of the 32 reads
 * that a warp needs for 2·64·64·16 operations takes 8 cycles: 512 operations a cycle, 132 · 512 · 1.98 GHz.
 * Figure: not measured yet.
 * Verdict: the banks, not the tensor cores, decide; 04 mends that.
 */
#include "tiles.cuh"

namespace reft::matmul_tensor_cores {

namespace {

/* Two neighbours of a tile. */
__device__ inline uint32_t pair(const bf16 *tile, int row, int k) { return *reinterpret_cast<const uint32_t *>(tile + row * DEPTH + k); }

__global__ void __launch_bounds__(TILE_THREADS) kernel(Product p) {
    struct Tiles {
        bf16 x[TILE * DEPTH], w[TILE * DEPTH];
    };
    auto &[tile_x, tile_w] = shared<Tiles>();
    const int64_t m0 = static_cast<int64_t>(blockIdx.y) * TILE, n0 = static_cast<int64_t>(blockIdx.x) * TILE;
    const int wm = warp() / 2 * WARP_TILE, wn = warp() % 2 * WARP_TILE, g = lane() / 4, t = lane() % 4 * 2;
    const auto place = [](int row, int chunk) { return row * DEPTH + chunk * CHUNK; };
    TileSums sum = {};
    for (int64_t k0 = 0; k0 < p.K; k0 += DEPTH) {
        load_stage(tile_x, p.x, m0, p.M, k0, p.K, place);
        load_stage(tile_w, p.w, n0, p.N, k0, p.K, place);
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; k += 16) {
            uint32_t x[WARP_TILE / 16][4], w[WARP_TILE / 8][2];
#pragma unroll
            for (int i = 0; i < WARP_TILE / 16; i++)
#pragma unroll
                for (int r = 0; r < 4; r++) x[i][r] = pair(tile_x, wm + i * 16 + g + r % 2 * 8, k + t + r / 2 * 8);
#pragma unroll
            for (int j = 0; j < WARP_TILE / 8; j++)
#pragma unroll
                for (int r = 0; r < 2; r++) w[j][r] = pair(tile_w, wn + j * 8 + g, k + t + r * 8);
            multiply(sum, x, w);
        }
        __syncthreads(); /* before the tiles are overwritten */
    }
    write_tile(p, m0 + wm, n0 + wn, sum);
}

}  // namespace

void run(const Product &p) { launch(kernel, tile_blocks(p), TILE_THREADS, 0, p.stream, p); }

}  // namespace reft::matmul_tensor_cores
