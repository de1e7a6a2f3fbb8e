/* Fibers, blocks and their turns, barriers, warp functions, asynchronous copies and tensor cores of the emulator; emulator.h says how it
 * works. */
#include "block.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <numeric>
#include <random>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace reft::emulated {

Place place;
bool running;
uint32_t launch_began, early_since;
Fiber *current;
const char barrier = 0, mbarrier = 0, counter = 0, registers = 0;

namespace {

/* ---------------------------------------------------------------- fibers */

constexpr size_t GUARD = 4096;

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

void start(Context &context, char *stack) {
    void **top = reinterpret_cast<void **>(stack + STACK);
    *--top = nullptr; /* where enter() would return to */
    *--top = reinterpret_cast<void *>(enter);
    for (int i = 0; i < 6; i++) *--top = nullptr;
    context.sp = top;
}
void change(Context &from, Context &to) { reft_switch(&from.sp, to.sp); }
#else
void start(Context &context, char *stack) {
    getcontext(&context.at);
    context.at.uc_stack.ss_sp = stack;
    context.at.uc_stack.ss_size = STACK;
    context.at.uc_link = nullptr;
    makecontext(&context.at, enter, 0);
}
void change(Context &from, Context &to) { swapcontext(&from.at, &to.at); }
#endif

Context host;
const std::function<void()> *body;
bool early;
std::unordered_map<const int32_t *, Pasts> counters; /* what each tells to whoever reads it */

/* Between the host and a fiber; AddressSanitizer wants to know which stack is in use. */
void resume(Fiber &fiber) {
    current = &fiber;
    threadIdx = fiber.index;
    blockIdx = fiber.block->index;
    place = fiber.place;
    running = true;
#if defined(__SANITIZE_ADDRESS__)
    void *fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, fiber.stack, STACK);
#endif
    change(host, fiber.context);
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
    change(fiber.context, host);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fiber.fake_stack, &host_stack, &host_stack_bytes);
#endif
}

void enter() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &host_stack, &host_stack_bytes);
#endif
    (*body)();
    if (current->wgmmas.size() > 1 || !current->wgmmas.back().empty()) fail("a thread ends with wgmmas that it has not waited for");
    current->ended = true;
    current->block->alive--;
    warp_of(*current).alive &= ~(1u << lane());
    suspend();
    __builtin_unreachable();
}

Fiber new_fiber(Block *block) {
    void *memory = mmap(nullptr, GUARD + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE) != 0)
        throw Failure{REFT_OUT_OF_MEMORY, "no memory for the stacks of threads"};
    Fiber fiber = {};
    fiber.stack = static_cast<char *>(memory) + GUARD;
    fiber.block = block;
    return fiber;
}

bool can_run(const Fiber &fiber) {
    if (!fiber.waits_for) return !fiber.ended;
    if (fiber.ended || fiber.waits_for == &barrier) return false;
    if (fiber.waits_for == &mbarrier) return ended(*fiber.phase_of, fiber.parity);
    if (fiber.waits_for == &counter) return *fiber.at >= fiber.least;
    if (fiber.waits_for == &registers) return registers_free(fiber);
    const Meeting *meeting = static_cast<const Meeting *>(fiber.waits_for);
    return meeting->arrived == meeting->mask;
}

/* ---------------------------------------------------------------- blocks */

/* Blocks under way at a time: few, so that a kernel that needs all of a grid's is found. */
constexpr size_t RESIDENT = 3;
std::unique_ptr<Block> residents[RESIDENT];
uint32_t blocks_begun;
size_t variables; /* bytes of those in shared memory */

std::mt19937 &chance() {
    static std::mt19937 generator = [] {
        const char *seed = getenv("REFT_EMULATOR_SEED");
        return std::mt19937(seed ? static_cast<uint32_t>(strtoul(seed, nullptr, 10)) : 1u);
    }();
    return generator;
}

Block &resident(size_t i) {
    if (!residents[i]) {
        residents[i] = std::make_unique<Block>();
        void *memory = nullptr;
        if (posix_memalign(&memory, 1024, DYNAMIC + VARIABLES) != 0)
            throw Failure{REFT_OUT_OF_MEMORY, "no memory for the block's shared memory"};
        residents[i]->shared = static_cast<char *>(memory);
        residents[i]->writer.resize((DYNAMIC + VARIABLES) / CHUNK);
    }
    return *residents[i];
}

/* The warps' registers as a kernel compiled for one block of this size has them at most. */
int registers_of(size_t threads) { return std::min<int>(248, REGISTERS / static_cast<int>((threads + 127) / 128 * 128) / 8 * 8); }

