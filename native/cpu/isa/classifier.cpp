/* Log-probabilities, entropy and cross-entropy of the vocabulary, and their gradients in place of the logits. */
#include "classifier.h"
#include "isa.h"

namespace reft::REFT_ISA {

void logprob_forward(float *logprob, float *entropy, float *lse, const float *logits, const int32_t *targets, float inv_temperature,
        int64_t N, int64_t V) {
#pragma omp parallel for num_threads(workers(N * V)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        const float *row = logits + n * V;
        const Softmax softmax = measure(row, inv_temperature, V);
        const double log_sum = log(softmax.sum);
        logprob[n] = static_cast<float>(static_cast<double>(row[targets[n]] * inv_temperature - softmax.max) - log_sum);
        if (entropy) entropy[n] = static_cast<float>(log_sum - softmax.weighted / softmax.sum);
        if (lse) lse[n] = static_cast<float>(softmax.max + log_sum);
    }
}

void logprob_backward(float *logits, const int32_t *targets, const float *lse, const float *dlogprob, const float *dentropy,
        const float *entropy, float inv_temperature, int64_t N, int64_t V) {
#pragma omp parallel for num_threads(workers(N * V)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *row = logits + n * V;
        const float l = lse[n], h = entropy ? entropy[n] : 0, dh = dentropy ? dentropy[n] : 0, d = dlogprob[n];
        const int32_t target = targets[n];
        /* A token of probability 0 has an infinite log p, which must not meet the 0. */
        if (dh != 0) {
            each(V, [=](int64_t v, auto part) {
                const Vec log_p = load(row + v, part) * inv_temperature - l, p = exp(log_p);
                const Vec g = p * (-d - dh * (log_p + h));
                store(row + v, inv_temperature * (p > 0.0f ? g : Vec{}), part);
            });
        } else {
            each(V, [=](int64_t v, auto part) {
                store(row + v, (-d * inv_temperature) * exp(load(row + v, part) * inv_temperature - l), part);
            });
        }
        row[target] += inv_temperature * d;
    }
}

void cross_entropy(float *loss, float *logits, const int32_t *targets, const float *weight, int64_t N, int64_t V) {
#pragma omp parallel for num_threads(workers(2 * N * V)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *row = logits + n * V;
        const Softmax softmax = measure(row, 1, V);
        loss[n] = static_cast<float>(log(softmax.sum) - static_cast<double>(row[targets[n]] - softmax.max));
        if (!weight) continue;
        const float w = weight[n], factor = static_cast<float>(w / softmax.sum), highest = softmax.max;
        each(V, [=](int64_t v, auto part) { store(row + v, factor * exp(load(row + v, part) - highest), part); });
        row[targets[n]] -= w;
    }
}

}  // namespace reft::REFT_ISA
