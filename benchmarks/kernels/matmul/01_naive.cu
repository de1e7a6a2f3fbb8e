/*
 * Idea: one thread an element, which reads its row of x and its row of w from beginning to end.
 *
 * Floor at 4096×4096×4096: 137 GFLOP, 0.17 ms. Predicted: 270 ms, 0.5 TFLOP/s. The 32 lanes of a warp read 32 rows of w, so 32
 * lines of L1 for one FMA each, and one of x: 137e9/2/32 · 33 cycles / 132 / 1.98 GHz.
 * Figure: not measured yet.
 * Verdict: not a candidate. What everything else is compared with, and the plainest statement of the op.
 */
#include "rungs.cuh"

namespace reft::matmul_naive {

namespace {

__global__ void __launch_bounds__(256) kernel(Product p) {
    const int64_t n = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x,
                  m = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
    if (m >= p.M || n >= p.N) return;
    float sum = 0;
    for (int64_t k = 0; k < p.K; k++) sum = fmaf(to_float(p.x[m * p.K + k]), to_float(p.w[n * p.K + k]), sum);
    p.out[m * p.N + n] = from_float<bf16>(sum);
}

}  // namespace

void run(const Product &p) {
    const dim3 block(32, 8);
    launch(kernel, dim3(blocks(ceil_div<int64_t>(p.N, block.x)).x, blocks(ceil_div<int64_t>(p.M, block.y)).x), block, 0, p.stream, p);
}

}  // namespace reft::matmul_naive
