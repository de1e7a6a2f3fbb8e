/* Layer norm and RMS norm, the residual add in front. Variances are taken about the mean, in a second pass over a row
 * that lies in the first-level cache by then. */
#include "isa.h"

namespace reft::REFT_ISA {

namespace {

/* row = x + delta, kept in sum where there is one; returns what to read the row from. */
const float *add_residual(float *sum, const float *x, const float *delta, int64_t C) {
    if (!delta) {
        if (sum && sum != x) memcpy(sum, x, static_cast<size_t>(C) * sizeof(float));
        return x;
    }
    each(C, [=](int64_t c, auto part) { store(sum + c, load(x + c, part) + load(delta + c, part), part); });
    return sum;
}

/* Adds the threads' shares of the parameter gradients, in the order of the threads. */
void add_shares(float *gradient, const float *shares, int64_t stride, int count, int64_t C) {
    if (!gradient) return;
    each(C, [=](int64_t c, auto part) {
        Vec total{};
        for (int t = 0; t < count; t++) total += load(shares + t * stride + c, part);
        store(gradient + c, load(gradient + c, part) + total, part);
    });
}

}  // namespace

void layernorm_forward(float *out, float *mean, float *rstd, float *sum, const float *x, const float *delta, const float *weight,
        const float *bias, float eps, int64_t N, int64_t C) {
#pragma omp parallel for num_threads(workers(N * C / 2)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        const float *row = add_residual(sum ? sum + n * C : nullptr, x + n * C, delta ? delta + n * C : nullptr, C);
        float *to = out + n * C;
        Vec total{};
        each(C, [&](int64_t c, auto part) { total += load(row + c, part); });
        const float m = reft::REFT_ISA::sum(total) / static_cast<float>(C);
        Vec squares{};
        each(C, [&](int64_t c, auto part) {
            const Vec d = keep(load(row + c, part) - m, 0, part);
            squares = fma(d, d, squares);
        });
        const float r = 1.0f / sqrtf(reft::REFT_ISA::sum(squares) / static_cast<float>(C) + eps);
        each(C, [=](int64_t c, auto part) {
            Vec y = (load(row + c, part) - m) * r;
            if (weight) y *= load(weight + c, part);
            if (bias) y += load(bias + c, part);
            store(to + c, y, part);
        });
        if (mean) mean[n] = m;
        if (rstd) rstd[n] = r;
    }
}

void layernorm_backward(float *dx, float *dweight, float *dbias, const float *dout, const float *x, const float *weight, const float *mean,
        const float *rstd, int64_t N, int64_t C) {
    const int count = workers(N * C);
    float *shares = scratch_floats(count * 2 * C);
#pragma omp parallel for num_threads(count) schedule(static, 1)
    for (int t = 0; t < count; t++) {
        float *share_weight = shares + t * 2 * C, *share_bias = share_weight + C;
        memset(share_weight, 0, static_cast<size_t>(2 * C) * sizeof(float));
        for (int64_t n = N * t / count; n < N * (t + 1) / count; n++) {
            const float *g = dout + n * C, *row = x + n * C;
            float *to = dx + n * C;
            const float m = mean[n], r = rstd[n];
            Vec sum_g{}, sum_gx{};
            each(C, [&](int64_t c, auto part) {
                const Vec normal = (load(row + c, part) - m) * r;
                Vec d = load(g + c, part);
                if (dbias) store(share_bias + c, load(share_bias + c, part) + d, part);
                if (dweight) store(share_weight + c, fma(d, normal, load(share_weight + c, part)), part);
                if (weight) d *= load(weight + c, part);
                sum_g += d;
                sum_gx = fma(d, normal, sum_gx);
            });
            const float mean_g = sum(sum_g) / static_cast<float>(C), mean_gx = sum(sum_gx) / static_cast<float>(C);
            each(C, [=](int64_t c, auto part) {
                const Vec normal = (load(row + c, part) - m) * r;
                Vec d = load(g + c, part);
                if (weight) d *= load(weight + c, part);
                store(to + c, fma(d - mean_g - normal * mean_gx, broadcast(r), load(to + c, part)), part);
            });
        }
    }
    add_shares(dweight, shares, 2 * C, count, C);
    add_shares(dbias, shares + C, 2 * C, count, C);
}

void rmsnorm_forward(float *out, float *rstd, float *sum, const float *x, const float *delta, const float *weight, float eps, int64_t N,
        int64_t C) {
#pragma omp parallel for num_threads(workers(N * C / 2)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        const float *row = add_residual(sum ? sum + n * C : nullptr, x + n * C, delta ? delta + n * C : nullptr, C);
        float *to = out + n * C;
        Vec squares{};
        each(C, [&](int64_t c, auto part) {
            const Vec v = load(row + c, part);
            squares = fma(v, v, squares);
        });
        const float r = 1.0f / sqrtf(reft::REFT_ISA::sum(squares) / static_cast<float>(C) + eps);
        each(C, [=](int64_t c, auto part) {
            Vec y = load(row + c, part) * r;
            if (weight) y *= load(weight + c, part);
            store(to + c, y, part);
        });
        if (rstd) rstd[n] = r;
    }
}

void rmsnorm_backward(float *dx, float *dweight, const float *dout, const float *x, const float *weight, const float *rstd, int64_t N,
        int64_t C) {
    const int count = workers(N * C);
    float *shares = scratch_floats(count * C);
#pragma omp parallel for num_threads(count) schedule(static, 1)
    for (int t = 0; t < count; t++) {
        float *share = shares + t * C;
        memset(share, 0, static_cast<size_t>(C) * sizeof(float));
        for (int64_t n = N * t / count; n < N * (t + 1) / count; n++) {
            const float *g = dout + n * C, *row = x + n * C;
            float *to = dx + n * C;
            const float r = rstd[n];
            Vec sum_gx{};
            each(C, [&](int64_t c, auto part) {
                const Vec normal = load(row + c, part) * r;
                Vec d = load(g + c, part);
                if (dweight) store(share + c, fma(d, normal, load(share + c, part)), part);
                if (weight) d *= load(weight + c, part);
                sum_gx = fma(d, normal, sum_gx);
            });
            const float mean_gx = sum(sum_gx) / static_cast<float>(C);
            each(C, [=](int64_t c, auto part) {
                const Vec normal = load(row + c, part) * r;
                Vec d = load(g + c, part);
                if (weight) d *= load(weight + c, part);
                store(to + c, fma(d - normal * mean_gx, broadcast(r), load(to + c, part)), part);
            });
        }
    }
    add_shares(dweight, shares, C, count, C);
}

}  // namespace reft::REFT_ISA
