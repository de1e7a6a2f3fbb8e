/*
 * Rotary positions, and the append of keys and values to a paged cache with the rotation in front. A thread has W pairs
 * (x[j], x[j+HS/2]) of one head. Bound by memory: queries and keys read and written once, the pages written once; the
 * table of cosines is small and stays in the caches.
 */
#include "common.cuh"

namespace reft {

namespace {

/* The pair of vectors at `low` and `high`, rotated by `place`: W times cos and sin. */
template <int W>
__device__ void rotate(Floats<W> &low, Floats<W> &high, const float *place, bool inverse) {
    const Floats<2 * W> table = load<2 * W>(place);
    for (int k = 0; k < W; k++) {
        const float cos = table[2 * k], sin = inverse ? -table[2 * k + 1] : table[2 * k + 1], a = low[k], b = high[k];
        low[k] = a * cos - b * sin;
        high[k] = b * cos + a * sin;
    }
}

template <class T, int W>
__global__ void rope_kernel(T *qkv, const int32_t *positions, const float *table, int64_t row, int64_t heads, int half, bool inverse) {
    const int64_t n = blockIdx.x, i = column<W>(); /* counts pairs */
    if (i >= heads * half) return;
    const int64_t head = i / half, j = i % half;
    T *low = qkv + n * row + head * 2 * half + j, *high = low + half;
    Floats<W> a = load<W>(low), b = load<W>(high);
    rotate(a, b, table + (positions[n] * static_cast<int64_t>(half) + j) * 2, inverse);
    store<W>(low, a);
    store<W>(high, b);
}

/* The rotated values pass through T on their way to the page, so that the cache holds what qkv holds. */
template <class T, int W>
__global__ void append_kernel(T *k_pages, T *v_pages, T *qkv, const int64_t *slots, const int32_t *positions, const float *table,
        int64_t NH, int64_t NKV, int half) {
    const int64_t n = blockIdx.x, i = column<W>();
    if (i >= (NH + 2 * NKV) * half) return;
    const int64_t head = i / half, j = i % half, HS = 2 * half;
    T *low = qkv + (n * (NH + 2 * NKV) + head) * HS + j;
    const bool rotated = table && head < NH + NKV;
    if (head < NH && !rotated) return;
    Floats<W> a = load<W>(low), b = load<W>(low + half);
    if (rotated) {
        rotate(a, b, table + (positions[n] * static_cast<int64_t>(half) + j) * 2, false);
        store<W>(low, a);
        store<W>(low + half, b);
    }
    if (head < NH) return;
    const int64_t kv_head = (head - NH) % NKV, page = slots[n] / REFT_KV_PAGE, place = slots[n] % REFT_KV_PAGE;
    T *to = (head < NH + NKV ? k_pages : v_pages) + ((page * NKV + kv_head) * REFT_KV_PAGE + place) * HS + j;
    store<W>(to, a);
    store<W>(to + half, b);
}

}  // namespace

void rope(void *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, bool inverse,
        int32_t dtype, void *stream) {
    with_type(dtype, HS / 2 | row, [&]<class T, int W>() {
        launch(rope_kernel<T, W>, row_grid<W>(N, heads * HS / 2), row_threads(heads * HS / 2, W), 0, stream, static_cast<T *>(qkv),
                positions, table, row, heads, static_cast<int>(HS / 2), inverse);
    }, qkv, table);
}

void kv_append(void *k_pages, void *v_pages, void *qkv, const int64_t *slots, const int32_t *positions, const float *table, int64_t N,
        int64_t NH, int64_t NKV, int64_t HS, int32_t dtype, void *stream) {
    const int64_t pairs = (NH + 2 * NKV) * HS / 2;
    with_type(dtype, HS / 2, [&]<class T, int W>() {
        launch(append_kernel<T, W>, row_grid<W>(N, pairs), row_threads(pairs, W), 0, stream, static_cast<T *>(k_pages),
                static_cast<T *>(v_pages), static_cast<T *>(qkv), slots, positions, table, NH, NKV, static_cast<int>(HS / 2));
    }, k_pages, v_pages, qkv, table);
}

}  // namespace reft
