/*
 * Token and position embedding. Forward: a row of the table is read and one written, 16 bytes a thread. Backward: the
 * tokens come sorted by row of the table, so that one block owns a row and adds its tokens in their order; floor: dout read
 * once, the rows of the table that occur read and written once.
 *
 * Left out: splitting the run of a very frequent token over several blocks.
 */
#include "common.cuh"

namespace reft {

namespace {

template <class T, int W>
__global__ void forward_kernel(T *out, const int32_t *ids, const int32_t *positions, const T *wte, const T *wpe, int64_t position_offset,
        int64_t C) {
    const int64_t n = blockIdx.x, c = column<W>();
    if (c >= C) return;
    Floats<W> sum = load<W>(wte + ids[n] * C + c);
    if (wpe) {
        const Floats<W> more = load<W>(wpe + (positions[n] + position_offset) * C + c);
        for (int k = 0; k < W; k++) sum[k] += more[k];
    }
    store<W>(out + n * C + c, sum);
}

/* The block of the first token of a run does the whole run; the others have nothing to do. */
template <class T, int W>
__global__ void backward_kernel(float *dtable, const T *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N,
        int64_t C) {
    const int64_t first = blockIdx.x, c = column<W>();
    const int32_t row = index[order[first]];
    if (first > 0 && index[order[first - 1]] == row) return;
    float *to = dtable + (row + offset) * C + c;
    Floats<W> sum{};
    if (c < C) sum = load<W>(to);
    /* 32 tokens at a time: each lane looks at one, all add those that belong to the run. */
    for (int64_t start = first, count = WARP; count == WARP; start += WARP) {
        const int64_t i = start + lane();
        const int32_t token = i < N ? order[i] : 0;
        const unsigned others = __ballot_sync(ALL, !(i < N && index[token] == row));
        count = others ? __ffs(static_cast<int>(others)) - 1 : WARP;
#pragma unroll 4
        for (int j = 0; j < count; j++) {
            const int64_t from = __shfl_sync(ALL, token, j);
            if (c >= C) continue;
            const Floats<W> x = load<W>(dout + from * C + c);
            for (int k = 0; k < W; k++) sum[k] += x[k];
        }
    }
    if (c < C) store<W>(to, sum);
}

}  // namespace

void embedding_forward(void *out, const int32_t *ids, const int32_t *positions, const void *wte, const void *wpe, int64_t position_offset,
        int64_t N, int64_t C, int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() {
        launch(forward_kernel<T, W>, row_grid<W>(N, C), row_threads(C, W), 0, stream, static_cast<T *>(out), ids, positions,
                static_cast<const T *>(wte), static_cast<const T *>(wpe), position_offset, C);
    }, out, wte, wpe);
}

void embedding_backward(float *dtable, const void *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N, int64_t C,
        int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() {
        launch(backward_kernel<T, W>, row_grid<W>(N, C), row_threads(C, W), 0, stream, dtable, static_cast<const T *>(dout), index, order,
                offset, N, C);
    }, dtable, dout);
}

}  // namespace reft
