/*
 * Drawing a token a row; the logits never leave the device. A block has a row. Weights e^((x-max)/temperature) are
 * numbers of 40 binary places, so that their sums do not depend on any order and may be made by atomics on integers. A
 * cut is a least key, in the order "larger logit first, then smaller id"; it is found digit by digit, eight bits at a
 * time, by histograms of what each digit would leave. Floor: one pass over the row for the arg max, two without cuts;
 * the rest comes from the second-level cache.
 *
 * Left out: making the histograms of the first digits, where most tokens fall into a few buckets, cheap. A row that has
 * a NaN or +∞, or nothing finite, gets token -1.
 */
#include "softmax.cuh"

namespace reft {

namespace {

constexpr int THREADS = 1024, WARPS = THREADS / WARP, BUCKETS = 256;
using u64 = unsigned long long;

/* Uniform in [0, 1), times 2²⁴: Philox4x32-10 (Salmon et al. 2011), the upper 24 bits of the first word. */
__device__ u64 uniform24(int64_t seed, int64_t sequence, int32_t position) {
    uint32_t c[4] = {static_cast<uint32_t>(sequence), static_cast<uint32_t>(sequence >> 32), static_cast<uint32_t>(position), 0};
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; round++) {
        const u64 a = 0xD2511F53ull * c[0], b = 0xCD9E8D57ull * c[2];
        const uint32_t c1 = c[1], c3 = c[3];
        c[0] = static_cast<uint32_t>(b >> 32) ^ c1 ^ k0;
        c[1] = static_cast<uint32_t>(b);
        c[2] = static_cast<uint32_t>(a >> 32) ^ c3 ^ k1;
        c[3] = static_cast<uint32_t>(a);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c[0] >> 8;
}

/* One row, and the cut made so far. */
template <class T>
struct Row {
    const T *logits;
    int64_t V;
    float max, inv_temperature;
    u64 least;

    /* Larger for a larger logit, and among equals for a smaller id. */
    __device__ u64 key(int64_t v) const {
        const float x = to_float(logits[v]) + 0.0f; /* -0 is 0 */
        const uint32_t bits = __float_as_uint(x);
        return static_cast<u64>(bits >> 31 ? ~bits : bits | 0x80000000u) << 32 | (0xffffffffu - static_cast<uint32_t>(v));
    }
    __device__ u64 weight(int64_t v) const {
        return least > 0 && key(v) < least ? 0 : static_cast<u64>(expf((to_float(logits[v]) - max) * inv_temperature) * 0x1p40f);
    }
    __device__ u64 total() const {
        u64 sum = 0;
        for (int64_t v = threadIdx.x; v < V; v += THREADS) sum += weight(v);
        return block_sum(sum);
    }

    /* Raises `least` to the token at which the running weight, or with `counting` the running count, of the most likely
     * ones reaches goal. By the whole block. */
    __device__ void cut(u64 goal, bool counting) {
        struct Digit {
            u64 sums[BUCKETS], chosen, before;
        };
        auto &[sums, chosen, before] = shared<Digit>();
        u64 prefix = 0, above = 0; /* above: the sum of the keys that are larger than all of this prefix */
        for (int shift = 56; shift >= 0; shift -= 8) {
            for (int i = static_cast<int>(threadIdx.x); i < BUCKETS; i += THREADS) sums[i] = 0;
            __syncthreads();
            for (int64_t v = threadIdx.x; v < V; v += THREADS) {
                const u64 k = key(v);
                if (k < least || (shift < 56 && k >> (shift + 8) != prefix)) continue;
                atomicAdd(&sums[k >> shift & 255], counting ? 1 : weight(v));
            }
            __syncthreads();
            if (threadIdx.x == 0) {
                int bucket = BUCKETS - 1;
                u64 sum = above;
                while (bucket > 0 && sum + sums[bucket] < goal) sum += sums[bucket--];
                chosen = static_cast<u64>(bucket);
                before = sum;
            }
            __syncthreads();
            prefix = prefix << 8 | chosen;
            above = before; /* the next digit writes them two barriers on */
        }
        if (prefix > least) least = prefix;
    }

