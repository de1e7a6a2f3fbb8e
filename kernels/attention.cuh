/*
 * What attention.cu and attention_cached.cu share: which rows a block has, the tiles in shared memory, the two products
 * on tensor cores, and the forward core itself, so that training, prefilling and decoding do the same operations.
 *
 * A "row" is one query head of one token. The rows of a sequence that read the same key/value head are numbered token by
 * token, heads fastest: row r is token r/G, head r%G of the group of G = NH/NKV. A block takes a tile of such rows, so
 * that keys and values come in once for all heads that share them.
 *
 * Keys go in tiles at multiples of KEYS from the start of the sequence, and SPLIT tiles make a split. Each split starts
 * from nothing and is then merged into what came before it, in ascending order, whether one block does all splits in
 * registers or many blocks do one each and a second kernel merges. A masked tile or split changes no bit of a row. So a
 * row's result does not depend on the tile of rows, the number of splits or the batch around it.
 *
 * Scores are kept in units of log 2: a probability is exp2(s·scale·log2(e) - highest).
 */
#pragma once

#include "common.cuh"

namespace reft {

namespace {

constexpr int KEYS = 64;
constexpr int SPLIT = 4;         /* tiles of keys */
constexpr float LOG2_E = 1.4426950408889634f, LN_2 = 0.6931471805599453f;

/* ---------------------------------------------------------------- rows, keys, masks */

/* Divides what is not negative by `by` without a division: exact below 2³²/by. */
struct Divisor {
    int by;
    uint32_t magic; /* ⌊2³²/by⌋ + 1, or 0 for 1 */
    Divisor() = default;
    __host__ __device__ explicit Divisor(int64_t x)
        : by(static_cast<int>(x)), magic(x == 1 ? 0 : static_cast<uint32_t>((int64_t{1} << 32) / x + 1)) {}
    __device__ int quotient(int n) const { return magic ? static_cast<int>(__umulhi(static_cast<uint32_t>(n), magic)) : n; }
    __device__ int rest(int n) const { return n - quotient(n) * by; }
};

/* Sizes of a call. */
struct Attention {
    int64_t N; /* tokens in qkv */
    int B, NH, NKV, HS, window;
    Divisor G;
    float scale;

    __device__ int64_t row() const { return int64_t{NH + 2 * NKV} * HS; } /* elements from token to token of qkv */
    /* The first key that the query at `position` sees. */
    __device__ int oldest(int position) const { return window > 0 ? max(0, position - window + 1) : 0; }
    __device__ bool sees(int position, int key) const { return key <= position && key >= oldest(position); }
};

/* A block's tile of rows. */
struct Rows {
    int b;         /* the sequence */
    int64_t start; /* its first token in qkv */
    int tokens;    /* it has in qkv */
    int first, count;
    Divisor G;
    int position;  /* of the first of them */

