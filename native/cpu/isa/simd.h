/*
 * Vectors of W floats, W as the instruction set has them, by GCC's vector extensions; intrinsics only where those have no
 * word: fused multiply-add, square root, masked loads and stores. Operators + - * / and comparisons work on Vec directly.
 * exp and erf are here; there is no log (once a row: libm's does).
 */
#ifndef REFT_CPU_SIMD_H
#define REFT_CPU_SIMD_H

#include "ops.h"

#include <math.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace reft::REFT_ISA {

#if defined(__AVX512F__)
constexpr int W = 16;
#elif defined(__AVX2__)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

typedef float Vec __attribute__((vector_size(4 * W)));
typedef int32_t Int __attribute__((vector_size(4 * W)));
typedef float UnalignedVec __attribute__((vector_size(4 * W), aligned(4), may_alias));

/* How much of a vector a load or store touches: all of it, or the first n floats. */
struct All {};
struct First {
    int64_t n;
};

inline Vec broadcast(float x) { return x - Vec{}; }
inline Int broadcast(int32_t x) { return x - Int{}; }
inline Int iota() {
    Int v;
    for (int i = 0; i < W; i++) v[i] = i;
    return v;
}

inline Vec load(const float *p, All = {}) { return *reinterpret_cast<const UnalignedVec *>(p); }
inline void store(float *p, Vec v, All = {}) { *reinterpret_cast<UnalignedVec *>(p) = v; }

/* The lanes past n are 0. */
inline Vec load(const float *p, First part) {
#if defined(__AVX512F__)
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << part.n) - 1), p);
#elif defined(__AVX2__)
    return _mm256_maskload_ps(p, reinterpret_cast<__m256i>(iota() < static_cast<int32_t>(part.n)));
#else
    Vec v{};
    memcpy(&v, p, static_cast<size_t>(part.n) * sizeof(float));
    return v;
#endif
}

inline void store(float *p, Vec v, First part) {
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << part.n) - 1), v);
#elif defined(__AVX2__)
    _mm256_maskstore_ps(p, reinterpret_cast<__m256i>(iota() < static_cast<int32_t>(part.n)), v);
#else
    memcpy(p, &v, static_cast<size_t>(part.n) * sizeof(float));
#endif
}

/* v with the lanes past the loaded part set to `other`: the neutral element of a reduction. */
inline Vec keep(Vec v, float, All) { return v; }
inline Vec keep(Vec v, float other, First part) { return iota() < static_cast<int32_t>(part.n) ? v : broadcast(other); }

/* a·b + c, rounded once where the processor can. */
inline Vec fma(Vec a, Vec b, Vec c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
    return _mm256_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
    return Vec(vfmaq_f32(float32x4_t(c), float32x4_t(a), float32x4_t(b)));
#else
    return a * b + c;
#endif
}

inline Vec sqrt(Vec a) {
#if defined(__AVX512F__)
    return _mm512_maskz_sqrt_ps(0xffff, a); /* the plain one makes gcc 12 warn */
#elif defined(__AVX2__)
    return _mm256_sqrt_ps(a);
#else
    for (int i = 0; i < W; i++) a[i] = sqrtf(a[i]);
    return a;
#endif
}

/* NaN in b comes through. */
inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
inline Vec min(Vec a, Vec b) { return a < b ? a : b; }
inline Vec abs(Vec a) { return reinterpret_cast<Vec>(reinterpret_cast<Int>(a) & 0x7fffffff); }

