/* Rewards, advantages and the loss of PPO: a few thousand numbers at most, so plain loops on one thread. */
#include "ops.h"

#include <algorithm>
#include <cmath>

namespace reft {

void kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B) {
    for (int64_t b = 0; b < B; b++) {
        for (int32_t a = cu_actions[b]; a < cu_actions[b + 1]; a++) rewards[a] = -beta * (old_logprob[a] - ref_logprob[a]);
        if (cu_actions[b + 1] > cu_actions[b]) rewards[cu_actions[b + 1] - 1] += score[b];
    }
}

void gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma, float lambda,
        int64_t B) {
    for (int64_t b = 0; b < B; b++) {
        float advantage = 0, next_value = 0;
        for (int32_t a = cu_actions[b + 1] - 1; a >= cu_actions[b]; a--) {
            advantage = rewards[a] + gamma * next_value - values[a] + gamma * lambda * advantage;
            next_value = values[a];
            advantages[a] = advantage;
            returns[a] = advantage + next_value;
        }
    }
}

void whiten(float *x, bool keep_mean, int64_t n) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) sum += static_cast<double>(x[i]);
    const double mean = sum / static_cast<double>(n);
    for (int64_t i = 0; i < n; i++) squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
    const double variance = n > 1 ? squares / static_cast<double>(n - 1) : 0;
    const double scale = 1 / std::sqrt(variance + 1e-8), shift = keep_mean ? mean : 0;
    for (int64_t i = 0; i < n; i++) x[i] = static_cast<float>((static_cast<double>(x[i]) - mean) * scale + shift);
}

void ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        const float ratio = std::exp(logprob[i] - old_logprob[i]), advantage = advantages[i];
        const float free = -advantage * ratio, bounded = -advantage * std::clamp(ratio, 1 - clip_low, 1 + clip_high);
        /* Where the clipped side is larger the ratio is outside its bounds, and the loss is flat there. */
        const bool flat = bounded > free;
        dlogprob[i] = flat ? 0 : weight[i] * free;
        if (pg) pg[i] = flat ? bounded : free;
        if (clipped) clipped[i] = flat ? 1 : 0;
        if (!dvalue) continue;
        const float error = value[i] - returns[i];
        const float bounded_error = std::clamp(value[i], old_value[i] - value_clip, old_value[i] + value_clip) - returns[i];
        const bool value_flat = bounded_error * bounded_error > error * error;
        dvalue[i] = value_flat ? 0 : weight[i] * vf_coef * error;
        if (vf) vf[i] = 0.5f * (value_flat ? bounded_error * bounded_error : error * error);
    }
}

void kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        const float d = std::clamp(ref_logprob[i] - logprob[i], -20.0f, 20.0f), e = std::exp(d);
        dlogprob[i] += weight[i] * beta * (1 - e);
        if (kl) kl[i] = e - 1 - d;
    }
}

}  // namespace reft
