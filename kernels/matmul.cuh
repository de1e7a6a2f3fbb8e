/* What the matrix products share: the order of tiles, the epilogues, and how a warp's sums go to memory. */
#pragma once

#include "activations.cuh"

#include <string.h>

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

/* The products that training and decoding are made of, x·Wᵀ and dout·W into bf16, x·Wᵀ (logits) and doutᵀ·x into fp32, have
 * kernels of their own; the others share slower ones, for the sake of the time that all of them take to compile. */
template <class Result, bool A_K_INNER, bool B_K_INNER>
constexpr bool COMMON = sizeof(*Result::out) == 2 ? A_K_INNER : A_K_INNER == B_K_INNER;

/* Host: which of several tiles a product takes: the one that reft_set_debug forces, if it is among those that it could have, and
 * else the one that is best. */
struct TileName {
    const char *name;
    bool possible, best;
};
template <size_t COUNT>
size_t chosen(const TileName (&tiles)[COUNT]) {
    size_t best = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (tiles[i].possible && strcmp(tiles[i].name, debug().tile) == 0) return i;
        if (tiles[i].best) best = i;
    }
    return best;
}

/* A matrix [M,N] that is written. */
template <class Out>
struct Place {
    Out *out;
    int64_t M, N;

    __device__ bool has(int64_t m, int64_t n) const { return m < M && n < N; }
    /* So many neighbours, from a multiple of their number on, can be written at once. */
    __device__ bool aligned(int neighbours) const {
        return N % neighbours == 0 && reinterpret_cast<uintptr_t>(out) % (neighbours * sizeof(Out)) == 0;
    }
};

/*
 * The epilogues: what becomes of the sums. A result writes one matrix or two: outputs(body) calls body with each of them, which
 * says by value() what is written for a sum, and by pair() the same for columns n and n+1, n being even and both inside.
 */

/* out [M,N] = alpha·product + beta·out. */
template <class Out>
struct Result : Place<Out> {
    static constexpr bool LONG = false;
    float alpha, beta;

    template <class Body>
    __device__ void outputs(Body body) const {
        body(*this);
    }
    __device__ bool reads() const { return beta != 0; }
    __device__ float value(int64_t m, int64_t n, float sum) const {
        const float product = alpha * sum;
        return beta != 0 && this->has(m, n) ? fmaf(beta, to_float(this->out[m * this->N + n]), product) : product;
    }
    __device__ Floats<2> pair(int64_t m, int64_t n, float x, float y) const {
        if (beta == 0) return {{alpha * x, alpha * y}};
        const Floats<2> old = load<2>(this->out + m * this->N + n);
        return {{fmaf(beta, old[0], alpha * x), fmaf(beta, old[1], alpha * y)}};
    }
};

/* out [M,N] = f(product + bias), f seeing the sum as it is stored. */
template <class Function, class Out>
struct Activated : Place<Out> {
    static constexpr bool LONG = std::is_same_v<Function, Gelu> || std::is_same_v<Function, GeluTanh>;
    const Out *bias; /* [N] or NULL */

    __device__ bool reads() const { return false; }
    __device__ float value(int64_t, int64_t n, float sum) const {
        if (bias && n < this->N) sum += to_float(bias[n]);
        return Function::f(to_float(from_float<Out>(sum)));
    }
    __device__ Floats<2> pair(int64_t m, int64_t n, float x, float y) const { return {{value(m, n, x), value(m, n + 1, y)}}; }
    /* For values that are ready. */
    __device__ Result<Out> plain() const { return {*this, 1, 0}; }
};

/* before = product + bias, where it is wanted; out = f(product + bias). */
template <class Out>
struct Linear : Place<Out> {
    Out *before;
    const Out *bias;
    int32_t activation;

    template <class Body>
    __device__ void outputs(Body body) const {
        if (before) body(Activated<Identity, Out>{{before, this->M, this->N}, bias});
        if (activation == REFT_GELU) body(Activated<Gelu, Out>{*this, bias});
        else if (activation == REFT_GELU_TANH) body(Activated<GeluTanh, Out>{*this, bias});
        else if (activation == REFT_RELU) body(Activated<Relu, Out>{*this, bias});
        else body(Activated<Identity, Out>{*this, bias});
    }
};

/* Host: that of reft_linear. */
template <class Out>
Linear<Out> linear_result(void *out, void *before, const void *bias, int64_t M, int64_t N, int32_t activation) {
    return {{static_cast<Out *>(out), M, N}, static_cast<Out *>(before), static_cast<const Out *>(bias), activation};
}

