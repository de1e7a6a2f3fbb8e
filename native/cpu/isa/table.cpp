/* The table of this instruction set's ops. */
#include "isa.h"

namespace reft::REFT_ISA {

#define REFT_STRING(x) #x
#define REFT_NAME(x) REFT_STRING(x)
#define REFT_ENTRY(result, name, parameters) name,
extern const Ops ops = {REFT_NAME(REFT_ISA), REFT_OPS(REFT_ENTRY)};

}  // namespace reft::REFT_ISA
