/*
 * reft_matmul: out = alpha·op(a)·op(b) + beta·out, op(a) [M,K], op(b) [K,N]; and reft_linear, the same kernels with bias and
 * activation in the epilogue.
 *
 * bf16 storage goes through the tensor cores (mma.sync m16n8k16, fp32 accumulators): tiles of both operands come into
 * shared memory by cp.async in a ring of stages, one barrier a stage; ldmatrix takes the fragments out, transposing where
 * the operand is stored transposed, so that all four layouts are one kernel. Operands whose rows do not start on 16 bytes,
 * and products that are not among the common ones, take the same kernel with element-wise loads. fp32 storage goes through
 * a register-tiled FFMA kernel.
 *
 * Row-invariant: every kernel here sums k in steps of 16 from 0 upwards into one accumulator, whatever its tile, and no
 * kernel splits k over blocks or warps. So a decoding step of 3 rows and a training batch of 8,192 have the same bits.
 *
 * Floor: 2·M·N·K operations, or for few rows the bytes of b. A small tile of few columns and long stages keeps enough
 * of b in flight when M is small.
 *
 * On sm_90a matmul_hopper.cu does most of them (REFT_HOPPER: it is part of the library).
 */
#include "matmul.cuh"

namespace reft {

namespace {

/* ------------------------------------------------------------------------------------------------ tiles of bf16 */

constexpr int CHUNK = 8; /* elements in 16 bytes, the unit of cp.async and of a row of ldmatrix */

/* Offset of chunk c of row r in a shared tile of COLS columns. Within 128 bytes chunks change places by an XOR with the
 * row, so that the eight rows that one ldmatrix reads from one column of chunks lie in different banks. */
template <int COLS>
__device__ inline int swizzled(int r, int c) {
    constexpr int chunks = COLS / CHUNK, turns = chunks < 8 ? chunks : 8, rows_in_128_bytes = 8 / turns;
    return r * COLS + (c ^ (r / rows_in_128_bytes % turns)) * CHUNK;
}

/*
 * Brings one operand's tile of each stage. The operand has E rows (M or N) and K columns; the tile BE of the former and
 * BK of the latter. K_INNER: it is stored [E,K] and its tile [BE][BK]; otherwise [K,E] and [BK][BE]. What lies outside
 * the operand becomes zero. A thread moves one column of chunks, STEP rows apart.
 */
template <int BE, int BK, bool K_INNER, bool ALIGNED, int THREADS>
struct Loader {
    static constexpr int ROWS = K_INNER ? BE : BK, COLS = K_INNER ? BK : BE, CHUNKS = COLS / CHUNK;
    static constexpr int STEP = THREADS / CHUNKS;
    static_assert(THREADS % CHUNKS == 0 && ROWS % STEP == 0);

    const bf16 *all;  /* the operand */
    const bf16 *from; /* the thread's first chunk in the stage to come */
    int64_t row_length;
    int row, chunk;   /* the same within the tile */
    int64_t e_left, k_left; /* rows and columns of the operand from there on */

    __device__ Loader(const bf16 *x, int64_t e0, int64_t E, int64_t K)
        : all(x), row_length(K_INNER ? K : E), row(static_cast<int>(threadIdx.x) / CHUNKS), chunk(static_cast<int>(threadIdx.x) % CHUNKS) {
        e_left = E - e0 - (K_INNER ? row : chunk * CHUNK);
        k_left = K - (K_INNER ? chunk * CHUNK : row);
        from = K_INNER ? x + (e0 + row) * K + chunk * CHUNK : x + row * E + e0 + chunk * CHUNK;
    }

