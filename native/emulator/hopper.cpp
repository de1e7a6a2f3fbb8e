/* sm_90a on the emulator: mbarriers, TMA, wgmma, the asynchronous proxy and the registers of warps. Each keeps the state that a GPU
 * leaves undefined when it is misused, and complains. */
#include "block.h"

namespace reft::emulated {

namespace {

float bf16_at(uint16_t bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }

/* Where the swizzle puts what would lie at `address`: 1, 2 or 3 bits of the row change the 16-byte chunk, within 32, 64 or 128 bytes.
 * Blocks' memory starts at a multiple of 1024. */
uintptr_t swizzled(uintptr_t address, int bits) { return address ^ (address >> 7 & ((1u << bits) - 1)) << 4; }

/* ---------------------------------------------------------------- mbarriers */

MbarrierState &state_of(const Mbarrier *barrier) {
    Block &block = *current->block;
    const auto found = block.mbarriers.find(barrier);
    if (found == block.mbarriers.end()) fail("an mbarrier that nobody has initialised");
    MbarrierState &state = found->second;
    if (state.initialised.thread != place.thread && state.initialised.barriers == place.barriers)
        fail("an mbarrier that another thread has initialised, with no barrier between");
    return state;
}

void arrive(MbarrierState &state) {
    if (state.arrived == state.arrivals) fail("an mbarrier that more arrive at than its phase counts");
    state.arrived++;
    if (state.copies.empty()) ended(state, 0);
}

}  // namespace

bool ended(MbarrierState &state, int parity) {
    if (state.arrived == state.arrivals) {
        for (const BoxCopy &copy : state.copies) {
            copy.land();
            state.bytes -= copy.map.bytes();
        }
        state.copies.clear();
        if (state.bytes == 0) {
            state.phase++;
            state.arrived = 0;
        }
    }
    return static_cast<int>(state.phase % 2) != parity;
}

void mbarrier_init(Mbarrier *barrier, int arrivals) { current->block->mbarriers[barrier] = {arrivals, 0, 0, 0, place, false, {}}; }

void mbarrier_init_fence() {
    for (auto &found : current->block->mbarriers)
        if (found.second.initialised.thread == place.thread) found.second.announced = true;
}

void mbarrier_arrive(Mbarrier *barrier) { arrive(state_of(barrier)); }

void mbarrier_expect(Mbarrier *barrier, int bytes) {
    MbarrierState &state = state_of(barrier);
    state.bytes += bytes;
    arrive(state);
}

void mbarrier_wait(Mbarrier *barrier, int parity) {
    current->phase_of = &state_of(barrier);
    current->parity = parity;
    while (!ended(*current->phase_of, parity)) wait_for(&mbarrier);
}

/* ---------------------------------------------------------------- shared memory and its two proxies */

uint32_t shared_address(const void *p) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(p);
    if (!current->block->holds(address)) fail("the shared address of what is not in shared memory");
    return static_cast<uint32_t>(address - reinterpret_cast<uintptr_t>(current->block->shared));
}

void async_fence() {
    Block &block = *current->block;
    for (const size_t chunk : current->unfenced)
        if (block.writer[chunk] == place.thread + 1) block.writer[chunk] = 0;
    current->unfenced.clear();
}

/* ---------------------------------------------------------------- TMA */

void BoxCopy::land() const {
    const int bits = map.swizzle == CU_TENSOR_MAP_SWIZZLE_128B  ? 3
                     : map.swizzle == CU_TENSOR_MAP_SWIZZLE_64B ? 2
                                                                : map.swizzle == CU_TENSOR_MAP_SWIZZLE_32B;
    if (counting) {
        const int64_t first = std::max(column, 0), end = std::min<int64_t>(column + map.box_columns, map.columns);
        for (int64_t r = std::max(row, 0); first < end && r < std::min<int64_t>(row + map.box_rows, map.rows); r++)
            count_access(reinterpret_cast<uintptr_t>(map.x + r * map.stride + first * 2), static_cast<size_t>(end - first) * 2, false);
        return;
    }
    for (int r = 0; r < map.box_rows; r++) {
        for (int c = 0; c < map.box_columns; c++) {
            uint16_t element = 0;
            if (row + r >= 0 && row + r < map.rows && column + c >= 0 && column + c < map.columns)
                memcpy(&element, map.x + (row + r) * map.stride + (column + c) * 2, 2);
            memcpy(reinterpret_cast<void *>(swizzled(reinterpret_cast<uintptr_t>(to) +
                                                             static_cast<uintptr_t>((r * map.box_columns + c) * 2),
                           bits)),
                    &element, 2);
        }
    }
}

