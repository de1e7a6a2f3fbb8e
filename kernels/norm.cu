/*
 * Layer norm and RMS norm, the residual add in front. A block has a row, kept in shared memory as fp32 (each thread reads
 * there only what it wrote), so that the row is read from memory once though mean, variance and result take three passes.
 * Floor, forward: x and delta read, sum and out written. Backward: x, dout and dx read, dx written; each block keeps the
 * parameters' gradients of its rows and writes them to the workspace, where they are added in the order of the blocks.
 *
 * Left out: several rows a block where rows are short; rows beyond what shared memory holds (about 25,000 elements forward,
 * 12,000 backward).
 */
#include "columns.cuh"

namespace reft {

namespace {

/* What the norm sees is the sum as stored: the backward reads it from there. */
template <class T, int W, bool RMS>
__global__ void forward_kernel(T *out, float *mean, float *rstd, T *sum, const T *x, const T *delta, const T *weight, const T *bias,
        float eps, int64_t C) {
    float *row = dynamic_shared<float>();
    const int64_t n = blockIdx.x, first = static_cast<int64_t>(threadIdx.x) * W, step = static_cast<int64_t>(blockDim.x) * W;
    float total = 0;
    for (int64_t c = first; c < C; c += step) {
        Floats<W> v = load<W>(x + n * C + c);
        if (delta) {
            const Floats<W> more = load<W>(delta + n * C + c);
            for (int k = 0; k < W; k++) v[k] = to_float(from_float<T>(v[k] + more[k]));
        }
        if (sum) store<W>(sum + n * C + c, v);
        store<W>(row + c, v);
        for (int k = 0; k < W; k++) total += v[k];
    }
    const float m = RMS ? 0 : block_sum(total) / static_cast<float>(C);
    float squares = 0;
    for (int64_t c = first; c < C; c += step) {
        const Floats<W> v = load<W>(row + c);
        for (int k = 0; k < W; k++) squares = fmaf(v[k] - m, v[k] - m, squares);
    }
    const float r = 1 / sqrtf(block_sum(squares) / static_cast<float>(C) + eps);
    for (int64_t c = first; c < C; c += step) {
        Floats<W> v = load<W>(row + c);
        for (int k = 0; k < W; k++) v[k] = (v[k] - m) * r;
        if (weight) {
            const Floats<W> w = load<W>(weight + c);
            for (int k = 0; k < W; k++) v[k] *= w[k];
        }
        if (bias) {
            const Floats<W> b = load<W>(bias + c);
            for (int k = 0; k < W; k++) v[k] += b[k];
        }
        store<W>(out + n * C + c, v);
    }
    if (threadIdx.x == 0) {
        if (mean) mean[n] = m;
        if (rstd) rstd[n] = r;
    }
}

/* dweight and dbias: parts [gridDim.x, C], or NULL. */
template <class T, int W, bool RMS>
__global__ void backward_kernel(T *dx, float *dweight, float *dbias, const T *dout, const T *x, const T *weight, const float *mean,
        const float *rstd, int64_t N, int64_t C) {
    float *own_dweight = dynamic_shared<float>(), *own_dbias = own_dweight + (dweight ? C : 0);
    const int64_t first = static_cast<int64_t>(threadIdx.x) * W, step = static_cast<int64_t>(blockDim.x) * W;
    for (int64_t c = first; c < C; c += step) {
        if (dweight) store<W>(own_dweight + c, Floats<W>{});
        if (dbias) store<W>(own_dbias + c, Floats<W>{});
    }
    for (int64_t n = blockIdx.x; n < N; n += gridDim.x) {
        const float m = RMS ? 0 : mean[n], r = rstd[n];
        float sum_g = 0, sum_gx = 0;
        for (int64_t c = first; c < C; c += step) {
            Floats<W> g = load<W>(dout + n * C + c), v = load<W>(x + n * C + c);
            for (int k = 0; k < W; k++) v[k] = (v[k] - m) * r;
            if (dweight) {
                Floats<W> d = load<W>(own_dweight + c);
                for (int k = 0; k < W; k++) d[k] = fmaf(g[k], v[k], d[k]);
                store<W>(own_dweight + c, d);
            }
            if (dbias) {
                Floats<W> d = load<W>(own_dbias + c);
                for (int k = 0; k < W; k++) d[k] += g[k];
                store<W>(own_dbias + c, d);
            }
            if (weight) {
                const Floats<W> w = load<W>(weight + c);
                for (int k = 0; k < W; k++) g[k] *= w[k];
            }
            for (int k = 0; k < W; k++) {
                sum_g += g[k];
                sum_gx = fmaf(g[k], v[k], sum_gx);
            }
        }
        const float mean_g = RMS ? 0 : block_sum(sum_g) / static_cast<float>(C), mean_gx = block_sum(sum_gx) / static_cast<float>(C);
        for (int64_t c = first; c < C; c += step) {
            Floats<W> g = load<W>(dout + n * C + c), d = load<W>(dx + n * C + c);
            const Floats<W> v = load<W>(x + n * C + c);
            if (weight) {
                const Floats<W> w = load<W>(weight + c);
                for (int k = 0; k < W; k++) g[k] *= w[k];
            }
            for (int k = 0; k < W; k++) d[k] += r * (g[k] - mean_g - (v[k] - m) * r * mean_gx);
            store<W>(dx + n * C + c, d);
        }
    }
    for (int64_t c = first; c < C; c += step) {
        if (dweight) store<W>(dweight + blockIdx.x * C + c, load<W>(own_dweight + c));
        if (dbias) store<W>(dbias + blockIdx.x * C + c, load<W>(own_dbias + c));
    }
}

/* ---------------------------------------------------------------- launchers */

/* The row that a block keeps, in bytes: what shared memory has beside a little of the reductions. */
size_t shared_bytes(int64_t floats) {
    if (static_cast<size_t>(floats) * sizeof(float) > LEAST_SHARED - 1024)
        throw Failure{REFT_UNSUPPORTED, "rows too long for the shared memory of a multiprocessor"};
    return static_cast<size_t>(floats) * sizeof(float);
}

template <bool RMS>
void forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta, const void *weight, const void *bias,
        float eps, int64_t N, int64_t C, int32_t dtype, void *stream) {
    if (!delta && sum == x) sum = nullptr;
    with_type(dtype, C, [&]<class T, int W>() {
        launch(forward_kernel<T, W, RMS>, blocks(N), row_threads(C, W, 512), shared_bytes(C), stream, static_cast<T *>(out), mean, rstd,
                static_cast<T *>(sum), static_cast<const T *>(x), static_cast<const T *>(delta), static_cast<const T *>(weight),
                static_cast<const T *>(bias), eps, C);
    }, out, sum, x, delta, weight, bias);
}

template <bool RMS>
void backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight, const float *mean,
        const float *rstd, int64_t N, int64_t C, int32_t dtype, void *stream) {
    const int64_t groups = N < 2 * multiprocessors() ? N : 2 * multiprocessors(), kept = (dweight ? C : 0) + (dbias ? C : 0);
    float *parts = kept ? static_cast<float *>(workspace(groups * kept * static_cast<int64_t>(sizeof(float)))) : nullptr;
    float *weight_parts = dweight ? parts : nullptr, *bias_parts = dbias ? parts + (dweight ? groups * C : 0) : nullptr;
    with_type(dtype, C, [&]<class T, int W>() {
        launch(backward_kernel<T, W, RMS>, blocks(groups), row_threads(C, W, 512), shared_bytes(kept), stream, static_cast<T *>(dx),
                weight_parts, bias_parts, static_cast<const T *>(dout), static_cast<const T *>(x), static_cast<const T *>(weight), mean,
                rstd, N, C);
    }, dx, dout, x, weight);
    if (dweight) add_groups(dweight, weight_parts, groups, C, stream);
    if (dbias) add_groups(dbias, bias_parts, groups, C, stream);
}

}  // namespace

