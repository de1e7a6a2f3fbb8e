/* What abi.cpp needs of library.cpp. */
#ifndef REFT_CPU_LIBRARY_H
#define REFT_CPU_LIBRARY_H

#include "ops.h"

namespace reft {

/* The table in use. */
extern const Ops *ops;

/* Keeps the sentence for reft_last_error and returns the status. */
__attribute__((format(printf, 2, 3))) int32_t fail(int32_t status, const char *format, ...);

}  // namespace reft

#endif
