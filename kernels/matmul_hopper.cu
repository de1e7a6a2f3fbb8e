/*
 * reft_matmul and reft_linear on sm_90a, for bf16 operands: wgmma fed by TMA.
 *
 * A block's first warpgroup is the producer: one thread of it starts the copies of both operands' tiles into a ring of
 * stages. Each other warpgroup is a consumer and sums 64 rows of the block's tile. Two mbarriers a stage: `full` when the
 * copies have come, `empty` when all consumers have done with them. Blocks stay, one a multiprocessor, and go from tile to
 * tile: the producer is stages ahead, so the next tile is on its way while the last one is written.
 *
 * TMA fills what lies outside an operand with zeroes, and only what lies inside the result is written, so sizes may be
 * ragged; but rows of an operand must start on 16 bytes. Where they do not, and for products that are not among the common
 * ones, matmul.cu's kernels do it.
 *
 * Row-invariant: k is summed in steps of 16 from 0 upwards into one accumulator, whatever the tile; N, K and (for a
 * transposed a) the alignment of M decide whether these kernels run, not the number of rows.
 *
 * Floor: as matmul.cu. A stage of the wide tile takes 1,024 cycles of the tensor cores and 48 KB from L2, of the square one
 * 512 and 32 KB.
 *
 * Left out: clusters with multicast, which would halve the reading of one operand; storing by TMA; a split of k, for
 * products of few tiles and many k.
 */
#include "hopper.cuh"
#include "matmul.cuh"

#include <algorithm>

namespace reft {

namespace {

constexpr int GROUP = 128;                       /* threads of a warpgroup, and the bytes of a tile's row */
constexpr int DEPTH = SWIZZLED;                  /* k of a stage */
constexpr int BOX = SWIZZLED * SWIZZLED * 2;     /* bytes of a box of 64 rows */

/* A block's tile BM×BN, 64 rows of it to a consumer, and the stages that fit beside each other. */
template <int CONSUMERS_, int BN_, int STAGES_>
struct Tile {
    static constexpr int CONSUMERS = CONSUMERS_, BM = 64 * CONSUMERS, BN = BN_, STAGES = STAGES_, THREADS = GROUP * (CONSUMERS + 1);
    static constexpr int A_BYTES = BM * GROUP, B_BYTES = BN * GROUP, STAGE = A_BYTES + B_BYTES;
    static constexpr int SHARED = STAGES * (STAGE + 2 * static_cast<int>(sizeof(Mbarrier)));
    static_assert(STAGE % 1024 == 0 && SHARED <= 227 << 10);
};
using Wide = Tile<2, 256, 4>;
using Square = Tile<2, 128, 7>;
using Low = Tile<1, 128, 9>;   /* where square tiles would leave multiprocessors idle */
using Narrow = Tile<1, 16, 20>; /* to 64 rows, as in decoding: the bytes of b in flight are what counts */

/* Copies an operand's tile of one stage, from element e of M or N and from k on. */
template <int ROWS, bool K_INNER>
__device__ inline void load_tile(unsigned char *tile, const TensorMap &map, int e, int k, Mbarrier *full) {
    if constexpr (K_INNER) {
        tma_load(tile, map, e, k, full);
    } else {
#pragma unroll
        for (int box = 0; box < ROWS / SWIZZLED; box++) tma_load(tile + box * BOX, map, k, e + box * SWIZZLED, full);
    }
}

/* stage_bytes: what the boxes of one stage bring. */
template <class R, class T, bool A_K_INNER, bool B_K_INNER>
__global__ void __launch_bounds__(T::THREADS, 1)
        matmul_wgmma(R result, const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, int stage_bytes, int64_t K) {
    unsigned char *stages = dynamic_shared<unsigned char>();
    Mbarrier *full = reinterpret_cast<Mbarrier *>(stages + T::STAGES * T::STAGE), *empty = full + T::STAGES;
    if (threadIdx.x == 0) {
        for (int s = 0; s < T::STAGES; s++) {
            mbarrier_init(full + s, 1);
            mbarrier_init(empty + s, T::CONSUMERS * GROUP / WARP);
        }
        mbarrier_init_fence();
    }
    __syncthreads();

    const int64_t tiles = tile_count<T::BM, T::BN>(result.M, result.N);
    const int steps = static_cast<int>(ceil_div<int64_t>(K, DEPTH));
    int stage = 0, parity = 0; /* of this round through the ring */
    auto next = [&] {
        if (++stage == T::STAGES) stage = 0, parity ^= 1;
    };

    const int group = warp() * WARP / GROUP - 1; /* of the consumers */
    if (group < 0) {
        if constexpr (T::CONSUMERS > 1) registers_give<40>();
        if (threadIdx.x != 0) return;
        for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const Corner corner = tile_corner<T::BM, T::BN>(tile, result.M, result.N);
            for (int t = 0; t < steps; t++, next()) {
                unsigned char *to = stages + stage * T::STAGE;
                mbarrier_wait(empty + stage, parity ^ 1); /* at once in the first round */
                mbarrier_expect(full + stage, stage_bytes);
                load_tile<T::BM, A_K_INNER>(to, a, static_cast<int>(corner.m), t * DEPTH, full + stage);
                load_tile<T::BN, B_K_INNER>(to + T::A_BYTES, b, static_cast<int>(corner.n), t * DEPTH, full + stage);
            }
        }
        return;
    }

