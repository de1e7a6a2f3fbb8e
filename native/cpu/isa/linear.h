/* What a linear layer adds to its product: bias and activation function, and what the backward of that reads. */
#ifndef REFT_CPU_LINEAR_H
#define REFT_CPU_LINEAR_H

#include "activations.h"

namespace reft::REFT_ISA {

/* On rows m0 … m1-1 of columns n0 … n1-1 of the product, which stands in out. */
typedef void (*Finish)(float *out, float *before, const float *bias, int64_t N, int64_t m0, int64_t m1, int64_t n0, int64_t n1);

template <class Function>
void finish_with(float *out, float *before, const float *bias, int64_t N, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
    for (int64_t m = m0; m < m1; m++) {
        float *to = out + m * N + n0, *kept = before ? before + m * N + n0 : nullptr;
        each(n1 - n0, [=](int64_t c, auto part) {
            Vec z = load(to + c, part);
            if (bias) z += load(bias + n0 + c, part);
            if (kept) store(kept + c, z, part);
            store(to + c, Function::f(z), part);
        });
    }
}

inline Finish finish_linear(int32_t activation) {
    return activation == REFT_GELU        ? finish_with<Gelu>
           : activation == REFT_GELU_TANH ? finish_with<GeluTanh>
           : activation == REFT_RELU      ? finish_with<Relu>
                                          : finish_with<Identity>;
}

}  // namespace reft::REFT_ISA

#endif
