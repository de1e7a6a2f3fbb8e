/* Activation functions of the MLP as passes of their own, and the gated one. */
#include "activations.h"
#include "isa.h"

namespace reft::REFT_ISA {

namespace {

template <class Function>
void forward(float *out, float *x, const float *bias, int64_t N, int64_t F) {
#pragma omp parallel for num_threads(workers(N * F)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *row = x + n * F, *to = out + n * F;
        if (bias) {
            each(F, [=](int64_t c, auto part) {
                const Vec v = load(row + c, part) + load(bias + c, part);
                store(row + c, v, part);
                store(to + c, Function::f(v), part);
            });
        } else {
            each(F, [=](int64_t c, auto part) { store(to + c, Function::f(load(row + c, part)), part); });
        }
    }
}

template <class Function>
void backward(float *dx, const float *x, const float *dout, int64_t n) {
    parallel_each(n, [=](int64_t i, auto part) { store(dx + i, load(dout + i, part) * Function::df(load(x + i, part)), part); });
}

}  // namespace

void activation_forward(int32_t kind, float *out, float *x, const float *bias, int64_t N, int64_t F) {
    if (kind == REFT_GELU) forward<Gelu>(out, x, bias, N, F);
    else if (kind == REFT_GELU_TANH) forward<GeluTanh>(out, x, bias, N, F);
    else forward<Relu>(out, x, bias, N, F);
}

void activation_backward(int32_t kind, float *dx, const float *x, const float *dout, int64_t N, int64_t F) {
    if (kind == REFT_GELU) backward<Gelu>(dx, x, dout, N * F);
    else if (kind == REFT_GELU_TANH) backward<GeluTanh>(dx, x, dout, N * F);
    else backward<Relu>(dx, x, dout, N * F);
}

void swiglu_forward(float *out, const float *gate_up, int64_t N, int64_t F) {
#pragma omp parallel for num_threads(workers(N * F)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        const float *gate = gate_up + n * 2 * F, *up = gate + F;
        float *to = out + n * F;
        each(F, [=](int64_t c, auto part) {
            const Vec g = load(gate + c, part);
            store(to + c, g * sigmoid(g) * load(up + c, part), part);
        });
    }
}

void swiglu_backward(float *dgate_up, const float *gate_up, const float *dout, int64_t N, int64_t F) {
#pragma omp parallel for num_threads(workers(N * F)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        const float *gate = gate_up + n * 2 * F, *up = gate + F, *from = dout + n * F;
        float *dgate = dgate_up + n * 2 * F, *dup = dgate + F;
        each(F, [=](int64_t c, auto part) {
            const Vec g = load(gate + c, part), u = load(up + c, part), d = load(from + c, part);
            const Vec s = sigmoid(g);
            store(dgate + c, d * u * s * fma(g, 1.0f - s, broadcast(1.0f)), part);
            store(dup + c, d * g * s, part);
        });
    }
}

}  // namespace reft::REFT_ISA
