/*
 * Between two steps of decoding: notes the tokens drawn and sets the inputs of the next step, so that a captured step can be
 * replayed without the host. A thread a sequence: what counts is the time of a launch.
 */
#include "common.cuh"

namespace reft {

namespace {

constexpr int THREADS = 128;

/* Arrays by sequence; the outputs first, as in reft.h. */
struct Sequences {
    int32_t *ids, *positions;
    int64_t *slots;
    int32_t *context, *remaining, *count, *noted_tokens;
    float *noted_logprob, *noted_values;
    const int32_t *tokens;
    const float *logprob, *values;
    const int32_t *block_table, *eos;
    int64_t B, S, max_blocks, E;
};

__global__ void advance_kernel(Sequences s) {
    const int64_t b = int64_t{blockIdx.x} * THREADS + threadIdx.x;
    if (b >= s.B || s.remaining[b] <= 0) return;
    const int32_t token = s.tokens[b];
    const int64_t place = b * s.S + s.count[b];
    s.noted_tokens[place] = token;
    s.noted_logprob[place] = s.logprob[b];
    if (s.noted_values) s.noted_values[place] = s.values[b];
    s.count[b]++;
    int32_t remaining = s.remaining[b] - 1;
    if (token < 0) remaining = 0;
    for (int64_t e = 0; e < s.E; e++)
        if (token == s.eos[e]) remaining = 0;
    s.remaining[b] = remaining;
    if (remaining == 0) return;
    const int32_t position = s.positions[b] + 1;
    s.ids[b] = token;
    s.positions[b] = position;
    s.context[b]++;
    s.slots[b] = int64_t{s.block_table[b * s.max_blocks + position / REFT_KV_PAGE]} * REFT_KV_PAGE + position % REFT_KV_PAGE;
}

}  // namespace

void decode_advance(int32_t *ids, int32_t *positions, int64_t *slots, int32_t *context, int32_t *remaining, int32_t *count,
        int32_t *noted_tokens, float *noted_logprob, float *noted_values, const int32_t *tokens, const float *logprob, const float *values,
        const int32_t *block_table, const int32_t *eos, int64_t B, int64_t S, int64_t max_blocks, int64_t E, void *stream) {
    const Sequences s = {ids, positions, slots, context, remaining, count, noted_tokens, noted_logprob, noted_values, tokens, logprob,
            values, block_table, eos, B, S, max_blocks, E};
    launch(advance_kernel, blocks(ceil_div<int64_t>(B, THREADS)), THREADS, 0, stream, s);
}

}  // namespace reft