void tma_load(void *shared, const TensorMap &map, int row, int column, Mbarrier *barrier) {
    const uint32_t to = shared_address(shared);
    if (to % 128 != 0) fail("tma_load to an address that is no multiple of 128");
    if (to + static_cast<uint32_t>(map.bytes()) > DYNAMIC) fail("tma_load past the end of shared memory");
    MbarrierState &state = state_of(barrier);
    if (!state.announced) fail("tma_load with an mbarrier that mbarrier_init_fence has not announced");
    if (!counting) memset(shared, 0xff, static_cast<size_t>(map.bytes()));
    Block &block = *current->block;
    for (uint32_t chunk = to / CHUNK; chunk < (to + static_cast<uint32_t>(map.bytes())) / CHUNK; chunk++) block.writer[chunk] = 0;
    state.copies.push_back({static_cast<char *>(shared), map, row, column});
}

/* ---------------------------------------------------------------- wgmma */

namespace {

/*
 * An operand in shared memory, as the 64 bits of its descriptor say (PTX ISA, "matrix descriptor"): bits 0…13 the address, 16…29 the
 * leading and 32…45 the stride offset, all in units of 16 bytes, 49…51 the base offset, 62…63 the swizzle. A row of the pattern has as
 * many bytes as the swizzle, and eight rows make a pattern. With k inner a row is one of M or N, and the stride offset leads to the
 * next eight of them; with M or N inner it is one of k, the stride offset leads to the next eight of k, and the leading offset to the
 * next elements of M or N behind a row.
 */
struct Operand {
    uintptr_t at;
    int row_bytes, swizzle_bits, leading, stride;
    bool transposed;

    Operand(uint64_t descriptor, bool mn_inner) : transposed(mn_inner) {
        const int mode = static_cast<int>(descriptor >> 62), base = static_cast<int>(descriptor >> 49 & 7);
        if (mode == 0) fail("a wgmma descriptor without swizzle, which the emulator does not know");
        swizzle_bits = 4 - mode;
        row_bytes = 16 << swizzle_bits;
        const uint32_t address = static_cast<uint32_t>(descriptor & 0x3fff) << 4;
        leading = static_cast<int>(descriptor >> 16 & 0x3fff) << 4;
        stride = static_cast<int>(descriptor >> 32 & 0x3fff) << 4;
        if (static_cast<int>(address >> 7 & 7) != base)
            fail("a wgmma operand that does not start at a multiple of 1024, without a base offset");
        if (descriptor & ~(uint64_t{3} << 62 | uint64_t{7} << 49 | uint64_t{0x3fff} << 32 | uint64_t{0x3fff} << 16 | 0x3fff))
            fail("a wgmma descriptor with bits that must be 0");
        at = reinterpret_cast<uintptr_t>(current->block->shared) + address;
    }

    /* Element (e, k), e counting in M or N. */
    float operator()(int e, int k) const {
        const int inner = transposed ? e : k, outer = transposed ? k : e, in_row = row_bytes / 2;
        const int bytes = outer / 8 * stride + outer % 8 * row_bytes + inner / in_row * leading + inner % in_row * 2;
        const uintptr_t place_of = swizzled(at + static_cast<uintptr_t>(bytes), swizzle_bits);
        const Block &block = *current->block;
        const size_t offset = place_of - reinterpret_cast<uintptr_t>(block.shared);
        if (offset >= DYNAMIC) fail("a wgmma operand past the end of shared memory");
        if (block.writer[offset / CHUNK]) fail("wgmma reads shared memory that a thread wrote without async_fence");
        uint16_t element;
        memcpy(&element, reinterpret_cast<const void *>(place_of), 2);
        return bf16_at(element);
    }
};

}  // namespace

/* Of d the lane has rows lane/4 and lane/4 + 8 of the warp's 16; of a in registers what mma_m16n8k16 has of it. */
void Wgmma::compute() const {
    for (Sums &of : current->sums)
        if (of.from == reinterpret_cast<const char *>(d)) of.under_way--;
    if (lane() == 0) count.warpgroup_operations += 16 * 2 * N * 16;
    if (counting) return;
    const int row = current->place.thread / 32 % 4 * 16 + lane() / 4, column = lane() % 4 * 2;
    float left[2][16];
    if (a_registers) {
        struct Fragment {
            uint32_t r[4];
        } mine;
        memcpy(mine.r, a_registers, sizeof mine.r);
        exchange(~0u, mine, [&](auto of) {
            for (int half = 0; half < 2; half++)
                for (int k = 0; k < 16; k++) {
                    const Fragment held = of(lane() / 4 * 4 + k % 8 / 2);
                    left[half][k] = bf16_at(static_cast<uint16_t>(held.r[half + k / 8 * 2] >> k % 2 * 16));
                }
            return 0;
        });
    } else {
        const Operand of_a(a, transpose_a);
        for (int half = 0; half < 2; half++)
            for (int k = 0; k < 16; k++) left[half][k] = of_a(row + half * 8, k);
    }
    const Operand of_b(b, transpose_b);
    for (int n = 0; n < N; n += 8) {
        for (int i = 0; i < 2; i++) {
            float right[16];
            for (int k = 0; k < 16; k++) right[k] = of_b(n + column + i, k);
            for (int half = 0; half < 2; half++) {
                float &sum = d[n / 8 * 4 + half * 2 + i];
                if (!accumulate) sum = 0;
                for (int k = 0; k < 16; k++) sum += left[half][k] * right[k];
            }
        }
    }
}

