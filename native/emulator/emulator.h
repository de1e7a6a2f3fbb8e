/*
 * The part of CUDA that the kernels use, for the host compiler: the same .cu files run on a CPU, so that tests need no GPU.
 *
 * How. All on the calling thread: the threads of a block are fibers; one runs until it waits (a barrier, a warp's exchange),
 * then the next. A few blocks are under way at a time, begun in random order and going on in random turns, so that a kernel
 * that takes one block for done before another shows; REFT_EMULATOR_SEED=n draws another order. What makes threads meet is in
 * emulator.cpp, sm_90a's part in hopper.cpp, what watches memory accesses in races.cpp, what counts them in traffic.cpp.
 * Tensor-core and copy functions follow the layouts of the PTX ISA; copies arrive when they are waited for, as late as they may
 * on a GPU. A descriptor of wgmma is decoded from its 64 bits, and a tensor map is what cuTensorMapEncodeTiled would make of
 * the same arguments: kernels/hopper.cuh makes both, here as there.
 *
 * What fails, with a sentence: threads that wait for each other for ever, a warp function whose mask names a thread that
 * has ended or lacks the caller, and, where the kernels are compiled with -fsanitize=thread, two threads at the same
 * memory, one of them writing, with no barrier between. On sm_90a also: sums of wgmma that are touched while it is under way
 * or given to it without a fence, wgmmas that nobody waits for, shared memory that wgmma reads and threads wrote without a
 * fence between, a barrier that the copy engine was not told of, more registers taken than there are.
 *
 * What mbarriers order is not watched for races. Instead a TMA copy spoils its target at once and arrives when it is waited
 * for, and wgmma reads its operands when it is waited for: both as late as they may, so that whoever does not wait meets NaN
 * or sums that are not there yet.
 *
 * Left out: cooperative groups, clusters, streams (a launch returns when it is done), textures, dynamic parallelism, fp16
 * arithmetic. Sums in another order than a GPU's tensor core.
 */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <type_traits>

#define __global__ static
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) __attribute__((aligned(n)))

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
struct uint3 {
    unsigned x, y, z;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) int2 {
    int x, y;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

/* Of the fiber that runs. */
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;

/* Of cuda.h, what describes a tensor map; the numbers are the driver's. */
using CUresult = int;
constexpr CUresult CUDA_SUCCESS = 0;
using cuuint32_t = uint32_t;
using cuuint64_t = uint64_t;
enum CUtensorMapDataType { CU_TENSOR_MAP_DATA_TYPE_FLOAT32 = 7, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 = 9 };
enum CUtensorMapInterleave { CU_TENSOR_MAP_INTERLEAVE_NONE = 0 };
enum CUtensorMapSwizzle {
    CU_TENSOR_MAP_SWIZZLE_NONE = 0,
    CU_TENSOR_MAP_SWIZZLE_32B,
    CU_TENSOR_MAP_SWIZZLE_64B,
    CU_TENSOR_MAP_SWIZZLE_128B
};
enum CUtensorMapL2promotion {
    CU_TENSOR_MAP_L2_PROMOTION_NONE = 0,
    CU_TENSOR_MAP_L2_PROMOTION_L2_128B = 2,
    CU_TENSOR_MAP_L2_PROMOTION_L2_256B = 3
};
enum CUtensorMapFloatOOBfill { CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE = 0 };

namespace reft::emulated {

/* Runs `thread` as each thread of each block. `early`: it may begin before the launch in front of it has ended. Throws Failure. */
void run(dim3 grid, dim3 block, size_t shared, bool early, const std::function<void()> &thread);

/* The block's dynamic shared memory. */
void *dynamic_shared_memory();
template <class T>
T *dynamic_shared() {
    return static_cast<T *>(dynamic_shared_memory());
}

/* Room for one more variable in every block's shared memory; where it lies in that. All are known when the library is loaded. */
size_t reserve_variable(size_t bytes);
void *shared_variable(size_t at);
template <class T>
struct Variable {
    static inline const size_t at = reserve_variable(sizeof(T));
};
template <class T>
T &shared() {
    return *static_cast<T *>(shared_variable(Variable<T>::at));
}

/* A warp function in the making: each lane of the mask leaves a value, and reads the others' once all have. */
struct Meeting {
    static constexpr size_t BYTES = 32;
    uint32_t mask, arrived, left; /* lanes; free when left = mask */
    alignas(16) unsigned char values[32][BYTES];
};
/* Leaves `value` and waits for the rest of the mask. `kind` tells one function from another. */
Meeting &join(uint32_t mask, const void *value, size_t bytes);
void leave(Meeting &meeting);
int lane();
[[noreturn]] void fail(const char *text);

/* Every lane of the mask gives `value` and gets read(of), where of(l) is lane l's. */
template <class T, class Read>
auto exchange(uint32_t mask, const T &value, Read read) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= Meeting::BYTES);
    Meeting &meeting = join(mask, &value, sizeof value);
    const auto result = read([&](int l) {
        if (!(mask >> l & 1)) fail("a warp function reads a lane outside its mask");
        T other;
        memcpy(&other, meeting.values[l], sizeof other);
        return other;
    });
    leave(meeting);
    return result;
}