    __device__ void load(bf16 *tile) {
        const int64_t rows_left = K_INNER ? e_left : k_left, columns_left = K_INNER ? k_left : e_left;
#pragma unroll(ALIGNED ? ROWS / STEP : 1)
        for (int i = 0; i < ROWS / STEP; i++) {
            bf16 *to = tile + swizzled<COLS>(row + i * STEP, chunk);
            const bf16 *source = from + i * STEP * row_length;
            const bool inside = i * STEP < rows_left;
            if constexpr (ALIGNED) {
                const bool take = inside && columns_left > 0;
                cp_async_16(to, take ? source : all, take ? 16 : 0);
            } else {
                for (int j = 0; j < CHUNK; j++) to[j] = inside && j < columns_left ? source[j] : from_float<bf16>(0.0f);
            }
        }
        k_left -= BK;
        from += K_INNER ? BK : BK * row_length;
    }
};

/* Two 8-wide halves by two 8-deep halves of k at (e, k) of an operand's tile, as ldmatrix deals them to the lanes.
 * E_FIRST: the registers go (e, k), (e+8, k), (e, k+8), (e+8, k+8), the order of mma's A; otherwise (e, k), (e, k+8),
 * (e+8, k), (e+8, k+8): B's, for two steps of n. */
template <int BE, int BK, bool K_INNER, bool E_FIRST>
__device__ inline void fragments(uint32_t (&r)[4], const bf16 *tile, int e, int k) {
    const int low = lane() / 8 % 2 * 8, high = lane() / 16 * 8;
    e += E_FIRST ? low : high;
    k += E_FIRST ? high : low;
    if constexpr (K_INNER) ldmatrix_x4(r, tile + swizzled<BK>(e + lane() % 8, k / CHUNK));
    else ldmatrix_x4_trans(r, tile + swizzled<BE>(k + lane() % 8, e / CHUNK));
}

/* ------------------------------------------------------------------------------------------------ tensor cores */

/* A block's tile BM×BN, its stages of BK, and its warps, each with WM×WN of the tile. */
template <int M_, int N_, int K_, int WARPS_M_, int WARPS_N_, int STAGES_>
struct Shape {
    static constexpr int BM = M_, BN = N_, BK = K_, WARPS_N = WARPS_N_, STAGES = STAGES_;
    static constexpr int WM = BM / WARPS_M_, WN = BN / WARPS_N, THREADS = 32 * WARPS_M_ * WARPS_N;
    static constexpr int STAGE = (BM + BN) * BK, SHARED = STAGES * STAGE * 2 /* bytes of a bf16 */;
    static_assert(WM % 16 == 0 && WN % 16 == 0 && BK % 16 == 0);
};
using Wide = Shape<128, 128, 64, 2, 2, 3>;   /* training */
using Middle = Shape<64, 64, 64, 2, 2, 4>;   /* where wide tiles would leave multiprocessors idle */
using Short = Shape<64, 32, 128, 2, 2, 4>;   /* 17 … 64 rows: decoding a batch */
using Shortest = Shape<16, 32, 128, 1, 2, 6>; /* to 16 rows */

template <class R, class S, bool A_K_INNER, bool B_K_INNER, bool ALIGNED>
__global__ void __launch_bounds__(S::THREADS) matmul_mma(R result, const bf16 *a, const bf16 *b, int64_t K) {
    const auto [m0, n0] = tile_corner<S::BM, S::BN>(blockIdx.x, result.M, result.N);
    bf16 *stages = dynamic_shared<bf16>();
    Loader<S::BM, S::BK, A_K_INNER, ALIGNED, S::THREADS> load_a(a, m0, result.M, K);
    Loader<S::BN, S::BK, B_K_INNER, ALIGNED, S::THREADS> load_b(b, n0, result.N, K);
    const int tiles = static_cast<int>(ceil_div<int64_t>(K, S::BK));
    auto load = [&](int t) {
        bf16 *stage = stages + t % S::STAGES * S::STAGE;
        if (t < tiles) {
            load_a.load(stage);
            load_b.load(stage + S::BM * S::BK);
        }
        cp_async_commit(); /* also where nothing was left to load: one group a stage keeps the count */
    };

    const int wm = warp() / S::WARPS_N * S::WM, wn = warp() % S::WARPS_N * S::WN; /* the warp's part of the tile */
    float sum[S::WM / 16][S::WN / 8][4] = {};
    for (int t = 0; t < S::STAGES - 1; t++) load(t);
    for (int t = 0; t < tiles; t++) {
        cp_async_wait<S::STAGES - 2>(); /* stage t is here, for this thread */
        __syncthreads();                /* for all of them; and all are done with stage t-1, whose place is taken next */
        load(t + S::STAGES - 1);
        const bf16 *tile_a = stages + t % S::STAGES * S::STAGE, *tile_b = tile_a + S::BM * S::BK;
#pragma unroll
        for (int k = 0; k < S::BK; k += 16) {
            uint32_t fa[S::WM / 16][4], fb[S::WN / 8][2];
#pragma unroll
            for (int i = 0; i < S::WM / 16; i++) fragments<S::BM, S::BK, A_K_INNER, true>(fa[i], tile_a, wm + i * 16, k);
#pragma unroll
            for (int j = 0; j < S::WN / 8; j += 2) {
                uint32_t two[4];
                fragments<S::BN, S::BK, B_K_INNER, false>(two, tile_b, wn + j * 8, k);
                fb[j][0] = two[0], fb[j][1] = two[1], fb[j + 1][0] = two[2], fb[j + 1][1] = two[3];
            }
#pragma unroll
            for (int i = 0; i < S::WM / 16; i++)
#pragma unroll
                for (int j = 0; j < S::WN / 8; j++) mma_m16n8k16(sum[i][j], fa[i], fb[j]);
        }
    }

    write_sums(result, m0 + wm, n0 + wn, sum);
}

/* ------------------------------------------------------------------------------------------------ fp32 storage */

constexpr int SIDE = 64, DEPTH = 16; /* 256 threads sum a tile SIDE×SIDE, 4×4 each */

/* k by rows or columns of the tile. */
struct FloatTiles {
    float a[DEPTH][SIDE + 4], b[DEPTH][SIDE + 4];
};

/* tile[k][e] of an operand stored [E,K] or [K,E], from (e0, k0) on; zero outside. Neighbouring threads read neighbours. */
template <bool K_INNER>
__device__ inline void load_floats(float (&tile)[DEPTH][SIDE + 4], const float *x, int64_t e0, int64_t E, int64_t k0, int64_t K) {
#pragma unroll
    for (int i = 0; i < DEPTH * SIDE / 256; i++) {
        const int at = static_cast<int>(threadIdx.x) + i * 256, k = K_INNER ? at % DEPTH : at / SIDE, e = K_INNER ? at / DEPTH : at % SIDE;
        const bool inside = e0 + e < E && k0 + k < K;
        tile[k][e] = inside ? x[K_INNER ? (e0 + e) * K + k0 + k : (k0 + k) * E + e0 + e] : 0.0f;
    }
}

template <class R, bool A_K_INNER, bool B_K_INNER>
__global__ void __launch_bounds__(256) matmul_ffma(R result, const float *a, const float *b, int64_t K) {
    auto &[tile_a, tile_b] = shared<FloatTiles>();
    const auto [m0, n0] = tile_corner<SIDE, SIDE>(blockIdx.x, result.M, result.N);
    const int m = static_cast<int>(threadIdx.x) / 16 * 4, n = static_cast<int>(threadIdx.x) % 16 * 4;
    float sum[4][4] = {};
    for (int64_t k0 = 0; k0 < K; k0 += DEPTH) {
        load_floats<A_K_INNER>(tile_a, a, m0, result.M, k0, K);
        load_floats<B_K_INNER>(tile_b, b, n0, result.N, k0, K);
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; k++) {
            const Floats<4> x = load<4>(&tile_a[k][m]), y = load<4>(&tile_b[k][n]);
#pragma unroll
            for (int i = 0; i < 4; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) sum[i][j] = fmaf(x[i], y[j], sum[i][j]);
        }
        __syncthreads(); /* before the tiles are overwritten */
    }
    result.outputs([&](const auto &to) {
        const bool together = to.aligned(2);
#pragma unroll 1
        for (int i = 0; i < 4; i++) {
#pragma unroll
            for (int j = 0; j < 4; j += 2) write_pair(to, m0 + m + i, n0 + n + j, sum[0][j], sum[0][j + 1], together);
            rotate<1, 4>(sum);
        }
    });
}

/* ------------------------------------------------------------------------------------------------ launchers */

/* One call; a and b are its operands in K_INNER's sense, of storage T. */
template <class T>
struct Product {
    const T *a, *b;
    int64_t K;
    void *stream;

