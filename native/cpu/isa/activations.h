/* The activation functions of the MLP and their derivatives. The tanh approximation of GELU is written by its identity
 * ½(1 + tanh u) = sigmoid(2u). */
#ifndef REFT_CPU_ACTIVATIONS_H
#define REFT_CPU_ACTIVATIONS_H

#include "simd.h"

namespace reft::REFT_ISA {

struct Gelu {
    static Vec f(Vec x) { return 0.5f * x * (1.0f + erf(x * 0.70710678118654752f)); }
    static Vec df(Vec x) {
        const Vec density = 0.39894228040143268f * exp(-0.5f * x * x);
        return fma(x, density, 0.5f * (1.0f + erf(x * 0.70710678118654752f)));
    }
};

struct GeluTanh {
    static constexpr float a = 1.59576912160573071f, b = 0.0713548162726009f; /* 2√(2/π), and that times 0.044715 */
    static Vec f(Vec x) { return x * sigmoid(x * fma(broadcast(b), x * x, broadcast(a))); }
    static Vec df(Vec x) {
        /* s·(1 - s) from e^-|u|: 1 - s would lose its digits where s is almost 1. */
        const Vec u = x * fma(broadcast(b), x * x, broadcast(a)), e = exp(-abs(u)), larger = 1.0f / (1.0f + e), smaller = e * larger;
        return fma(x * larger * smaller, fma(broadcast(3 * b), x * x, broadcast(a)), u > 0.0f ? larger : smaller);
    }
};

struct Relu {
    static Vec f(Vec x) { return max(broadcast(0.0f), x); }
    static Vec df(Vec x) { return x > 0.0f ? broadcast(1.0f) : broadcast(0.0f); }
};

/* None. */
struct Identity {
    static Vec f(Vec x) { return x; }
};

}  // namespace reft::REFT_ISA

#endif
