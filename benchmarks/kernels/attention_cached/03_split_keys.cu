/*
 * Idea: 02, and a block takes 256 keys only; a second kernel joins what the blocks of a head leave. A long sequence is then as
 * good as many short ones.
 *
 * Floor at one sequence of 2048 tokens, 32 heads of 128: 34 MB, 7.8 µs. Predicted: 15 µs, 52 % of the floor. 256 blocks, 7.8 KB under way
 * on
 * a multiprocessor, 2.9 TB/s: 11.5 µs, and 3 µs for the second launch.
 * At 64 sequences of 512, 12 heads of 64 (101 MB, 23 µs): 29 µs; 02 is better there, as blocks are enough without splits.
 * Figure: not measured yet.
 * Verdict: splits only where blocks are few. attention_cached.cu does so, takes the heads that share keys together, on tensor cores,
 * and has the next tile of 64 keys under way by cp.async while one is worked on.
 */
#include "online.cuh"

namespace reft::attention_split_keys {

namespace {

constexpr int SPLIT = 256; /* keys */

/* What the splits leave: o [splits,B·NH,HS] before the division by the total, sums [splits,B·NH] highest and total. */
struct Splits {
    float *o;
    float2 *sums;
};

template <int HS>
__global__ void __launch_bounds__(ONLINE_THREADS) kernel(Decoding d, Splits splits) {
    const int64_t head = blockIdx.x, b = blockIdx.y, row = (blockIdx.z * d.B + b) * d.NH + head;
    const int begin = static_cast<int>(blockIdx.z) * SPLIT, end = min(begin + SPLIT, d.context[b]);
    if (begin >= end) return;
    const Online<1> sums = attend_online<HS>(d, b, head, begin, end);
    if (threadIdx.x < HS) splits.o[row * HS + threadIdx.x] = sums.o[0];
    if (threadIdx.x == 0) splits.sums[row] = make_float2(sums.highest, sums.total);
}

template <int HS>
__global__ void __launch_bounds__(HS) join_splits(Decoding d, Splits splits) {
    const int64_t head = blockIdx.x, b = blockIdx.y;
    Online<1> all;
    for (int split = 0; split * SPLIT < d.context[b]; split++) {
        const int64_t row = (split * d.B + b) * d.NH + head;
        all.join(splits.sums[row].x, splits.sums[row].y, [&](int) { return splits.o[row * HS + threadIdx.x]; });
    }
    d.out[(b * d.NH + head) * HS + threadIdx.x] = from_float<bf16>(all.o[0] / all.total);
}

}  // namespace

void run(const Decoding &d) {
    const int64_t count = ceil_div<int64_t>(d.longest_context, SPLIT), rows = count * d.B * d.NH;
    const unsigned NH = static_cast<unsigned>(d.NH), B = static_cast<unsigned>(d.B);
    float *o = static_cast<float *>(workspace(rows * (d.HS * static_cast<int64_t>(sizeof(float)) + static_cast<int64_t>(sizeof(float2)))));
    const Splits splits = {o, reinterpret_cast<float2 *>(o + rows * d.HS)};
    with_size(d.HS, [&]<int HS>() {
        launch(kernel<HS>, dim3(NH, B, static_cast<unsigned>(count)), ONLINE_THREADS, 0, d.stream, d, splits);
        launch(join_splits<HS>, dim3(NH, B), HS, 0, d.stream, d, splits);
    });
}

}  // namespace reft::attention_split_keys