/* Shuffles of sub-warps of `width` lanes; a lane outside its sub-warp stands for the caller's own. */
template <class T>
T shuffle(uint32_t mask, T value, int from, int width) {
    const int first = lane() / width * width;
    return exchange(mask, value, [&](auto of) { return of(from >= first && from < first + width ? from : lane()); });
}

void cp_async_16(void *shared, const void *global, int bytes = 16);
void cp_async_commit();
void cp_async_wait_group(int pending);
template <int PENDING>
void cp_async_wait() {
    cp_async_wait_group(PENDING);
}
void ldmatrix_x4(uint32_t (&r)[4], const void *row);
void ldmatrix_x4_trans(uint32_t (&r)[4], const void *row);
void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

/* Counters in global memory that order what blocks do: common.cuh says how. */
int32_t counter_add(int32_t *counter, int32_t x);
void counter_wait(const int32_t *counter, int32_t least);

/* A launch that began early waits for the one in front of it; says that the next one may begin. */
void launch_wait();
inline void launch_next() {}

/* ---------------------------------------------------------------- sm_90a: kernels/hopper.cuh says what they do */

/* Its state is beside the block's memory; here is only its address. */
struct alignas(8) Mbarrier {
    uint64_t unused;
};
void mbarrier_init(Mbarrier *barrier, int arrivals);
void mbarrier_init_fence();
void mbarrier_arrive(Mbarrier *barrier);
void mbarrier_expect(Mbarrier *barrier, int bytes);
void mbarrier_wait(Mbarrier *barrier, int parity);

/* Where it lies in the block's shared memory. */
uint32_t shared_address(const void *p);
void async_fence();

/* As cuTensorMapEncodeTiled keeps it: what lies outside becomes zero. */
struct alignas(64) TensorMap {
    const char *x;
    int64_t columns, rows, stride; /* bytes from row to row */
    int box_columns, box_rows;
    int swizzle; /* CUtensorMapSwizzle */
    int bytes() const { return box_columns * box_rows * 2; }
};
void tma_load(void *shared, const TensorMap &map, int row, int column, Mbarrier *barrier);