void begin(Block &block, uint3 index, size_t threads, size_t shared) {
    block.index = index;
    block.number = ++blocks_begun;
    block.threads = block.alive = threads;
    block.at_barrier = 0;
    block.failure = nullptr;
    block.mbarriers.clear();
    block.knows.clear();
    while (block.fibers.size() < threads) block.fibers.push_back(new_fiber(&block));
    block.warps.resize((threads + 31) / 32);
    const int each = registers_of(threads);
    block.registers_left = REGISTERS - each * 32 * static_cast<int>(block.warps.size());
    for (size_t w = 0; w < block.warps.size(); w++) {
        const size_t lanes = std::min<size_t>(32, threads - w * 32);
        block.warps[w].alive = lanes == 32 ? ~0u : (1u << lanes) - 1;
        block.warps[w].registers = each;
        for (auto &meeting : block.warps[w].meetings) meeting->left = meeting->mask; /* those of a block given up */
    }
    for (size_t t = 0; t < threads; t++) {
        Fiber &fiber = block.fibers[t];
        const unsigned x = static_cast<unsigned>(t);
        fiber.index = {x % blockDim.x, x / blockDim.x % blockDim.y, x / blockDim.x / blockDim.y};
        fiber.place = {block.number, 0, 0, static_cast<uint16_t>(t)};
        fiber.waits_for = nullptr;
        fiber.ended = fiber.fenced = false;
        fiber.proceeded = !early;
        fiber.copies.assign(1, {});
        fiber.wgmmas.assign(1, {});
        fiber.sums.clear();
        fiber.unfenced.clear();
        fiber.learnt.clear();
        start(fiber.context, fiber.stack);
    }
    /* NaN: what the block before left is no one's to use. */
    memset(block.shared, 0xff, shared);
    memset(block.shared + DYNAMIC, 0xff, variables);
    std::fill(block.writer.begin(), block.writer.begin() + static_cast<ptrdiff_t>((shared + CHUNK - 1) / CHUNK), uint16_t{0});
    std::fill(block.writer.begin() + DYNAMIC / CHUNK,
            block.writer.begin() + static_cast<ptrdiff_t>((DYNAMIC + variables + CHUNK - 1) / CHUNK), uint16_t{0});
}

/* Each thread that can goes on until it waits; the warps in turn, from a random one on. False where none could. */
bool turn(Block &block) {
    bool moved = false;
    const size_t warps = block.warps.size(), first = chance()() % warps;
    for (size_t i = 0; i < warps; i++) {
        const size_t w = (first + i) % warps;
        for (size_t t = w * 32; t < std::min(w * 32 + 32, block.threads); t++) {
            if (!can_run(block.fibers[t])) continue;
            resume(block.fibers[t]);
            moved = true;
            if (block.failure)
                throw Failure{REFT_DEVICE_FAILED, std::string(block.failure) + " (block " + std::to_string(block.index.x) + "," +
                                                          std::to_string(block.index.y) + "," + std::to_string(block.index.z) +
                                                          ", thread " + std::to_string(t) + ")"};
        }
    }
    if (block.at_barrier == 0 || block.at_barrier != block.alive) return moved;
    for (size_t t = 0; t < block.threads; t++) {
        Fiber &fiber = block.fibers[t];
        fiber.waits_for = nullptr;
        fiber.place.barriers++;
        for (const auto &[other, past] : fiber.learnt) block.knows[other] = past;
        fiber.learnt.clear();
    }
    block.at_barrier = 0;
    return true;
}

/* Who waits where, for the sentence about a deadlock. */
std::string waiters(const Block &block) {
    std::string text;
    for (size_t t = 0; t < block.threads; t++) {
        const Fiber &fiber = block.fibers[t];
        if (fiber.ended) continue;
        const void *what = fiber.waits_for;
        text = "thread " + std::to_string(t) + " waits " +
               (what == &barrier            ? "at a barrier"
                       : what == &mbarrier  ? "at an mbarrier"
                       : what == &counter   ? "for another block"
                       : what == &registers ? "for registers"
                                            : "at a warp function");
        if (what != &barrier || block.at_barrier == block.alive) break; /* one that waits in a warp says most */
    }
    return text;
}

float bf16_at(uint32_t pair, int i) { return __uint_as_float(i ? pair & 0xffff0000u : pair << 16); }

}  // namespace

/* ---------------------------------------------------------------- launching */

