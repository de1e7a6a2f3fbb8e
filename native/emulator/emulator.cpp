/* Fibers, barriers, warp functions, asynchronous copies and tensor cores of the emulator; emulator.h says how it works. */
#include "emulator.h"
#include "launchers.h"

#include <stdlib.h>
#include <sys/mman.h>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace reft::emulated {

Place place;
bool running;
uint32_t launch_began;
uintptr_t stack_low, stack_high, shared_low, shared_high;

namespace {

/* ---------------------------------------------------------------- fibers */

constexpr size_t STACK = 256 << 10, GUARD = 4096;

void enter();

#if defined(__x86_64__)
extern "C" void reft_switch(void **from, void *to);
/* Keeps the registers that a call must keep on the stack, and goes over to another stack that ends in the same way. */
asm(R"(
    .text
    .hidden reft_switch
    .globl reft_switch
    .type reft_switch,@function
reft_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size reft_switch, .-reft_switch
)");

struct Context {
    void *sp;
    void start(char *stack) {
        void **top = reinterpret_cast<void **>(stack + STACK);
        *--top = nullptr; /* where enter() would return to */
        *--top = reinterpret_cast<void *>(enter);
        for (int i = 0; i < 6; i++) *--top = nullptr;
        sp = top;
    }
    static void change(Context &from, Context &to) { reft_switch(&from.sp, to.sp); }
};
#else
struct Context {
    ucontext_t at;
    void start(char *stack) {
        getcontext(&at);
        at.uc_stack.ss_sp = stack;
        at.uc_stack.ss_size = STACK;
        at.uc_link = nullptr;
        makecontext(&at, enter, 0);
    }
    static void change(Context &from, Context &to) { swapcontext(&from.at, &to.at); }
};
#endif

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

    int bytes() const { return map.box_rows * 128; }
    void land() const;
};

struct MbarrierState {
    int arrivals; /* of each phase */
    int arrived;
    int64_t bytes; /* told to expect, less those that came */
    unsigned phase;
    std::vector<BoxCopy> copies; /* under way */
};

/* A wgmma under way, as far as the thread that keeps it has sums of it. */
struct Wgmma {
    float *d;
    int N;
    WgmmaTile a, b;
    bool a_k_inner, b_k_inner, accumulate;

    void compute() const;
};

struct Fiber {
    Context context;
    char *stack;
    uint3 index;
    Place place;
    const void *waits_for; /* NULL: can run; &barrier; &mbarrier; or a Meeting */
    MbarrierState *phase_of; /* where it waits for &mbarrier, and for the end of which phase */
    int parity;
    bool ended;
    std::deque<std::vector<Copy>> copies;  /* groups; the last one is still open */
    std::deque<std::vector<Wgmma>> wgmmas; /* so too */
    void *fake_stack;
};

const char barrier = 0, mbarrier = 0;

/* One warp: its fibers are those from `first` on. */
struct Warp {
    uint32_t alive;
    std::vector<std::unique_ptr<Meeting>> meetings;
};

struct Free {
    void operator()(void *memory) const { free(memory); }
};

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    size_t threads, alive, at_barrier;
    std::unique_ptr<char, Free> shared;
    std::unordered_map<const Mbarrier *, MbarrierState> mbarriers;
    const std::function<void()> *body;
    const char *failure; /* set: the block is given up */
} block;

Context host;
Fiber *current;

/* Between the host and a fiber; AddressSanitizer wants to know which stack is in use. */
void resume(Fiber &fiber) {
    current = &fiber;
    threadIdx = fiber.index;
    place = fiber.place;
    stack_low = reinterpret_cast<uintptr_t>(fiber.stack);
    stack_high = stack_low + STACK;
    running = true;
#if defined(__SANITIZE_ADDRESS__)
    void *fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, fiber.stack, STACK);
#endif
    Context::change(host, fiber.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    running = false;
}

#if defined(__SANITIZE_ADDRESS__)
const void *host_stack;
size_t host_stack_bytes;
#endif

