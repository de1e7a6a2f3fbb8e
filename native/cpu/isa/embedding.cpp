/* Token and position embedding. The caller sorts the tokens for the backward. */
#include "isa.h"

namespace reft::REFT_ISA {

void embedding_forward(float *out, const int32_t *ids, const int32_t *positions, const float *wte, const float *wpe,
        int64_t position_offset, int64_t N, int64_t C) {
#pragma omp parallel for num_threads(workers(N * C / 4)) schedule(static)
    for (int64_t n = 0; n < N; n++) {
        float *row = out + n * C;
        const float *token = wte + ids[n] * C;
        if (wpe) {
            const float *position = wpe + (positions[n] + position_offset) * C;
            each(C, [=](int64_t c, auto part) { store(row + c, load(token + c, part) + load(position + c, part), part); });
        } else {
            memcpy(row, token, static_cast<size_t>(C) * sizeof(float));
        }
    }
}

/* Chunks of the sorted tokens; one that starts inside a run of equal rows leaves it to the chunk where the run began. */
void embedding_backward(float *dtable, const float *dout, const int32_t *index, const int32_t *order, int64_t offset, int64_t N,
        int64_t C) {
    constexpr int64_t chunk = 32;
#pragma omp parallel for num_threads(workers(N * C / 4)) schedule(static)
    for (int64_t start = 0; start < N; start += chunk) {
        const int64_t end = min(start + chunk, N);
        int64_t i = start;
        while (i < end && i > 0 && index[order[i]] == index[order[i - 1]]) i++;
        if (i == end) continue;
        for (; i < N && (i < end || index[order[i]] == index[order[i - 1]]); i++) {
            float *to = dtable + (index[order[i]] + offset) * C;
            const float *from = dout + order[i] * C;
            each(C, [=](int64_t c, auto part) { store(to + c, load(to + c, part) + load(from + c, part), part); });
        }
    }
}

}  // namespace reft::REFT_ISA
