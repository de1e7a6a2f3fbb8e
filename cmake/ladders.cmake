# benchmarks/kernels: versions of kernels that were tried, beside those of the library, which holds none of them.
#   cmake --build BUILD --target ladders    checks them on the emulator and, where nvcc is, compiles them (mvn verify)
#   cmake --build BUILD --target ladder     the program that times them on a GPU: BUILD/ladder
# All are one file for the compiler: an nvcc for each would take a minute.
set(ladder "${root}/benchmarks/kernels/ladder.cu")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/emulated/ladder.cpp" CONTENT "#include \"@ladder@\"\n" @ONLY)
add_executable(ladder_emulated EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/emulated/ladder.cpp" ${emulator}
  $<TARGET_OBJECTS:reft_emulated_kernels>)
target_include_directories(ladder_emulated PRIVATE "${root}/benchmarks/kernels")
target_compile_options(ladder_emulated PRIVATE ${watched})
target_link_libraries(ladder_emulated PRIVATE reft_emulated_flags)
add_custom_target(ladders COMMAND ladder_emulated)
if(REFT_TESTS)
  set_target_properties(ladder_emulated PROPERTIES EXCLUDE_FROM_ALL OFF)
  add_test(NAME ladders COMMAND ladder_emulated)
endif()

# For sm_80 and sm_90a; other devices take the PTX.
if(TARGET reft_cuda)
  list(FILTER codes EXCLUDE REGEX "sm_(86|89|100|120)")
  add_library(ladder_compiled OBJECT EXCLUDE_FROM_ALL "${ladder}")
  set_source_files_properties("${ladder}" PROPERTIES COMPILE_OPTIONS "${codes}")
  target_include_directories(ladder_compiled PRIVATE "${root}/benchmarks/kernels")
  target_link_libraries(ladder_compiled PRIVATE reft_cuda_flags)
  add_dependencies(ladders ladder_compiled)
  add_executable(ladder EXCLUDE_FROM_ALL "${root}/native/cuda/library.cpp" ${shell_sources} $<TARGET_OBJECTS:ladder_compiled>
    $<TARGET_OBJECTS:reft_cuda_kernels>)
  target_link_libraries(ladder PRIVATE reft_cuda_flags)
endif()