void suspend() {
    Fiber &fiber = *current;
    fiber.place = place;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(fiber.ended ? nullptr : &fiber.fake_stack, host_stack, host_stack_bytes);
#endif
    Context::change(fiber.context, host);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fiber.fake_stack, &host_stack, &host_stack_bytes);
#endif
}

void enter() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &host_stack, &host_stack_bytes);
#endif
    (*block.body)();
    current->ended = true;
    block.alive--;
    block.warps[current->place.thread / 32].alive &= ~(1u << lane());
    suspend();
    __builtin_unreachable();
}

Fiber new_fiber() {
    void *memory = mmap(nullptr, GUARD + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE) != 0) throw Failure{REFT_OUT_OF_MEMORY, "no memory for the stacks of threads"};
    Fiber fiber = {};
    fiber.stack = static_cast<char *>(memory) + GUARD;
    return fiber;
}

/* True where the phase of this parity has ended. The phase under way ends if now all have arrived and all copies have come. */
bool ended(MbarrierState &state, int parity) {
    if (state.arrived == state.arrivals) {
        for (const BoxCopy &copy : state.copies) {
            copy.land();
            state.bytes -= copy.bytes();
        }
        state.copies.clear();
        if (state.bytes == 0) {
            state.phase++;
            state.arrived = 0;
        }
    }
    return static_cast<int>(state.phase % 2) != parity;
}

bool can_run(const Fiber &fiber) {
    if (fiber.ended || fiber.waits_for == &barrier) return false;
    if (fiber.waits_for == &mbarrier) return ended(*fiber.phase_of, fiber.parity);
    const Meeting *meeting = static_cast<const Meeting *>(fiber.waits_for);
    return !meeting || meeting->arrived == meeting->mask;
}

/* Who waits where, for the sentence about a deadlock. */
std::string waiters() {
    std::string text;
    for (size_t t = 0; t < block.threads; t++) {
        const Fiber &fiber = block.fibers[t];
        if (fiber.ended) continue;
        const bool at_barrier = fiber.waits_for == &barrier;
        text = "thread " + std::to_string(t) + " waits at " + (at_barrier ? "a barrier" : fiber.waits_for == &mbarrier ? "an mbarrier" : "a warp function");
        if (!at_barrier || block.at_barrier == block.alive) break; /* one that waits in a warp says most */
    }
    return text;
}

void run_block() {
    block.at_barrier = 0;
    block.alive = block.threads;
    block.failure = nullptr;
    block.mbarriers.clear();
    for (size_t w = 0; w < block.warps.size(); w++) {
        const size_t lanes = std::min<size_t>(32, block.threads - w * 32);
        block.warps[w].alive = lanes == 32 ? ~0u : (1u << lanes) - 1;
        for (auto &meeting : block.warps[w].meetings) meeting->left = meeting->mask; /* those of a block given up */
    }
    for (size_t t = 0; t < block.threads; t++) {
        Fiber &fiber = block.fibers[t];
        const unsigned x = static_cast<unsigned>(t);
        fiber.index = {x % blockDim.x, x / blockDim.x % blockDim.y, x / blockDim.x / blockDim.y};
        fiber.place = {place.block, 0, 0, static_cast<uint16_t>(t)};
        fiber.waits_for = nullptr;
        fiber.ended = false;
        fiber.copies.assign(1, {});
        fiber.wgmmas.assign(1, {});
        fiber.context.start(fiber.stack);
    }
    while (block.alive > 0) {
        bool moved = false;
        for (size_t t = 0; t < block.threads; t++) {
            if (!can_run(block.fibers[t])) continue;
            resume(block.fibers[t]);
            moved = true;
            if (block.failure)
                throw Failure{REFT_DEVICE_FAILED, std::string(block.failure) + " (block " + std::to_string(blockIdx.x) + "," + std::to_string(blockIdx.y) + "," +
                                                      std::to_string(blockIdx.z) + ", thread " + std::to_string(t) + ")"};
        }
        if (block.at_barrier > 0 && block.at_barrier == block.alive) {
            for (size_t t = 0; t < block.threads; t++) {
                block.fibers[t].waits_for = nullptr;
                block.fibers[t].place.barriers++;
            }
            block.at_barrier = 0;
        } else if (!moved) {
            throw Failure{REFT_DEVICE_FAILED, "threads wait for each other for ever: " + std::to_string(block.at_barrier) + " of " +
                                                  std::to_string(block.alive) + " at the barrier, " + waiters()};
        }
    }
}

