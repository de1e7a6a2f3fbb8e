/*
 * Idea: a block a head as in 01, but keys and values in one pass, 16 bytes a lane, with an online softmax: no scores in shared
 * memory, any context, and 1 KB under way for each warp.
 *
 * Floor at 64 sequences of 512 tokens, 12 heads of 64: 101 MB, 23 µs. Predicted: 26 µs, 90 % of the floor. 24 KB under way on a
 * multiprocessor are more than the 11.5 KB that fill the memory; some have 6 blocks where 5.8 would be even, and the first keys of all
 * and the joining at the end, when nothing is read, take some 2 µs.
 * At one sequence of 2048, 32 heads of 128 (34 MB, 7.8 µs): 90 µs. 32 blocks with 4 KB under way: 128 KB / 0.35 µs = 0.37 TB/s.
 * Figure: not measured yet.
 * Verdict: good where sequences and heads fill the device, poor for few sequences; heads that share keys still read them anew.
 */
#include "online.cuh"

namespace reft::attention_online_softmax {

namespace {

template <int HS>
__global__ void __launch_bounds__(ONLINE_THREADS) kernel(Decoding d) {
    const int64_t head = blockIdx.x, b = blockIdx.y;
    const Online<1> sums = attend_online<HS>(d, b, head, 0, d.context[b]);
    if (threadIdx.x < HS) d.out[(b * d.NH + head) * HS + threadIdx.x] = from_float<bf16>(sums.o[0] / sums.total);
}

}  // namespace

void run(const Decoding &d) {
    with_size(d.HS, [&]<int HS>() {
        launch(kernel<HS>, dim3(static_cast<unsigned>(d.NH), static_cast<unsigned>(d.B)), ONLINE_THREADS, 0, d.stream, d);
    });
}

}  // namespace reft::attention_online_softmax