    Product(const void *left, const void *right, int64_t depth, void *on)
        : a(static_cast<const T *>(left)), b(static_cast<const T *>(right)), K(depth), stream(on) {}

    template <class S, bool A_K_INNER, bool B_K_INNER, bool ALIGNED, class R>
    void mma(const R &result) const {
        launch(matmul_mma<R, S, A_K_INNER, B_K_INNER, ALIGNED>, blocks(tile_count<S::BM, S::BN>(result.M, result.N)), S::THREADS, S::SHARED,
                stream, result, a, b, K);
    }

    template <bool A_K_INNER, bool B_K_INNER, class R>
    void run(const R &result) const {
        const int64_t M = result.M, N = result.N;
        if constexpr (sizeof(T) == 4) {
            launch(matmul_ffma<R, A_K_INNER, B_K_INNER>, blocks(tile_count<SIDE, SIDE>(M, N)), 256, 0, stream, result, a, b, K);
        } else {
            if constexpr (COMMON<R, A_K_INNER, B_K_INNER>) {
                if (aligned((A_K_INNER ? K : M) * 2, a) && aligned((B_K_INNER ? K : N) * 2, b)) {
                    constexpr bool decoding = A_K_INNER && B_K_INNER;
                    const bool shortest = decoding && M <= Shortest::BM;
                    const bool few = decoding && M <= Short::BM && tile_count<Middle::BM, Middle::BN>(M, N) < multiprocessors();
                    const bool middle = M <= Middle::BM || tile_count<Wide::BM, Wide::BN>(M, N) < multiprocessors();
                    const size_t tile = chosen({{"wide", true, true}, {"middle", true, middle}, {"short", decoding, few},
                            {"shortest", decoding, shortest}});
                    if constexpr (decoding) {
                        if (tile == 3) return mma<Shortest, true, true, true>(result);
                        if (tile == 2) return mma<Short, true, true, true>(result);
                    }
                    if (tile == 1) return mma<Middle, A_K_INNER, B_K_INNER, true>(result);
                    return mma<Wide, A_K_INNER, B_K_INNER, true>(result);
                }
            }
            mma<Middle, A_K_INNER, B_K_INNER, false>(result);
        }
    }

