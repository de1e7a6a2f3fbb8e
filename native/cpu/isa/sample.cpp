/*
 * Drawing tokens. A row's weights are e^((x - max)/temperature); without a cut nothing is stored: one pass sums them
 * chunk by chunk, and only the chunk that holds the drawn point is walked. A cut is a border (logit, id) in the order
 * "larger logit first, then smaller id"; a histogram of the weights finds the bucket where it falls, and only that
 * bucket is sorted.
 */
#include "classifier.h"
#include "isa.h"

#include <omp.h>

#include <algorithm>

namespace reft::REFT_ISA {

namespace {

/* First word of Philox4x32-10 (Salmon et al. 2011) of the counter under the key. */
uint32_t philox(const uint32_t counter[4], uint64_t key) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < 10; round++) {
        const uint64_t a = 0xD2511F53ull * c[0], b = 0xCD9E8D57ull * c[2];
        const uint32_t next[4] = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(b),
                static_cast<uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(a)};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c[0];
}

/* Uniform in [0, 1): the upper 24 bits of the first word. */
double uniform(int64_t seed, int64_t sequence, int32_t position) {
    const uint64_t s = static_cast<uint64_t>(sequence);
    const uint32_t counter[4] = {static_cast<uint32_t>(s), static_cast<uint32_t>(s >> 32), static_cast<uint32_t>(position), 0};
    return (philox(counter, static_cast<uint64_t>(seed)) >> 8) * 0x1p-24;
}

/* A token as the cuts order them. */
struct Candidate {
    float logit;
    int32_t id;
    bool operator<(const Candidate &other) const { return logit > other.logit || (logit == other.logit && id < other.id); }
};

constexpr int64_t CHUNK = 512;
constexpr int64_t BUCKETS = 1024;
constexpr float PER_UNIT = 32; /* buckets of 1/32 in scaled logits; the last holds all that lies 32 and more below the maximum */

/* One row and the cut made so far: tokens up to and including `last` in the order of Candidate. */
struct Row {
    const float *logits;
    int64_t V;
    float max, inv_temperature;
    Candidate last;

    bool has(int64_t v) const { return !(last < Candidate{logits[v], static_cast<int32_t>(v)}); }

    /* Weights of the tokens v, v+1, …; 0 where the cut took them away, and past the row's end. */
    template <class Part>
    Vec weights(int64_t v, Part part) const {
        const Vec x = load(logits + v, part);
        const Int kept = (x > last.logit) | ((x == last.logit) & (iota() + static_cast<int32_t>(v) <= last.id));
        return keep(kept ? exp((x - max) * inv_temperature) : Vec{}, 0, part);
    }
    double total(int64_t start) const {
        Vec sums{};
        each(min(CHUNK, V - start), [&](int64_t i, auto part) { sums += weights(start + i, part); });
        return static_cast<double>(sum(sums));
    }

    int32_t bucket(float x) const {
        const float at = (max - x) * inv_temperature * PER_UNIT;
        return at < static_cast<float>(BUCKETS - 1) ? static_cast<int32_t>(at) : static_cast<int32_t>(BUCKETS - 1);
    }

    /* Moves `last` to the token at which the running weight, or with `counting` the running count, reaches goal.
     * memory: V candidates. */
    void cut(double goal, bool counting, Candidate *memory) {
        double totals[BUCKETS] = {};
        each(V, [&](int64_t v, auto part) {
            float w[W];
            store(w, weights(v, part));
            for (int64_t i = 0; i < min(W, V - v); i++)
                if (has(v + i)) totals[bucket(logits[v + i])] += counting ? 1.0 : static_cast<double>(w[i]);
        });
        int32_t at = 0;
        double before = 0;
        while (at < BUCKETS - 1 && before + totals[at] < goal) before += totals[at++];
        int64_t count = 0;
        for (int64_t v = 0; v < V; v++)
            if (has(v) && bucket(logits[v]) == at) memory[count++] = {logits[v], static_cast<int32_t>(v)};
        std::sort(memory, memory + count);
        for (int64_t i = 0; i < count; i++) {
            last = memory[i];
            before += counting ? 1.0 : static_cast<double>(exp((last.logit - max) * inv_temperature));
            if (before >= goal) break;
        }
    }

    /* The token at which the running weight, by id, exceeds u times the total. sums: a double for each chunk. */
    int32_t draw(double u, double *sums) const {
        const int64_t chunks = ceil_div(V, CHUNK);
        double sum = 0, before = 0;
        for (int64_t c = 0; c < chunks; c++) sum += sums[c] = total(c * CHUNK);
        const double goal = u * sum;
        int64_t c = 0, found = 0;
        while (c < chunks - 1 && before + sums[c] <= goal) before += sums[c++];
        /* Rounding may leave the chunk short of its own sum: then its last token that can be drawn is taken. */
        for (int64_t v = c * CHUNK; v < V && before <= goal; v++) {
            if (!has(v)) continue;
            const double w = static_cast<double>(exp((logits[v] - max) * inv_temperature));
            if (w > 0) found = v;
            before += w;
        }
        return static_cast<int32_t>(found);
    }
};

int32_t arg_max(const float *logits, float max, int64_t V) {
    int64_t v = 0;
    while (v < V - 1 && logits[v] != max) v++;
    return static_cast<int32_t>(v);
}

}  // namespace

int64_t sample(int32_t *tokens, float *logprob, const float *logits, float temperature, int64_t top_k, float top_p, int64_t seed,
        const int64_t *sequence, const int32_t *position, int64_t B, int64_t V) {
    const bool by_k = top_k > 0 && top_k < V, by_p = top_p < 1;
    const int64_t chunks = ceil_div(V, CHUNK);
    const size_t share = static_cast<size_t>(chunks) * sizeof(double) + static_cast<size_t>(V) * sizeof(Candidate);
    char *memory = static_cast<char *>(scratch(static_cast<size_t>(threads) * share));
#pragma omp parallel for num_threads(workers(B * V)) schedule(dynamic)
    for (int64_t b = 0; b < B; b++) {
        double *sums = reinterpret_cast<double *>(memory + static_cast<size_t>(omp_get_thread_num()) * share);
        Candidate *candidates = reinterpret_cast<Candidate *>(sums + chunks);
        const float *row_logits = logits + b * V;
        const Softmax softmax = measure(row_logits, 1, V);
        tokens[b] = -1;
        if (!(softmax.sum > 0) || softmax.max == INFINITY) continue;
        if (temperature == 0) {
            tokens[b] = arg_max(row_logits, softmax.max, V);
        } else {
            Row row = {row_logits, V, softmax.max, 1 / temperature, {-INFINITY, INT32_MAX}};
            if (by_k) row.cut(static_cast<double>(top_k), true, candidates);
            if (by_p) {
                double sum = 0;
                for (int64_t start = 0; start < V; start += CHUNK) sum += row.total(start);
                row.cut(static_cast<double>(top_p) * sum, false, candidates);
            }
            tokens[b] = row.draw(uniform(seed, sequence[b], position[b]), sums);
        }
        logprob[b] = static_cast<float>(static_cast<double>(row_logits[tokens[b]] - softmax.max) - log(softmax.sum));
    }
    for (int64_t b = 0; b < B; b++)
        if (tokens[b] < 0) return b;
    return -1;
}

}  // namespace reft::REFT_ISA
