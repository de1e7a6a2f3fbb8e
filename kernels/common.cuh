/*
 * What all kernels share: launching, storage types, 16-byte accesses, reductions, and the only PTX there is, behind
 * named functions. The same files compile with nvcc and, with REFT_EMULATED, by the host compiler on native/emulator,
 * which has a twin of everything marked so here.
 *
 * Rules for kernels. In an anonymous namespace, so that each file's are its own. Shared memory comes from shared<T>() and
 * dynamic_shared<T>(), never from __shared__ itself. No float atomics. A block waits for others by counter_wait alone, and only
 * for such as began before it. Every thread that has not returned reaches every __syncthreads.
 */
#pragma once

#include "debug.h"
#include "launchers.h"

#ifdef REFT_EMULATED
#include "emulator.h"
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#endif

#include <math.h>

#include <type_traits>

namespace reft {

using bf16 = __nv_bfloat16;
using f16 = __half;

constexpr int WARP = 32;
constexpr unsigned ALL = 0xffffffffu;

template <class N>
__host__ __device__ constexpr N ceil_div(N n, N by) {
    return (n + by - 1) / by;
}

/* ---------------------------------------------------------------- launching */

#ifdef REFT_EMULATED
using emulated::dynamic_shared;
using emulated::shared;

/* Runs the kernel to its end. */
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared, void *, Arguments... arguments) {
    emulated::run(grid, block, shared, false, [&] { kernel(static_cast<Parameters>(arguments)...); });
}
#else
/* The block's dynamic shared memory. */
template <class T>
__device__ T *dynamic_shared() {
    extern __shared__ __align__(1024) unsigned char memory[];
    return reinterpret_cast<T *>(memory);
}

/* The block's variable of type T in shared memory. There is one of a type: each use defines a struct of its own. */
template <class T>
__device__ inline T &shared() {
    __shared__ __align__(16) T memory;
    return memory;
}

inline void check(cudaError_t error, const char *what) {
    if (error != cudaSuccess) throw Failure{REFT_DEVICE_FAILED, std::string(what) + ": " + cudaGetErrorString(error)};
}

/* Waits for what is on the stream, unless that is being captured. */
inline void finish(cudaStream_t stream) {
    cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
    check(cudaStreamIsCapturing(stream, &capture), "capture");
    if (capture == cudaStreamCaptureStatusNone) check(cudaStreamSynchronize(stream), "kernel");
}

/* Starts the kernel on the stream, with `shared` bytes of dynamic shared memory. */
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared, void *stream, Arguments... arguments) {
    if (shared > 48 << 10)
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared)), "shared memory");
    kernel<<<grid, block, shared, static_cast<cudaStream_t>(stream)>>>(static_cast<Parameters>(arguments)...);
    check(cudaGetLastError(), "launch");
    if (debug().sync) finish(static_cast<cudaStream_t>(stream));
}
#endif

/* A grid's first dimension; the others end at 65535. */
inline dim3 blocks(int64_t count) {
    if (count > INT32_MAX) throw Failure{REFT_BAD_ARGUMENT, "too large for one launch"};
    return dim3(static_cast<unsigned>(count));
}

/* ---------------------------------------------------------------- storage types */

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(bf16 x) { return __bfloat162float(x); }
__device__ inline float to_float(f16 x) { return __half2float(x); }

/* Round to nearest even. */
template <class T>
__device__ inline T from_float(float x) {
    if constexpr (std::is_same_v<T, bf16>) return __float2bfloat16_rn(x);
    else if constexpr (std::is_same_v<T, f16>) return __float2half_rn(x);
    else return x;
}

/* The machine word of so many bytes, and how often it is needed. */
template <int BYTES>
using Word = std::conditional_t<BYTES % 16 == 0, uint4,
        std::conditional_t<BYTES % 8 == 0, uint2, std::conditional_t<BYTES % 4 == 0, uint32_t, uint16_t>>>;

/* W neighbouring elements in fp32. */
template <int W>
struct Floats {
    float v[W];
    __device__ float &operator[](int i) { return v[i]; }
    __device__ float operator[](int i) const { return v[i]; }
};

