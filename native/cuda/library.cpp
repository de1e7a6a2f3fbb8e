/* The library itself: the workspace, what device there is. Compiled for the emulator too. */
#include "call.h"
#include "debug.h"
#include "launchers.h"

#include <cstdio>
#include <cstring>

#ifndef REFT_EMULATED
#include <cuda_runtime_api.h>
#endif

namespace reft {

namespace {

void *lent;
int64_t lent_bytes;
bool portable_only; /* by reft_set_isa */

}  // namespace

const char *why_not(int32_t) { return nullptr; }

void *workspace(int64_t bytes) {
    if (bytes > lent_bytes)
        throw Failure{REFT_OUT_OF_MEMORY,
                "needs a workspace of " + std::to_string(bytes) + " bytes, and reft_set_workspace lent " + std::to_string(lent_bytes)};
    return lent;
}

int multiprocessors() {
    if (debug().multiprocessors > 0) return debug().multiprocessors;
#ifdef REFT_EMULATED
    return 3; /* few and odd, so that small tests still see blocks that go round */
#else
    static const int count = [] {
        int device = 0, found = 0;
        cudaError_t status = cudaGetDevice(&device);
        if (status == cudaSuccess) status = cudaDeviceGetAttribute(&found, cudaDevAttrMultiProcessorCount, device);
        if (status != cudaSuccess) throw Failure{REFT_DEVICE_FAILED, cudaGetErrorString(status)};
        return found;
    }();
    return count;
#endif
}

bool hopper() {
#ifdef REFT_EMULATED
    return !portable_only;
#else
    static const bool is = [] {
        int device = 0, major = 0;
        cudaError_t status = cudaGetDevice(&device);
        if (status == cudaSuccess) status = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
        if (status != cudaSuccess) throw Failure{REFT_DEVICE_FAILED, cudaGetErrorString(status)};
        return major == 9;
    }();
    return is && !portable_only;
#endif
}

}  // namespace reft

using namespace reft;

const char *reft_describe(void) {
#ifdef REFT_EMULATED
    return "cuda, emulated";
#else
    static const std::string line = [] { /* asking takes the driver a millisecond */
        int device = 0;
        cudaDeviceProp found;
        cudaError_t status = cudaGetDevice(&device);
        if (status == cudaSuccess) status = cudaGetDeviceProperties(&found, device);
        if (status != cudaSuccess) return std::string("cuda: ") + cudaGetErrorString(status);
        return std::string("cuda ") + found.name + ", sm_" + std::to_string(found.major) + std::to_string(found.minor) + ", " +
               std::to_string(found.multiProcessorCount) + " multiprocessors";
    }();
    return line.c_str();
#endif
}

int32_t reft_set_threads(int32_t) { return REFT_OK; }

int32_t reft_set_isa(const char *isa) {
    if (!isa || (strcmp(isa, "sm_80") != 0 && strcmp(isa, "auto") != 0))
        return fail(REFT_UNSUPPORTED, "reft_set_isa: \"%s\" is neither sm_80 nor auto.", isa ? isa : "NULL");
    portable_only = strcmp(isa, "sm_80") == 0;
    return REFT_OK;
}

int32_t reft_set_workspace(void *memory, int64_t bytes) {
    if (bytes < 0 || (!memory && bytes > 0))
        return fail(REFT_BAD_ARGUMENT, "reft_set_workspace: %lld bytes at %p.", static_cast<long long>(bytes), memory);
    if ((reinterpret_cast<uintptr_t>(memory) & 255) != 0)
        return fail(REFT_BAD_ARGUMENT, "reft_set_workspace: %p is no multiple of 256.", memory);
    lent = memory;
    lent_bytes = bytes;
    return REFT_OK;
}