void wgmma_begin(float *d, int N, const uint32_t *a_registers, uint64_t a, uint64_t b, bool transpose_a, bool transpose_b, bool accumulate);
template <int TRANSPOSE_A, int TRANSPOSE_B, int PIECES>
void wgmma_mma(float (&d)[PIECES][4], uint64_t a, uint64_t b, bool accumulate) {
    wgmma_begin(d[0], PIECES * 8, nullptr, a, b, TRANSPOSE_A, TRANSPOSE_B, accumulate);
}
template <int TRANSPOSE_B, int PIECES>
void wgmma_mma(float (&d)[PIECES][4], const uint32_t (&a)[4], uint64_t b, bool accumulate) {
    wgmma_begin(d[0], PIECES * 8, a, 0, b, false, TRANSPOSE_B, accumulate);
}
void wgmma_fence();
void wgmma_commit();
void wgmma_wait_group(int pending);
void wgmma_tie(const float *d);
template <int PENDING, int... PIECES>
void wgmma_wait(float (&...d)[PIECES][4]) {
    wgmma_wait_group(PENDING);
    (wgmma_tie(d[0]), ...);
}
void set_registers(int count, bool more);
template <int REGISTERS>
void registers_give() {
    set_registers(REGISTERS, false);
}
template <int REGISTERS>
void registers_take() {
    set_registers(REGISTERS, true);
}

/* ---------------------------------------------------------------- races */

/* What races.cpp must know of the thread that runs: its block, counted from the library's start, and the barriers that the
 * block and the whole warp have passed. */
struct Place {
    uint32_t block, barriers;
    uint16_t warp_barriers, thread;
};
extern Place place;
extern uint32_t launch_began, early_since; /* the first block of the launch; of the one that may still be under way, 0: none */
extern bool running;                       /* a thread runs, not the host */
void accessed(const void *address, size_t bytes, bool write);
bool race(char *text, size_t bytes); /* describes the first one since the last call; false: there was none */

/* ---------------------------------------------------------------- traffic */

/* What launches did since reft_emulated_count was asked last. Global memory goes in sectors of 32 bytes, and counts once a launch,
 * however many blocks touch it: a second-level cache keeps it for them. `asked` counts every access. */
struct Count {
    int64_t launches, read, written, asked, operations, warpgroup_operations;
};
extern Count count;
extern bool counting; /* by reft_emulated_counting: tensor cores compute nothing, races are not looked for */
void count_access(uintptr_t address, size_t bytes, bool write);
void count_launch();

}  // namespace reft::emulated

/* ---------------------------------------------------------------- the driver's part of TMA */

using CUtensorMap = reft::emulated::TensorMap;
CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType type, cuuint32_t rank, void *x, const cuuint64_t *size,
        const cuuint64_t *stride, const cuuint32_t *box, const cuuint32_t *step, CUtensorMapInterleave interleave,
        CUtensorMapSwizzle swizzle, CUtensorMapL2promotion promotion, CUtensorMapFloatOOBfill fill);

/* ---------------------------------------------------------------- barriers, warp functions, atomics on integers */

void __syncthreads();
void __syncwarp(uint32_t mask = 0xffffffffu);
inline void __threadfence_block() {}
inline void __threadfence() {}
[[noreturn]] inline void __trap() { reft::emulated::fail("__trap"); }

template <class T>
T __shfl_sync(uint32_t mask, T value, int from, int width = 32) {
    return reft::emulated::shuffle(mask, value, reft::emulated::lane() / width * width + from % width, width);
}
template <class T>
T __shfl_xor_sync(uint32_t mask, T value, int bits, int width = 32) {
    return reft::emulated::shuffle(mask, value, reft::emulated::lane() ^ bits, width);
}
template <class T>
T __shfl_up_sync(uint32_t mask, T value, unsigned by, int width = 32) {
    return reft::emulated::shuffle(mask, value, reft::emulated::lane() - static_cast<int>(by), width);
}
template <class T>
T __shfl_down_sync(uint32_t mask, T value, unsigned by, int width = 32) {
    return reft::emulated::shuffle(mask, value, reft::emulated::lane() + static_cast<int>(by), width);
}