/* Where the 128-byte swizzle puts the byte that would lie at `address`. */
uintptr_t swizzled(uintptr_t address) { return address ^ (address >> 7 & 7) << 4; }

float bf16_at(uint32_t pair, int i) { return __uint_as_float(i ? pair & 0xffff0000u : pair << 16); }

}  // namespace

/* ---------------------------------------------------------------- launching */

void run(dim3 grid, dim3 threads, size_t shared, const std::function<void()> &thread) {
    block.threads = static_cast<size_t>(threads.x) * threads.y * threads.z;
    if (block.threads == 0 || block.threads > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535)
        throw Failure{REFT_DEVICE_FAILED, "launch: invalid grid or block"};
    if (shared > 227 << 10) throw Failure{REFT_DEVICE_FAILED, "launch: too much shared memory"};
    while (block.fibers.size() < block.threads) block.fibers.push_back(new_fiber());
    block.warps.resize((block.threads + 31) / 32);
    void *memory = nullptr;
    if (posix_memalign(&memory, 1024, shared) != 0) throw Failure{REFT_OUT_OF_MEMORY, "no memory for the block's shared memory"};
    block.shared.reset(static_cast<char *>(memory));
    shared_low = reinterpret_cast<uintptr_t>(block.shared.get());
    shared_high = shared_low + shared;
    block.body = &thread;
    blockDim = threads;
    gridDim = grid;
    launch_began = place.block + 1;
    for (unsigned z = 0; z < grid.z; z++) {
        for (unsigned y = 0; y < grid.y; y++) {
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = {x, y, z};
                place.block++;
                memset(block.shared.get(), 0xff, shared); /* NaN: what the block before left is no one's to use */
                run_block();
            }
        }
    }
    char text[256];
    if (race(text, sizeof text)) throw Failure{REFT_DEVICE_FAILED, text};
}

void *dynamic_shared_memory() { return block.shared.get(); }

int lane() { return current->place.thread % 32; }

void fail(const char *text) {
    block.failure = text;
    suspend();
    __builtin_unreachable();
}

/* ---------------------------------------------------------------- meeting */

Meeting &join(uint32_t mask, const void *value, size_t bytes) {
    Warp &warp = block.warps[current->place.thread / 32];
    const uint32_t me = 1u << lane();
    if (!(mask & me)) fail("a warp function whose mask lacks the calling lane");
    if ((mask & warp.alive) != mask) fail("a warp function whose mask names a lane that has ended");
    Meeting *meeting = nullptr, *unused = nullptr;
    for (auto &m : warp.meetings) {
        if (m->left == m->mask) unused = m.get();
        else if (m->mask == mask && m->arrived != mask && !(m->arrived & me)) meeting = m.get();
    }
    if (!meeting) {
        if (!unused) unused = warp.meetings.emplace_back(new Meeting).get();
        meeting = unused;
        meeting->mask = mask;
        meeting->arrived = meeting->left = 0;
    }
    memcpy(meeting->values[lane()], value, bytes);
    meeting->arrived |= me;
    if (meeting->arrived != mask) {
        current->waits_for = meeting;
        suspend();
        current->waits_for = nullptr;
    }
    return *meeting;
}

void leave(Meeting &meeting) { meeting.left |= 1u << lane(); }

/* ---------------------------------------------------------------- asynchronous copies */

void cp_async_16(void *shared, const void *global, int bytes) {
    if (((reinterpret_cast<uintptr_t>(shared) | reinterpret_cast<uintptr_t>(global)) & 15) != 0) fail("cp_async_16 of an address that is no multiple of 16");
    accessed(shared, 16, true); /* from now on nobody else may touch it */
    current->copies.back().push_back({shared, global, bytes});
}