    template <class Out>
    void run(bool transpose_a, bool transpose_b, const Result<Out> &result) const {
        if (transpose_a) transpose_b ? run<false, true>(result) : run<false, false>(result);
        else transpose_b ? run<true, true>(result) : run<true, false>(result);
    }
};

}  // namespace

void matmul(void *out, int32_t out_type, const void *a, const void *b, int64_t M, int64_t N, int64_t K, bool transpose_a, bool transpose_b,
        float alpha, float beta, int32_t dtype, void *stream) {
#ifdef REFT_HOPPER
    if (dtype == REFT_BF16 && hopper() && matmul_hopper(out, out_type, a, b, M, N, K, transpose_a, transpose_b, alpha, beta, stream))
        return;
#endif
    auto run = [&](const auto &product) {
        if (out_type == REFT_F32) product.run(transpose_a, transpose_b, Result<float>{{static_cast<float *>(out), M, N}, alpha, beta});
        else product.run(transpose_a, transpose_b, Result<bf16>{{static_cast<bf16 *>(out), M, N}, alpha, beta});
    };
    if (dtype == REFT_F32) run(Product<float>(a, b, K, stream));
    else run(Product<bf16>(a, b, K, stream));
}

void linear(void *out, void *before, const void *a, const void *b, const void *bias, int64_t M, int64_t N, int64_t K, int32_t activation,
        int32_t dtype, void *stream) {
#ifdef REFT_HOPPER
    if (dtype == REFT_BF16 && hopper() && linear_hopper(out, before, a, b, bias, M, N, K, activation, stream)) return;
#endif
    if (dtype == REFT_F32) Product<float>(a, b, K, stream).run<true, true>(linear_result<float>(out, before, bias, M, N, activation));
    else Product<bf16>(a, b, K, stream).run<true, true>(linear_result<bf16>(out, before, bias, M, N, activation));
}

}  // namespace reft
