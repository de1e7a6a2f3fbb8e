/* The softmax of one row of logits in one pass over memory: what the classifier and the sampler both need. */
#ifndef REFT_CPU_CLASSIFIER_H
#define REFT_CPU_CLASSIFIER_H

#include "simd.h"

namespace reft::REFT_ISA {

/* Of z = row·factor: max z, Σ e^(z-max), Σ e^(z-max)·(z-max). */
struct Softmax {
    float max;
    double sum, weighted;
};

inline float row_max(const float *row, int64_t n) {
    Vec maxima[4];
    for (Vec &m : maxima) m = broadcast(-INFINITY);
    int64_t i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
        for (int j = 0; j < 4; j++) maxima[j] = max(maxima[j], load(row + i + j * W));
    each(n - i, [&](int64_t j, auto part) { maxima[0] = max(maxima[0], keep(load(row + i + j, part), -INFINITY, part)); });
    return max(max(max(maxima[0], maxima[1]), max(maxima[2], maxima[3])));
}

/* Chunks that stay in the first-level cache between their two looks; the sums move to a new maximum when one is met. */
inline Softmax measure(const float *row, float factor, int64_t V) {
    constexpr int64_t chunk = 2048;
    Softmax result = {-INFINITY, 0, 0};
    for (int64_t start = 0; start < V; start += chunk) {
        const int64_t n = min(chunk, V - start);
        const float highest = row_max(row + start, n) * factor;
        if (highest > result.max) {
            const double down = static_cast<double>(result.max) - highest, shrink = ::exp(down);
            if (result.sum > 0) result.weighted = (result.weighted + down * result.sum) * shrink;
            result.sum *= shrink;
            result.max = highest;
        }
        const float m = result.max == -INFINITY ? 0 : result.max; /* nothing finite yet: e^-inf is 0 */
        Vec sums{}, weighted{};
        each(n, [&](int64_t i, auto part) {
            const Vec z = load(row + start + i, part) * factor - m, e = keep(exp(z), 0, part);
            sums += e;
            weighted += e > 0.0f ? e * z : Vec{};
        });
        result.sum += static_cast<double>(sum(sums));
        result.weighted += static_cast<double>(sum(weighted));
    }
    return result;
}

}  // namespace reft::REFT_ISA

#endif