    __device__ int token(int r) const { return G.quotient(first + r); }
    __device__ int head(int r) const { return G.rest(first + r); }
    /* -1, which sees no key, for a row behind the last. */
    __device__ int position_of(int r) const { return r < count ? position + token(r) : -1; }
};

/*
 * Which rows block `tile` of N·G/rows + B has: sequence b owns the blocks from cu[b]·G/rows + b on. Rounding down before and
 * after leaves room for its last tile, and at most one block a sequence finds nothing to do (count ≤ 0). Every warp
 * searches alone, all lanes at once. context NULL: the sequences are in qkv from their start.
 */
__device__ inline Rows find_rows(const int32_t *cu, const int32_t *context, int B, int64_t tile, int rows, Divisor G) {
    int before = 0;
    for (int b = lane(); b < B; b += WARP) before += static_cast<int64_t>(cu[b]) * G.by / rows + b <= tile;
    const int b = warp_sum(before) - 1;
    Rows found;
    found.b = b;
    found.start = cu[b];
    found.tokens = cu[b + 1] - cu[b];
    found.first = static_cast<int>(tile - (found.start * G.by / rows + b)) * rows;
    found.count = min(rows, found.tokens * G.by - found.first);
    found.G = G;
    found.position = context ? context[b] - found.tokens : 0;
    return found;
}

/* Where the keys and values of one head of one sequence lie: at(i) elements behind `keys` and `values`. */
template <class T>
struct PackedKeys {
    const T *keys, *values;
    int64_t row;
    __device__ int64_t at(int i) const { return i * row; }
};
template <class T>
struct PagedKeys {
    const T *keys, *values; /* at the head within page 0 */
    const int32_t *pages;   /* of the sequence */
    int64_t page;           /* elements from page to page */
    int HS;
    __device__ int64_t at(int i) const { return pages[i / REFT_KV_PAGE] * page + i % REFT_KV_PAGE * HS; }
};

/* ---------------------------------------------------------------- tiles and products on tensor cores */

/* Elements from row to row of a tile of HS channels: an odd number of 16 bytes, so that the eight rows of an ldmatrix
 * lie in different banks. */
template <int HS>
constexpr int PITCH = HS + 8;

/* Starts copying `rows` rows into a tile; source(r) is row r's address, NULL for a row of zeroes; `somewhere` is readable. */
template <int HS, class Source>
__device__ inline void load_tile(bf16 *tile, int rows, const bf16 *somewhere, Source source) {
    for (int i = static_cast<int>(threadIdx.x); i < rows * (HS / 8); i += static_cast<int>(blockDim.x)) {
        const int r = i / (HS / 8), c = i % (HS / 8) * 8;
        const bf16 *from = source(r);
        cp_async_16(tile + r * PITCH<HS> + c, from ? from + c : somewhere, from ? 16 : 0);
    }
}

/* Starts copying keys and values first … first+COUNT-1 into their tiles; those from `end` on become zeroes. */
template <int HS, int COUNT, class Keys>
__device__ inline void load_keys(bf16 *k_tile, bf16 *v_tile, const Keys &keys, int first, int end) {
    for (int i = static_cast<int>(threadIdx.x); i < COUNT * (HS / 8); i += static_cast<int>(blockDim.x)) {
        const int r = i / (HS / 8), c = i % (HS / 8) * 8, to = r * PITCH<HS> + c;
        const bool inside = first + r < end;
        const int64_t from = inside ? keys.at(first + r) + c : 0;
        cp_async_16(k_tile + to, keys.keys + from, inside ? 16 : 0);
        cp_async_16(v_tile + to, keys.values + from, inside ? 16 : 0);
    }
}

/* s[16,COLUMNS] += a[16,HS]·b[COLUMNS,HS]ᵀ, both tiles in shared memory. */
template <int HS, int COLUMNS>
__device__ inline void dot_rows(float (&s)[COLUMNS / 8][4], const bf16 *a, const bf16 *b) {
    a += lane() % 16 * PITCH<HS> + lane() / 16 * 8;
    b += (lane() % 8 + lane() / 16 * 8) * PITCH<HS> + lane() / 8 % 2 * 8;
#pragma unroll
    for (int k = 0; k < HS; k += 16) {
        uint32_t fa[4];
        ldmatrix_x4(fa, a + k);
#pragma unroll
        for (int n = 0; n < COLUMNS; n += 16) {
            uint32_t fb[4];
            ldmatrix_x4(fb, b + n * PITCH<HS> + k);
            mma_m16n8k16(s[n / 8], fa, {fb[0], fb[1]});
            mma_m16n8k16(s[n / 8 + 1], fa, {fb[2], fb[3]});
        }
    }
}

/* sum[16,HS] += p[16,ROWS]·b[ROWS,HS]: p as dot_rows leaves it, rounded to bf16; b a tile in shared memory. */
template <int HS, int ROWS>
__device__ inline void mix_rows(float (&sum)[HS / 8][4], const float (&p)[ROWS / 8][4], const bf16 *b) {
    b += lane() % 16 * PITCH<HS> + lane() / 16 * 8;
#pragma unroll
    for (int k = 0; k < ROWS; k += 16) {
        /* What mma's d gives a lane of two 16×8 pieces side by side is what its a wants of a 16×16 one. */
        const float(&left)[4] = p[k / 8], (&right)[4] = p[k / 8 + 1];
        const uint32_t fa[4] = {
                pack_bf16(left[0], left[1]), pack_bf16(left[2], left[3]), pack_bf16(right[0], right[1]), pack_bf16(right[2], right[3])};
#pragma unroll
        for (int n = 0; n < HS; n += 16) {
            uint32_t fb[4];
            ldmatrix_x4_trans(fb, b + k * PITCH<HS> + n);
            mma_m16n8k16(sum[n / 8], fa, {fb[0], fb[1]});
            mma_m16n8k16(sum[n / 8 + 1], fa, {fb[2], fb[3]});
        }
    }
}

/* ---------------------------------------------------------------- the forward core */

/* How two partial results with these highest scores are weighed when they become one; either may be empty (-∞). */
struct Weights {
    float highest, first, second;
};
__device__ inline Weights weigh(float first, float second) {
    const float highest = fmaxf(first, second), base = highest == -INFINITY ? 0.0f : highest;
    return {highest, exp2_fast(first - base), exp2_fast(second - base)};
}
__device__ inline float mixed(float first, float second, const Weights &w) { return fmaf(second, w.second, first * w.first); }

/* Of 16 rows a lane holds rows lane/4 (half 0) and lane/4 + 8 (half 1): o[j][2·half + i] is channel 8j + 2·(lane%4) + i. */
template <int HS>
struct Sums {
    float o[HS / 8][4] = {}, highest[2] = {-INFINITY, -INFINITY}, total[2] = {};

