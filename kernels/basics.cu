/*
 * What moves and adds: convert, fill, add, gather and scatter of rows, bias. All are bound by memory: each element is read
 * and written once, 16 bytes a thread and access where addresses allow. The sum over rows of the bias's gradient is in
 * columns.cuh.
 *
 * Left out: fusing these into the products before them, which matmul.cu may do one day.
 */
#include "columns.cuh"

namespace reft {

namespace {

template <class To, class From, int W>
__global__ void convert_kernel(To *dst, const From *src, int64_t n) {
    each<W>(n, [=](int64_t i, auto w) { store<w.value>(dst + i, load<w.value>(src + i)); });
}

template <class T, int W>
__global__ void fill_kernel(T *x, float value, int64_t n) {
    each<W>(n, [=](int64_t i, auto w) {
        Floats<w.value> v;
        for (int k = 0; k < w.value; k++) v[k] = value;
        store<w.value>(x + i, v);
    });
}

template <class T, int W>
__global__ void add_kernel(T *y, const T *x, int64_t n) {
    each<W>(n, [=](int64_t i, auto w) {
        Floats<w.value> sum = load<w.value>(y + i);
        const Floats<w.value> more = load<w.value>(x + i);
        for (int k = 0; k < w.value; k++) sum[k] += more[k];
        store<w.value>(y + i, sum);
    });
}

template <class T, int W>
__global__ void gather_kernel(T *out, const T *x, const int32_t *rows, int64_t C) {
    const int64_t m = blockIdx.x, c = column<W>();
    if (c < C) store<W>(out + m * C + c, load<W>(x + rows[m] * C + c));
}

template <class T, int W>
__global__ void scatter_add_kernel(T *x, const T *delta, const int32_t *rows, int64_t C) {
    const int64_t m = blockIdx.x, c = column<W>();
    if (c >= C) return;
    T *to = x + rows[m] * C + c;
    Floats<W> sum = load<W>(to);
    const Floats<W> more = load<W>(delta + m * C + c);
    for (int k = 0; k < W; k++) sum[k] += more[k];
    store<W>(to, sum);
}

template <class T, int W>
__global__ void bias_kernel(T *x, const T *bias, int64_t C) {
    const int64_t n = blockIdx.x, c = column<W>();
    if (c >= C) return;
    Floats<W> sum = load<W>(x + n * C + c);
    const Floats<W> more = load<W>(bias + c);
    for (int k = 0; k < W; k++) sum[k] += more[k];
    store<W>(x + n * C + c, sum);
}

/* One column of sums over `rows` rows of dout: a term of columns.cuh. */
template <class T>
struct Output {
    const T *dout;
    int64_t C;
    template <int W>
    __device__ void add(Floats<W> &sum, int64_t n, int64_t c) const {
        const Floats<W> x = load<W>(dout + n * C + c);
        for (int k = 0; k < W; k++) sum[k] += x[k];
    }
};

/* ---------------------------------------------------------------- launchers */

template <class To, class From>
void convert_typed(void *dst, const void *src, int64_t n, void *stream) {
    To *to = static_cast<To *>(dst);
    const From *from = static_cast<const From *>(src);
    if (aligned(0, dst, src)) launch(convert_kernel<To, From, 8>, flat_grid<8>(n), FLAT_THREADS, 0, stream, to, from, n);
    else launch(convert_kernel<To, From, 1>, flat_grid<1>(n), FLAT_THREADS, 0, stream, to, from, n);
}

template <class From>
void convert_from(void *dst, int32_t dst_type, const void *src, int64_t n, void *stream) {
    if (dst_type == REFT_F32) convert_typed<float, From>(dst, src, n, stream);
    else if (dst_type == REFT_BF16) convert_typed<bf16, From>(dst, src, n, stream);
    else convert_typed<f16, From>(dst, src, n, stream);
}

}  // namespace

void convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n, void *stream) {
    if (src_type == REFT_F32) convert_from<float>(dst, dst_type, src, n, stream);
    else if (src_type == REFT_BF16) convert_from<bf16>(dst, dst_type, src, n, stream);
    else convert_from<f16>(dst, dst_type, src, n, stream);
}

void fill(void *x, float value, int64_t n, int32_t dtype, void *stream) {
    with_type(dtype, 0, [&]<class T, int W>() {
        launch(fill_kernel<T, W>, flat_grid<W>(n), FLAT_THREADS, 0, stream, static_cast<T *>(x), value, n);
    }, x);
}

void add(void *y, const void *x, int64_t n, int32_t dtype, void *stream) {
    with_type(dtype, 0, [&]<class T, int W>() {
        launch(add_kernel<T, W>, flat_grid<W>(n), FLAT_THREADS, 0, stream, static_cast<T *>(y), static_cast<const T *>(x), n);
    }, y, x);
}

void gather_rows(void *out, const void *x, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() {
        launch(gather_kernel<T, W>, row_grid<W>(M, C), row_threads(C, W), 0, stream, static_cast<T *>(out), static_cast<const T *>(x), rows,
                C);
    }, out, x);
}

void scatter_add_rows(void *x, const void *delta, const int32_t *rows, int64_t M, int64_t C, int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() {
        launch(scatter_add_kernel<T, W>, row_grid<W>(M, C), row_threads(C, W), 0, stream, static_cast<T *>(x),
                static_cast<const T *>(delta), rows, C);
    }, x, delta);
}

void bias_forward(void *x, const void *bias, int64_t N, int64_t C, int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() {
        launch(bias_kernel<T, W>, row_grid<W>(N, C), row_threads(C, W), 0, stream, static_cast<T *>(x), static_cast<const T *>(bias), C);
    }, x, bias);
}

void bias_backward(float *dbias, const void *dout, int64_t N, int64_t C, int32_t dtype, void *stream) {
    with_type(dtype, C, [&]<class T, int W>() { sum_columns<W>(dbias, Output<T>{static_cast<const T *>(dout), C}, N, C, stream); }, dout);
}

}  // namespace reft
