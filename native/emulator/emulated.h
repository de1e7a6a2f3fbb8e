/* What libreft_emulated.so exports beside reft.h, for tests. */
#pragma once

#include "reft.h"

extern "C" {
/* From now on, or no longer, launches are counted and compute nothing on tensor cores: what they write means nothing, and sizes may be
 * those of large models. Starts from 0. */
REFT_API void reft_emulated_counting(int32_t on);

/* What was counted since the last call of either: launches; bytes of global memory read and written, each sector of 32 bytes once a
 * launch; bytes that threads asked for; operations of tensor cores by warps, and by warpgroups. to [6]. */
REFT_API void reft_emulated_count(int64_t *to);
}