    if constexpr (T::CONSUMERS > 1) registers_take<232>();
    constexpr int A_STEP = A_K_INNER ? 16 * 2 : 16 * GROUP, B_STEP = B_K_INNER ? 16 * 2 : 16 * GROUP; /* bytes for 16 of k */
    auto release = [&](int s) {
        if (lane() == 0) mbarrier_arrive(empty + s);
    };
    float sum[1][T::BN / 8][4] = {};
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        int last = 0; /* the stage before */
        for (int t = 0; t < steps; t++, last = stage, next()) {
            const unsigned char *tile_a = stages + stage * T::STAGE + group * BOX, *tile_b = stages + stage * T::STAGE + T::A_BYTES;
            mbarrier_wait(full + stage, parity);
            wgmma_fence();
#pragma unroll
            for (int k = 0; k < DEPTH / 16; k++)
                wgmma<A_K_INNER, B_K_INNER>(sum[0], wgmma_tile(tile_a + k * A_STEP, BOX), wgmma_tile(tile_b + k * B_STEP, BOX), t + k > 0);
            wgmma_commit();
            if (t > 0) {
                wgmma_wait<1>(); /* those of the stage before are done */
                release(last);
            }
        }
        wgmma_wait<0>(sum[0]);
        release(last);
        const Corner corner = tile_corner<T::BM, T::BN>(tile, result.M, result.N);
        write_sums(result, corner.m + group * 64 + warp() % 4 * 16, corner.n, sum);
    }
}

/* ---------------------------------------------------------------- launchers */

struct Product {
    const bf16 *a, *b;
    int64_t K;
    void *stream;

    template <class T, bool A_K_INNER, bool B_K_INNER, class R>
    void start(const R &result) const {
        const int64_t M = result.M, N = result.N;
        /* Rows that a does not have need not be brought: what lies there in their place makes only rows that out does not have. */
        const int a_rows = A_K_INNER ? static_cast<int>(std::min<int64_t>(T::BM, ceil_div<int64_t>(M, 8) * 8)) : T::BM;
        const TensorMap map_a = A_K_INNER ? tensor_map(a, M, K, a_rows) : tensor_map(a, K, M, SWIZZLED);
        const TensorMap map_b = B_K_INNER ? tensor_map(b, N, K, T::BN) : tensor_map(b, K, N, SWIZZLED);
        launch(matmul_wgmma<R, T, A_K_INNER, B_K_INNER>, blocks(std::min<int64_t>(tile_count<T::BM, T::BN>(M, N), multiprocessors())),
                T::THREADS, T::SHARED, stream, result, map_a, map_b, (a_rows + T::BN) * GROUP, K);
    }

    template <bool A_K_INNER, bool B_K_INNER, class R>
    bool run(const R &result) const {
        if constexpr (COMMON<R, A_K_INNER, B_K_INNER>) {
            const int64_t M = result.M, N = result.N;
            if (!aligned((A_K_INNER ? K : M) * 2, a) || !aligned((B_K_INNER ? K : N) * 2, b)) return false;
            if (std::max({M, N, K}) > INT32_MAX - 256) return false;
            /* Area that each multiprocessor works through, were all tiles fed in time; the share is what L2 lets them have. */
            auto cost = [&]<class T>(T, double share) {
                return static_cast<double>(ceil_div<int64_t>(tile_count<T::BM, T::BN>(M, N), multiprocessors())) * T::BM * T::BN / share;
            };
            const double wide = cost(Wide(), 1), square = cost(Square(), 0.85), low = cost(Low(), 0.6);
            constexpr bool decoding = A_K_INNER && B_K_INNER;
            const bool narrow = decoding && M <= Narrow::BM;
            const size_t tile = chosen({{"wide", true, true}, {"square", true, square < wide}, {"low", true, low < square && low < wide},
                    {"narrow", narrow, narrow && tile_count<Square::BM, Square::BN>(M, N) < multiprocessors()}});
            if (tile == 0) start<Wide, A_K_INNER, B_K_INNER>(result);
            else if (tile == 1) start<Square, A_K_INNER, B_K_INNER>(result);
            else if (tile == 2) start<Low, A_K_INNER, B_K_INNER>(result);
            else if constexpr (decoding) start<Narrow, true, true>(result);
            return true;
        } else {
            return false;
        }
    }

    template <class Out>
    bool run(bool transpose_a, bool transpose_b, const Result<Out> &result) const {
        if (transpose_a) return !transpose_b && run<false, false>(result);
        return transpose_b ? run<true, true>(result) : run<true, false>(result);
    }
};

}  // namespace

bool matmul_hopper(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, bool transpose_a,
        bool transpose_b, float alpha, float beta, void *stream) {
    const Product product = {static_cast<const bf16 *>(a), static_cast<const bf16 *>(b), K, stream};
    if (out_type == REFT_F32) return product.run(transpose_a, transpose_b, Result<float>{{static_cast<float *>(out), M, N}, alpha, beta});
    return product.run(transpose_a, transpose_b, Result<bf16>{{static_cast<bf16 *>(out), M, N}, alpha, beta});
}

bool linear_hopper(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K,
        int32_t activation, void *stream) {
    const Product product = {static_cast<const bf16 *>(a), static_cast<const bf16 *>(b), K, stream};
    return product.run<true, true>(linear_result<bf16>(out, before, bias, M, N, activation));
}

}  // namespace reft
