/*
 * reft_attention_forward and _backward: causal attention over packed sequences, grouped heads, sliding window.
 *
 * After FlashAttention-2 (Dao 2023), on mma.sync for bf16 and head sizes 32, 64, 80, 96, 128; on FFMA for anything else.
 * The backward computes the probabilities again from lse, twice: once with a block to a tile of queries, for dQ, and once
 * with a block to a tile of keys, for dK and dV. So nothing is summed across blocks and there is nothing to race for.
 *   P = exp(scale·Q·Kᵀ - lse), dP = dO·Vᵀ, dS = P∘(dP - delta), delta = Σ dO∘O of a row,
 *   dQ = scale·dS·K, dV = Pᵀ·dO, dK = scale·dSᵀ·Q.
 *
 * Floor: 4 (forward) and 10 (backward) operations a channel for each pair of a query and a key that it sees; the two
 * passes of this backward make 14. At the lengths that we train on attention is a small share of a step.
 *
 * Left out: wgmma, and 16-byte stores of the results (a quad writes 16 bytes in four pieces).
 */
#include "attention.cuh"

namespace reft {

namespace {

/* ---------------------------------------------------------------- forward */

constexpr int WARPS = 4, THREADS = WARPS * WARP, TILE = WARPS * 16; /* rows, or keys, of a block */

/* Grid: tiles of rows, key/value heads. The last tile of a sequence has most to do and comes first. */
template <int HS>
__global__ void __launch_bounds__(THREADS) forward(bf16 *out, float *lse, const bf16 *qkv, const int32_t *cu_seqlens, Attention of) {
    const Rows rows = find_rows(cu_seqlens, nullptr, of.B, gridDim.x - 1 - blockIdx.x, TILE, of.G);
    if (rows.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const bf16 *k = qkv + rows.start * of.row() + (of.NH + kv) * HS;
    const int tile = of.oldest(rows.token(0)) / KEYS, end = rows.token(rows.count - 1) / KEYS + 1;
    const Sums<HS> sums = attend<HS, WARPS>(of, rows, qkv + first_head * HS, PackedKeys<bf16>{k, k + of.NKV * HS, of.row()}, tile, end);

    write_rows<HS>(sums.o, {1 / sums.total[0], 1 / sums.total[1]}, [&](int r) {
        r += warp() * 16;
        return r < rows.count ? out + ((rows.start + rows.token(r)) * of.NH + first_head + rows.head(r)) * HS : nullptr;
    });
    for (int half = 0; half < 2; half++) {
        const int r = warp() * 16 + lane() / 4 + half * 8;
        if (lse && lane() % 4 == 0 && r < rows.count)
            lse[(first_head + rows.head(r)) * of.N + rows.start + rows.token(r)] = (sums.highest[half] + log2f(sums.total[half])) * LN_2;
    }
}

template <class T>
__global__ void __launch_bounds__(PLAIN_THREADS) forward_plain(T *out, float *lse, const T *qkv, const int32_t *cu_seqlens, Attention of) {
    const Rows rows = find_rows(cu_seqlens, nullptr, of.B, gridDim.x - 1 - blockIdx.x, PLAIN_ROWS, of.G);
    if (rows.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const T *k = qkv + rows.start * of.row() + (of.NH + kv) * of.HS;
    attend_plain(of, rows, qkv + first_head * of.HS, PackedKeys<T>{k, k + of.NKV * of.HS, of.row()},
            [&](int r, const float *o, float total, float highest) {
        const int64_t n = rows.start + rows.token(r), head = first_head + rows.head(r);
        for (int c = lane(); c < of.HS; c += WARP) out[(n * of.NH + head) * of.HS + c] = from_float<T>(o[c] / total);
        if (lse && lane() == 0) lse[head * of.N + n] = (highest + log2f(total)) * LN_2;
    });
}

/* ---------------------------------------------------------------- backward */

/* delta[h,n] = Σ dout·out of head h of token n: a warp each. */
template <class T>
__global__ void __launch_bounds__(THREADS) backward_delta(float *delta, const T *dout, const T *out, Attention of) {
    const int64_t row = static_cast<int64_t>(blockIdx.x) * WARPS + warp(); /* n·NH + h */
    if (row >= of.N * of.NH) return;
    float sum = 0;
    for (int c = lane(); c < of.HS; c += WARP) sum = fmaf(to_float(dout[row * of.HS + c]), to_float(out[row * of.HS + c]), sum);
    sum = warp_sum(sum);
    if (lane() == 0) delta[row % of.NH * of.N + row / of.NH] = sum;
}

/* Keys or rows that the backward takes at a time: as many as the registers hold beside the sums. */
template <int HS>
constexpr int STEP = HS <= 64 ? 64 : 32;

template <int HS>
constexpr int BACKWARD_SHARED = (2 * TILE + 4 * STEP<HS>)*PITCH<HS> * 2 + 2 * STEP<HS> * static_cast<int>(sizeof(float2));

/* lse in units of log 2 and delta, of one row. */
struct Kept {
    const float *lse, *delta;
    __device__ float2 at(int64_t i) const { return make_float2(lse[i] * LOG2_E, delta[i]); }
};

/* dQ: a block has the rows of the forward's, and goes over the keys that they see. */
template <int HS>
__global__ void __launch_bounds__(THREADS)
        backward_queries(bf16 *dqkv, const bf16 *dout, const bf16 *qkv, Kept kept, const int32_t *cu_seqlens, Attention of) {
    constexpr int KEYS_HERE = STEP<HS>, BUFFER = KEYS_HERE * PITCH<HS>;
    const Rows rows = find_rows(cu_seqlens, nullptr, of.B, gridDim.x - 1 - blockIdx.x, TILE, of.G);
    if (rows.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const bf16 *k = qkv + rows.start * of.row() + (of.NH + kv) * HS;
    const PackedKeys<bf16> keys = {k, k + of.NKV * HS, of.row()};
    const int youngest = rows.token(rows.count - 1);
    auto head_row = [&](int r) { return (rows.start + rows.token(r)) * of.NH + first_head + rows.head(r); };
    auto q_at = [&](int r) { return (rows.start + rows.token(r)) * of.row() + (first_head + rows.head(r)) * HS; };

    bf16 *q_tile = dynamic_shared<bf16>(), *do_tile = q_tile + TILE * PITCH<HS>;
    bf16 *k_tiles = do_tile + TILE * PITCH<HS>, *v_tiles = k_tiles + 2 * BUFFER;
    auto load = [&](int t) {
        load_keys<HS, KEYS_HERE>(k_tiles + t % 2 * BUFFER, v_tiles + t % 2 * BUFFER, keys, t * KEYS_HERE, youngest + 1);
        cp_async_commit();
    };
    const int tile = of.oldest(rows.token(0)) / KEYS_HERE, end = youngest / KEYS_HERE + 1;
    load_tile<HS>(q_tile, TILE, qkv, [&](int r) { return r < rows.count ? qkv + q_at(r) : nullptr; });
    load_tile<HS>(do_tile, TILE, dout, [&](int r) { return r < rows.count ? dout + head_row(r) * HS : nullptr; });
    load(tile);

    const float to_log2 = of.scale * LOG2_E;
    int position[2];
    float2 mine[2] = {};
    for (int half = 0; half < 2; half++) {
        const int r = warp() * 16 + lane() / 4 + half * 8;
        position[half] = rows.position_of(r);
        if (r < rows.count) mine[half] = kept.at((first_head + rows.head(r)) * of.N + rows.start + rows.token(r));
    }
    float dq[HS / 8][4] = {};
    for (int t = tile; t < end; t++) {
        cp_async_wait<0>();
        __syncthreads(); /* tile t is here, and all are done with t-1, whose place the next takes */
        if (t + 1 < end) load(t + 1);
        const bf16 *k_tile = k_tiles + t % 2 * BUFFER, *v_tile = v_tiles + t % 2 * BUFFER;
        float s[KEYS_HERE / 8][4] = {}, dp[KEYS_HERE / 8][4] = {};
        dot_rows<HS, KEYS_HERE>(s, q_tile + warp() * 16 * PITCH<HS>, k_tile);
        dot_rows<HS, KEYS_HERE>(dp, do_tile + warp() * 16 * PITCH<HS>, v_tile);
        const bool all_seen = rows.count == TILE && (t + 1) * KEYS_HERE - 1 <= rows.token(0) && t * KEYS_HERE >= of.oldest(youngest);
        if (!all_seen) {
#pragma unroll
            for (int j = 0; j < KEYS_HERE / 8; j++)
#pragma unroll
                for (int i = 0; i < 4; i++)
                    if (!of.sees(position[i / 2], t * KEYS_HERE + j * 8 + lane() % 4 * 2 + i % 2)) s[j][i] = -INFINITY;
        }
#pragma unroll
        for (int j = 0; j < KEYS_HERE / 8; j++)
#pragma unroll
            for (int i = 0; i < 4; i++) dp[j][i] = exp2_fast(fmaf(s[j][i], to_log2, -mine[i / 2].x)) * (dp[j][i] - mine[i / 2].y);
        mix_rows<HS, KEYS_HERE>(dq, dp, k_tile);
    }
    write_rows<HS>(dq, {of.scale, of.scale}, [&](int r) {
        r += warp() * 16;
        return r < rows.count ? dqkv + q_at(r) : nullptr;
    });
}

/* dK and dV: a block has a tile of keys of one key/value head, 16 a warp, and goes over the rows of all query heads that
 * see them. Scores stand transposed here: a key to a row, so that Pᵀ and dSᵀ come out as mix_rows takes them. */
template <int HS>
__global__ void __launch_bounds__(THREADS)
        backward_keys(bf16 *dqkv, const bf16 *dout, const bf16 *qkv, Kept kept, const int32_t *cu_seqlens, Attention of) {
    constexpr int ROWS_HERE = STEP<HS>, BUFFER = ROWS_HERE * PITCH<HS>;
    const Rows keys = find_rows(cu_seqlens, nullptr, of.B, blockIdx.x, TILE, Divisor(1));
    if (keys.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const int64_t k_at = (keys.start + keys.first) * of.row() + (of.NH + kv) * HS, v_at = k_at + of.NKV * HS;

    /* The rows from the first key's own token to the last that sees the last key. */
    const int youngest = of.window > 0 ? min(keys.tokens, keys.first + keys.count - 1 + of.window) : keys.tokens;
    const int first = keys.first * of.G.by, count = youngest * of.G.by - first, steps = ceil_div(count, ROWS_HERE);
    auto token = [&](int r) { return of.G.quotient(first + r); };
    auto head = [&](int r) { return first_head + of.G.rest(first + r); };

    bf16 *k_tile = dynamic_shared<bf16>(), *v_tile = k_tile + TILE * PITCH<HS>;
    bf16 *q_tiles = v_tile + TILE * PITCH<HS>, *do_tiles = q_tiles + 2 * BUFFER;
    float2 *kept_tiles = reinterpret_cast<float2 *>(do_tiles + 2 * BUFFER);
    auto load = [&](int t) {
        load_tile<HS>(q_tiles + t % 2 * BUFFER, ROWS_HERE, qkv, [&](int i) {
            const int r = t * ROWS_HERE + i;
            return r < count ? qkv + (keys.start + token(r)) * of.row() + head(r) * HS : nullptr;
        });
        load_tile<HS>(do_tiles + t % 2 * BUFFER, ROWS_HERE, dout, [&](int i) {
            const int r = t * ROWS_HERE + i;
            return r < count ? dout + ((keys.start + token(r)) * of.NH + head(r)) * HS : nullptr;
        });
        cp_async_commit();
    };
    /* A thread brings what is kept of row threadIdx.x of a step, by way of a register. */
    auto kept_of = [&](int t) {
        const int i = static_cast<int>(threadIdx.x), r = t * ROWS_HERE + i;
        return i < ROWS_HERE && r < count ? kept.at(head(r) * of.N + keys.start + token(r)) : float2{};
    };
    auto keep = [&](int t, float2 x) {
        if (static_cast<int>(threadIdx.x) < ROWS_HERE) kept_tiles[t % 2 * ROWS_HERE + static_cast<int>(threadIdx.x)] = x;
    };
    load_tile<HS>(k_tile, TILE, qkv, [&](int r) { return r < keys.count ? qkv + k_at + r * of.row() : nullptr; });
    load_tile<HS>(v_tile, TILE, qkv, [&](int r) { return r < keys.count ? qkv + v_at + r * of.row() : nullptr; });
    load(0);
    keep(0, kept_of(0));

    const float to_log2 = of.scale * LOG2_E;
    const int key0 = keys.first + warp() * 16 + lane() / 4; /* and key0 + 8 */
    float dk[HS / 8][4] = {}, dv[HS / 8][4] = {};
    for (int t = 0; t < steps; t++) {
        cp_async_wait<0>();
        __syncthreads(); /* step t is here, and all are done with t-1, whose place the next takes */
        const float2 next = kept_of(t + 1);
        if (t + 1 < steps) load(t + 1);
        const bf16 *q_tile = q_tiles + t % 2 * BUFFER, *do_tile = do_tiles + t % 2 * BUFFER;
        float p[ROWS_HERE / 8][4] = {}, ds[ROWS_HERE / 8][4] = {};
        dot_rows<HS, ROWS_HERE>(p, k_tile + warp() * 16 * PITCH<HS>, q_tile);
        dot_rows<HS, ROWS_HERE>(ds, v_tile + warp() * 16 * PITCH<HS>, do_tile);
        const int last = t * ROWS_HERE + ROWS_HERE - 1;
        const bool all_seen = last < count && token(t * ROWS_HERE) >= keys.first + TILE - 1 && of.oldest(token(last)) <= keys.first;
#pragma unroll
        for (int j = 0; j < ROWS_HERE / 8; j++)
#pragma unroll
            for (int column = 0; column < 2; column++) {
                const int i = j * 8 + lane() % 4 * 2 + column, r = t * ROWS_HERE + i;
                const float2 of_row = kept_tiles[t % 2 * ROWS_HERE + i];
                if (!all_seen) {
                    const int position = r < count ? token(r) : -1;
                    if (!of.sees(position, key0)) p[j][column] = -INFINITY;
                    if (!of.sees(position, key0 + 8)) p[j][2 + column] = -INFINITY;
                }
#pragma unroll
                for (int at = column; at < 4; at += 2) {
                    p[j][at] = exp2_fast(fmaf(p[j][at], to_log2, -of_row.x));
                    ds[j][at] = p[j][at] * (ds[j][at] - of_row.y);
                }
            }
        mix_rows<HS, ROWS_HERE>(dv, p, do_tile);
        mix_rows<HS, ROWS_HERE>(dk, ds, q_tile);
        keep(t + 1, next);
    }
    auto row = [&](int64_t from) {
        return [=](int r) {
            r += warp() * 16;
            return r < keys.count ? dqkv + from + r * of.row() : nullptr;
        };
    };
    write_rows<HS>(dk, {of.scale, of.scale}, row(k_at));
    write_rows<HS>(dv, {1.0f, 1.0f}, row(v_at));
}

/* As backward_queries: a warp has a quarter of the COUNT rows, a lane to a key. */
template <class T, int COUNT>
__global__ void __launch_bounds__(PLAIN_THREADS)
        backward_queries_plain(T *dqkv, const T *dout, const T *qkv, Kept kept, const int32_t *cu_seqlens, Attention of) {
    const Rows rows = find_rows(cu_seqlens, nullptr, of.B, gridDim.x - 1 - blockIdx.x, COUNT, of.G);
    if (rows.count <= 0) return;
    constexpr int MINE = COUNT / (PLAIN_THREADS / WARP);
    const int HS = of.HS, pitch = plain_pitch(HS), mine = warp() * MINE;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const T *k = qkv + rows.start * of.row() + (of.NH + kv) * HS, *v = k + of.NKV * HS;
    float *k_tile = dynamic_shared<float>(), *v_tile = k_tile + PLAIN_KEYS * pitch, *q_tile = v_tile + PLAIN_KEYS * pitch;
    float *do_tile = q_tile + COUNT * HS, *dq = do_tile + COUNT * HS + mine * HS;
    float *ds = do_tile + 2 * COUNT * HS + mine * PLAIN_KEYS;
    auto q_at = [&](int r) { return (rows.start + rows.token(r)) * of.row() + (first_head + rows.head(r)) * HS; };
    load_plain(q_tile, COUNT, HS, HS, [&](int r) { return r < rows.count ? qkv + q_at(r) : nullptr; });
    load_plain(do_tile, COUNT, HS, HS, [&](int r) {
        return r < rows.count ? dout + ((rows.start + rows.token(r)) * of.NH + first_head + rows.head(r)) * HS : nullptr;
    });
    for (int i = lane(); i < MINE * HS; i += WARP) dq[i] = 0;

    const int youngest = rows.token(rows.count - 1);
    const float to_log2 = of.scale * LOG2_E;
    float keep_all[MINE];
#pragma unroll
    for (float &x : keep_all) x = 1;
    for (int t = of.oldest(rows.token(0)); t <= youngest; t += PLAIN_KEYS) {
        __syncthreads(); /* all are done with the last tile */
        load_plain(k_tile, PLAIN_KEYS, pitch, HS, [&](int r) { return t + r <= youngest ? k + (t + r) * of.row() : nullptr; });
        load_plain(v_tile, PLAIN_KEYS, pitch, HS, [&](int r) { return t + r <= youngest ? v + (t + r) * of.row() : nullptr; });
        __syncthreads();
        float s[MINE], dp[MINE];
        dot_plain(s, q_tile + mine * HS, k_tile, HS);
        dot_plain(dp, do_tile + mine * HS, v_tile, HS);
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            const int r = mine + i, position = rows.position_of(r);
            float gradient = 0;
            if (of.sees(position, t + lane())) {
                const float2 row = kept.at((first_head + rows.head(r)) * of.N + rows.start + position);
                gradient = exp2f(fmaf(s[i], to_log2, -row.x)) * (dp[i] - row.y) * of.scale;
            }
            ds[i * PLAIN_KEYS + lane()] = gradient;
        }
        __syncwarp();
        mix_plain(dq, keep_all, ds, k_tile, HS);
        __syncwarp();
    }
    for (int i = 0; i < MINE && mine + i < rows.count; i++)
        for (int c = lane(); c < HS; c += WARP) dqkv[q_at(mine + i) + c] = from_float<T>(dq[i * HS + c]);
}

/* As backward_keys: a warp has a quarter of the COUNT keys, a lane to a row. */
template <class T, int COUNT>
__global__ void __launch_bounds__(PLAIN_THREADS)
        backward_keys_plain(T *dqkv, const T *dout, const T *qkv, Kept kept, const int32_t *cu_seqlens, Attention of) {
    const Rows keys = find_rows(cu_seqlens, nullptr, of.B, blockIdx.x, COUNT, Divisor(1));
    if (keys.count <= 0) return;
    constexpr int MINE = COUNT / (PLAIN_THREADS / WARP);
    const int HS = of.HS, pitch = plain_pitch(HS), mine = warp() * MINE;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    const int64_t k_at = (keys.start + keys.first) * of.row() + (of.NH + kv) * HS, v_at = k_at + of.NKV * HS;
    float *q_tile = dynamic_shared<float>(), *do_tile = q_tile + PLAIN_KEYS * pitch, *k_tile = do_tile + PLAIN_KEYS * pitch;
    float *v_tile = k_tile + COUNT * HS, *dk = v_tile + COUNT * HS + mine * HS, *dv = dk + COUNT * HS;
    float *p = v_tile + 3 * COUNT * HS + mine * PLAIN_KEYS, *ds = p + COUNT * PLAIN_KEYS;
    load_plain(k_tile, COUNT, HS, HS, [&](int r) { return r < keys.count ? qkv + k_at + r * of.row() : nullptr; });
    load_plain(v_tile, COUNT, HS, HS, [&](int r) { return r < keys.count ? qkv + v_at + r * of.row() : nullptr; });
    for (int i = lane(); i < MINE * HS; i += WARP) dk[i] = dv[i] = 0;

    const int youngest = of.window > 0 ? min(keys.tokens, keys.first + keys.count - 1 + of.window) : keys.tokens;
    const int first = keys.first * of.G.by, last = youngest * of.G.by;
    const float to_log2 = of.scale * LOG2_E;
    float keep_all[MINE];
#pragma unroll
    for (float &x : keep_all) x = 1;
    for (int t = first; t < last; t += PLAIN_KEYS) {
        auto head_row = [&](int r) { return (keys.start + of.G.quotient(t + r)) * of.NH + first_head + of.G.rest(t + r); };
        __syncthreads(); /* all are done with the last tile */
        load_plain(q_tile, PLAIN_KEYS, pitch, HS, [&](int r) {
            return t + r < last ? qkv + (keys.start + of.G.quotient(t + r)) * of.row() + (first_head + of.G.rest(t + r)) * HS : nullptr;
        });
        load_plain(do_tile, PLAIN_KEYS, pitch, HS, [&](int r) { return t + r < last ? dout + head_row(r) * HS : nullptr; });
        __syncthreads();
        float s[MINE], dp[MINE];
        dot_plain(s, k_tile + mine * HS, q_tile, HS);
        dot_plain(dp, v_tile + mine * HS, do_tile, HS);
        const int position = t + lane() < last ? of.G.quotient(t + lane()) : -1;
        const float2 row = position < 0 ? float2{} : kept.at((first_head + of.G.rest(t + lane())) * of.N + keys.start + position);
#pragma unroll
        for (int i = 0; i < MINE; i++) {
            const bool seen = of.sees(position, keys.first + mine + i);
            const float probability = seen ? exp2f(fmaf(s[i], to_log2, -row.x)) : 0.0f;
            p[i * PLAIN_KEYS + lane()] = probability;
            ds[i * PLAIN_KEYS + lane()] = probability * (dp[i] - row.y) * of.scale;
        }
        __syncwarp();
        mix_plain(dv, keep_all, p, do_tile, HS);
        mix_plain(dk, keep_all, ds, q_tile, HS);
        __syncwarp();
    }
    for (int i = 0; i < MINE && mine + i < keys.count; i++)
        for (int c = lane(); c < HS; c += WARP) {
            dqkv[k_at + (mine + i) * of.row() + c] = from_float<T>(dk[i * HS + c]);
            dqkv[v_at + (mine + i) * of.row() + c] = from_float<T>(dv[i * HS + c]);
        }
}

}  // namespace

/* ---------------------------------------------------------------- launchers */

void attention_forward(void *out, float *lse, const void *qkv, const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV,
        int64_t HS, int64_t, int64_t window, float scale, int32_t dtype, void *stream) {
    const Attention of = attention_sizes(B, N, NH, NKV, HS, window, scale);
    const bool done = with_head_size(HS, dtype, [&]<int SIZE>() {
        launch(forward<SIZE>, tile_grid(of, TILE, of.G), THREADS, ATTEND_SHARED<SIZE, WARPS>, stream, static_cast<bf16 *>(out), lse,
                static_cast<const bf16 *>(qkv), cu_seqlens, of);
    }, out, qkv);
    if (done) return;
    with_plain(HS, dtype, [&]<class T>() {
        launch(forward_plain<T>, tile_grid(of, PLAIN_ROWS, of.G), PLAIN_THREADS, plain_shared(of.HS, 2, 1), stream, static_cast<T *>(out),
                lse, static_cast<const T *>(qkv), cu_seqlens, of);
    });
}

void attention_backward(void *dqkv, float *delta, const void *dout, const void *qkv, const void *out, const float *lse,
        const int32_t *cu_seqlens, int64_t B, int64_t N, int64_t NH, int64_t NKV, int64_t HS, int64_t, int64_t window, float scale,
        int32_t dtype, void *stream) {
    const Attention of = attention_sizes(B, N, NH, NKV, HS, window, scale);
    const Kept kept = {lse, delta};
    with_plain(HS, dtype, [&]<class T>() {
        launch(backward_delta<T>, blocks(ceil_div<int64_t>(N * NH, WARPS)), THREADS, 0, stream, delta, static_cast<const T *>(dout),
                static_cast<const T *>(out), of);
    });
    const bool done = with_head_size(HS, dtype, [&]<int SIZE>() {
        launch(backward_queries<SIZE>, tile_grid(of, TILE, of.G), THREADS, BACKWARD_SHARED<SIZE>, stream, static_cast<bf16 *>(dqkv),
                static_cast<const bf16 *>(dout), static_cast<const bf16 *>(qkv), kept, cu_seqlens, of);
        launch(backward_keys<SIZE>, tile_grid(of, TILE, Divisor(1)), THREADS, BACKWARD_SHARED<SIZE>, stream, static_cast<bf16 *>(dqkv),
                static_cast<const bf16 *>(dout), static_cast<const bf16 *>(qkv), kept, cu_seqlens, of);
    }, dqkv, dout, qkv);
    if (done) return;
    with_plain(HS, dtype, [&]<class T>() {
        /* Rows, or keys, of a block: half as many where the heads are so long that it would not fit everywhere. */
        auto run = [&]<int COUNT>() {
            launch(backward_queries_plain<T, COUNT>, tile_grid(of, COUNT, of.G), PLAIN_THREADS, plain_shared(of.HS, 3, 1, COUNT), stream,
                    static_cast<T *>(dqkv), static_cast<const T *>(dout), static_cast<const T *>(qkv), kept, cu_seqlens, of);
            launch(backward_keys_plain<T, COUNT>, tile_grid(of, COUNT, Divisor(1)), PLAIN_THREADS, plain_shared(of.HS, 4, 2, COUNT), stream,
                    static_cast<T *>(dqkv), static_cast<const T *>(dout), static_cast<const T *>(qkv), kept, cu_seqlens, of);
        };
        if (plain_shared(of.HS, 4, 2) <= LEAST_SHARED) run.template operator()<PLAIN_ROWS>();
        else run.template operator()<PLAIN_ROWS / 2>();
    });
}

}  // namespace reft
