/*
 * The PTX of sm_90a behind named functions: mbarriers, TMA copies, wgmma. Each has a twin in the emulator. Only files that
 * are compiled for sm_90a alone may include this: see cuda.cmake.
 *
 * A warpgroup is four warps, the first of them at a multiple of four; wgmma functions are called by all of it together.
 */
#pragma once

#include "common.cuh"

#ifndef REFT_EMULATED
#include <cuda.h>
#endif

namespace reft {

/* Elements in 128 bytes: the inner length of every tile here, as TMA and wgmma swizzle it. A tile's row r is 128 bytes at
 * 128·r from a multiple of 1024, and its 16-byte chunk c lies at chunk c ^ r%8 of them. */
constexpr int SWIZZLED = 64;

/* A matrix of bf16 in global memory, and the box of it that one copy brings. */
using TensorMap = CUtensorMap;

#ifdef REFT_EMULATED
using emulated::Mbarrier;
using emulated::async_fence;
using emulated::mbarrier_arrive;
using emulated::mbarrier_expect;
using emulated::mbarrier_init;
using emulated::mbarrier_init_fence;
using emulated::mbarrier_wait;
using emulated::registers_give;
using emulated::registers_take;
using emulated::shared_address;
using emulated::tma_load;
using emulated::wgmma_commit;
using emulated::wgmma_fence;
using emulated::wgmma_mma;
using emulated::wgmma_wait;
#else
__device__ inline uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/* ---------------------------------------------------------------- mbarriers */

/* Counts a phase's arrivals and the bytes that copies bring; when both are complete the phase ends and the next begins.
 * Phases have parity 0, 1, 0, … */
struct alignas(8) Mbarrier {
    uint64_t state;
};

/* One thread, before any other uses it: mbarrier_init_fence() and __syncthreads() lie between. */
__device__ inline void mbarrier_init(Mbarrier *barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}
/* Makes the initialised barriers known to the copy engine. */
__device__ inline void mbarrier_init_fence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

__device__ inline void mbarrier_arrive(Mbarrier *barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
/* Arrives, and lets the phase wait for so many bytes more. */
__device__ inline void mbarrier_expect(Mbarrier *barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}
/* Returns when the phase of this parity has ended; at once with 1 on a barrier that is new. */
__device__ inline void mbarrier_wait(Mbarrier *barrier, int parity) {
    asm volatile("{\n\t"
                 ".reg .pred done;\n\t"
                 "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n\t"
                 "@!done bra again;\n\t"
                 "}" ::"r"(shared_address(barrier)),
            "r"(parity)
            : "memory");
}

/* What this thread wrote to shared memory is seen by wgmma and by copies that read it, which go another way than threads do. */
__device__ inline void async_fence() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/* One thread: starts the copy of the box at (row, column) to `shared`, a multiple of 1024. What lies outside the matrix
 * becomes zero. The barrier is told the whole box's bytes when they are there. The map must be a __grid_constant__. */
__device__ inline void tma_load(void *shared, const TensorMap &map, int row, int column, Mbarrier *barrier) {
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::
                         "r"(shared_address(shared)),
            "l"(&map), "r"(column), "r"(row), "r"(shared_address(barrier))
            : "memory");
}

/* Before the first wgmma after the sums were touched by anything else. */
__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
/* Closes the group of those begun since the last commit. */
__device__ inline void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/* Waits until at most the PENDING last groups are under way. The sums of the others may be touched after a wait that is given
 * them: nothing else keeps the compiler from moving what it does with them in front of it. */
template <int PENDING, int... PIECES>
__device__ inline void wgmma_wait(float (&...d)[PIECES][4]) {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
    auto tie = [](auto &sums) {
#pragma unroll
        for (auto &piece : sums)
#pragma unroll
            for (float &x : piece) asm volatile("" : "+f"(x)::"memory");
    };
    (tie(d), ...);
}

/* What wgmma below is made of. */
#define TEN(tens) "%" #tens "0,%" #tens "1,%" #tens "2,%" #tens "3,%" #tens "4,%" #tens "5,%" #tens "6,%" #tens "7,%" #tens "8,%" #tens "9,"
#define PIECE(j) "+f"(d[j][0]), "+f"(d[j][1]), "+f"(d[j][2]), "+f"(d[j][3])
#define PIECES_2(j) PIECE(j), PIECE(j + 1)
#define PIECES_8(j) PIECES_2(j), PIECES_2(j + 2), PIECES_2(j + 4), PIECES_2(j + 6)
#define WGMMA(N, registers, a_at, b_at, accumulate_at, ta_at, tb_at, ...)                                                                  \
    template <int TRANSPOSE_A, int TRANSPOSE_B>                                                                                            \
    __device__ inline void wgmma_mma(float(&d)[N / 8][4], uint64_t a, uint64_t b, bool accumulate) {                                       \
        asm volatile("{\n\t.reg .pred p;\n\tsetp.ne.b32 p, " accumulate_at ", 0;\n\t"                                                      \
                     "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32.bf16.bf16 {" registers "}, " a_at ", " b_at ", p, 1, 1, " ta_at       \
                     ", " tb_at ";\n\t}"                                                                                                   \
                : __VA_ARGS__                                                                                                              \
                : "l"(a), "l"(b), "r"(static_cast<int>(accumulate)), "n"(TRANSPOSE_A), "n"(TRANSPOSE_B));                                  \
    }
WGMMA(16, "%0,%1,%2,%3,%4,%5,%6,%7", "%8", "%9", "%10", "%11", "%12", PIECES_2(0))
WGMMA(128, TEN() TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) "%60,%61,%62,%63", "%64", "%65", "%66", "%67", "%68", PIECES_8(0), PIECES_8(8))
WGMMA(256, TEN() TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9) TEN(10) TEN(11) "%120,%121,%122,%123,%124,%125,%126,%127",
        "%128", "%129", "%130", "%131", "%132", PIECES_8(0), PIECES_8(8), PIECES_8(16), PIECES_8(24))