    __device__ void merge(const Sums &next) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const Weights w = weigh(highest[half], next.highest[half]);
            highest[half] = w.highest;
            total[half] = mixed(total[half], next.total[half], w);
#pragma unroll
            for (int j = 0; j < HS / 8; j++)
#pragma unroll
                for (int i = half * 2; i < half * 2 + 2; i++) o[j][i] = mixed(o[j][i], next.o[j][i], w);
        }
    }
};

/* Shared memory of attend: the queries, and two tiles each of keys and values. */
template <int HS, int WARPS>
constexpr int ATTEND_SHARED = (16 * WARPS + 4 * KEYS) * PITCH<HS> * 2;

/* The block's rows against key tiles [tile, end) of those that they see, 16 rows a warp. q: qkv at the group's first head. */
template <int HS, int WARPS, class Keys>
__device__ inline Sums<HS> attend(const Attention &of, const Rows &rows, const bf16 *q, const Keys &keys, int tile, int end) {
    bf16 *q_tile = dynamic_shared<bf16>(), *k_tiles = q_tile + 16 * WARPS * PITCH<HS>, *v_tiles = k_tiles + 2 * KEYS * PITCH<HS>;
    const int keys_seen = rows.position_of(rows.count - 1) + 1;
    auto load = [&](int t) {
        const int buffer = t % 2 * KEYS * PITCH<HS>;
        load_keys<HS, KEYS>(k_tiles + buffer, v_tiles + buffer, keys, t * KEYS, keys_seen);
        cp_async_commit();
    };
    load_tile<HS>(q_tile, 16 * WARPS, q,
            [&](int r) { return r < rows.count ? q + (rows.start + rows.token(r)) * of.row() + rows.head(r) * HS : nullptr; });
    load(tile);

    const int r0 = warp() * 16 + lane() / 4;
    const int position[2] = {rows.position_of(r0), rows.position_of(r0 + 8)};
    const int youngest_first = rows.position + rows.token(0), youngest_last = keys_seen - 1;
    const float to_log2 = of.scale * LOG2_E;
    Sums<HS> all, part;
    for (int t = tile; t < end; t++) {
        cp_async_wait<0>();
        __syncthreads(); /* tile t is here, and all are done with t-1, whose place the next takes */
        if (t + 1 < end) load(t + 1);
        const bf16 *k_tile = k_tiles + t % 2 * KEYS * PITCH<HS>, *v_tile = v_tiles + t % 2 * KEYS * PITCH<HS>;

        float s[KEYS / 8][4] = {};
        dot_rows<HS, KEYS>(s, q_tile + warp() * 16 * PITCH<HS>, k_tile);
        const bool all_seen = rows.count == 16 * WARPS && t * KEYS + KEYS - 1 <= youngest_first && t * KEYS >= of.oldest(youngest_last);
        if (!all_seen) {
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                for (int i = 0; i < 4; i++)
                    if (!of.sees(position[i / 2], t * KEYS + j * 8 + lane() % 4 * 2 + i % 2)) s[j][i] = -INFINITY;
        }
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float highest = -INFINITY;
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++) highest = fmaxf(highest, fmaxf(s[j][half * 2], s[j][half * 2 + 1]));
            highest = fmaxf(highest, __shfl_xor_sync(ALL, highest, 1)); /* the four lanes of the row */
            highest = fmaxf(highest, __shfl_xor_sync(ALL, highest, 2));
            highest = fmaxf(part.highest[half], highest * to_log2);
            const float base = highest == -INFINITY ? 0.0f : highest, shrink = exp2_fast(part.highest[half] - base);
            part.highest[half] = highest;
            float total = 0;
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                for (int i = half * 2; i < half * 2 + 2; i++) {
                    s[j][i] = exp2_fast(fmaf(s[j][i], to_log2, -base));
                    total += s[j][i];
                }
            part.total[half] = fmaf(part.total[half], shrink, total);
#pragma unroll
            for (int j = 0; j < HS / 8; j++)
#pragma unroll
                for (int i = half * 2; i < half * 2 + 2; i++) part.o[j][i] *= shrink;
        }
        mix_rows<HS, KEYS>(part.o, s, v_tile);

        if (t + 1 == end || (t + 1) % SPLIT == 0) {
#pragma unroll
            for (int half = 0; half < 2; half++) {
                part.total[half] += __shfl_xor_sync(ALL, part.total[half], 1);
                part.total[half] += __shfl_xor_sync(ALL, part.total[half], 2);
            }
            all.merge(part);
            part = Sums<HS>();
        }
    }
    return all;
}