void run(dim3 grid, dim3 threads_of, size_t shared, bool begins_early, const std::function<void()> &thread) {
    const size_t threads = static_cast<size_t>(threads_of.x) * threads_of.y * threads_of.z,
                 total = static_cast<size_t>(grid.x) * grid.y * grid.z;
    if (threads == 0 || threads > 1024 || total == 0 || grid.y > 65535 || grid.z > 65535)
        throw Failure{REFT_DEVICE_FAILED, "launch: invalid grid or block"};
    if (shared > (hopper() ? 227 << 10 : LEAST_SHARED)) throw Failure{REFT_DEVICE_FAILED, "launch: too much shared memory"};
    body = &thread;
    blockDim = threads_of;
    gridDim = grid;
    early = begins_early;
    early_since = early ? launch_began : 0;
    launch_began = blocks_begun + 1;
    counters.clear();
    if (counting) count_launch();

    std::vector<uint32_t> order(total);
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), chance());
    std::vector<Block *> under_way, idle;
    for (size_t i = 0; i < RESIDENT; i++) idle.push_back(&resident(i));
    for (size_t next = 0, stuck = 0; next < total || !under_way.empty();) {
        while (next < total && !idle.empty()) {
            const uint32_t at = order[next++];
            begin(*idle.back(), {at % grid.x, at / grid.x % grid.y, at / grid.x / grid.y}, threads, shared);
            under_way.push_back(idle.back());
            idle.pop_back();
            stuck = 0;
        }
        const size_t i = stuck ? stuck - 1 : chance()() % under_way.size(); /* one after the other where none moved */
        Block &block = *under_way[i];
        if (turn(block)) stuck = 0;
        else if (++stuck > under_way.size())
            throw Failure{REFT_DEVICE_FAILED, "threads wait for each other for ever: " + std::to_string(block.at_barrier) + " of " +
                                                      std::to_string(block.alive) + " at the barrier, " + waiters(block)};
        if (block.alive > 0) continue;
        idle.push_back(&block);
        under_way.erase(under_way.begin() + static_cast<ptrdiff_t>(i));
        stuck = 0;
    }
    char text[256];
    if (race(text, sizeof text)) throw Failure{REFT_DEVICE_FAILED, text};
}

void *dynamic_shared_memory() { return current->block->shared; }

size_t reserve_variable(size_t bytes) {
    const size_t at = DYNAMIC + variables;
    variables += (bytes + 15) / 16 * 16;
    if (variables > VARIABLES) abort(); /* when the library is loaded: whoever adds one finds out at once */
    return at;
}

void *shared_variable(size_t at) { return current->block->shared + at; }

int lane() { return current->place.thread % 32; }

void wait_for(const void *what) {
    current->waits_for = what;
    suspend();
    current->waits_for = nullptr;
}

void fail(const char *text) {
    current->block->failure = text;
    suspend();
    __builtin_unreachable();
}

/* ---------------------------------------------------------------- meeting */

Meeting &join(uint32_t mask, const void *value, size_t bytes) {
    Warp &warp = warp_of(*current);
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
    if (meeting->arrived != mask) wait_for(meeting);
    return *meeting;
}

void leave(Meeting &meeting) { meeting.left |= 1u << lane(); }

/* ---------------------------------------------------------------- asynchronous copies */

void cp_async_16(void *shared, const void *global, int bytes) {
    if (((reinterpret_cast<uintptr_t>(shared) | reinterpret_cast<uintptr_t>(global)) & 15) != 0)
        fail("cp_async_16 of an address that is no multiple of 16");
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
    if (counting) {
        for (uint32_t &words : r) words = 0;
        return;
    }
    accessed(row, 16, false);
    struct Row {
        uint16_t elements[8];
    } mine;
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
    if (lane() == 0) count.operations += 16 * 8 * 16 * 2;
    if (counting) return;
    struct Fragment {
        uint32_t a[4], b[2];
    } mine;
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

/* ---------------------------------------------------------------- blocks that order each other */

namespace {

/* What the counter tells joins what the thread knows of other blocks. */
void learn(const int32_t *at) {
    for (const auto &[other, past] : counters[at]) current->learnt[other] = past;
}

}  // namespace

int32_t counter_add(int32_t *at, int32_t x) {
    learn(at);
    Pasts &told = counters[at];
    for (const Pasts &known : {current->block->knows, current->learnt})
        for (const auto &[other, past] : known) told[other] = past;
    told[current->block->number] = {place.barriers, place.thread};
    const int32_t old = *at;
    *at = old + x;
    return old;
}

void counter_wait(const int32_t *at, int32_t least) {
    current->at = at;
    current->least = least;
    while (*at < least) wait_for(&counter);
    learn(at);
}

void launch_wait() { current->proceeded = true; }

}  // namespace reft::emulated

using namespace reft::emulated;

void __syncthreads() {
    current->block->at_barrier++;
    wait_for(&barrier);
}

void __syncwarp(uint32_t mask) {
    exchange(mask, 0, [](auto) { return 0; });
    if (mask == ~0u) place.warp_barriers++;
}