/* Reads W elements at p, which must be aligned to their bytes (at most 16), in as few accesses as there can be. */
template <int W, class T>
__device__ inline Floats<W> load(const T *p) {
    using Raw = Word<W * sizeof(T)>;
    alignas(Raw) T items[W];
#pragma unroll
    for (int i = 0; i < static_cast<int>(W * sizeof(T) / sizeof(Raw)); i++)
        reinterpret_cast<Raw *>(items)[i] = reinterpret_cast<const Raw *>(p)[i];
    Floats<W> x;
#pragma unroll
    for (int i = 0; i < W; i++) x[i] = to_float(items[i]);
    return x;
}

template <int W, class T>
__device__ inline void store(T *p, const Floats<W> &x) {
    using Raw = Word<W * sizeof(T)>;
    alignas(Raw) T items[W];
#pragma unroll
    for (int i = 0; i < W; i++) items[i] = from_float<T>(x[i]);
#pragma unroll
    for (int i = 0; i < static_cast<int>(W * sizeof(T) / sizeof(Raw)); i++)
        reinterpret_cast<Raw *>(p)[i] = reinterpret_cast<Raw *>(items)[i];
}

/* Host: true where all of these can be read 16 bytes at a time, in rows of `bytes` bytes. NULL is fine. */
template <class... Pointers>
bool aligned(int64_t bytes, const Pointers *...pointers) {
    return ((reinterpret_cast<uintptr_t>(pointers) | ... | static_cast<uintptr_t>(bytes)) & 15) == 0;
}

/* Host: calls body.operator()<T, W>() with the storage type of `dtype` and the elements of one access: as many as fill 16 bytes
 * where all pointers and rows of C elements allow it, else 1. */
template <class Body, class... Pointers>
void with_type(int32_t dtype, int64_t C, Body body, const Pointers *...pointers) {
    if (dtype == REFT_BF16) {
        if (aligned(C * 2, pointers...)) body.template operator()<bf16, 8>();
        else body.template operator()<bf16, 1>();
    } else {
        if (aligned(C * 4, pointers...)) body.template operator()<float, 4>();
        else body.template operator()<float, 1>();
    }
}

/* ---------------------------------------------------------------- which thread has which elements */

/* A known number as a type, for the widths that generic code is called with: x.value. */
template <int N>
using Width = std::integral_constant<int, N>;

/* Flat: each thread has W of n elements. body(first, width), one element at a time in the rest. */
template <int W, class Body>
__device__ inline void each(int64_t n, Body body) {
    int64_t i = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * W;
    if (i + W <= n) body(i, Width<W>());
    else
        for (; i < n; i++) body(i, Width<1>());
}
constexpr int FLAT_THREADS = 256;
template <int W>
dim3 flat_grid(int64_t n) {
    return blocks(ceil_div<int64_t>(n, W * FLAT_THREADS));
}

/* Rows of C elements: row blockIdx.x, and in it each thread has W elements from column<W>() on, if that is < C. C is a
 * multiple of W. */
template <int W>
__device__ inline int64_t column() {
    return (static_cast<int64_t>(blockIdx.y) * blockDim.x + threadIdx.x) * W;
}
/* Threads of a block that works on one row: whole warps, at most `most`. */
inline int row_threads(int64_t C, int W, int most = 256) {
    return static_cast<int>(ceil_div<int64_t>(C, W) >= most ? most : ceil_div<int64_t>(ceil_div<int64_t>(C, W), WARP) * WARP);
}
template <int W>
dim3 row_grid(int64_t N, int64_t C) {
    const int64_t across = ceil_div<int64_t>(C, static_cast<int64_t>(W) * row_threads(C, W));
    if (across > 65535) throw Failure{REFT_BAD_ARGUMENT, "rows too long for one launch"};
    return dim3(blocks(N).x, static_cast<unsigned>(across));
}

/* ---------------------------------------------------------------- warps and blocks */

__device__ inline int lane() { return static_cast<int>(threadIdx.x) % WARP; }
__device__ inline int warp() { return static_cast<int>(threadIdx.x) / WARP; }

/* Over the warp, the same bits in every lane. */
template <class N>
__device__ inline N warp_sum(N x) {
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) x += __shfl_xor_sync(ALL, x, apart);
    return x;
}
__device__ inline float warp_max(float x) {
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) x = fmaxf(x, __shfl_xor_sync(ALL, x, apart));
    return x;
}

/* Over a block of whole warps, in a fixed order, the same bits in every thread. `combine` joins two values; `none` leaves
 * the other as it is. Two barriers: shared memory that was written before is visible after. */