void cp_async_commit() { current->copies.emplace_back(); }

void cp_async_wait_group(int pending) {
    auto &copies = current->copies;
    while (copies.size() > static_cast<size_t>(pending) + 1) {
        for (const Copy &copy : copies.front()) {
            accessed(copy.from, static_cast<size_t>(copy.bytes), false);
            accessed(copy.to, 16, true);
            memcpy(copy.to, copy.from, static_cast<size_t>(copy.bytes));
            memset(static_cast<char *>(copy.to) + copy.bytes, 0, static_cast<size_t>(16 - copy.bytes));
        }
        copies.pop_front();
    }
}

/* ---------------------------------------------------------------- tensor cores */

namespace {

void ldmatrix(uint32_t (&r)[4], const void *row, bool transposed) {
    if ((reinterpret_cast<uintptr_t>(row) & 15) != 0) fail("ldmatrix of an address that is no multiple of 16");
    accessed(row, 16, false);
    struct Row { uint16_t elements[8]; } mine;
    memcpy(&mine, row, sizeof mine);
    exchange(~0u, mine, [&](auto of) {
        const int down = lane() / 4, right = lane() % 4 * 2;
        for (int i = 0; i < 4; i++) {
            const uint32_t low = transposed ? of(8 * i + right).elements[down] : of(8 * i + down).elements[right];
            const uint32_t high = transposed ? of(8 * i + right + 1).elements[down] : of(8 * i + down).elements[right + 1];
            r[i] = low | high << 16;
        }
        return 0;
    });
}

}  // namespace

void ldmatrix_x4(uint32_t (&r)[4], const void *row) { ldmatrix(r, row, false); }
void ldmatrix_x4_trans(uint32_t (&r)[4], const void *row) { ldmatrix(r, row, true); }

void mma_m16n8k16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    struct Fragment { uint32_t a[4], b[2]; } mine;
    memcpy(mine.a, a, sizeof mine.a);
    memcpy(mine.b, b, sizeof mine.b);
    exchange(~0u, mine, [&](auto of) {
        const int g = lane() / 4, t = lane() % 4;
        /* This lane's rows g and g+8 of a, columns 2t and 2t+1 of b: column k of a, row k of b, lies with lane k%8/2 of the
         * group, in its upper registers from k = 8 on. */
        for (int k = 0; k < 16; k++) {
            const int holder = k % 8 / 2, upper = k / 8, half = k % 2;
            const Fragment row = of(4 * g + holder), left = of(8 * t + holder), right = of(8 * t + 4 + holder);
            const float top = bf16_at(row.a[2 * upper], half), bottom = bf16_at(row.a[2 * upper + 1], half);
            const float first = bf16_at(left.b[upper], half), second = bf16_at(right.b[upper], half);
            d[0] += top * first;
            d[1] += top * second;
            d[2] += bottom * first;
            d[3] += bottom * second;
        }
        return 0;
    });
}

/* ---------------------------------------------------------------- mbarriers, TMA, wgmma */

