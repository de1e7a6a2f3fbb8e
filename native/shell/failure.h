/* How an op fails on its way to the shell. */
#pragma once

#include <stdint.h>

#include <string>

namespace reft {

/* What went wrong, without the op and its sizes: the shell puts them in front. */
struct Failure {
    int32_t status;
    std::string text;
};

}  // namespace reft
