/* Memory-bound basics: conversion, fill, add, rows in and out, biases. */
#include "bf16.h"
#include "isa.h"

namespace reft::REFT_ISA {

namespace {

#if defined(__aarch64__)
typedef __fp16 F16; /* gcc 12 knows _Float16 in C++ on x86 alone */
#else
typedef _Float16 F16;
#endif

template <class D, class S, class Function>
void convert_each(void *dst, const void *src, int64_t n, Function function) {
    D *to = static_cast<D *>(dst);
    const S *from = static_cast<const S *>(src);
#pragma omp parallel for simd num_threads(workers(n / 2)) schedule(static)
    for (int64_t i = 0; i < n; i++) to[i] = function(from[i]);
}

/* Vector by vector, rounding or widening on the way. */
template <class D, class S>
void copy_each(D *to, const S *from, int64_t n) {
    parallel_each(n, [=](int64_t i, auto part) { store(to + i, load(from + i, part), part); });
}

}  // namespace

void convert(void *dst, int32_t dst_type, const void *src, int32_t src_type, int64_t n) {
    if (dst_type == src_type) {
        memcpy(dst, src, static_cast<size_t>(n) * (dst_type == REFT_F32 ? 4 : 2));
    } else if (dst_type == REFT_F32 && src_type == REFT_BF16) {
        copy_each(static_cast<float *>(dst), static_cast<const uint16_t *>(src), n);
    } else if (dst_type == REFT_F32) {
        convert_each<float, F16>(dst, src, n, [](F16 x) { return static_cast<float>(x); });
    } else if (dst_type == REFT_BF16 && src_type == REFT_F32) {
        copy_each(static_cast<uint16_t *>(dst), static_cast<const float *>(src), n);
    } else if (dst_type == REFT_BF16) {
        convert_each<uint16_t, F16>(dst, src, n, [](F16 x) { return round_bf16(static_cast<float>(x)); });
    } else if (src_type == REFT_F32) {
        convert_each<F16, float>(dst, src, n, [](float x) { return static_cast<F16>(x); });
    } else {
        convert_each<F16, uint16_t>(dst, src, n, [](uint16_t x) { return static_cast<F16>(widen_bf16(x)); });
    }
}

void fill(float *x, float value, int64_t n) {
    parallel_each(n, [=](int64_t i, auto part) { store(x + i, broadcast(value), part); });
}

void add(float *y, const float *x, int64_t n) {
    parallel_each(n, [=](int64_t i, auto part) { store(y + i, load(y + i, part) + load(x + i, part), part); });
}

void gather_rows(float *out, const float *x, const int32_t *rows, int64_t M, int64_t C) {
#pragma omp parallel for num_threads(workers(M * C / 4)) schedule(static)
    for (int64_t m = 0; m < M; m++) memcpy(out + m * C, x + rows[m] * C, static_cast<size_t>(C) * sizeof(float));
}

void scatter_add_rows(float *x, const float *delta, const int32_t *rows, int64_t M, int64_t C) {
#pragma omp parallel for num_threads(workers(M * C / 4)) schedule(static)
    for (int64_t m = 0; m < M; m++) {
        float *to = x + rows[m] * C;
        const float *from = delta + m * C;
        each(C, [=](int64_t c, auto part) { store(to + c, load(to + c, part) + load(from + c, part), part); });
    }
}

void bias_forward(float *x, const float *bias, int64_t N, int64_t C) {
#pragma omp parallel for num_threads(workers(N * C / 4)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *row = x + n * C;
        each(C, [=](int64_t c, auto part) { store(row + c, load(row + c, part) + load(bias + c, part), part); });
    }
}

/* A thread owns columns, four vectors of them (whole cache lines), and adds the rows in their order. */
void bias_backward(float *dbias, const float *dout, int64_t N, int64_t C) {
    constexpr int64_t columns = 4 * W;
#pragma omp parallel for num_threads(workers(N * C / 4)) schedule(static)
    for (int64_t start = 0; start < C; start += columns) {
        if (start + columns <= C) {
            Vec sums[4] = {};
            for (int64_t n = 0; n < N; n++)
                for (int i = 0; i < 4; i++) sums[i] += load(dout + n * C + start + i * W);
            for (int i = 0; i < 4; i++) store(dbias + start + i * W, load(dbias + start + i * W) + sums[i]);
        } else {
            each(C - start, [=](int64_t i, auto part) {
                const int64_t c = start + i;
                Vec total{};
                for (int64_t n = 0; n < N; n++) total += load(dout + n * C + c, part);
                store(dbias + c, load(dbias + c, part) + total, part);
            });
        }
    }
}

}  // namespace reft::REFT_ISA