template <class N, class Combine>
__device__ inline N block_reduce(N x, N none, Combine combine) {
    struct Parts {
        N of[WARP];
    };
    N(&parts)[WARP] = shared<Parts>().of;
    const int warps = static_cast<int>(blockDim.x) / WARP;
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) x = combine(x, __shfl_xor_sync(ALL, x, apart));
    if (lane() == 0) parts[warp()] = x;
    __syncthreads();
    x = lane() < warps ? parts[lane()] : none;
#pragma unroll
    for (int apart = WARP / 2; apart > 0; apart /= 2) x = combine(x, __shfl_xor_sync(ALL, x, apart));
    __syncthreads(); /* parts may be written again at once */
    return x;
}
template <class N>
__device__ inline N block_sum(N x) {
    return block_reduce(x, N(0), [](N a, N b) { return a + b; });
}
__device__ inline float block_max(float x) {
    return block_reduce(x, -INFINITY, [](float a, float b) { return fmaxf(a, b); });
}

/* ---------------------------------------------------------------- PTX, with twins in the emulator */

#ifdef REFT_EMULATED
using emulated::counter_add;
using emulated::counter_wait;
#else
/* Adds to a counter in global memory and returns what it held. What this thread and, before a __syncthreads, its block did so far
 * comes before what others do after they have seen the sum; what others did before theirs, before what follows here. */
__device__ inline int32_t counter_add(int32_t *counter, int32_t x) {
    int32_t old;
    asm volatile("atom.acq_rel.gpu.global.add.s32 %0, [%1], %2;" : "=r"(old) : "l"(counter), "r"(x) : "memory");
    return old;
}
/* Returns when the counter has come to `least`: then all is seen that came before. For one thread of a block, with a __syncthreads behind
 * it; those that count must have begun before this block, as a counter of tickets tells. */
__device__ inline void counter_wait(const int32_t *counter, int32_t least) {
    int32_t now;
    do asm volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(now) : "l"(counter) : "memory");
    while (now < least);
}
#endif

/* Two bf16 in one register, `low` in its lower half. */
__device__ inline uint32_t pack_bf16(float low, float high) {
    const bf16 pair[2] = {__float2bfloat16_rn(low), __float2bfloat16_rn(high)};
    uint32_t bits;
    memcpy(&bits, pair, sizeof bits);
    return bits;
}

#ifdef REFT_EMULATED
using emulated::cp_async_16;
using emulated::cp_async_commit;
using emulated::cp_async_wait;
__device__ inline float exp2_fast(float x) { return exp2f(x); }
using emulated::ldmatrix_x4;
using emulated::ldmatrix_x4_trans;
using emulated::mma_m16n8k16;
#else
/*
 * d += a·b over the warp: a [16,16] and b [16,8] bf16, d [16,8] fp32. With g = lane/4 and t = lane%4 a lane holds
 *   a: (g, 2t…2t+1), (g+8, 2t…), (g, 2t+8…), (g+8, 2t+8…)     b: (2t…2t+1, g), (2t+8…2t+9, g)
 *   d: (g, 2t), (g, 2t+1), (g+8, 2t), (g+8, 2t+1)
 * as (row, column), the lower index in the lower half of a register.
 */
__device__ inline void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/* Four 8×8 matrices of 16-bit elements from shared memory: lane l gives the address of row l%8 of matrix l/8 (16 bytes,
 * aligned so) and gets elements (lane/4, 2·(lane%4)…+1) of matrix i in r[i]; with _trans those of the transposes. */
__device__ inline void ldmatrix_x4(uint32_t (&r)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
            : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
            : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(row)))
            : "memory");
}
__device__ inline void ldmatrix_x4_trans(uint32_t (&r)[4], const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
            : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
            : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(row)))
            : "memory");
}

/* Starts a copy of 16 bytes to shared memory, both ends aligned: the first `bytes` from `global`, zeroes after them. With 0
 * nothing is read, but the address must still be a good one. */
__device__ inline void cp_async_16(void *shared, const void *global, int bytes = 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(static_cast<uint32_t>(__cvta_generic_to_shared(shared))),
            "l"(global), "r"(bytes)
            : "memory");
}
/* Closes the thread's group of copies begun since the last commit. */
__device__ inline void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/* Waits until at most the PENDING last groups of this thread are on their way; other threads' need a barrier after it. */
template <int PENDING>
__device__ inline void cp_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

/* 2^x to about 2 units in the last place; 1 at 0, 0 at -∞ and where the result would be denormal. */
__device__ inline float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
#endif

}  // namespace reft
