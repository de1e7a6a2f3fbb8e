/*
 * A unit of eight tiles, each of 16 rows of 64 bytes: AMX's, and a twin in plain C++ that does the same, so that the loop over
 * them can be tested where there is no AMX. A tile is named by a constant, as the instructions have it.
 */
#ifndef REFT_CPU_TILES_H
#define REFT_CPU_TILES_H

#include "bf16.h"

namespace reft::REFT_ISA {

constexpr int64_t TILE_ROWS = 16, TILE_BYTES = 64;

#if defined(__AMX_BF16__)

/* Of the thread that makes it, until it ends. */
class TileUnit {
public:
    TileUnit() {
        struct alignas(64) {
            uint8_t palette = 1, start_row = 0, reserved[14] = {};
            uint16_t bytes[16] = {};
            uint8_t rows[16] = {};
        } config;
        for (int t = 0; t < 8; t++) {
            config.bytes[t] = TILE_BYTES;
            config.rows[t] = TILE_ROWS;
        }
        _tile_loadconfig(&config);
    }
    ~TileUnit() { _tile_release(); }

    /* Written out, because gcc's intrinsics take no template's constant, and do not say that they read and write memory. */
    template <int T>
    void zero() {
        asm volatile("tilezero %%tmm%c0" ::"i"(T));
    }
    template <int T>
    void load(const void *from, int64_t stride) {
        asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(T) : "memory");
    }
    template <int T>
    void store(void *to, int64_t stride) {
        asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(T) : "memory");
    }

    /* c[i][j] += Σ a[i][k]·b[k][j], pair by pair: a has a row's pairs side by side, b those of a column below one another. */
    template <int C, int A, int B>
    void dot() {
        asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B));
    }
};

#else

class TileUnit {
public:
    template <int T>
    void zero() {
        memset(tiles[T], 0, sizeof tiles[T]);
    }

    template <int T>
    void load(const void *from, int64_t stride) {
        for (int64_t r = 0; r < TILE_ROWS; r++) memcpy(tiles[T][r], static_cast<const char *>(from) + r * stride, TILE_BYTES);
    }
    template <int T>
    void store(void *to, int64_t stride) {
        for (int64_t r = 0; r < TILE_ROWS; r++) memcpy(static_cast<char *>(to) + r * stride, tiles[T][r], TILE_BYTES);
    }

    template <int C, int A, int B>
    void dot() {
        for (int64_t i = 0; i < TILE_ROWS; i++)
            for (int64_t j = 0; j < 16; j++) {
                float sum = 0;
                for (int64_t k = 0; k < 16; k++) {
                    sum += flush(first(tiles[A][i][k]) * first(tiles[B][k][j]));
                    sum += flush(second(tiles[A][i][k]) * second(tiles[B][k][j]));
                }
                tiles[C][i][j] = __builtin_bit_cast(Pair, __builtin_bit_cast(float, tiles[C][i][j]) + sum);
            }
    }

private:
    Pair tiles[8][TILE_ROWS][16];

    /* Numbers too small for a full mantissa count as 0. */
    static float flush(float x) { return fabsf(x) < 0x1p-126f ? 0 : x; }
    static float first(Pair p) { return flush(__builtin_bit_cast(float, p << 16)); }
    static float second(Pair p) { return flush(__builtin_bit_cast(float, p & 0xffff0000u)); }
};

#endif

}  // namespace reft::REFT_ISA

#endif
