/* What the matrix products share: the order of tiles, and how a warp's sums go to memory. */
#pragma once

#include "common.cuh"

namespace reft {

namespace {

/* The first row and column of the tile that is the index-th to be worked on. Tiles go down 8 rows of tiles before the next
 * column of tiles: those in flight together share both operands in L2. */
struct Corner {
    int64_t m, n;
};
template <int BM, int BN>
__device__ inline Corner tile_corner(int64_t index, int64_t M, int64_t N) {
    const int64_t tiles_m = ceil_div<int64_t>(M, BM), tiles_n = ceil_div<int64_t>(N, BN);
    const int64_t group = index / (8 * tiles_n), in_group = index % (8 * tiles_n), height = min(tiles_m - group * 8, int64_t{8});
    return {(group * 8 + in_group % height) * BM, in_group / height * BN};
}
template <int BM, int BN>
__host__ __device__ inline int64_t tile_count(int64_t M, int64_t N) {
    return ceil_div<int64_t>(M, BM) * ceil_div<int64_t>(N, BN);
}

/* The products that training and decoding are made of, x·Wᵀ and dout·W into bf16, doutᵀ·x into fp32, have kernels of their
 * own; the others share slower ones, for the sake of the time that all of them take to compile. */
template <class Out, bool A_K_INNER, bool B_K_INNER>
constexpr bool COMMON = sizeof(Out) == 2 ? A_K_INNER : !A_K_INNER && !B_K_INNER;

/* out [M,N] = alpha·product + beta·out. */
template <class Out>
struct Result {
    Out *out;
    int64_t M, N;
    float alpha, beta;

    __device__ bool has(int64_t m, int64_t n) const { return m < M && n < N; }
    __device__ float value(int64_t m, int64_t n, float sum) const {
        const float product = alpha * sum;
        return beta != 0 && has(m, n) ? fmaf(beta, to_float(out[m * N + n]), product) : product;
    }
    /* So many neighbours, from a multiple of their number on, can be written at once. */
    __device__ bool aligned(int neighbours) const { return N % neighbours == 0 && reinterpret_cast<uintptr_t>(out) % (neighbours * sizeof(Out)) == 0; }

    /* Columns n and n+1 of row m, n being even, as far as there are any. */
    __device__ void write_pair(int64_t m, int64_t n, float x, float y, bool together) const {
        Out *to = out + m * N + n;
        if (together) {
            if (!has(m, n)) return;
            Floats<2> pair = {{alpha * x, alpha * y}};
            if (beta != 0) {
                const Floats<2> old = load<2>(to);
                pair = {{fmaf(beta, old[0], pair[0]), fmaf(beta, old[1], pair[1])}};
            }
            store<2>(to, pair);
        } else {
            if (has(m, n)) to[0] = from_float<Out>(value(m, n, x));
            if (has(m, n + 1)) to[1] = from_float<Out>(value(m, n + 1, y));
        }
    }
};

/* Transposes the 4×4 words of four neighbouring lanes: lane q's x[i] becomes what was lane i's x[q]. */
__device__ inline void turn_quad(uint32_t (&x)[4]) {
#pragma unroll
    for (int apart = 2; apart > 0; apart /= 2)
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (i & apart) continue;
            const bool upper = lane() & apart;
            const uint32_t other = __shfl_xor_sync(ALL, upper ? x[i] : x[i + apart], apart);
            if (upper) x[i] = other;
            else x[i + apart] = other;
        }
}

/* A warp writes its 16 rows from m on, PIECES pieces of 8 columns from n on: as mma leaves them, a lane has of each piece
 * columns 2·(lane%4) and the next, in rows lane/4 and lane/4 + 8. Four lanes write 32 bytes of a row together, or, of bf16
 * that is turned first, 64. */
template <int PIECES, class Out>
__device__ inline void write_sums(const Result<Out> &result, int64_t m, int64_t n, const float (&sum)[PIECES][4]) {
    constexpr bool TURNED = PIECES % 4 == 0 && sizeof(Out) == 2;
    const bool together = result.aligned(TURNED ? 8 : 2);
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int64_t row = m + half * 8 + lane() / 4;
        if (TURNED && together) {
#pragma unroll
            for (int j = 0; j + 3 < PIECES; j += 4) {
                uint32_t words[4];
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const int64_t column = n + (j + i) * 8 + lane() % 4 * 2;
                    words[i] = pack_bf16(result.value(row, column, sum[j + i][half * 2]), result.value(row, column + 1, sum[j + i][half * 2 + 1]));
                }
                turn_quad(words);
                if (result.beta != 0) __syncwarp(); /* what other lanes write over has been read */
                const int64_t column = n + (j + lane() % 4) * 8;
                if (result.has(row, column))
                    *reinterpret_cast<uint4 *>(result.out + row * result.N + column) = make_uint4(words[0], words[1], words[2], words[3]);
            }
        } else {
#pragma unroll
            for (int j = 0; j < PIECES; j++)
                result.write_pair(row, n + j * 8 + lane() % 4 * 2, sum[j][half * 2], sum[j][half * 2 + 1], !TURNED && together);
        }
    }
}

}  // namespace

}  // namespace reft