/* Writes a lane's pairs of x·factor[half] of 16 rows; to(row 0…15) is a row's address, NULL where there is none. */
template <int HS, class Row>
__device__ inline void write_rows(const float (&x)[HS / 8][4], const float (&factor)[2], Row to) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
        auto *row = to(lane() / 4 + half * 8);
        if (!row) continue;
#pragma unroll
        for (int j = 0; j < HS / 8; j++)
            store<2>(row + j * 8 + lane() % 4 * 2, Floats<2>{{x[j][half * 2] * factor[half], x[j][half * 2 + 1] * factor[half]}});
    }
}

/* ---------------------------------------------------------------- the plain core: any head size, any storage, fp32 throughout */

constexpr int PLAIN_ROWS = 16, PLAIN_KEYS = 32; /* a block; 4 warps with 4 rows each, a lane to a key */
constexpr int PLAIN_THREADS = 128, ROWS_A_WARP = PLAIN_ROWS / (PLAIN_THREADS / WARP);

/* Floats from row to row: odd, so that lanes that read down a column meet no bank twice. */
__host__ __device__ constexpr int plain_pitch(int HS) { return HS | 1; }
/* Bytes for two tiles of keys, and for `count` rows so many blocks of rows and of scores. */
inline size_t plain_shared(int HS, int rows, int scores, int count = PLAIN_ROWS) {
    return sizeof(float) * (2 * PLAIN_KEYS * plain_pitch(HS) + count * (rows * HS + scores * PLAIN_KEYS));
}

/* tile[r][c] in fp32; rows whose source is NULL become zeroes. */
template <class Source>
__device__ inline void load_plain(float *tile, int rows, int pitch, int HS, Source source) {
    for (int i = static_cast<int>(threadIdx.x); i < rows * HS; i += PLAIN_THREADS) {
        const auto *from = source(i / HS);
        tile[i / HS * pitch + i % HS] = from ? to_float(from[i % HS]) : 0.0f;
    }
}

/* dot[i] = rows[i]·tile[lane]: the rows of the warp against the lane's row of a tile. */
template <int MINE>
__device__ inline void dot_plain(float (&dot)[MINE], const float *rows, const float *tile, int HS) {
#pragma unroll
    for (int i = 0; i < MINE; i++) dot[i] = 0;
    for (int c = 0; c < HS; c++) {
        const float x = tile[lane() * plain_pitch(HS) + c];
#pragma unroll
        for (int i = 0; i < MINE; i++) dot[i] = fmaf(rows[i * HS + c], x, dot[i]);
    }
}

/* sum[i] = sum[i]·shrink[i] + Σ_j p[i][j]·tile[j], p [MINE,32] of the warp in shared memory. */
template <int MINE>
__device__ inline void mix_plain(float *sum, const float (&shrink)[MINE], const float *p, const float *tile, int HS) {
    for (int c = lane(); c < HS; c += WARP) {
        float x[MINE];
#pragma unroll
        for (int i = 0; i < MINE; i++) x[i] = sum[i * HS + c] * shrink[i];
        for (int j = 0; j < PLAIN_KEYS; j++) {
            const float y = tile[j * plain_pitch(HS) + c];
#pragma unroll
            for (int i = 0; i < MINE; i++) x[i] = fmaf(p[i * PLAIN_KEYS + j], y, x[i]);
        }
#pragma unroll
        for (int i = 0; i < MINE; i++) sum[i * HS + c] = x[i];
    }
}

/* The block's rows against all keys that they see. write(r, o, total, highest) is called by all lanes of a warp for each
 * of its rows; o [HS] lies in shared memory. */
