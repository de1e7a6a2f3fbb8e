/*
 * bf16 in vectors: the upper half of a float's bits. Two neighbours of a row lie together as a pair, one 32-bit lane with the
 * first in its low half: what processors multiply at once (VDPBF16PS, AMX), and elsewhere two shifts away from two floats.
 */
#ifndef REFT_CPU_BF16_H
#define REFT_CPU_BF16_H

#include "simd.h"

namespace reft::REFT_ISA {

typedef uint32_t Bits __attribute__((vector_size(4 * W)));
typedef uint32_t UnalignedBits __attribute__((vector_size(4 * W), aligned(4), may_alias));
typedef uint16_t Half __attribute__((vector_size(2 * W)));
typedef uint16_t UnalignedHalf __attribute__((vector_size(2 * W), aligned(2), may_alias));

/* Two bf16. */
typedef uint32_t Pair;

inline Bits load_pairs(const Pair *p) { return *reinterpret_cast<const UnalignedBits *>(p); }
inline void store_pairs(Pair *p, Bits v) { *reinterpret_cast<UnalignedBits *>(p) = v; }

/* Rounded to nearest, to even where two are as near; a NaN stays one. The low 16 bits are to be ignored. */
inline Bits round_bf16(Vec v) {
    const Bits bits = reinterpret_cast<Bits>(v);
    return v == v ? bits + 0x7fff + ((bits >> 16) & 1) : bits | 0x400000;
}
inline uint16_t round_bf16(float x) {
    const uint32_t bits = __builtin_bit_cast(uint32_t, x);
    return static_cast<uint16_t>((x == x ? bits + 0x7fff + ((bits >> 16) & 1) : bits | 0x400000) >> 16);
}

inline void store(uint16_t *to, Vec v, All = {}) {
    *reinterpret_cast<UnalignedHalf *>(to) = __builtin_convertvector(round_bf16(v) >> 16, Half);
}
inline void store(uint16_t *to, Vec v, First part) {
    const Half half = __builtin_convertvector(round_bf16(v) >> 16, Half);
    memcpy(to, &half, static_cast<size_t>(part.n) * sizeof(uint16_t));
}

inline float widen_bf16(uint16_t x) { return __builtin_bit_cast(float, static_cast<uint32_t>(x) << 16); }
inline Vec widen(Half half) { return reinterpret_cast<Vec>(__builtin_convertvector(half, Bits) << 16); }
inline Vec load(const uint16_t *p, All = {}) { return widen(*reinterpret_cast<const UnalignedHalf *>(p)); }
/* The lanes past n are 0. */
inline Vec load(const uint16_t *p, First part) {
    Half half{};
    memcpy(&half, p, static_cast<size_t>(part.n) * sizeof(uint16_t));
    return widen(half);
}

/* The firsts and the seconds of pairs. */
inline Vec firsts(Bits pairs) { return reinterpret_cast<Vec>(pairs << 16); }
inline Vec seconds(Bits pairs) { return reinterpret_cast<Vec>(pairs & 0xffff0000u); }

/* to[i] = the pair of x[2i] and x[2i+1], rounded, for n floats; a last one alone is paired with 0. */
inline void round_pairs(Pair *to, const float *x, int64_t n) {
    int64_t i = 0;
#if defined(__AVX2__)
    for (; i + 2 * W <= n; i += 2 * W) {
        const Bits a = round_bf16(load(x + i)), b = round_bf16(load(x + i + W));
#if defined(__AVX512F__)
        const Bits low = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        const Bits high = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#else
        const Bits low = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
        const Bits high = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#endif
        store_pairs(to + i / 2, (low >> 16) | (high & 0xffff0000u));
    }
#endif
    for (; i < n; i += 2) to[i / 2] = round_bf16(x[i]) | static_cast<Pair>(i + 1 < n ? round_bf16(x[i + 1]) : 0) << 16;
}

}  // namespace reft::REFT_ISA

#endif