namespace {

MbarrierState &state_of(const Mbarrier *barrier) {
    const auto found = block.mbarriers.find(barrier);
    if (found == block.mbarriers.end()) fail("an mbarrier that nobody has initialised");
    return found->second;
}

void arrive(MbarrierState &state) {
    if (state.arrived == state.arrivals) fail("an mbarrier that more arrive at than its phase counts");
    state.arrived++;
    if (state.copies.empty()) ended(state, 0);
}

void BoxCopy::land() const {
    for (int r = 0; r < map.box_rows; r++) {
        for (int c = 0; c < 64; c++) {
            uint16_t element = 0;
            if (row + r >= 0 && row + r < map.rows && column + c >= 0 && column + c < map.columns)
                element = static_cast<const uint16_t *>(map.x)[(row + r) * map.columns + column + c];
            memcpy(reinterpret_cast<void *>(swizzled(reinterpret_cast<uintptr_t>(to) + static_cast<uintptr_t>(r * 128 + c * 2))), &element, 2);
        }
    }
}

/* Element (e, k) of an operand, e counting in M or N. */
float operand(const WgmmaTile &tile, bool k_inner, int e, int k) {
    const int at = k_inner ? e * 128 + k * 2 : e / 64 * tile.apart + k * 128 + e % 64 * 2;
    uint16_t element;
    memcpy(&element, reinterpret_cast<const void *>(swizzled(reinterpret_cast<uintptr_t>(tile.tile) + static_cast<uintptr_t>(at))), 2);
    return bf16_at(element, 0);
}

void Wgmma::compute() const {
    const int row = current->place.thread / 32 % 4 * 16 + lane() / 4, column = lane() % 4 * 2;
    float left[2][16];
    for (int half = 0; half < 2; half++)
        for (int k = 0; k < 16; k++) left[half][k] = operand(a, a_k_inner, row + half * 8, k);
    for (int n = 0; n < N; n += 8) {
        for (int i = 0; i < 2; i++) {
            float right[16];
            for (int k = 0; k < 16; k++) right[k] = operand(b, b_k_inner, n + column + i, k);
            for (int half = 0; half < 2; half++) {
                float &sum = d[n / 8 * 4 + half * 2 + i];
                if (!accumulate) sum = 0;
                for (int k = 0; k < 16; k++) sum += left[half][k] * right[k];
            }
        }
    }
}

}  // namespace

void mbarrier_init(Mbarrier *barrier, int arrivals) { block.mbarriers[barrier] = {arrivals, 0, 0, 0, {}}; }

void mbarrier_arrive(Mbarrier *barrier) { arrive(state_of(barrier)); }

void mbarrier_expect(Mbarrier *barrier, int bytes) {
    MbarrierState &state = state_of(barrier);
    state.bytes += bytes;
    arrive(state);
}

void mbarrier_wait(Mbarrier *barrier, int parity) {
    current->phase_of = &state_of(barrier);
    current->parity = parity;
    while (!ended(*current->phase_of, parity)) {
        current->waits_for = &mbarrier;
        suspend();
        current->waits_for = nullptr;
    }
}

TensorMap tensor_map(const void *x, int64_t rows, int64_t columns, int box_rows) {
    if (((reinterpret_cast<uintptr_t>(x) | static_cast<uintptr_t>(columns * 2)) & 15) != 0 || box_rows < 1 || box_rows > 256)
        throw Failure{REFT_DEVICE_FAILED, "cuTensorMapEncodeTiled: rows that do not start on 16 bytes, or a box of more than 256"};
    return {x, rows, columns, box_rows};
}

void tma_load(void *shared, const TensorMap &map, int row, int column, Mbarrier *barrier) {
    if ((reinterpret_cast<uintptr_t>(shared) & 1023) != 0) fail("tma_load to an address that is no multiple of 1024");
    const BoxCopy copy = {static_cast<char *>(shared), map, row, column};
    memset(shared, 0xff, static_cast<size_t>(copy.bytes()));
    state_of(barrier).copies.push_back(copy);
}

void wgmma_begin(float *d, int N, WgmmaTile a, bool a_k_inner, WgmmaTile b, bool b_k_inner, bool accumulate) {
    current->wgmmas.back().push_back({d, N, a, b, a_k_inner, b_k_inner, accumulate});
}

void wgmma_commit() { current->wgmmas.emplace_back(); }

void wgmma_wait_group(int pending) {
    auto &wgmmas = current->wgmmas;
    while (wgmmas.size() > static_cast<size_t>(pending) + 1) {
        for (const Wgmma &wgmma : wgmmas.front()) wgmma.compute();
        wgmmas.pop_front();
    }
    exchange(~0u, 0, [](auto) { return 0; }); /* a warp goes on when all of its lanes' sums are there */
}

}  // namespace reft::emulated

using namespace reft::emulated;

void __syncthreads() {
    current->waits_for = &barrier;
    block.at_barrier++;
    suspend();
}

void __syncwarp(uint32_t mask) {
    exchange(mask, 0, [](auto) { return 0; });
    if (mask == ~0u) place.warp_barriers++;
}