/* Joins the values of the mask's lanes in the order of the lanes. */
template <class T, class Combine>
T reduce_lanes(uint32_t mask, T value, Combine combine) {
    return reft::emulated::exchange(mask, value, [&](auto of) {
        T result = of(__builtin_ctz(mask));
        for (int l = __builtin_ctz(mask) + 1; l < 32; l++)
            if (mask >> l & 1) result = combine(result, of(l));
        return result;
    });
}
inline unsigned __ballot_sync(uint32_t mask, int predicate) {
    return reduce_lanes(mask, predicate ? 1u << reft::emulated::lane() : 0u, [](unsigned a, unsigned b) { return a | b; });
}
inline int __any_sync(uint32_t mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(uint32_t mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }
template <class N>
N __reduce_add_sync(uint32_t mask, N x) {
    return reduce_lanes(mask, x, [](N a, N b) { return a + b; });
}
template <class N>
N __reduce_min_sync(uint32_t mask, N x) {
    return reduce_lanes(mask, x, [](N a, N b) { return std::min(a, b); });
}
template <class N>
N __reduce_max_sync(uint32_t mask, N x) {
    return reduce_lanes(mask, x, [](N a, N b) { return std::max(a, b); });
}

/* Fibers change only where they wait, so these need no lock; nor are they watched for races. */
#define REFT_ATOMIC(name, expression)                                                                                                      \
    template <class N>                                                                                                                     \
    __attribute__((noinline, no_sanitize_thread)) N name(N *p, std::type_identity_t<N> x) {                                                \
        static_assert(std::is_integral_v<N>);                                                                                              \
        const N old = *p;                                                                                                                  \
        *p = expression;                                                                                                                   \
        return old;                                                                                                                        \
    }
REFT_ATOMIC(atomicAdd, old + x)
REFT_ATOMIC(atomicMax, old > x ? old : x)
REFT_ATOMIC(atomicMin, old < x ? old : x)
REFT_ATOMIC(atomicOr, old | x)
REFT_ATOMIC(atomicAnd, old &x)
REFT_ATOMIC(atomicExch, x)
#undef REFT_ATOMIC

/* ---------------------------------------------------------------- arithmetic */

template <class T>
T __ldg(const T *p) {
    return *p;
}
template <class T>
T __ldcs(const T *p) {
    return *p;
}
template <class T>
void __stcs(T *p, T x) {
    *p = x;
}

using std::max;
using std::min;
inline float rsqrtf(float x) { return 1 / sqrtf(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __saturatef(float x) { return fminf(fmaxf(x, 0), 1); }
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
inline unsigned __umulhi(unsigned x, unsigned y) { return static_cast<unsigned>(static_cast<uint64_t>(x) * y >> 32); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }

struct __nv_bfloat16 {
    uint16_t bits;
};
struct __half {
    uint16_t bits;
};
inline float __bfloat162float(__nv_bfloat16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
inline __nv_bfloat16 __float2bfloat16_rn(float x) {
    const unsigned bits = __float_as_uint(x);
    if (x != x) return {0x7fff};
    return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}
inline float __half2float(__half x) {
    const unsigned sign = (x.bits & 0x8000u) << 16, exponent = x.bits >> 10 & 31, fraction = x.bits & 1023u;
    if (exponent == 31) return __uint_as_float(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0) return __uint_as_float(sign | (exponent + 112) << 23 | fraction << 13);
    return __uint_as_float(sign | __float_as_uint(static_cast<float>(fraction) * 0x1p-24f));
}
inline __half __float2half_rn(float x) {
    const unsigned bits = __float_as_uint(x), sign = bits >> 16 & 0x8000u;
    const float size = fabsf(x);
    if (x != x) return {0x7fff};
    if (size >= 65520) return {static_cast<uint16_t>(sign | 0x7c00u)};
    /* Below the normal numbers steps are 2⁻²⁴: adding ½ leaves the fraction, rounded to even, in the lowest bits. */
    if (size < 0x1p-14f) return {static_cast<uint16_t>(sign | (__float_as_uint(size + 0.5f) - __float_as_uint(0.5f)))};
    const unsigned rounded = (bits & 0x7fffffffu) + 0xfff + (bits >> 13 & 1);
    return {static_cast<uint16_t>(sign | (rounded - (112u << 23)) >> 13)};
}
