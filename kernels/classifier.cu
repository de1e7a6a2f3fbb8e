/*
 * Log-probabilities, entropy and cross-entropy over the vocabulary, and their gradients in place of the logits. A block
 * has a row. Floors: the forward reads the logits once; the backward reads and writes them once; cross-entropy reads them
 * twice, the second time mostly from the second-level cache (a row is some 100 KB), and writes them once.
 *
 * Left out: the product in front of it; the caller runs the head in chunks of tokens, so that the logits of all tokens
 * never exist at once.
 */
#include "softmax.cuh"

namespace reft {

namespace {

constexpr int THREADS = 512;

template <class T, int W>
__global__ void __launch_bounds__(THREADS) forward_kernel(float *logprob, float *entropy, float *lse, const T *logits,
        const int32_t *targets, float inv_temperature, int64_t V) {
    const int64_t n = blockIdx.x;
    const Softmax softmax = block_softmax<W>(logits + n * V, inv_temperature, V);
    if (threadIdx.x != 0) return;
    const float log_sum = logf(softmax.sum);
    logprob[n] = to_float(logits[n * V + targets[n]]) * inv_temperature - softmax.max - log_sum;
    if (entropy) entropy[n] = log_sum - softmax.weighted / softmax.sum;
    if (lse) lse[n] = softmax.max + log_sum;
}

template <class T, int W>
__global__ void backward_kernel(T *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t V) {
    const int64_t n = blockIdx.x, v = column<W>(), target = targets[n];
    if (v >= V) return;
    const float l = lse[n], d = dlogprob[n], dh = dentropy ? dentropy[n] : 0, h = entropy ? entropy[n] : 0;
    Floats<W> x = load<W>(logits + n * V + v);
    for (int k = 0; k < W; k++) {
        const float log_p = x[k] * inv_temperature - l, p = expf(log_p);
        float g = -d * p;
        if (dh != 0 && p > 0) g -= dh * p * (log_p + h); /* where p is 0, log p is infinite */
        if (v + k == target) g += d;
        x[k] = inv_temperature * g;
    }
    store<W>(logits + n * V + v, x);
}

template <class T, int W>
__global__ void __launch_bounds__(THREADS)
        cross_entropy_kernel(float *loss, T *logits, const int32_t *targets, const float *weight, int64_t V) {
    const int64_t n = blockIdx.x, target = targets[n];
    T *row = logits + n * V;
    const Softmax softmax = block_softmax<W>(row, 1, V);
    if (threadIdx.x == 0) loss[n] = logf(softmax.sum) - (to_float(row[target]) - softmax.max);
    if (!weight) return;
    __syncthreads(); /* the target's logit is read before it is overwritten */
    const float w = weight[n], factor = w / softmax.sum;
    for (int64_t v = static_cast<int64_t>(threadIdx.x) * W; v < V; v += static_cast<int64_t>(blockDim.x) * W) {
        Floats<W> x = load<W>(row + v);
        for (int k = 0; k < W; k++) x[k] = factor * expf(x[k] - softmax.max) - (v + k == target ? w : 0);
        store<W>(row + v, x);
    }
}

}  // namespace

void logprob_forward(float *logprob, float *entropy, float *lse, const void *logits, const int32_t *targets, float inv_temperature,
        int64_t N, int64_t V, int32_t dtype, void *stream) {
    with_type(dtype, V, [&]<class T, int W>() {
        launch(forward_kernel<T, W>, blocks(N), row_threads(V, W, THREADS), 0, stream, logprob, entropy, lse,
                static_cast<const T *>(logits), targets, inv_temperature, V);
    }, logits);
}

void logprob_backward(void *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V, int32_t dtype, void *stream) {
    with_type(dtype, V, [&]<class T, int W>() {
        launch(backward_kernel<T, W>, row_grid<W>(N, V), row_threads(V, W), 0, stream, static_cast<T *>(logits), targets, lse, dlogprob,
                dentropy, entropy, inv_temperature, V);
    }, logits);
}

void cross_entropy(float *loss, void *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V, int32_t dtype,
        void *stream) {
    with_type(dtype, V, [&]<class T, int W>() {
        launch(cross_entropy_kernel<T, W>, blocks(N), row_threads(V, W, THREADS), 0, stream, loss, static_cast<T *>(logits), targets,
                weight, V);
    }, logits);
}

}  // namespace reft
