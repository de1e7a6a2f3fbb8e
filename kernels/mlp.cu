/*
 * Activation functions of the MLP and the gated one. Bound by memory: every element is read and written once, 16 bytes a
 * thread.
 *
 * Left out: the activation in the product before it, which is reft_linear's.
 */
#include "activations.cuh"

namespace reft {

namespace {

template <class Function, class T, int W>
__global__ void forward_kernel(T *out, T *x, const T *bias, int64_t F) {
    const int64_t c = column<W>(), i = blockIdx.x * F + c;
    if (c >= F) return;
    Floats<W> v = load<W>(x + i);
    if (bias) {
        const Floats<W> b = load<W>(bias + c);
        for (int k = 0; k < W; k++) v[k] = to_float(from_float<T>(v[k] + b[k])); /* as the backward will read it */
        store<W>(x + i, v);
    }
    for (int k = 0; k < W; k++) v[k] = Function::f(v[k]);
    store<W>(out + i, v);
}

template <class Function, class T, int W>
__global__ void backward_kernel(T *dx, const T *x, const T *dout, int64_t n) {
    each<W>(n, [=](int64_t i, auto w) {
        const Floats<w.value> v = load<w.value>(x + i);
        Floats<w.value> d = load<w.value>(dout + i);
        for (int k = 0; k < w.value; k++) d[k] *= Function::df(v[k]);
        store<w.value>(dx + i, d);
    });
}

template <class T, int W>
__global__ void swiglu_forward_kernel(T *out, const T *gate_up, int64_t F) {
    const int64_t n = blockIdx.x, c = column<W>();
    if (c >= F) return;
    Floats<W> g = load<W>(gate_up + n * 2 * F + c);
    const Floats<W> u = load<W>(gate_up + n * 2 * F + F + c);
    for (int k = 0; k < W; k++) g[k] = g[k] * sigmoid(g[k]) * u[k];
    store<W>(out + n * F + c, g);
}

template <class T, int W>
__global__ void swiglu_backward_kernel(T *dgate_up, const T *gate_up, const T *dout, int64_t F) {
    const int64_t n = blockIdx.x, c = column<W>(), gate = n * 2 * F + c, up = gate + F;
    if (c >= F) return;
    Floats<W> g = load<W>(gate_up + gate), u = load<W>(gate_up + up);
    const Floats<W> d = load<W>(dout + n * F + c);
    for (int k = 0; k < W; k++) {
        const float s = sigmoid(g[k]), du = d[k] * g[k] * s;
        g[k] = d[k] * u[k] * s * fmaf(g[k], 1 - s, 1);
        u[k] = du;
    }
    store<W>(dgate_up + gate, g);
    store<W>(dgate_up + up, u);
}

/* ---------------------------------------------------------------- launchers */

/* body.operator()<Function>() for a REFT_GELU… kind. */
template <class Body>
void with_function(int32_t kind, Body body) {
    if (kind == REFT_GELU) body.template operator()<Gelu>();
    else if (kind == REFT_GELU_TANH) body.template operator()<GeluTanh>();
    else body.template operator()<Relu>();
}

}  // namespace

void activation_forward(int32_t kind, void *out, void *x, const void *bias, int64_t N, int64_t F, int32_t dtype, void *stream) {
    with_type(dtype, F, [&]<class T, int W>() {
        with_function(kind, [&]<class Function>() {
            launch(forward_kernel<Function, T, W>, row_grid<W>(N, F), row_threads(F, W), 0, stream, static_cast<T *>(out),
                    static_cast<T *>(x), static_cast<const T *>(bias), F);
        });
    }, out, x, bias);
}

void activation_backward(int32_t kind, void *dx, const void *x, const void *dout, int64_t N, int64_t F, int32_t dtype, void *stream) {
    with_type(dtype, 0, [&]<class T, int W>() {
        with_function(kind, [&]<class Function>() {
            launch(backward_kernel<Function, T, W>, flat_grid<W>(N * F), FLAT_THREADS, 0, stream, static_cast<T *>(dx),
                    static_cast<const T *>(x), static_cast<const T *>(dout), N * F);
        });
    }, dx, x, dout);
}

void swiglu_forward(void *out, const void *gate_up, int64_t N, int64_t F, int32_t dtype, void *stream) {
    with_type(dtype, F, [&]<class T, int W>() {
        launch(swiglu_forward_kernel<T, W>, row_grid<W>(N, F), row_threads(F, W), 0, stream, static_cast<T *>(out),
                static_cast<const T *>(gate_up), F);
    }, out, gate_up);
}

void swiglu_backward(void *dgate_up, const void *gate_up, const void *dout, int64_t N, int64_t F, int32_t dtype, void *stream) {
    with_type(dtype, F, [&]<class T, int W>() {
        launch(swiglu_backward_kernel<T, W>, row_grid<W>(N, F), row_threads(F, W), 0, stream, static_cast<T *>(dgate_up),
                static_cast<const T *>(gate_up), static_cast<const T *>(dout), F);
    }, dgate_up, gate_up, dout);
}

}  // namespace reft
