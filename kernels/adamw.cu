/*
 * AdamW in one pass over a flat buffer, and the norm behind gradient clipping. Floors: AdamW reads 16 bytes a parameter and
 * writes 12, and 2 for the bf16 copy; the norm reads 4. Neither waits for the host: the scale stays on the device.
 */
#include "common.cuh"

namespace reft {

namespace {

struct Step {
    float rate, root, beta1, beta2, keep1, keep2, eps, shrink;
};

/* Copy: the type of the copy, or void for none. */
template <class Copy, int W>
__global__ void adamw_kernel(float *param, const float *grad, float *m, float *v, const float *norm_scale, Copy *copy, Step s, int64_t n) {
    const float scale = norm_scale ? norm_scale[1] : 1;
    if (scale == 0) return;
    each<W>(n, [=](int64_t i, auto w) {
        Floats<w.value> p = load<w.value>(param + i), first = load<w.value>(m + i), second = load<w.value>(v + i);
        const Floats<w.value> g = load<w.value>(grad + i);
        for (int k = 0; k < w.value; k++) {
            const float scaled = g[k] * scale;
            first[k] = fmaf(s.beta1, first[k], s.keep1 * scaled);
            second[k] = fmaf(s.beta2, second[k], s.keep2 * scaled * scaled);
            p[k] = p[k] * s.shrink - s.rate * first[k] / fmaf(sqrtf(second[k]), s.root, s.eps);
        }
        store<w.value>(m + i, first);
        store<w.value>(v + i, second);
        store<w.value>(param + i, p);
        if constexpr (!std::is_void_v<Copy>) store<w.value>(copy + i, p);
    });
}

constexpr int SQUARE_THREADS = 512;

/* sums[block] = Σ x² of every gridDim.x-th piece. */
template <int W>
__global__ void squares_kernel(double *sums, const float *x, int64_t n) {
    double sum = 0;
    const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x * W;
    for (int64_t i = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * W; i < n; i += step) {
        if (i + W <= n) {
            const Floats<W> v = load<W>(x + i);
            for (int k = 0; k < W; k++) sum += static_cast<double>(v[k]) * static_cast<double>(v[k]);
        } else {
            for (int64_t j = i; j < n; j++) sum += static_cast<double>(x[j]) * static_cast<double>(x[j]);
        }
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void add_squares_kernel(float *out, const double *sums, int count) {
    double sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < count; i += SQUARE_THREADS) sum += sums[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) out[0] = static_cast<float>(static_cast<double>(out[0]) + sum);
}

__global__ void clip_kernel(float *norm_scale, const float *sum_squares, float max_norm) {
    const float norm = sqrtf(sum_squares[0]);
    norm_scale[0] = norm;
    norm_scale[1] = !(norm < INFINITY) ? 0 : max_norm > 0 ? fminf(1, max_norm / (norm + 1e-6f)) : 1;
}

template <class Copy>
void adamw_typed(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, const Step &s, int64_t n,
        void *stream) {
    if (aligned(0, param, grad, m, v, copy))
        launch(adamw_kernel<Copy, 4>, flat_grid<4>(n), FLAT_THREADS, 0, stream, param, grad, m, v, norm_scale, static_cast<Copy *>(copy), s,
                n);
    else
        launch(adamw_kernel<Copy, 1>, flat_grid<1>(n), FLAT_THREADS, 0, stream, param, grad, m, v, norm_scale, static_cast<Copy *>(copy), s,
                n);
}

}  // namespace

void sum_squares(float *out, const float *x, int64_t n, void *stream) {
    int64_t count = ceil_div<int64_t>(n, SQUARE_THREADS * 16);
    if (count > 4 * multiprocessors()) count = 4 * multiprocessors();
    double *sums = static_cast<double *>(workspace(count * static_cast<int64_t>(sizeof(double))));
    if (aligned(0, x)) launch(squares_kernel<4>, blocks(count), SQUARE_THREADS, 0, stream, sums, x, n);
    else launch(squares_kernel<1>, blocks(count), SQUARE_THREADS, 0, stream, sums, x, n);
    launch(add_squares_kernel, 1, SQUARE_THREADS, 0, stream, out, sums, static_cast<int>(count));
}

void clip_scale(float *norm_scale, const float *sum_squares, float max_norm, void *stream) {
    launch(clip_kernel, 1, 1, 0, stream, norm_scale, sum_squares, max_norm);
}

void adamw(float *param, const float *grad, float *m, float *v, const float *norm_scale, void *copy, int32_t copy_type, float lr,
        float beta1, float beta2, float eps, float decay, int64_t step, int64_t n, void *stream) {
    const double correction1 = 1 - pow(static_cast<double>(beta1), static_cast<double>(step));
    const double correction2 = 1 - pow(static_cast<double>(beta2), static_cast<double>(step));
    const Step s = {static_cast<float>(static_cast<double>(lr) / correction1), static_cast<float>(1 / sqrt(correction2)), beta1, beta2,
            1 - beta1, 1 - beta2, eps, 1 - lr * decay};
    if (!copy) adamw_typed<void>(param, grad, m, v, norm_scale, nullptr, s, n, stream);
    else if (copy_type == REFT_BF16) adamw_typed<bf16>(param, grad, m, v, norm_scale, copy, s, n, stream);
    else adamw_typed<float>(param, grad, m, v, norm_scale, copy, s, n, stream);
}

}  // namespace reft