#undef WGMMA
#undef PIECES_8
#undef PIECES_2
#undef PIECE
#undef TEN

/* The whole warpgroup: changes the registers of each thread to so many, a multiple of 8. Some must be given before others
 * can take them. */
template <int REGISTERS>
__device__ inline void registers_give() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(REGISTERS));
}
template <int REGISTERS>
__device__ inline void registers_take() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(REGISTERS));
}
#endif

/* ---------------------------------------------------------------- TMA */

/* Host: `rows` rows of `columns`, 16-byte aligned; a box has box_rows (at most 256) rows of 64. Throws Failure. */
inline TensorMap tensor_map(const bf16 *x, int64_t rows, int64_t columns, int box_rows) {
    using Encode =
            CUresult(CUtensorMap *, CUtensorMapDataType, cuuint32_t, void *, const cuuint64_t *, const cuuint64_t *, const cuuint32_t *,
                    const cuuint32_t *, CUtensorMapInterleave, CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill);
    /* The driver's, found at run time: the library must load where there is no driver. */
    static Encode *const encode = [] {
#ifdef REFT_EMULATED
        return cuTensorMapEncodeTiled;
#else
        void *found = nullptr;
        cudaDriverEntryPointQueryResult result;
#if CUDART_VERSION >= 12050
        check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result),
                "cuTensorMapEncodeTiled");
#else
        check(cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &found, cudaEnableDefault, &result), "cuTensorMapEncodeTiled");
#endif
        if (!found) throw Failure{REFT_DEVICE_FAILED, "the driver has no cuTensorMapEncodeTiled: it must be one for CUDA 12 or later"};
        return reinterpret_cast<Encode *>(found);
#endif
    }();
    const cuuint64_t size[2] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)}, stride[1] = {size[0] * sizeof(bf16)};
    const cuuint32_t box[2] = {SWIZZLED, static_cast<cuuint32_t>(box_rows)}, step[2] = {1, 1};
    TensorMap map;
    const CUresult status =
            encode(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<bf16 *>(x), size, stride, box, step, CU_TENSOR_MAP_INTERLEAVE_NONE,
                    CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    if (status != CUDA_SUCCESS) throw Failure{REFT_DEVICE_FAILED, "cuTensorMapEncodeTiled: status " + std::to_string(status)};
    return map;
}

/* ---------------------------------------------------------------- wgmma */

/* How wgmma finds a tile in shared memory, from the 16-byte chunk at `tile` on: groups of eight rows follow each other;
 * `apart` bytes from one column of boxes to the next, for a tile whose rows are k (PTX ISA, "matrix descriptor"). */
__device__ inline uint64_t wgmma_tile(const void *tile, int apart) {
    constexpr uint64_t eight_rows = 8 * 128, swizzle_128 = 1;
    return (shared_address(tile) & 0x3ffff) >> 4 | static_cast<uint64_t>(apart >> 4) << 16 | eight_rows >> 4 << 32 | swizzle_128 << 62;
}

/*
 * d = a·b + (accumulate ? d : 0) over the warpgroup, asynchronously: a [64,16] and b [16,N] bf16 in shared memory, d [64,N]
 * fp32. A_K_INNER: rows of a's tile are rows of a; otherwise they are its columns. B_K_INNER: rows of b's tile are its
 * columns; otherwise its rows. A warp has 16 rows of d, and a lane of each piece of 8 columns the same as in mma_m16n8k16.
 */
template <bool A_K_INNER, bool B_K_INNER, int PIECES>
__device__ inline void wgmma(float (&d)[PIECES][4], uint64_t a, uint64_t b, bool accumulate) {
    wgmma_mma<A_K_INNER ? 0 : 1, B_K_INNER ? 0 : 1>(d, a, b, accumulate);
}

}  // namespace reft
