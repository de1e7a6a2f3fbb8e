/*
 * reft_attention_cached: the newest tokens of each sequence against its paged cache, one each when decoding, a prompt when
 * prefilling. The core is attention.cuh's, that of training, so a token's result has the same bits in all three.
 *
 * Decoding has few rows: blocks of one warp take 16 of them, the heads of one key/value head together, so that its pages are
 * read once. Where sequences and heads are too few to fill the device, a block takes one split of the keys only, and a
 * second kernel merges the splits, in the order and with the operations of a block that does them all.
 *
 * Floor: the bytes of the pages that are seen, once.
 *
 * Left out: splits of a window's keys alone (those before it are numbered too), 16-byte stores of the results.
 */
#include "attention.cuh"

namespace reft {

namespace {

/* The cache. */
template <class T>
struct Cache {
    const T *k_pages, *v_pages;
    const int32_t *block_table;
    int64_t max_blocks;
    __device__ PagedKeys<T> of(const Attention &sizes, int b, int kv) const {
        const int64_t in_page = int64_t{kv} * REFT_KV_PAGE * sizes.HS;
        return {k_pages + in_page, v_pages + in_page, block_table + b * max_blocks, int64_t{sizes.NKV} * REFT_KV_PAGE * sizes.HS, sizes.HS};
    }
};

/* What one split leaves of a row n·NH + h: o [splits,N·NH,HS] before its division by the total, and highest and total. */
struct Partial {
    float *o; /* NULL where a block does all splits */
    float2 *sums;
};

/* Grid: tiles of rows, key/value heads, splits (1 where a block does them all). */
template <int HS, int WARPS>
__global__ void __launch_bounds__(WARPS *WARP) cached(bf16 *out, Partial partial, const bf16 *qkv, Cache<bf16> cache, const int32_t *cu_new,
        const int32_t *context, Attention of) {
    const Rows rows = find_rows(cu_new, context, of.B, gridDim.x - 1 - blockIdx.x, 16 * WARPS, of.G);
    if (rows.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by, split = static_cast<int>(blockIdx.z);
    int tile = of.oldest(rows.position_of(0)) / KEYS, end = rows.position_of(rows.count - 1) / KEYS + 1;
    if (partial.o) {
        tile = max(tile, split * SPLIT);
        end = min(end, split * SPLIT + SPLIT);
        if (tile >= end) return;
    }
    const Sums<HS> sums = attend<HS, WARPS>(of, rows, qkv + first_head * HS, cache.of(of, rows.b, kv), tile, end);

    auto row = [&](int r) { return (rows.start + rows.token(r)) * of.NH + first_head + rows.head(r); };
    if (!partial.o) {
        write_rows<HS>(sums.o, {1 / sums.total[0], 1 / sums.total[1]}, [&](int r) {
            r += warp() * 16;
            return r < rows.count ? out + row(r) * HS : nullptr;
        });
        return;
    }
    const int64_t first_row = split * of.N * of.NH;
    write_rows<HS>(sums.o, {1.0f, 1.0f}, [&](int r) {
        r += warp() * 16;
        return r < rows.count ? partial.o + (first_row + row(r)) * HS : nullptr;
    });
    for (int half = 0; half < 2; half++) {
        const int r = warp() * 16 + lane() / 4 + half * 8;
        if (lane() % 4 == 0 && r < rows.count) partial.sums[first_row + row(r)] = make_float2(sums.highest[half], sums.total[half]);
    }
}

constexpr int MERGE_WARPS = 4, MERGE_ROWS = 16;

/* A warp takes a row after the other. Grid: tiles of MERGE_ROWS rows, key/value heads. */
template <int HS>
__global__ void __launch_bounds__(MERGE_WARPS *WARP)
        merge_splits(bf16 *out, Partial partial, const int32_t *cu_new, const int32_t *context, Attention of) {
    const Rows rows = find_rows(cu_new, context, of.B, blockIdx.x, MERGE_ROWS, of.G);
    for (int r = warp(); r < rows.count; r += MERGE_WARPS) {
        const int64_t row = (rows.start + rows.token(r)) * of.NH + static_cast<int>(blockIdx.y) * of.G.by + rows.head(r);
        const int position = rows.position_of(r), last = position / KEYS / SPLIT;
        float o[ceil_div(HS, WARP)] = {}, highest = -INFINITY, total = 0;
        for (int split = of.oldest(position) / KEYS / SPLIT; split <= last; split++) {
            const int64_t from = split * of.N * of.NH + row;
            const float2 sums = partial.sums[from];
            const Weights w = weigh(highest, sums.x);
            highest = w.highest;
            total = mixed(total, sums.y, w);
#pragma unroll
            for (int i = 0; i < ceil_div(HS, WARP); i++)
                if (i * WARP + lane() < HS) o[i] = mixed(o[i], partial.o[from * HS + i * WARP + lane()], w);
        }
        const float factor = 1 / total;
#pragma unroll
        for (int i = 0; i < ceil_div(HS, WARP); i++)
            if (i * WARP + lane() < HS) out[row * HS + i * WARP + lane()] = from_float<bf16>(o[i] * factor);
    }
}

template <class T>
__global__ void __launch_bounds__(PLAIN_THREADS)
        cached_plain(T *out, const T *qkv, Cache<T> cache, const int32_t *cu_new, const int32_t *context, Attention of) {
    const Rows rows = find_rows(cu_new, context, of.B, gridDim.x - 1 - blockIdx.x, PLAIN_ROWS, of.G);
    if (rows.count <= 0) return;
    const int kv = static_cast<int>(blockIdx.y), first_head = kv * of.G.by;
    attend_plain(of, rows, qkv + first_head * of.HS, cache.of(of, rows.b, kv), [&](int r, const float *o, float total, float) {
        T *to = out + ((rows.start + rows.token(r)) * of.NH + first_head + rows.head(r)) * of.HS;
        for (int c = lane(); c < of.HS; c += WARP) to[c] = from_float<T>(o[c] / total);
    });
}

/* ---------------------------------------------------------------- launchers */

template <class T>
Cache<T> cache_of(const void *k_pages, const void *v_pages, const int32_t *block_table, int64_t max_blocks) {
    return {static_cast<const T *>(k_pages), static_cast<const T *>(v_pages), block_table, max_blocks};
}

/* Blocks of WARPS warps; a split to a block where that helps to fill the device. */
template <int HS, int WARPS>
void run(bf16 *out, const bf16 *qkv, const Cache<bf16> &cache, const int32_t *cu_new, const int32_t *context, int64_t longest_context,
        const Attention &of, void *stream) {
    dim3 grid = tile_grid(of, 16 * WARPS, of.G);
    const int64_t splits = ceil_div<int64_t>(longest_context, KEYS * SPLIT), rows = of.N * of.NH;
    Partial partial = {};
    if (splits > 1 && int64_t{grid.x} * grid.y < 2 * multiprocessors()) {
        partial.o = static_cast<float *>(workspace(splits * rows * (HS * sizeof(float) + sizeof(float2))));
        partial.sums = reinterpret_cast<float2 *>(partial.o + splits * rows * HS);
        grid.z = static_cast<unsigned>(splits);
    }
    launch(cached<HS, WARPS>, grid, WARPS * WARP, ATTEND_SHARED<HS, WARPS>, stream, out, partial, qkv, cache, cu_new, context, of);
    if (partial.o)
        launch(merge_splits<HS>, tile_grid(of, MERGE_ROWS, of.G), MERGE_WARPS * WARP, 0, stream, out, partial, cu_new, context, of);
}

}  // namespace

void attention_cached(void *out, const void *qkv, const void *k_pages, const void *v_pages, const int32_t *cu_new, const int32_t *context,
        const int32_t *block_table, int64_t B, int64_t N, int64_t max_blocks, int64_t longest_context, int64_t NH, int64_t NKV, int64_t HS,
        int64_t window, float scale, int32_t dtype, void *stream) {
    const Attention of = attention_sizes(B, N, NH, NKV, HS, window, scale);
    const bool done = with_head_size(HS, dtype, [&]<int SIZE>() {
        bf16 *to = static_cast<bf16 *>(out);
        const bf16 *from = static_cast<const bf16 *>(qkv);
        const Cache<bf16> cache = cache_of<bf16>(k_pages, v_pages, block_table, max_blocks);
        if (N * of.G.by <= 16 * B) run<SIZE, 1>(to, from, cache, cu_new, context, longest_context, of, stream);
        else run<SIZE, 4>(to, from, cache, cu_new, context, longest_context, of, stream);
    }, out, qkv, k_pages, v_pages);
    if (done) return;
    with_plain(HS, dtype, [&]<class T>() {
        launch(cached_plain<T>, tile_grid(of, PLAIN_ROWS, of.G), PLAIN_THREADS, plain_shared(of.HS, 2, 1), stream, static_cast<T *>(out),
                static_cast<const T *>(qkv), cache_of<T>(k_pages, v_pages, block_table, max_blocks), cu_new, context, of);
    });
}

}  // namespace reft