void layernorm_forward(void *out, float *mean, float *rstd, void *sum, const void *x, const void *delta, const void *weight,
        const void *bias, float eps, int64_t N, int64_t C, int32_t dtype, void *stream) {
    forward<false>(out, mean, rstd, sum, x, delta, weight, bias, eps, N, C, dtype, stream);
}

void layernorm_backward(void *dx, float *dweight, float *dbias, const void *dout, const void *x, const void *weight, const float *mean,
        const float *rstd, int64_t N, int64_t C, int32_t dtype, void *stream) {
    backward<false>(dx, dweight, dbias, dout, x, weight, mean, rstd, N, C, dtype, stream);
}

void rmsnorm_forward(void *out, float *rstd, void *sum, const void *x, const void *delta, const void *weight, float eps, int64_t N,
        int64_t C, int32_t dtype, void *stream) {
    forward<true>(out, nullptr, rstd, sum, x, delta, weight, nullptr, eps, N, C, dtype, stream);
}

void rmsnorm_backward(void *dx, float *dweight, const void *dout, const void *x, const void *weight, const float *rstd, int64_t N,
        int64_t C, int32_t dtype, void *stream) {
    backward<true>(dx, dweight, nullptr, dout, x, weight, nullptr, rstd, N, C, dtype, stream);
}

}  // namespace reft