/* Reductions over the lanes, always by halves. */
template <class Op>
inline float fold(Vec v, Op op) {
#if defined(__AVX512F__)
    const auto eight =
            op(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
    const auto four = op(__builtin_shufflevector(eight, eight, 0, 1, 2, 3), __builtin_shufflevector(eight, eight, 4, 5, 6, 7));
#elif defined(__AVX2__)
    const auto four = op(__builtin_shufflevector(v, v, 0, 1, 2, 3), __builtin_shufflevector(v, v, 4, 5, 6, 7));
#else
    const auto four = v;
#endif
    const auto two = op(four, __builtin_shufflevector(four, four, 2, 3, 0, 1));
    return op(two, __builtin_shufflevector(two, two, 1, 0, 3, 2))[0];
}
inline float sum(Vec v) {
    return fold(v, [](auto a, auto b) { return a + b; });
}
inline float max(Vec v) {
    return fold(v, [](auto a, auto b) { return a > b ? a : b; });
}

inline int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

/* eˣ to about 1 ulp, subnormals included; e^-inf = 0, e^inf = inf, NaN stays. x = n·ln 2 + r, |r| ≤ ln 2 / 2; 2ⁿ is
 * applied in two halves, for its exponent may be out of range where the result is not. */
inline Vec exp(Vec x) {
    x = max(broadcast(-104.0f), min(broadcast(89.0f), x));
    const Vec magic = broadcast(12582912.0f); /* 1.5·2²³: adding it rounds to an integer, which stands in the low bits */
    const Vec shifted = fma(x, broadcast(1.44269504088896341f), magic);
    const Vec n = shifted - magic;
    Vec r = fma(n, broadcast(-0.693359375f), x);
    r = fma(n, broadcast(2.12194440e-4f), r);
    Vec p = broadcast(1.9875691500e-4f);
    p = fma(p, r, broadcast(1.3981999507e-3f));
    p = fma(p, r, broadcast(8.3334519073e-3f));
    p = fma(p, r, broadcast(4.1665795894e-2f));
    p = fma(p, r, broadcast(1.6666665459e-1f));
    p = fma(p, r, broadcast(5.0000001201e-1f));
    p = fma(p, r * r, r) + 1.0f;
    const Int power = reinterpret_cast<Int>(shifted) - 0x4b400000;
    const Int half = power >> 1;
    const Vec first = reinterpret_cast<Vec>((half + 127) << 23), second = reinterpret_cast<Vec>((power - half + 127) << 23);
    return p * first * second;
}
inline float exp(float x) { return exp(broadcast(x))[0]; }

inline Vec sigmoid(Vec x) { return 1.0f / (1.0f + exp(-x)); }

/* erf to about 1 ulp (minimax polynomials by N. Juffa, of x² near 0, of the exponent of 1 - erf beyond). */
inline Vec erf(Vec x) {
    const Vec t = abs(x), s = x * x;
    Vec far = fma(broadcast(-1.72853470e-5f), t, broadcast(3.83197126e-4f));
    far = fma(far, s, fma(broadcast(-3.88396438e-3f), t, broadcast(2.42546219e-2f)));
    far = fma(far, t, broadcast(-1.06777877e-1f));
    far = fma(far, t, broadcast(-6.34846687e-1f));
    far = fma(far, t, broadcast(-1.28717512e-1f));
    far = 1.0f - exp(fma(far, t, -t));
    far = reinterpret_cast<Vec>(reinterpret_cast<Int>(far) | (reinterpret_cast<Int>(x) & INT32_MIN));
    Vec near = broadcast(-5.96761703e-4f);
    near = fma(near, s, broadcast(4.99119423e-3f));
    near = fma(near, s, broadcast(-2.67681349e-2f));
    near = fma(near, s, broadcast(1.12819925e-1f));
    near = fma(near, s, broadcast(-3.76125336e-1f));
    near = fma(near, s, broadcast(1.28379166e-1f));
    near = fma(near, x, x);
    return t > 0.927734375f ? far : near;
}

/* body(i, part) for the vectors that start at i = 0, W, 2W, … of n floats; the last may be a part. */
template <class Body>
inline void each(int64_t n, Body body) {
    int64_t i = 0;
    for (; i + W <= n; i += W) body(i, All{});
    if (i < n) body(i, First{n - i});
}

/* As each, over all threads. Only for bodies that write nothing but their own vector. */
template <class Body>
inline void parallel_each(int64_t n, Body body) {
    constexpr int64_t chunk = 16384;
#pragma omp parallel for num_threads(workers(n / 4)) schedule(static)
    for (int64_t start = 0; start < n; start += chunk) each(min(chunk, n - start), [&](int64_t i, auto part) { body(start + i, part); });
}

}  // namespace reft::REFT_ISA

#endif
