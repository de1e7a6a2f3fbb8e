/* AdamW in one pass, and the sum of squares behind gradient clipping. */
#include "bf16.h"
#include "isa.h"

namespace reft::REFT_ISA {

void adamw(float *param, const float *grad, float *m, float *v, float grad_scale, void *copy, int32_t copy_type, float lr, float beta1,
        float beta2, float eps, float decay, int64_t step, int64_t n) {
    const double correction1 = 1 - pow(static_cast<double>(beta1), static_cast<double>(step));
    const double correction2 = 1 - pow(static_cast<double>(beta2), static_cast<double>(step));
    const float rate = static_cast<float>(lr / correction1), root = static_cast<float>(1 / ::sqrt(correction2));
    const float keep1 = 1 - beta1, keep2 = 1 - beta2, shrink = 1 - lr * decay;
    float *copy_f32 = copy_type == REFT_F32 ? static_cast<float *>(copy) : nullptr;
    uint16_t *copy_bf16 = copy_type == REFT_BF16 ? static_cast<uint16_t *>(copy) : nullptr;
    parallel_each(n, [=](int64_t i, auto part) {
        const Vec g = load(grad + i, part) * grad_scale;
        const Vec first = fma(broadcast(beta1), load(m + i, part), keep1 * g);
        const Vec second = fma(broadcast(beta2), load(v + i, part), keep2 * g * g);
        const Vec p = load(param + i, part) * shrink - rate * first / fma(sqrt(second), broadcast(root), broadcast(eps));
        store(m + i, first, part);
        store(v + i, second, part);
        store(param + i, p, part);
        if (copy_f32) store(copy_f32 + i, p, part);
        if (copy_bf16) store(copy_bf16 + i, p, part);
    });
}

/* Chunks of a fixed size, added in their order: the sum does not depend on the number of threads. */
double sum_squares(const float *x, int64_t n) {
    constexpr int64_t chunk = 16384;
    const int64_t chunks = ceil_div(n, chunk);
    double *sums = static_cast<double *>(scratch(static_cast<size_t>(chunks) * sizeof(double)));
#pragma omp parallel for num_threads(workers(n / 4)) schedule(static)
    for (int64_t c = 0; c < chunks; c++) {
        /* As many floats as fill a vector when they are doubles; two sums, to hide the latency of an addition. */
        typedef float Floats __attribute__((vector_size(2 * W), aligned(4), may_alias));
        typedef double Doubles __attribute__((vector_size(4 * W)));
        constexpr int64_t step = W / 2;
        const float *from = x + c * chunk;
        const int64_t count = min(chunk, n - c * chunk);
        Doubles even{}, odd{};
        int64_t i = 0;
        for (; i + 2 * step <= count; i += 2 * step) {
            const Doubles a = __builtin_convertvector(*reinterpret_cast<const Floats *>(from + i), Doubles);
            const Doubles b = __builtin_convertvector(*reinterpret_cast<const Floats *>(from + i + step), Doubles);
            even += a * a;
            odd += b * b;
        }
        even += odd;
        double sum = 0;
        for (int64_t lane = 0; lane < step; lane++) sum += even[lane];
        for (; i < count; i++) sum += static_cast<double>(from[i]) * static_cast<double>(from[i]);
        sums[c] = sum;
    }
    double total = 0;
    for (int64_t c = 0; c < chunks; c++) total += sums[c];
    return total;
}

}  // namespace reft::REFT_ISA
