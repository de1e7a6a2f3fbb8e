/* What the emulator's files share: fibers, blocks and what is under way in them. Kernels see emulator.h alone. */
#pragma once

#include "emulator.h"
#include "launchers.h"

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace reft::emulated {

/* Where a stack stands that does not run. */
struct Context {
#if defined(__x86_64__)
    void *sp;
#else
    ucontext_t at;
#endif
};

/* ---------------------------------------------------------------- what is under way */

struct Copy {
    void *to;
    const void *from;
    int bytes;
};

/* A box of a matrix on its way to shared memory. */
struct BoxCopy {
    char *to;
    TensorMap map;
    int row, column;

    void land() const;
};

struct MbarrierState {
    int arrivals;   /* of each phase */
    int arrived;
    int64_t bytes;  /* told to expect, less those that came */
    unsigned phase;
    Place initialised;  /* by whom and when */
    bool announced;     /* to the copy engine, by mbarrier_init_fence */
    std::vector<BoxCopy> copies; /* under way */
};

/* A wgmma under way, as far as the thread that keeps it has sums of it. */
struct Wgmma {
    float *d;
    int N;
    const uint32_t *a_registers; /* NULL: a is in shared memory */
    uint64_t a, b;
    bool transpose_a, transpose_b, accumulate;

    void compute() const;
};

/* Sums of wgmma that the thread holds in registers, which here are its stack. */
struct Sums {
    const char *from, *to;
    int under_way; /* wgmmas that still write them */
    bool tied;     /* to the wait for them */
};

/* What a block has learnt of others by the counters that both touched: accesses of `block` before its barrier `barriers`, and those
 * of `thread` until then, come before. */
struct Past {
    uint32_t barriers;
    uint16_t thread;
};
using Pasts = std::unordered_map<uint32_t, Past>;

/* ---------------------------------------------------------------- threads and blocks */

struct Block;

struct Fiber {
    Context context;
    char *stack;
    Block *block;
    uint3 index;
    Place place;
    const void *waits_for;   /* NULL: can run; the address of one of the constants below; or a Meeting */
    MbarrierState *phase_of; /* where it waits for an mbarrier, and for the end of which phase */
    int parity;
    const int32_t *at;       /* where it waits for a counter, and for which value at least */
    int32_t least;
    int registers;           /* that it waits for */
    bool ended;
    std::deque<std::vector<Copy>> copies;  /* groups; the last one is still open */
    std::deque<std::vector<Wgmma>> wgmmas; /* so too */
    std::vector<Sums> sums;
    bool fenced;                           /* by wgmma_fence, since its sums were last touched */
    std::vector<size_t> unfenced;          /* chunks of shared memory that it wrote and the asynchronous proxy need not see yet */
    bool proceeded;                        /* past launch_wait */
    Pasts learnt;                          /* from counters, since the last barrier */
    void *fake_stack;
};

/* What fibers wait for, by their addresses. */
extern const char barrier, mbarrier, counter, registers;

/* One warp: its fibers are those from 32 times its number on. */
struct Warp {
    uint32_t alive;
    int registers; /* of each thread */
    std::vector<std::unique_ptr<Meeting>> meetings;
};

/* Bytes of a block's shared memory that launches may ask for, and of the shared variables behind them. */
constexpr size_t DYNAMIC = 228 << 10, VARIABLES = 128 << 10;
constexpr size_t STACK = 256 << 10; /* of a fiber */
constexpr int REGISTERS = 65536;    /* of a multiprocessor */
constexpr size_t CHUNK = 16;     /* bytes of shared memory that the proxies are watched by */

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    size_t threads, alive, at_barrier;
    uint3 index;
    uint32_t number;  /* since the library's start */
    char *shared;     /* DYNAMIC + VARIABLES bytes, at a multiple of 1024 */
    std::vector<uint16_t> writer; /* of each chunk of shared memory, +1, as long as the asynchronous proxy may not see it; 0: nobody */
    std::unordered_map<const Mbarrier *, MbarrierState> mbarriers;
    int registers_left;
    Pasts knows;
    const char *failure; /* set: the block is given up */

    bool holds(uintptr_t address) const {
        const uintptr_t from = reinterpret_cast<uintptr_t>(shared);
        return address >= from && address < from + DYNAMIC + VARIABLES;
    }
};

extern Fiber *current;

/* Lets others run until what the fiber waits for has come. */
void wait_for(const void *what);

/* True where the phase of this parity has ended. The phase under way ends if now all have arrived and all copies have come. */
bool ended(MbarrierState &state, int parity);

/* Where a thread takes registers: true where the block has as many left. */
bool registers_free(const Fiber &fiber);

inline Warp &warp_of(const Fiber &fiber) { return fiber.block->warps[fiber.place.thread / 32]; }

}  // namespace reft::emulated
