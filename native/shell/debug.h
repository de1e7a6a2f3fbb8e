/* What reft_set_debug set. */
#pragma once

namespace reft {

struct Debug {
    bool sync;           /* wait after each kernel */
    char tile[16];       /* of matrix products; "" where they choose */
    int multiprocessors; /* that choices assume; 0: those of the device */
};
const Debug &debug();

}  // namespace reft
