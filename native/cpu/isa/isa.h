/* The ops of one instruction set: what every file of this folder includes. REFT_ISA comes from the build. */
#ifndef REFT_CPU_ISA_H
#define REFT_CPU_ISA_H

#include "simd.h"

namespace reft::REFT_ISA {

#define REFT_DECLARE(result, name, parameters) result name parameters;
REFT_OPS(REFT_DECLARE)
#undef REFT_DECLARE

}  // namespace reft::REFT_ISA

#endif
