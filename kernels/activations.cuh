/* The activation functions of the MLP and their derivatives. The tanh approximation of GELU is written by its identity
 * ½(1 + tanh u) = sigmoid(2u). */
#pragma once

#include "common.cuh"

namespace reft {

namespace {

__device__ inline float sigmoid(float x) { return 1 / (1 + expf(-x)); }

struct Gelu {
    static __device__ float f(float x) { return 0.5f * x * (1 + erff(x * 0.70710678118654752f)); }
    static __device__ float df(float x) {
        return fmaf(x, 0.39894228040143268f * expf(-0.5f * x * x), 0.5f * (1 + erff(x * 0.70710678118654752f)));
    }
};

struct GeluTanh {
    /* 2√(2/π), and that times 0.044715 */
    static __device__ float f(float x) { return x * sigmoid(x * fmaf(0.0713548162726009f, x * x, 1.59576912160573071f)); }
    static __device__ float df(float x) {
        /* s·(1 - s) from e^-|u|: 1 - s would lose its digits where s is almost 1. */
        const float u = x * fmaf(0.0713548162726009f, x * x, 1.59576912160573071f), e = expf(-fabsf(u)), larger = 1 / (1 + e),
                    smaller = e * larger;
        return fmaf(x * larger * smaller, fmaf(3 * 0.0713548162726009f, x * x, 1.59576912160573071f), u > 0 ? larger : smaller);
    }
};

struct Relu {
    static __device__ float f(float x) { return fmaxf(x, 0); }
    static __device__ float df(float x) { return x > 0 ? 1 : 0; }
};

/* None. */
struct Identity {
    static __device__ float f(float x) { return x; }
};

}  // namespace

}  // namespace reft
