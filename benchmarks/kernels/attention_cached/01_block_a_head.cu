/*
 * Idea: attention as it is written down, a block for each query head of each sequence. A warp takes a key after the other and
 * its lanes the channels; the scores lie in shared memory; then a thread a channel sums the values.
 *
 * Floor at 64 sequences of 512 tokens, 12 heads of 64: 101 MB of keys and values, 23 µs. Predicted: 90 µs, 26 % of the floor. A warp
 * has one key of 128 bytes under way: 768 blocks of 4 warps, 3 KB a multiprocessor where 11.5 KB fill the memory.
 * At one sequence of 2048, 32 heads of 128 (34 MB, 7.8 µs): 360 µs, as 32 blocks are all there is and have 1 KB each under way.
 * Figure: not measured yet.
 * Verdict: too little under way; the context is limited by shared memory (58,000 tokens); heads that share keys read them anew.
 */
#include "rungs.cuh"

namespace reft::attention_block_a_head {

namespace {

constexpr int THREADS = 128;

__global__ void __launch_bounds__(THREADS) kernel(Decoding d) {
    float *p = dynamic_shared<float>(); /* [longest_context]: scores, then e^(score-highest) */
    const int64_t head = blockIdx.x, b = blockIdx.y;
    const int keys = d.context[b], HS = static_cast<int>(d.HS);
    const bf16 *q = d.query(b, head);
    for (int key = warp(); key < keys; key += THREADS / WARP) {
        const bf16 *k = d.k_pages + d.at(b, head, key);
        float dot = 0;
        for (int c = lane(); c < HS; c += WARP) dot = fmaf(to_float(q[c]), to_float(k[c]), dot);
        dot = warp_sum(dot);
        if (lane() == 0) p[key] = dot * d.scale();
    }
    __syncthreads();
    float highest = -INFINITY, total = 0;
    for (int key = static_cast<int>(threadIdx.x); key < keys; key += THREADS) highest = fmaxf(highest, p[key]);
    highest = block_max(highest);
    for (int key = static_cast<int>(threadIdx.x); key < keys; key += THREADS) total += p[key] = expf(p[key] - highest);
    total = block_sum(total); /* and all of p is there */
    for (int c = static_cast<int>(threadIdx.x); c < HS; c += THREADS) {
        float sum = 0;
        for (int key = 0; key < keys; key++) sum = fmaf(p[key], to_float(d.v_pages[d.at(b, head, key) + c]), sum);
        d.out[(b * d.NH + head) * HS + c] = from_float<bf16>(sum / total);
    }
}

}  // namespace

void run(const Decoding &d) {
    launch(kernel, dim3(static_cast<unsigned>(d.NH), static_cast<unsigned>(d.B)), THREADS,
            static_cast<size_t>(d.longest_context) * sizeof(float), d.stream, d);
}

}  // namespace reft::attention_block_a_head
