/*
 * Rewards, advantages and the loss of PPO: a few thousand numbers, so what counts is the time of a launch. The backward
 * recurrence of the advantages goes 32 actions at a time, by a scan over the lanes of a warp.
 */
#include "common.cuh"

namespace reft {

namespace {

/* A block for each sequence. */
__global__ void rewards_kernel(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob,
        const int32_t *cu_actions, float beta) {
    const int end = cu_actions[blockIdx.x + 1];
    for (int a = cu_actions[blockIdx.x] + static_cast<int>(threadIdx.x); a < end; a += static_cast<int>(blockDim.x))
        rewards[a] = -beta * (old_logprob[a] - ref_logprob[a]) + (a == end - 1 ? score[blockIdx.x] : 0);
}

/* A warp for each sequence, from its end. With A_t = δ_t + c·A_{t+1}, lane l adds what lies `apart` lanes on, c^apart of it. */
__global__ void gae_kernel(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions,
        float gamma, float lambda) {
    const int begin = cu_actions[blockIdx.x], end = cu_actions[blockIdx.x + 1];
    const float c = gamma * lambda;
    float carry = 0; /* the advantage of the action after these 32 */
    for (int last = end; last > begin; last -= WARP) {
        const int a = last - WARP + lane();
        const bool mine = a >= begin;
        const float value = mine ? values[a] : 0, next = mine && a + 1 < end ? values[a + 1] : 0;
        float advantage = mine ? rewards[a] + gamma * next - value : 0, power = c;
        for (int apart = 1; apart < WARP; apart *= 2) {
            const float later = __shfl_down_sync(ALL, advantage, apart);
            if (lane() + apart < WARP) advantage = fmaf(power, later, advantage);
            power *= power;
        }
        float reach = c; /* c^(32 - lane) */
        for (int i = lane(); i < WARP - 1; i++) reach *= c;
        advantage = fmaf(reach, carry, advantage);
        if (mine) {
            advantages[a] = advantage;
            returns[a] = advantage + value;
        }
        carry = __shfl_sync(ALL, advantage, 0);
    }
}

__global__ void __launch_bounds__(1024) whiten_kernel(float *x, bool keep_mean, int64_t n) {
    double sum = 0, squares = 0;
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) sum += static_cast<double>(x[i]);
    const double mean = block_sum(sum) / static_cast<double>(n);
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x)
        squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
    const double variance = n > 1 ? block_sum(squares) / static_cast<double>(n - 1) : 0;
    const double scale = 1 / sqrt(variance + 1e-8), shift = keep_mean ? mean : 0;
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) x[i] = static_cast<float>((static_cast<double>(x[i]) - mean) * scale + shift);
}

__device__ float clamp(float x, float low, float high) { return fminf(fmaxf(x, low), high); }

__global__ void loss_kernel(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob,
        const float *old_logprob, const float *advantages, const float *value, const float *old_value, const float *returns,
        const float *weight, float clip_low, float clip_high, float value_clip, float vf_coef, int64_t n) {
    each<1>(n, [=](int64_t i, auto) {
        const float ratio = expf(logprob[i] - old_logprob[i]), advantage = advantages[i];
        const float free = -advantage * ratio, bounded = -advantage * clamp(ratio, 1 - clip_low, 1 + clip_high);
        /* Where the clipped side is larger the ratio is outside its bounds, and the loss is flat there. */
        const bool flat = bounded > free;
        dlogprob[i] = flat ? 0 : weight[i] * free;
        if (pg) pg[i] = flat ? bounded : free;
        if (clipped) clipped[i] = flat ? 1 : 0;
        if (!dvalue) return;
        const float error = value[i] - returns[i];
        const float bounded_error = clamp(value[i], old_value[i] - value_clip, old_value[i] + value_clip) - returns[i];
        const bool value_flat = bounded_error * bounded_error > error * error;
        dvalue[i] = value_flat ? 0 : weight[i] * vf_coef * error;
        if (vf) vf[i] = 0.5f * (value_flat ? bounded_error * bounded_error : error * error);
    });
}

__global__ void kl_kernel(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta,
        int64_t n) {
    each<1>(n, [=](int64_t i, auto) {
        const float d = clamp(ref_logprob[i] - logprob[i], -20, 20), e = expf(d);
        dlogprob[i] += weight[i] * beta * (1 - e);
        if (kl) kl[i] = e - 1 - d;
    });
}

}  // namespace

void kl_rewards(float *rewards, const float *score, const float *old_logprob, const float *ref_logprob, const int32_t *cu_actions,
        float beta, int64_t B, void *stream) {
    launch(rewards_kernel, blocks(B), 256, 0, stream, rewards, score, old_logprob, ref_logprob, cu_actions, beta);
}

void gae(float *advantages, float *returns, const float *rewards, const float *values, const int32_t *cu_actions, float gamma, float lambda,
        int64_t B, void *stream) {
    launch(gae_kernel, blocks(B), WARP, 0, stream, advantages, returns, rewards, values, cu_actions, gamma, lambda);
}

void whiten(float *x, bool keep_mean, int64_t n, void *stream) { launch(whiten_kernel, 1, 1024, 0, stream, x, keep_mean, n); }

void ppo_loss(float *dlogprob, float *dvalue, float *pg, float *vf, float *clipped, const float *logprob, const float *old_logprob,
        const float *advantages, const float *value, const float *old_value, const float *returns, const float *weight, float clip_low,
        float clip_high, float value_clip, float vf_coef, int64_t n, void *stream) {
    launch(loss_kernel, flat_grid<1>(n), FLAT_THREADS, 0, stream, dlogprob, dvalue, pg, vf, clipped, logprob, old_logprob, advantages,
            value, old_value, returns, weight, clip_low, clip_high, value_clip, vf_coef, n);
}

void kl_loss(float *dlogprob, float *kl, const float *logprob, const float *ref_logprob, const float *weight, float beta, int64_t n,
        void *stream) {
    launch(kl_kernel, flat_grid<1>(n), FLAT_THREADS, 0, stream, dlogprob, kl, logprob, ref_logprob, weight, beta, n);
}

}  // namespace reft