    /* The first token whose running weight, in the order of ids, exceeds u24·2⁻²⁴ of the total. Each warp sums a stretch of
     * ids, then the warp whose stretch holds the point walks it. -1 in all threads but one. */
    __device__ int32_t draw(u64 u24) const {
        struct Stretches {
            u64 sums[WARPS];
        };
        auto &sums = shared<Stretches>().sums;
        const int64_t stretch = ceil_div<int64_t>(V, WARPS * WARP) * WARP, first = warp() * stretch,
                      end = first + stretch < V ? first + stretch : V;
        u64 own = 0;
        for (int64_t v = first + lane(); v < end; v += WARP) own += weight(v);
        own = warp_sum(own);
        if (lane() == 0) sums[warp()] = own;
        __syncthreads();
        u64 sum = 0, before = 0;
        for (int w = 0; w < WARPS; w++) {
            if (w < warp()) before += sums[w];
            sum += sums[w];
        }
        const u64 goal = (sum >> 24) * u24 + ((sum & 0xffffff) * u24 >> 24); /* ⌊u·total⌋, which is < total */
        if (before > goal || before + own <= goal) return -1;
        for (int64_t v = first + lane();; v += WARP) {
            u64 running = v < end ? weight(v) : 0;
            for (int apart = 1; apart < WARP; apart *= 2) {
                const u64 lower = __shfl_up_sync(ALL, running, apart);
                if (lane() >= apart) running += lower;
            }
            const unsigned past = __ballot_sync(ALL, before + running > goal);
            if (past) return __ffs(static_cast<int>(past)) - 1 == lane() ? static_cast<int32_t>(v) : -1;
            before += __shfl_sync(ALL, running, WARP - 1);
        }
    }

    /* The lowest id of the largest logit. -1 in all threads but one. */
    __device__ int32_t arg_max() const {
        int32_t best = INT32_MAX;
        for (int64_t v = threadIdx.x; v < V && best == INT32_MAX; v += THREADS)
            if (to_float(logits[v]) == max) best = static_cast<int32_t>(v);
        best = block_reduce(best, INT32_MAX, [](int32_t a, int32_t b) { return a < b ? a : b; });
        return threadIdx.x == 0 ? best : -1;
    }
};

template <class T, int W>
__global__ void __launch_bounds__(THREADS) sample_kernel(int32_t *tokens, float *logprob, const T *logits, float temperature, int64_t top_k,
        float top_p, int64_t seed, const int64_t *sequence, const int32_t *position, int64_t V) {
    const int64_t b = blockIdx.x;
    const Softmax softmax = block_softmax<W>(logits + b * V, 1, V);
    if (!(softmax.sum > 0) || softmax.max == INFINITY) {
        if (threadIdx.x == 0) {
            tokens[b] = -1;
            logprob[b] = NAN;
        }
        return;
    }
    Row<T> row = {logits + b * V, V, softmax.max, temperature > 0 ? 1 / temperature : 0, 0};
    int32_t token;
    if (temperature == 0) {
        token = row.arg_max();
    } else {
        if (top_k > 0 && top_k < V) row.cut(static_cast<u64>(top_k), true);
        if (top_p < 1) row.cut(static_cast<u64>(ceil(static_cast<double>(top_p) * static_cast<double>(row.total()))), false);
        token = row.draw(uniform24(seed, sequence[b], position[b]));
    }
    if (token < 0) return;
    tokens[b] = token;
    logprob[b] = to_float(row.logits[token]) - softmax.max - logf(softmax.sum);
}

}  // namespace

void sample(int32_t *tokens, float *logprob, const void *logits, float temperature, int64_t top_k, float top_p, int64_t seed,
        const int64_t *sequence, const int32_t *position, int64_t B, int64_t V, int32_t dtype, void *stream) {
    with_type(dtype, V, [&]<class T, int W>() {
        launch(sample_kernel<T, W>, blocks(B), THREADS, 0, stream, tokens, logprob, static_cast<const T *>(logits), temperature, top_k,
                top_p, seed, sequence, position, V);
    }, logits);
}

}  // namespace reft
