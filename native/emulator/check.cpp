/* A program that checks the emulator itself: each kernel here is right or wrong on purpose, and must be found so. */
#include "common.cuh"

#include <stdio.h>

namespace reft {
namespace {

int failures = 0;

void expect(bool good, const char *what) {
    if (!good) printf("FAILED: %s\n", what);
    failures += !good;
}

/* What a launch complains of; "" for nothing. */
template <class Body>
std::string complaint(Body body) {
    try {
        body();
    } catch (const Failure &failure) {
        return failure.text;
    }
    return "";
}

template <class Body>
void expect_complaint(const char *part, Body body) {
    const std::string text = complaint(body);
    if (text.find(part) == std::string::npos) printf("FAILED: \"%s\" expected, got \"%s\"\n", part, text.c_str()), failures++;
}

/* ---------------------------------------------------------------- tensor cores */

/* out [16,8] = a [16,16] · bᵀ, b [8,16]: one warp, through copies and ldmatrix; the second matrix of b is not used. */
__global__ void product(float *out, const bf16 *a, const bf16 *b, const bf16 *b_rows, int transposed) {
    __shared__ __align__(16) bf16 as[16][16], bs[16][16];
    const int row = lane() / 2, half = lane() % 2 * 8;
    cp_async_16(&as[row][half], a + row * 16 + half);
    if (transposed) cp_async_16(&bs[row][half], b_rows + row * 16 + half, half == 0 ? 16 : 0);
    else cp_async_16(&bs[row][half], b + row % 8 * 16 + half);
    cp_async_commit();
    cp_async_wait<0>();
    __syncwarp();
    uint32_t af[4], bf[4];
    ldmatrix_x4(af, &as[lane() % 16][lane() / 16 * 8]);
    if (transposed) ldmatrix_x4_trans(bf, &bs[lane() % 16][lane() / 16 * 8]);
    else ldmatrix_x4(bf, &bs[lane() % 8][lane() / 8 % 2 * 8]);
    float d[4] = {0, 0, 0, 1};
    mma_m16n8k16(d, af, {bf[0], bf[1]});
    for (int i = 0; i < 4; i++) out[(lane() / 4 + i / 2 * 8) * 8 + lane() % 4 * 2 + i % 2] = d[i];
}

void check_products() {
    alignas(16) bf16 a[256], b[128], b_rows[256] = {};
    float out[128], wanted[128];
    for (int i = 0; i < 256; i++) a[i] = __float2bfloat16_rn(static_cast<float>(i * 7 % 31 - 15));
    for (int i = 0; i < 128; i++) b[i] = __float2bfloat16_rn(static_cast<float>(i * 5 % 23 - 11));
    for (int n = 0; n < 8; n++)
        for (int k = 0; k < 16; k++) b_rows[k * 16 + n] = b[n * 16 + k];
    for (int m = 0; m < 16; m++) {
        for (int n = 0; n < 8; n++) {
            float sum = m >= 8 && n % 2 == 1 ? 1 : 0;
            for (int k = 0; k < 16; k++) sum += to_float(a[m * 16 + k]) * to_float(b[n * 16 + k]);
            wanted[m * 8 + n] = sum;
        }
    }
    for (int transposed = 0; transposed < 2; transposed++) {
        expect(complaint([&] { launch(product, 1, 32, 0, nullptr, out, a, b, b_rows, transposed); }).empty(), "a product without races");
        expect(memcmp(out, wanted, sizeof out) == 0, transposed ? "mma of ldmatrix_x4_trans" : "mma of ldmatrix_x4");
    }
}

/* ---------------------------------------------------------------- warps and barriers */

__global__ void shuffles(int *out) {
    const int l = lane();
    out[l] = __shfl_sync(ALL, l, 5) * 1000000 + __shfl_xor_sync(ALL, l, 3) * 10000 + __shfl_up_sync(ALL, l, 2, 8) * 100 + __shfl_down_sync(ALL, l, 1);
    if (l < 20) out[l] += __ballot_sync(0xfffffu, l % 2) != 0xaaaaau;
    else out[l] += __reduce_add_sync(0xfff00000u, 1) != 12;
}

/* out[0] = Σ x, 96 threads; with a MISTAKE one barrier is left out. */
template <int MISTAKE>
__global__ void reduce(float *out, const float *x) {
    __shared__ float sums[96];
    const int t = static_cast<int>(threadIdx.x);
    for (int round = 0; round < 2; round++) {
        sums[t] = x[t];
        if (MISTAKE != 1) __syncthreads();
        float sum = 0;
        for (int i = 0; i < 96; i++) sum += sums[i];
        if (t == 0) out[0] = sum;
        if (MISTAKE != 2) __syncthreads();
    }
}

__global__ void exchange_in_warp(float *out, const float *x, int synchronise) {
    float *memory = dynamic_shared<float>();
    memory[lane()] = x[lane()];
    if (synchronise) __syncwarp();
    out[lane()] = memory[31 - lane()];
}

__global__ void same_element(float *out) { out[blockIdx.x / 2] = 1; }

__global__ void half_at_barrier() {
    if (threadIdx.x < 32) __shfl_sync(ALL, 1, 0);
    else if (threadIdx.x == 32) __syncwarp();
    else __syncthreads();
}

__global__ void early_copy(float *out, const float *x) {
    __shared__ __align__(16) float memory[4];
    cp_async_16(memory, x);
    cp_async_commit();
    cp_async_wait<1>();
    out[0] = memory[0];
}

__global__ void ended_lane() {
    if (lane() == 3) return;
    __syncwarp();
}

void check_threads() {
    int lanes[32];
    launch(shuffles, 1, 32, 0, nullptr, lanes);
    for (int l = 0; l < 32; l++)
        expect(lanes[l] == 5000000 + (l ^ 3) * 10000 + (l % 8 < 2 ? l : l - 2) * 100 + (l < 31 ? l + 1 : l), "shuffles and votes");

    float x[96], out[96] = {};
    for (int i = 0; i < 96; i++) x[i] = static_cast<float>(i);
    expect(complaint([&] { launch(reduce<0>, 1, 96, 0, nullptr, out, x); }).empty() && out[0] == 4560, "a sum");
    expect_complaint("wait for each other", [] { launch(half_at_barrier, 1, 64, 0, nullptr); });
    expect_complaint("has ended", [] { launch(ended_lane, 1, 32, 0, nullptr); });
    alignas(16) float from[4] = {1, 2, 3, 4};
    launch(early_copy, 1, 1, 0, nullptr, out, from);
    expect(out[0] == 0, "a copy that nobody waited for has not come");
    expect_complaint("no multiple of 16", [&] { launch(early_copy, 1, 1, 0, nullptr, out, from + 1); });
}

/* Races are seen in what was compiled to be watched. */
void check_races() {
    float x[96] = {}, out[96] = {};
    expect_complaint("race", [&] { launch(reduce<1>, 1, 96, 0, nullptr, out, x); });
    expect_complaint("race", [&] { launch(reduce<2>, 1, 96, 0, nullptr, out, x); });
    expect_complaint("race", [&] { launch(exchange_in_warp, 1, 32, 128, nullptr, out, x, 0); });
    expect_complaint("of another block", [&] { launch(reduce<0>, 2, 96, 0, nullptr, out, x); });
    expect_complaint("of another block", [&] { launch(same_element, 2, 1, 0, nullptr, out); });
    expect(complaint([&] { launch(exchange_in_warp, 1, 32, 128, nullptr, out, x, 1); }).empty(), "an exchange with __syncwarp");
}

/* ---------------------------------------------------------------- number formats */

void check_formats() {
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        const __half half{static_cast<uint16_t>(bits)};
        const bf16 brain{static_cast<uint16_t>(bits)};
        const float h = to_float(half), b = to_float(brain);
        if (h == h) expect(from_float<f16>(h).bits == bits, "f16 there and back");
        if (b == b) expect(from_float<bf16>(b).bits == bits, "bf16 there and back");
    }
    expect(from_float<bf16>(1.00390625f).bits == 0x3f80 && from_float<bf16>(1.01171875f).bits == 0x3f82, "bf16 rounds halves to even");
    expect(from_float<f16>(1.00048828125f).bits == 0x3c00 && from_float<f16>(0x1.8p-24f).bits == 2 && from_float<f16>(65519).bits == 0x7bff, "f16 rounds halves to even");
}

}  // namespace
}  // namespace reft

int main() {
    reft::check_products();
    reft::check_threads();
#ifdef __SANITIZE_THREAD__
    const bool watched = true;
#else
    const bool watched = false;
#endif
    if (watched) reft::check_races();
    reft::check_formats();
    if (reft::failures == 0) printf("The emulator is as it should be.\n");
    return reft::failures != 0;
}
