/* The last error, and the version of reft.h: the same in every library. */
#include "call.h"

#include <cstdarg>

namespace reft {

namespace {

thread_local char error[512];

}  // namespace

int32_t fail(int32_t status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, sizeof error, format, arguments);
    va_end(arguments);
    return status;
}

}  // namespace reft

int32_t reft_abi_version(void) { return REFT_ABI_VERSION; }

const char *reft_last_error(void) { return reft::error; }
