# libreft_cuda.so, where nvcc is: -DREFT_CUDA=on fails without it, auto goes on without the library, off (for now the
# default: all architectures take long) leaves it out. -DREFT_CUDA_ARCHITECTURES chooses among those below. Needs nothing
# but the driver where it runs: the CUDA runtime and the C++ one are inside.
set(REFT_CUDA off CACHE STRING "Build libreft_cuda.so: auto, on or off")
if(REFT_CUDA STREQUAL "off")
  return()
endif()
find_program(NVCC nvcc PATHS "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
if(NOT NVCC)
  if(REFT_CUDA STREQUAL "on")
    message(FATAL_ERROR "REFT_CUDA is on, and no nvcc is found: put it on the PATH or set CUDA_HOME.")
  endif()
  message(STATUS "No nvcc: libreft_cuda.so is left out.")
  return()
endif()
set(CMAKE_CUDA_COMPILER "${NVCC}")

# Machine code for each architecture that this nvcc knows, and PTX of the last for what comes after. wgmma and TMA need 90a.
execute_process(COMMAND "${NVCC}" --list-gpu-arch OUTPUT_VARIABLE known)
set(architectures)
foreach(architecture 80 86 89 90 100 120)
  if(known MATCHES "compute_${architecture}\n")
    string(REPLACE "90" "90a" architecture ${architecture})
    list(APPEND architectures ${architecture}-real)
    set(newest ${architecture})
  endif()
endforeach()
set(REFT_CUDA_ARCHITECTURES "${architectures};${newest}-virtual" CACHE STRING "Architectures of libreft_cuda.so, as CMake names them")
set(CMAKE_CUDA_ARCHITECTURES ${REFT_CUDA_ARCHITECTURES})
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)

set(root "${CMAKE_SOURCE_DIR}/..")
file(GLOB kernels CONFIGURE_DEPENDS "${root}/kernels/*.cu")
file(GLOB shell CONFIGURE_DEPENDS "${root}/native/cuda/*.cpp")
add_library(reft_cuda SHARED ${kernels} ${shell})
target_include_directories(reft_cuda PRIVATE "${root}/native/include" "${root}/kernels" "${root}/native/cuda")
target_include_directories(reft_cuda SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_compile_options(reft_cuda PRIVATE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror>
  $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings -Xcompiler=-Wall,-Wextra>)
target_link_options(reft_cuda PRIVATE -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--no-undefined)
