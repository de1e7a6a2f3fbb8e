# libreft_cpu.so. native/cpu/*.cpp and native/shell/*.cpp are compiled once; native/cpu/isa/*.cpp once for each instruction set, with
# REFT_ISA
# set to its name (scalar, avx2, avx512), which those files use as the namespace of all they define. Of sets that only multiply bf16 in
# a way of their own (avx512_bf16, amx, and amx_emulated, which does as AMX does on any processor) linear_bf16.cpp alone.
set(native "${CMAKE_SOURCE_DIR}/../native")
file(GLOB common CONFIGURE_DEPENDS "${native}/cpu/*.cpp" "${native}/shell/*.cpp")
file(GLOB per_isa CONFIGURE_DEPENDS "${native}/cpu/isa/*.cpp")
if(NOT common)
  message(FATAL_ERROR "No source in native: libreft_cpu.so cannot be built. Is the checkout complete?")
endif()

find_package(OpenMP REQUIRED COMPONENTS CXX)

# Flags common to every file of the library. -fno-math-errno and -fno-trapping-math let loops vectorise and change no
# result; -ffp-contract=off leaves it to the source where a product and a sum are fused.
add_library(reft_cpu_flags INTERFACE)
target_include_directories(reft_cpu_flags INTERFACE "${native}/include" "${native}/shell" "${native}/cpu")
target_link_libraries(reft_cpu_flags INTERFACE OpenMP::OpenMP_CXX)
target_compile_options(reft_cpu_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wno-psabi
  -fno-math-errno -fno-trapping-math -ffp-contract=off
  $<$<CONFIG:Release>:-O3>)
if(REFT_SANITIZE)
  target_compile_options(reft_cpu_flags INTERFACE
    -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(reft_cpu_flags INTERFACE -fsanitize=address,undefined)
endif()

set(isas scalar)
set(bf16_isas amx_emulated)
set(isa_flags_scalar "")
set(isa_flags_amx_emulated -DREFT_TILES)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND isas avx2 avx512)
  list(APPEND bf16_isas avx512_bf16 amx)
  set(isa_flags_avx2 -mavx2 -mfma -mf16c)
  set(isa_flags_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512)
  set(isa_flags_avx512_bf16 ${isa_flags_avx512} -mavx512bf16)
  set(isa_flags_amx ${isa_flags_avx512} -mamx-tile -mamx-bf16 -DREFT_TILES)
endif()

add_library(reft_cpu SHARED ${common})
target_link_libraries(reft_cpu PRIVATE reft_cpu_flags)
if(per_isa)
  foreach(isa IN LISTS isas bf16_isas)
    if(isa IN_LIST isas)
      add_library(reft_cpu_${isa} OBJECT ${per_isa})
    else()
      add_library(reft_cpu_${isa} OBJECT "${native}/cpu/isa/linear_bf16.cpp")
    endif()
    target_link_libraries(reft_cpu_${isa} PRIVATE reft_cpu_flags)
    target_compile_definitions(reft_cpu_${isa} PRIVATE REFT_ISA=${isa})
    target_compile_options(reft_cpu_${isa} PRIVATE ${isa_flags_${isa}})
    target_sources(reft_cpu PRIVATE $<TARGET_OBJECTS:reft_cpu_${isa}>)
  endforeach()
endif()
# The C++ runtime goes inside, so that the library runs on any Linux with this glibc; OpenMP's stays outside and is one
# for us and oneDNN.
if(NOT REFT_SANITIZE)
  target_link_options(reft_cpu PRIVATE -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--no-undefined)
endif()
