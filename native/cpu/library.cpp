/* The library itself: which instruction set and how many threads, scratch memory. */
#include "call.h"
#include "ops.h"

#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace reft {

#define REFT_DECLARE(result, name, parameters) result name parameters;
namespace avx512_bf16 {
REFT_BF16_OPS(REFT_DECLARE)
}
namespace amx {
REFT_BF16_OPS(REFT_DECLARE)
}
namespace amx_emulated {
REFT_BF16_OPS(REFT_DECLARE)
}
#undef REFT_DECLARE

namespace {

/* A set that differs from another one in its products of bf16. */
#define REFT_TAKE(set)                                                                                                                     \
    [](Ops ops) {                                                                                                                          \
        ops.name = #set;                                                                                                                   \
        ops.packed_bf16_size = set::packed_bf16_size;                                                                                      \
        ops.pack_bf16 = set::pack_bf16;                                                                                                    \
        ops.linear_bf16 = set::linear_bf16;                                                                                                \
        return ops;                                                                                                                        \
    }
const Ops amx_emulated_ops = REFT_TAKE(amx_emulated)(scalar::ops);

#if defined(__x86_64__)
const Ops avx512_bf16_ops = REFT_TAKE(avx512_bf16)(avx512::ops);
const Ops amx_ops = REFT_TAKE(amx)(avx512::ops);

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"); }
bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }

/* AMX is the processor's and, on Linux, by leave of the kernel: the tiles' state is large, and a process asks for it. */
bool has_amx() {
    constexpr uint32_t bf16 = 1u << 22, tiles = 1u << 24;
    uint32_t a, b, c, d = 0;
    if (!has_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & (bf16 | tiles)) != (bf16 | tiles)) return false;
    constexpr long ask = 0x1023, tile_data = 18; /* ARCH_REQ_XCOMP_PERM and XFEATURE_XTILEDATA of asm/prctl.h, which may be older */
    return syscall(SYS_arch_prctl, ask, tile_data) == 0;
}
#endif

/* The table of a name, NULL where this processor lacks it. */
const Ops *find(const char *isa) {
    const auto asked = [=](const char *name) { return strcmp(isa, "auto") == 0 || strcmp(isa, name) == 0; };
#if defined(__x86_64__)
    if (asked("amx") && has_amx()) return &amx_ops;
    if (asked("avx512_bf16") && has_avx512_bf16()) return &avx512_bf16_ops;
    if (asked("avx512") && has_avx512()) return &avx512::ops;
    if (asked("avx2") && has_avx2()) return &avx2::ops;
#endif
    if (asked("scalar")) return &scalar::ops;
    return strcmp(isa, "amx_emulated") == 0 ? &amx_emulated_ops : nullptr;
}

struct Free {
    void operator()(void *memory) const { free(memory); }
};
thread_local std::unique_ptr<void, Free> scratch_memory;
thread_local size_t scratch_bytes;

}  // namespace

int threads = omp_get_max_threads();
const Ops *ops = find("auto");

const char *why_not(int32_t dtype) { return dtype == REFT_F32 ? nullptr : "the CPU library stores float32 only"; }

void *scratch(size_t bytes) {
    if (bytes > scratch_bytes) {
        scratch_memory.reset();
        scratch_bytes = 0;
        const size_t rounded = (bytes + 4095) / 4096 * 4096;
        if (rounded < bytes) throw std::bad_alloc();
        scratch_memory.reset(aligned_alloc(4096, rounded));
        if (!scratch_memory) throw std::bad_alloc();
        scratch_bytes = rounded;
    }
    return scratch_memory.get();
}

}  // namespace reft

using namespace reft;

const char *reft_describe(void) {
    thread_local char line[64];
    snprintf(line, sizeof line, "cpu %s, %d thread%s", ops->name, threads, threads == 1 ? "" : "s");
    return line;
}

int32_t reft_set_threads(int32_t count) {
    if (count < 1) return fail(REFT_BAD_ARGUMENT, "reft_set_threads: %d threads asked for, at least 1 is needed.", count);
    threads = count;
    omp_set_num_threads(count); /* for oneDNN, which shares the OpenMP runtime */
    return REFT_OK;
}

int32_t reft_set_isa(const char *isa) {
    if (!isa) return fail(REFT_BAD_ARGUMENT, "reft_set_isa: isa is NULL.");
    const Ops *found = find(isa);
    if (!found)
        return fail(REFT_UNSUPPORTED,
                "reft_set_isa: this processor has no \"%.32s\" (scalar, avx2, avx512, avx512_bf16, amx, amx_emulated or auto).", isa);
    ops = found;
    return REFT_OK;
}

int32_t reft_set_workspace(void *, int64_t) { return REFT_OK; }
