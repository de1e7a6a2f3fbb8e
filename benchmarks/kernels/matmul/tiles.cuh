/* What the rungs with tensor cores share: a block's tile 128×128, four warps with 64×64 of it each, stages of 64 k; how a stage
 * comes into shared memory, is multiplied, and how the sums leave the registers. */
#pragma once

#include "matmul.cuh"
#include "rungs.cuh"

namespace reft {

namespace {

constexpr int TILE = 128, DEPTH = 64, WARP_TILE = 64, CHUNK = 8 /* elements in 16 bytes */, TILE_THREADS = 128;

/* Sums of a warp: 16 rows by 8 columns each, as mma_m16n8k16 leaves them. */
using TileSums = float[WARP_TILE / 16][WARP_TILE / 8][4];

/* Brings columns k0 … k0+63 of rows e0 … e0+127 of an operand [E,K] into `tile`, zero where there are none; place(row, chunk)
 * says where in the tile. All are read before the first is written, so that they are under way together. */
template <class Place>
__device__ inline void load_stage(bf16 *tile, const bf16 *from, int64_t e0, int64_t E, int64_t k0, int64_t K, Place place) {
    constexpr int CHUNKS = DEPTH / CHUNK, STEP = TILE_THREADS / CHUNKS;
    const int row = static_cast<int>(threadIdx.x) / CHUNKS, chunk = static_cast<int>(threadIdx.x) % CHUNKS;
    const int64_t k = k0 + chunk * CHUNK;
    uint4 words[TILE / STEP];
#pragma unroll
    for (int i = 0; i < TILE / STEP; i++) {
        const int64_t e = e0 + row + i * STEP;
        words[i] = e < E && k < K ? *reinterpret_cast<const uint4 *>(from + e * K + k) : make_uint4(0, 0, 0, 0);
    }
#pragma unroll
    for (int i = 0; i < TILE / STEP; i++) *reinterpret_cast<uint4 *>(tile + place(row + i * STEP, chunk)) = words[i];
}

/* sum += x·wᵀ for 16 of k: fragments of the warp's 64 rows and 64 columns, as mma_m16n8k16 takes them. */
__device__ inline void multiply(TileSums &sum, const uint32_t (&x)[WARP_TILE / 16][4], const uint32_t (&w)[WARP_TILE / 8][2]) {
#pragma unroll
    for (int i = 0; i < WARP_TILE / 16; i++)
#pragma unroll
        for (int j = 0; j < WARP_TILE / 8; j++) mma_m16n8k16(sum[i][j], x[i], w[j]);
}

/* Writes a warp's sums to rows m … m+63 and columns n … n+63 of out, as far as there are any. */
__device__ inline void write_tile(const Product &p, int64_t m, int64_t n, const TileSums &sum) {
    const Result<bf16> out = {{p.out, p.M, p.N}, 1, 0};
#pragma unroll
    for (int i = 0; i < WARP_TILE / 16; i++)
#pragma unroll
        for (int j = 0; j < WARP_TILE / 8; j++)
#pragma unroll
            for (int half = 0; half < 2; half++)
                write_pair(out, m + i * 16 + half * 8 + lane() / 4, n + j * 8 + lane() % 4 * 2, sum[i][j][half * 2],
                        sum[i][j][half * 2 + 1], out.aligned(2));
}

/* One block a tile. */
inline dim3 tile_blocks(const Product &p) { return dim3(blocks(ceil_div<int64_t>(p.N, TILE)).x, blocks(ceil_div<int64_t>(p.M, TILE)).x); }

}  // namespace

}  // namespace reft
