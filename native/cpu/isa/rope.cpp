/* Rotary position embedding, and the append of rotated keys and of values to the pages of a cache. */
#include "bf16.h"
#include "isa.h"

namespace reft::REFT_ISA {

namespace {

/* The first `heads` heads of one row; angles [HS/2,2]: cos, sin; sign -1 rotates back. */
void rotate(float *row, const float *angles, int64_t heads, int64_t HS, float sign) {
    const int64_t half = HS / 2;
    for (int64_t h = 0; h < heads; h++) {
        float *first = row + h * HS, *second = first + half;
#pragma omp simd
        for (int64_t j = 0; j < half; j++) {
            const float cos = angles[2 * j], sin = sign * angles[2 * j + 1];
            const float a = first[j], b = second[j];
            first[j] = a * cos - b * sin;
            second[j] = b * cos + a * sin;
        }
    }
}

/* Key and value of one head to their place in a page: see pages.h. */
void append(float *k_page, float *v_page, const float *k, const float *v, int64_t place, int64_t HS) {
    for (int64_t c = 0; c < HS; c++) k_page[c * REFT_KV_PAGE + place] = k[c];
    memcpy(v_page + place * HS, v, static_cast<size_t>(HS) * sizeof(float));
}
void append(uint16_t *k_page, uint16_t *v_page, const float *k, const float *v, int64_t place, int64_t HS) {
    for (int64_t c = 0; c < HS; c += 2) {
        k_page[(c * REFT_KV_PAGE + 2 * place)] = round_bf16(k[c]);
        k_page[(c * REFT_KV_PAGE + 2 * place) + 1] = round_bf16(k[c + 1]);
    }
    each(HS, [=](int64_t c, auto part) { store(v_page + place * HS + c, load(v + c, part), part); });
}

}  // namespace

void rope(float *qkv, const int32_t *positions, const float *table, int64_t N, int64_t row, int64_t heads, int64_t HS, bool inverse) {
#pragma omp parallel for num_threads(workers(N * heads * HS / 2)) schedule(static)
    for (int64_t n = 0; n < N; n++) rotate(qkv + n * row, table + positions[n] * (HS / 2) * 2, heads, HS, inverse ? -1.0f : 1.0f);
}

void kv_append(void *k_pages, void *v_pages, int32_t cache_type, float *qkv, const int64_t *slots, const int32_t *positions,
        const float *table, int64_t N, int64_t NH, int64_t NKV, int64_t HS) {
    const int64_t row = (NH + 2 * NKV) * HS;
#pragma omp parallel for num_threads(workers(N * row / 2)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *q = qkv + n * row;
        const float *k = q + NH * HS, *v = k + NKV * HS;
        if (table) rotate(q, table + positions[n] * (HS / 2) * 2, NH + NKV, HS, 1.0f);
        const int64_t page = slots[n] / REFT_KV_PAGE, place = slots[n] % REFT_KV_PAGE;
        for (int64_t h = 0; h < NKV; h++, k += HS, v += HS) {
            const int64_t to = (page * NKV + h) * REFT_KV_PAGE * HS;
            if (cache_type == REFT_F32) append(static_cast<float *>(k_pages) + to, static_cast<float *>(v_pages) + to, k, v, place, HS);
            else append(static_cast<uint16_t *>(k_pages) + to, static_cast<uint16_t *>(v_pages) + to, k, v, place, HS);
        }
    }
}

}  // namespace reft::REFT_ISA