void wgmma_begin(float *d, int N, const uint32_t *a_registers, uint64_t a, uint64_t b, bool transpose_a, bool transpose_b,
        bool accumulate) {
    if (!current->fenced) fail("wgmma with no wgmma_fence since its sums were touched");
    const char *from = reinterpret_cast<const char *>(d), *to = from + N / 8 * 4 * sizeof(float);
    Sums *mine = nullptr;
    for (Sums &of : current->sums) {
        if (of.from == from && of.to == to) mine = &of;
        else if (of.from < to && from < of.to && of.under_way > 0) fail("wgmma with sums of another that is under way");
    }
    if (!mine) mine = &current->sums.emplace_back(Sums{from, to, 0, false});
    mine->under_way++;
    mine->tied = false;
    current->wgmmas.back().push_back({d, N, a_registers, a, b, transpose_a, transpose_b, accumulate});
}

void wgmma_fence() { current->fenced = true; }

void wgmma_commit() { current->wgmmas.emplace_back(); }

void wgmma_wait_group(int pending) {
    auto &wgmmas = current->wgmmas;
    while (wgmmas.size() > static_cast<size_t>(pending) + 1) {
        for (const Wgmma &wgmma : wgmmas.front()) wgmma.compute();
        wgmmas.pop_front();
    }
    exchange(~0u, 0, [](auto) { return 0; }); /* a warp goes on when all of its lanes' sums are there */
}

void wgmma_tie(const float *d) {
    for (Sums &of : current->sums) {
        if (of.from != reinterpret_cast<const char *>(d)) continue;
        if (of.under_way > 0) fail("sums taken from wgmmas that are under way");
        of.tied = true;
    }
}

/* ---------------------------------------------------------------- registers */

bool registers_free(const Fiber &fiber) {
    const int held = fiber.block->warps[fiber.place.thread / 32].registers;
    return held == fiber.registers || (fiber.registers - held) * 32 <= fiber.block->registers_left;
}

void set_registers(int wanted, bool more) {
    if (wanted < 24 || wanted > 256 || wanted % 8 != 0) fail("setmaxnreg of a number that is no multiple of 8 from 24 to 256");
    exchange(~0u, 0, [](auto) { return 0; });
    current->registers = wanted;
    while (!registers_free(*current)) wait_for(&registers);
    int &held = warp_of(*current).registers;
    if (held != wanted) { /* the first lane does it for all */
        if (more != (wanted > held)) fail("setmaxnreg in the wrong direction");
        current->block->registers_left -= (wanted - held) * 32;
        held = wanted;
    }
    exchange(~0u, 0, [](auto) { return 0; });
}

}  // namespace reft::emulated

using namespace reft::emulated;

CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType type, cuuint32_t rank, void *x, const cuuint64_t *size,
        const cuuint64_t *stride, const cuuint32_t *box, const cuuint32_t *step, CUtensorMapInterleave interleave,
        CUtensorMapSwizzle swizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill fill) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(x);
    const bool known = type == CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 && rank == 2 && interleave == CU_TENSOR_MAP_INTERLEAVE_NONE &&
                       fill == CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE && step[0] == 1 && step[1] == 1;
    const int row = static_cast<int>(box[0]) * 2, most = swizzle == CU_TENSOR_MAP_SWIZZLE_NONE ? 512 : 16 << swizzle;
    if (!known || reinterpret_cast<uintptr_t>(map) % 64 != 0 || address % 16 != 0 || size[0] == 0 || size[1] == 0 ||
            size[0] > uint64_t{1} << 32 || size[1] > uint64_t{1} << 32 || stride[0] % 16 != 0 || stride[0] >= uint64_t{1} << 40 ||
            stride[0] < size[0] * 2 || box[0] == 0 || box[0] > 256 || box[1] == 0 || box[1] > 256 || row % 16 != 0 || row > most)
        return 1; /* CUDA_ERROR_INVALID_VALUE */
    *map = {static_cast<const char *>(x), static_cast<int64_t>(size[0]), static_cast<int64_t>(size[1]), static_cast<int64_t>(stride[0]),
            static_cast<int>(box[0]), static_cast<int>(box[1]), static_cast<int>(swizzle)};
    return CUDA_SUCCESS;
}