template <class T, class Keys, class Write>
__device__ inline void attend_plain(const Attention &of, const Rows &rows, const T *q, const Keys &keys, Write write) {
    const int HS = of.HS, pitch = plain_pitch(HS), mine = warp() * ROWS_A_WARP;
    float *k_tile = dynamic_shared<float>(), *v_tile = k_tile + PLAIN_KEYS * pitch;
    float *q_tile = v_tile + PLAIN_KEYS * pitch, *o_tile = q_tile + PLAIN_ROWS * HS;
    float *p = o_tile + PLAIN_ROWS * HS + mine * PLAIN_KEYS, *o = o_tile + mine * HS;
    load_plain(q_tile, PLAIN_ROWS, HS, HS,
            [&](int r) { return r < rows.count ? q + (rows.start + rows.token(r)) * of.row() + rows.head(r) * HS : nullptr; });
    for (int i = lane(); i < ROWS_A_WARP * HS; i += WARP) o[i] = 0;

    const int keys_seen = rows.position_of(rows.count - 1) + 1;
    const float to_log2 = of.scale * LOG2_E;
    float highest[ROWS_A_WARP], total[ROWS_A_WARP] = {}, shrink[ROWS_A_WARP], s[ROWS_A_WARP];
#pragma unroll
    for (int i = 0; i < ROWS_A_WARP; i++) highest[i] = -INFINITY;
    for (int t = of.oldest(rows.position + rows.token(0)) / PLAIN_KEYS * PLAIN_KEYS; t < keys_seen; t += PLAIN_KEYS) {
        __syncthreads(); /* all are done with the last tile */
        load_plain(k_tile, PLAIN_KEYS, pitch, HS, [&](int r) { return t + r < keys_seen ? keys.keys + keys.at(t + r) : nullptr; });
        load_plain(v_tile, PLAIN_KEYS, pitch, HS, [&](int r) { return t + r < keys_seen ? keys.values + keys.at(t + r) : nullptr; });
        __syncthreads();
        dot_plain(s, q_tile + mine * HS, k_tile, HS);
#pragma unroll
        for (int i = 0; i < ROWS_A_WARP; i++) {
            const float score = of.sees(rows.position_of(mine + i), t + lane()) ? s[i] * to_log2 : -INFINITY;
            const float now = fmaxf(highest[i], warp_max(score)), base = now == -INFINITY ? 0.0f : now;
            const float probability = exp2f(score - base);
            shrink[i] = exp2f(highest[i] - base);
            highest[i] = now;
            total[i] = fmaf(total[i], shrink[i], warp_sum(probability));
            p[i * PLAIN_KEYS + lane()] = probability;
        }
        __syncwarp();
        mix_plain(o, shrink, p, v_tile, HS);
        __syncwarp();
    }
    for (int i = 0; i < ROWS_A_WARP && mine + i < rows.count; i++) write(mine + i, o + i * HS, total[i], highest[i]);
}

/* ---------------------------------------------------------------- host */

inline Attention attention_sizes(int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t window, float scale) {
    return {N, static_cast<int>(B), static_cast<int>(NH), static_cast<int>(NKV), static_cast<int>(HS),
            static_cast<int>(window > INT32_MAX ? 0 : window), Divisor(NH / NKV), scale};
}

/* Grid of all tiles of `rows` rows, G to a token, by key/value heads. */
inline dim3 tile_grid(const Attention &of, int rows, Divisor G) {
    dim3 size = blocks(of.N * G.by / rows + of.B);
    size.y = static_cast<unsigned>(of.NKV);
    return size;
}

/* Calls body.operator()<HS>() where the tensor cores take the head size and storage and rows start on 16 bytes; otherwise false. */
template <class Body, class... Pointers>
bool with_head_size(int64_t HS, int32_t dtype, Body body, const Pointers *...pointers) {
    if (dtype != REFT_BF16 || !aligned(HS * 2, pointers...)) return false;
    if (HS == 32) body.template operator()<32>();
    else if (HS == 64) body.template operator()<64>();
    else if (HS == 80) body.template operator()<80>();
    else if (HS == 96) body.template operator()<96>();
    else if (HS == 128) body.template operator()<128>();
    else return false;
    return true;
}

/* Calls body.operator()<T>() for the plain kernels. */
template <class Body>
void with_plain(int64_t HS, int32_t dtype, Body body) {
    if (HS > 256) throw Failure{REFT_UNSUPPORTED, "the head size is above 256"};
    if (dtype == REFT_BF16) body.template operator()<bf16>();
    else body.template operator()<float>();
}

}  // namespace

}  // namespace reft
