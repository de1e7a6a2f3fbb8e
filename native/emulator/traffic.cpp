/* Counts what launches move and multiply: see Count in emulator.h. */
#include "block.h"
#include "emulated.h"

#include <bitset>

namespace reft::emulated {

Count count;
bool counting;

namespace {

constexpr uintptr_t SECTOR = 32, PAGE = 4096;
using Sectors = std::bitset<PAGE / SECTOR>;

/* What of memory a launch has touched. */
struct Touched {
    std::unordered_map<uintptr_t, Sectors> pages;
    uintptr_t last_page = 0;
    Sectors *last = nullptr;

    /* True where it is new. */
    bool add(uintptr_t address) {
        if (!last || address / PAGE != last_page) {
            last_page = address / PAGE;
            last = &pages[last_page];
        }
        auto sector = (*last)[address % PAGE / SECTOR];
        const bool is_new = !sector;
        sector = true;
        return is_new;
    }
    void clear() {
        pages.clear();
        last = nullptr;
    }
} reads, writes;

}  // namespace

void count_access(uintptr_t address, size_t bytes, bool write) {
    count.asked += static_cast<int64_t>(bytes);
    for (uintptr_t a = address / SECTOR * SECTOR; a < address + bytes; a += SECTOR)
        if ((write ? writes : reads).add(a)) (write ? count.written : count.read) += SECTOR;
}

void count_launch() {
    count.launches++;
    reads.clear();
    writes.clear();
}

}  // namespace reft::emulated

using namespace reft::emulated;

void reft_emulated_counting(int32_t on) {
    counting = on != 0;
    count = {};
}

void reft_emulated_count(int64_t *to) {
    const int64_t all[] = {count.launches, count.read, count.written, count.asked, count.operations, count.warpgroup_operations};
    memcpy(to, all, sizeof all);
    count = {};
}
