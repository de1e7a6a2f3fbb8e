/* What abi.cpp needs of library.cpp. */
#ifndef REFT_CUDA_LIBRARY_H
#define REFT_CUDA_LIBRARY_H

#include "launchers.h"

namespace reft {

/* Keeps the sentence for reft_last_error and returns the status. */
__attribute__((format(printf, 2, 3))) int32_t fail(int32_t status, const char *format, ...);

}  // namespace reft

#endif