/* Columns n and n+1 of row m, n being even, as far as there are any. */
template <class Output>
__device__ inline void write_pair(const Output &to, int64_t m, int64_t n, float x, float y, bool together) {
    auto *place = to.out + m * to.N + n;
    if (together) {
        if (to.has(m, n)) store<2>(place, to.pair(m, n, x, y));
    } else {
        using Out = std::remove_reference_t<decltype(*place)>;
        if (to.has(m, n)) place[0] = from_float<Out>(to.value(m, n, x));
        if (to.has(m, n + 1)) place[1] = from_float<Out>(to.value(m, n + 1, y));
    }
}

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

/* A warp writes 16 rows from m on, PIECES pieces of 8 columns from n on: as mma leaves them, a lane has of each piece
 * columns 2·(lane%4) and the next, in rows lane/4 and lane/4 + 8. Four lanes write 32 bytes of a row together, or, of bf16
 * that is turned first, 64. */
template <int PIECES, class Output>
__device__ inline void write_pieces(const Output &to, int64_t m, int64_t n, const float (*sum)[4]) {
    constexpr bool TURNED = PIECES == 4 && sizeof(*to.out) == 2;
    const bool together = to.aligned(TURNED ? 8 : 2);
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int64_t row = m + half * 8 + lane() / 4;
        if (TURNED && together) {
            uint32_t words[4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const int64_t column = n + i * 8 + lane() % 4 * 2;
                words[i] = pack_bf16(to.value(row, column, sum[i][half * 2]), to.value(row, column + 1, sum[i][half * 2 + 1]));
            }
            turn_quad(words);
            if (to.reads()) __syncwarp(); /* what other lanes write over has been read */
            const int64_t column = n + lane() % 4 * 8;
            if (to.has(row, column))
                *reinterpret_cast<uint4 *>(to.out + row * to.N + column) = make_uint4(words[0], words[1], words[2], words[3]);
        } else {
#pragma unroll
            for (int i = 0; i < PIECES; i++)
                write_pair(to, row, n + i * 8 + lane() % 4 * 2, sum[i][half * 2], sum[i][half * 2 + 1], !TURNED && together);
        }
    }
}

/* Takes the sums round by STEP places: so a loop that is not unrolled has each of them in the same registers in turn. */
template <int STEP, int COUNT>
__device__ inline void rotate(float (*sum)[4]) {
#pragma unroll
    for (int c = 0; c < 4; c++) {
        float first[STEP];
#pragma unroll
        for (int j = 0; j < STEP; j++) first[j] = sum[j][c];
#pragma unroll
        for (int j = 0; j < COUNT; j++) sum[j][c] = j + STEP < COUNT ? sum[j + STEP][c] : first[j + STEP - COUNT];
    }
}

/* A warp writes its ROWS·16 rows from m on, PIECES·8 columns from n on. A long function stands there for four pieces, not for all: the
 * compiler would work for a minute, and the instructions would not stay in the cache. The sums end as they were. */
template <int ROWS, int PIECES, class Result>
__device__ inline void write_sums(const Result &result, int64_t m, int64_t n, float (&sum)[ROWS][PIECES][4]) {
    constexpr int STEP = PIECES % 4 == 0 ? 4 : PIECES, STEPS = PIECES / STEP;
    result.outputs([&](const auto &to) {
        if constexpr (std::remove_reference_t<decltype(to)>::LONG) {
#pragma unroll 1
            for (int i = 0; i < ROWS * STEPS; i++) {
                const int64_t row = m + i / STEPS * 16, column = n + i % STEPS * STEP * 8;
                float values[STEP][4];
#pragma unroll
                for (int j = 0; j < STEP; j++)
#pragma unroll
                    for (int c = 0; c < 4; c++)
                        values[j][c] = to.value(row + c / 2 * 8 + lane() / 4, column + j * 8 + lane() % 4 * 2 + c % 2, sum[0][j][c]);
                write_pieces<STEP>(to.plain(), row, column, values);
                rotate<STEP, ROWS * PIECES>(sum[0]);
            }
        } else {
#pragma unroll
            for (int i = 0; i < ROWS; i++)
#pragma unroll
                for (int j = 0; j < STEPS; j++) write_pieces<STEP>(to, m + i * 16, n + j * STEP * 8, sum[i] + j * STEP);
        }
    });
}

}  // namespace

}  // namespace reft
