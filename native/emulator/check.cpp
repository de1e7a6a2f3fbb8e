/* A program that checks the emulator itself: each kernel here is right or wrong on purpose, and must be found so. */
#include "hopper.cuh"

#include <stdio.h>

#include <cmath>

namespace reft {
namespace {

int failures = 0;
#ifdef __SANITIZE_THREAD__
constexpr bool watched = true;
#else
constexpr bool watched = false;
#endif

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
    struct Tiles {
        bf16 a[16][16], b[16][16];
    };
    auto &[as, bs] = shared<Tiles>();
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
    out[l] = __shfl_sync(ALL, l, 5) * 1000000 + __shfl_xor_sync(ALL, l, 3) * 10000 + __shfl_up_sync(ALL, l, 2, 8) * 100 +
             __shfl_down_sync(ALL, l, 1);
    if (l < 20) out[l] += __ballot_sync(0xfffffu, l % 2) != 0xaaaaau;
    else out[l] += __reduce_add_sync(0xfff00000u, 1) != 12;
}

/* out[0] = Σ x, 96 threads; with a MISTAKE one barrier is left out. */
template <int MISTAKE>
__global__ void reduce(float *out, const float *x) {
    struct Sums {
        float of[96];
    };
    auto &sums = shared<Sums>().of;
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
    struct Copied {
        float of[4];
    };
    auto &memory = shared<Copied>().of;
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
    expect(std::isnan(out[0]), "a copy that nobody waited for has not come");
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

/* ---------------------------------------------------------------- several blocks */

/* Hands x on from block to block: each adds 1 to what the one before has left, in an element of its own. */
template <int MISTAKE>
__global__ void relay(int32_t *ticket, int32_t *done, int32_t *x) {
    struct Turn {
        int32_t mine;
    };
    Turn &turn = shared<Turn>();
    if (threadIdx.x == 0) {
        turn.mine = MISTAKE == 1 ? static_cast<int32_t>(blockIdx.x) : counter_add(ticket, 1);
        if (MISTAKE != 2) counter_wait(done, turn.mine);
    }
    __syncthreads();
    const int32_t mine = turn.mine;
    if (threadIdx.x == 33) x[mine + 1] = x[mine] + 1;
    if (MISTAKE != 3) __syncthreads();
    if (threadIdx.x == 0) counter_add(done, 1);
}

template <int MISTAKE>
std::string relayed(int32_t (&x)[13]) {
    int32_t ticket = 0, done = 0;
    x[0] = 7;
    return complaint([&] { launch(relay<MISTAKE>, 12, 64, 0, nullptr, &ticket, &done, x); });
}

void check_blocks() {
    int32_t x[13] = {};
    expect(relayed<0>(x).empty() && x[12] == 19, "blocks that wait for those that began before them");
    expect(relayed<1>(x).find("waits for another block") != std::string::npos,
            "blocks that wait for those of lower index, which may not have begun");
    if (!watched) return;
    expect(relayed<2>(x).find("of another block") != std::string::npos, "a block that does not wait");
    expect(relayed<3>(x).find("of another block") != std::string::npos, "a block that says it is done before all of its threads are");
}

/* ---------------------------------------------------------------- sm_90a */

enum Mistake {
    NONE,
    UNANNOUNCED,
    NO_BARRIER,
    NO_FENCE,
    LATE_TOUCH,
    NO_COMMIT,
    NO_WAIT,
    EARLY_READ,
    UNTIED,
    NO_PROXY_FENCE,
    STRIDE,
    SWIZZLE,
    TRANSPOSED,
    BYTES,
    NO_REGISTERS,
};

/* out [64,16] = a [64,64] · bᵀ, b [16,64], which threads copy where `by_threads`. Two more warpgroups only give their registers. */
template <Mistake MISTAKE>
__global__ void __launch_bounds__(384)
        warpgroup_product(float *out, const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, const bf16 *b_rows) {
    unsigned char *tile_a = dynamic_shared<unsigned char>(), *tile_b = tile_a + 64 * 128;
    Mbarrier *full = reinterpret_cast<Mbarrier *>(tile_b + 16 * 128);
    const bool by_threads = b_rows;
    if (threadIdx.x == 0) {
        mbarrier_init(full, 1);
        if (MISTAKE != UNANNOUNCED) mbarrier_init_fence();
    }
    if (MISTAKE != NO_BARRIER) __syncthreads();
    if (threadIdx.x >= 128) {
        if (MISTAKE != NO_REGISTERS) registers_give<40>();
        return;
    }
    registers_take<232>();
    if (by_threads) {
        for (int i = static_cast<int>(threadIdx.x); i < 16 * 8; i += 128) /* 16 bytes each */
            store<8>(reinterpret_cast<bf16 *>(tile_b + i / 8 * 128 + (i % 8 ^ i / 8 % 8) * 16), load<8>(b_rows + i * 8));
        if (MISTAKE != NO_PROXY_FENCE) async_fence();
    }
    if (threadIdx.x == 0) {
        mbarrier_expect(full, (by_threads ? 64 : 64 + 16) * 128 + (MISTAKE == BYTES ? 128 : 0));
        tma_load(tile_a, a, 0, 0, full);
        if (!by_threads) tma_load(tile_b, b, 0, 0, full);
    }
    if (by_threads) __syncthreads();
    mbarrier_wait(full, 0);
    float sum[2][4] = {};
    for (int round = 0; round < 2; round++) {
        if (MISTAKE != NO_FENCE || round == 1) wgmma_fence();
        if (MISTAKE == LATE_TOUCH) sum[threadIdx.x % 2][0] = 0;
        for (int k = 0; k < 4; k++) {
            uint64_t of_a = wgmma_tile(tile_a + k * 32, 0), of_b = wgmma_tile(tile_b + k * 32, 0);
            if (MISTAKE == STRIDE) of_a ^= uint64_t{64 ^ 128} << 32;
            if (MISTAKE == SWIZZLE) of_b ^= uint64_t{1 ^ 2} << 62;
            wgmma<MISTAKE != TRANSPOSED, true>(sum, of_a, of_b, k > 0);
        }
        if (MISTAKE != NO_COMMIT) wgmma_commit();
        if (MISTAKE == EARLY_READ) out[0] = sum[threadIdx.x % 2][0];
        if (MISTAKE == NO_WAIT) return;
        if (MISTAKE == UNTIED) wgmma_wait<0>();
        else wgmma_wait<0>(sum);
        for (int j = 0; j < 2; j++)
            for (int i = 0; i < 4; i++) out[(warp() * 16 + lane() / 4 + i / 2 * 8) * 16 + j * 8 + lane() % 4 * 2 + i % 2] = sum[j][i];
    }
}

void check_warpgroups() {
    alignas(16) static bf16 a[64 * 64], b[16 * 64];
    float out[64 * 16], wanted[64 * 16];
    for (int i = 0; i < 64 * 64; i++) a[i] = __float2bfloat16_rn(static_cast<float>(i * 7 % 31 - 15));
    for (int i = 0; i < 16 * 64; i++) b[i] = __float2bfloat16_rn(static_cast<float>(i * 5 % 23 - 11));
    for (int m = 0; m < 64; m++) {
        for (int n = 0; n < 16; n++) {
            float sum = 0;
            for (int k = 0; k < 64; k++) sum += to_float(a[m * 64 + k]) * to_float(b[n * 64 + k]);
            wanted[m * 16 + n] = sum;
        }
    }
    const TensorMap map_a = tensor_map(a, 64, 64, 64), map_b = tensor_map(b, 16, 64, 16);
    auto run = [&]<Mistake MISTAKE>(const bf16 *rows) {
        memset(out, 0, sizeof out);
        return complaint([&] { launch(warpgroup_product<MISTAKE>, 1, 384, 82 * 128, nullptr, out, map_a, map_b, rows); });
    };
    for (const bf16 *rows : {static_cast<const bf16 *>(nullptr), static_cast<const bf16 *>(b)}) {
        const std::string text = run.template operator()<NONE>(rows);
        expect(text.empty() && memcmp(out, wanted, sizeof out) == 0,
                rows ? "a product of a warpgroup from what threads wrote" : "a product of a warpgroup");
        if (!text.empty()) printf("%s\n", text.c_str());
    }
    auto found = [&]<Mistake MISTAKE>(const char *part, const bf16 *rows = nullptr) {
        const std::string text = run.template operator()<MISTAKE>(rows);
        if (text.find(part) == std::string::npos) printf("FAILED: \"%s\" expected, got \"%s\"\n", part, text.c_str()), failures++;
    };
    found.template operator()<UNANNOUNCED>("has not announced");
    found.template operator()<NO_BARRIER>("an mbarrier that");
    found.template operator()<NO_FENCE>("no wgmma_fence");
    found.template operator()<NO_WAIT>("has not waited for");
    found.template operator()<BYTES>("at an mbarrier");
    found.template operator()<NO_REGISTERS>("for registers");
    auto differs = [&]<Mistake MISTAKE>(const char *what) {
        expect(!run.template operator()<MISTAKE>(nullptr).empty() || memcmp(out, wanted, sizeof out) != 0, what);
    };
    differs.template operator()<STRIDE>("a descriptor with another stride");
    differs.template operator()<SWIZZLE>("a descriptor with another swizzle");
    differs.template operator()<TRANSPOSED>("a tile taken for transposed");
    if (!watched) return;
    found.template operator()<LATE_TOUCH>("no wgmma_fence");
    found.template operator()<NO_COMMIT>("under way");
    found.template operator()<EARLY_READ>("while it is under way");
    found.template operator()<UNTIED>("no wait was given");
    found.template operator()<NO_PROXY_FENCE>("without async_fence", b);
}

/* What cuTensorMapEncodeTiled refuses. */
void check_maps() {
    alignas(16) static bf16 x[64 * 72];
    auto made = [&](const bf16 *from, int64_t columns, int rows) {
        return complaint([&] {
            const TensorMap map = tensor_map(from, 64, columns, rows);
            expect(map.bytes() == rows * 128, "the bytes of a box");
        });
    };
    expect(made(x, 72, 64).empty(), "a tensor map");
    expect(made(x + 1, 64, 8).find("status 1") != std::string::npos, "a matrix that does not start on 16 bytes");
    expect(made(x, 63, 8).find("status 1") != std::string::npos, "rows that do not start on 16 bytes");
    expect(made(x, 64, 257).find("status 1") != std::string::npos, "a box of too many rows");
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
    expect(from_float<f16>(1.00048828125f).bits == 0x3c00 && from_float<f16>(0x1.8p-24f).bits == 2 && from_float<f16>(65519).bits == 0x7bff,
            "f16 rounds halves to even");
}

}  // namespace
}  // namespace reft

int main() {
    reft::check_products();
    reft::check_threads();
    if (reft::watched) reft::check_races();
    reft::check_blocks();
    reft::check_warpgroups();
    reft::check_maps();
    reft::check_formats();
    if (reft::failures == 0) printf("The emulator is as it should be.\n");
    return reft::failures != 0;
}
