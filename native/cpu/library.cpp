/* The library itself: which instruction set and how many threads, scratch memory. */
#include "call.h"
#include "ops.h"

#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace reft {

namespace {

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"); }
bool has_avx512() {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

/* The table of a name, NULL where this processor lacks it. */
const Ops *find(const char *isa) {
    const bool any = strcmp(isa, "auto") == 0;
#if defined(__x86_64__)
    if ((any || strcmp(isa, "avx512") == 0) && has_avx512()) return &avx512::ops;
    if ((any || strcmp(isa, "avx2") == 0) && has_avx2()) return &avx2::ops;
#endif
    return any || strcmp(isa, "scalar") == 0 ? &scalar::ops : nullptr;
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
    if (!found) return fail(REFT_UNSUPPORTED, "reft_set_isa: this processor has no \"%.32s\" (scalar, avx2, avx512 or auto).", isa);
    ops = found;
    return REFT_OK;
}

int32_t reft_set_workspace(void *, int64_t) { return REFT_OK; }
