/*
 * Finds races in kernels. Where those are compiled with -fsanitize=thread the compiler calls a function of this file at
 * every access to memory (ours stand in for ThreadSanitizer's own). Two threads may touch the same memory, one of them
 * writing, only when a barrier of the block lies between, or one of the whole warp where both are of one warp; and two
 * blocks of a launch only where a counter that both touched orders them. So a missing barrier is found whatever the order in
 * which fibers happen to run. A launch that begins early must wait before it touches what the one in front of it wrote, and before
 * it writes what that one read.
 *
 * Remembered of every two bytes: the last write, and the last reads, which are joined into "several threads" of a warp, a
 * block or a launch. Accesses of one byte are not watched; atomics and the fiber's own stack are left out. Partial barriers
 * order nothing here.
 */
#include "block.h"

#include <stdio.h>

#include <memory>
#include <unordered_map>

namespace reft::emulated {

namespace {

/* Who did it, and when. */
struct Access {
    Place place; /* block 0: nobody */
    enum : uint8_t { THREAD, WARP, BLOCK, LAUNCH } by;
};
struct Cell {
    Access write, read;
};

constexpr int GRANULE = 2, PAGE = 4096;
struct Page {
    Cell cells[PAGE / GRANULE];
};
std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages;
uintptr_t last_page;
Page *last;

char text[256];

Page &page(uintptr_t address) {
    const uintptr_t number = address / PAGE;
    if (!last || number != last_page) {
        auto &found = pages[number];
        if (!found) found.reset(new Page());
        last_page = number;
        last = found.get();
    }
    return *last;
}

/* True where counters tell that an access of another block came before. */
bool learnt(const Pasts &pasts, const Place &then) {
    const auto found = pasts.find(then.block);
    if (found == pasts.end()) return false;
    return then.barriers < found->second.barriers || (then.barriers == found->second.barriers && then.thread == found->second.thread);
}

/* True where nothing orders the two: shared memory starts anew with each block, all other memory with each launch. */
bool together(const Access &before, const Place &now, bool shared) {
    const Place &then = before.place;
    if (then.block < launch_began) return early_since > 0 && !shared && then.block >= early_since && !current->proceeded;
    if (then.block != now.block)
        return !shared && (before.by == Access::LAUNCH || (!learnt(current->block->knows, then) && !learnt(current->learnt, then)));
    if (before.by == Access::LAUNCH) return true;
    if (then.barriers != now.barriers) return false;
    if (before.by == Access::BLOCK) return true;
    if (then.thread / 32 != now.thread / 32) return true;
    if (then.warp_barriers != now.warp_barriers) return false;
    return before.by == Access::WARP || then.thread != now.thread;
}

void report(const char *does, const char *did, const Access &before, uintptr_t address, bool shared) {
    if (text[0]) return;
    char who[32] = "several threads";
    if (before.by == Access::THREAD) snprintf(who, sizeof who, "thread %d", before.place.thread);
    snprintf(text, sizeof text, "race: thread %d of block %u,%u,%u %s %s memory at %#lx that %s%s %s, with no barrier between",
            place.thread, blockIdx.x, blockIdx.y, blockIdx.z, does, shared ? "shared" : "global", static_cast<unsigned long>(address), who,
            before.place.block != place.block ? " of another block" : "", did);
}

/* The new access beside the old ones of the same kind: their place is forgotten where a barrier lies between. */
void join(Access &before, const Place &now, bool shared) {
    const bool same = before.place.block == now.block && before.by == Access::THREAD && before.place.thread == now.thread;
    if (same || !together(before, now, shared)) before = {now, Access::THREAD};
    else if (before.place.block != now.block) before = {now, Access::LAUNCH};
    else if (before.place.thread / 32 == now.thread / 32 && before.by <= Access::WARP) before = {now, Access::WARP};
    else if (before.by <= Access::BLOCK) before = {now, Access::BLOCK};
}

}  // namespace

void accessed(const void *at, size_t bytes, bool write) {
    if (!running) return;
    const uintptr_t address = reinterpret_cast<uintptr_t>(at), stack = reinterpret_cast<uintptr_t>(current->stack);
    if (address - stack < STACK) {
        for (const Sums &of : current->sums) {
            if (address + bytes <= reinterpret_cast<uintptr_t>(of.from) || address >= reinterpret_cast<uintptr_t>(of.to)) continue;
            if (of.under_way > 0) fail("sums of wgmma that are touched while it is under way");
            if (!of.tied) fail("sums of wgmma that no wait was given");
            current->fenced = false;
        }
        return;
    }
    Block &block = *current->block;
    const bool shared = block.holds(address);
    if (shared && write) {
        const size_t from = address - reinterpret_cast<uintptr_t>(block.shared);
        for (size_t chunk = from / CHUNK; chunk * CHUNK < from + bytes; chunk++) {
            if (block.writer[chunk] == place.thread + 1) continue;
            block.writer[chunk] = static_cast<uint16_t>(place.thread + 1);
            current->unfenced.push_back(chunk);
        }
    }
    if (counting && !shared) count_access(address, bytes, write);
    if (counting || bytes < GRANULE) return;
    for (uintptr_t a = address / GRANULE * GRANULE; a < address + bytes; a += GRANULE) {
        Cell &cell = page(a).cells[a % PAGE / GRANULE];
        if (together(cell.write, place, shared)) report(write ? "writes" : "reads", "wrote", cell.write, a, shared);
        if (write && together(cell.read, place, shared)) report("writes", "read", cell.read, a, shared);
        if (write) cell.write = {place, Access::THREAD};
        else join(cell.read, place, shared);
    }
}

bool race(char *to, size_t bytes) {
    const bool found = text[0] != 0;
    if (found) snprintf(to, bytes, "%s", text);
    text[0] = 0;
    return found;
}

}  // namespace reft::emulated

/* ---------------------------------------------------------------- what -fsanitize=thread calls */

using reft::emulated::accessed;

extern "C" {
#define REFT_WATCH(bytes)                                                                                                                  \
    void __tsan_read##bytes(void *p) { accessed(p, bytes, false); }                                                                        \
    void __tsan_write##bytes(void *p) { accessed(p, bytes, true); }                                                                        \
    void __tsan_unaligned_read##bytes(void *p) { accessed(p, bytes, false); }                                                              \
    void __tsan_unaligned_write##bytes(void *p) { accessed(p, bytes, true); }
REFT_WATCH(1)
REFT_WATCH(2)
REFT_WATCH(4)
REFT_WATCH(8)
REFT_WATCH(16)
#undef REFT_WATCH
void __tsan_read_range(void *p, size_t bytes) { accessed(p, bytes, false); }
void __tsan_write_range(void *p, size_t bytes) { accessed(p, bytes, true); }
void __tsan_vptr_update(void **, void *) {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_init() {}
}
