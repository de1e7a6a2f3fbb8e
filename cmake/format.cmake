# Checks that C++ and CUDA are laid out as .clang-format says; with WRITE lays them out so. The Maven build calls it:
#   cmake [-DWRITE=ON] -P format.cmake
# Versions of clang-format differ in what they do: it must be this one. Where it is not found, a line says so and nothing is checked.
cmake_minimum_required(VERSION 3.22)
set(version 19)

find_program(clang_format NAMES clang-format-${version} clang-format)
if(clang_format)
  execute_process(COMMAND "${clang_format}" --version OUTPUT_VARIABLE found)
endif()
if(NOT found MATCHES "version ${version}\\.")
  message(STATUS "C++ and CUDA are not checked: there is no clang-format ${version} (apt-get install clang-format-${version}).")
  return()
endif()

set(root "${CMAKE_CURRENT_LIST_DIR}/..")
file(GLOB_RECURSE sources "${root}/native/*.cpp" "${root}/native/*.h" "${root}/kernels/*.cu" "${root}/kernels/*.cuh" "${root}/kernels/*.h"
  "${root}/benchmarks/kernels/*.cu" "${root}/benchmarks/kernels/*.cuh")
if(WRITE)
  execute_process(COMMAND "${clang_format}" -i ${sources} COMMAND_ERROR_IS_FATAL ANY)
  return()
endif()
execute_process(COMMAND "${clang_format}" --dry-run --Werror ${sources} RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  string(REGEX MATCHALL "[^\n]*: error: code should be clang-formatted" places "${output}")
  string(REPLACE "${root}/" "" places "${places}")
  string(REGEX REPLACE ": error: [^;]*" "" places "${places}")
  string(REPLACE ";" "\n  " places "${places}")
  message("  ${places}")
  message(FATAL_ERROR "C++ or CUDA is not laid out as .clang-format says; `mvn -Pformat` does it.")
endif()
