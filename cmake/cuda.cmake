# libreft_cuda.so, where nvcc is: -DREFT_CUDA=auto (the default) goes on without it, on fails, off leaves it out. It needs
# nothing but the driver where it runs: the CUDA runtime and the C++ one are inside. cuda.txt in the build folder says in
# one line what was decided.
#
# Each kernel goes to PTX once, for sm_80, and that is assembled for every architecture: no kernel asks for more, but
# matmul_hopper.cu, which is for sm_90a alone. The PTX goes along, for what comes after. In all 146 s of a core with nvcc
# 13.0, a quarter of them attention.cu, and 26 MB.
#   -DREFT_CUDA_ARCHITECTURES=80;90a    machine code for these alone; by default for all below that this nvcc knows
set(REFT_CUDA auto CACHE STRING "Build libreft_cuda.so: auto, on or off")
set(REFT_CUDA_ARCHITECTURES "" CACHE STRING "Architectures of libreft_cuda.so, 80 90a …; empty: all")

function(say line)
  message(STATUS "${line}")
  file(WRITE "${CMAKE_BINARY_DIR}/cuda.txt" "${line}\n")
endfunction()

if(REFT_SANITIZE OR REFT_CUDA STREQUAL "off")
  say("libreft_cuda.so is left out of this build.")
  return()
endif()
find_program(NVCC nvcc PATHS "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
if(NOT NVCC)
  if(REFT_CUDA STREQUAL "on")
    message(FATAL_ERROR "REFT_CUDA is on, and no nvcc is found: put it on the PATH or set CUDA_HOME.")
  endif()
  say("No nvcc is found: libreft_cuda.so is left out, and --device cuda with it.")
  return()
endif()

execute_process(COMMAND "${NVCC}" --list-gpu-code OUTPUT_VARIABLE known)
set(architectures)
foreach(architecture 80 86 89 90a 100 120)
  string(REPLACE "a" "" plain ${architecture})
  if(known MATCHES "sm_${plain}\n" AND (NOT REFT_CUDA_ARCHITECTURES OR architecture IN_LIST REFT_CUDA_ARCHITECTURES))
    list(APPEND architectures ${architecture})
  endif()
endforeach()
if(NOT architectures)
  message(FATAL_ERROR "Of REFT_CUDA_ARCHITECTURES, \"${REFT_CUDA_ARCHITECTURES}\", ${NVCC} knows none: "
          "choose among 80, 86, 89, 90a, 100 and 120.")
endif()
set(codes "-gencode=arch=compute_80,code=compute_80")
foreach(architecture IN LISTS architectures)
  list(APPEND codes "-gencode=arch=compute_80,code=sm_${architecture}")
endforeach()

set(CMAKE_CUDA_COMPILER "${NVCC}")
set(CMAKE_CUDA_ARCHITECTURES OFF) # the flags are ours: CMake has no way to say "this PTX, those machines"
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20) # CMake 3.25 does not know it

set(root "${CMAKE_SOURCE_DIR}/..")
file(GLOB kernels CONFIGURE_DEPENDS "${root}/kernels/*.cu")
file(GLOB shell CONFIGURE_DEPENDS "${root}/native/cuda/*.cpp" "${root}/native/shell/*.cpp")
add_library(reft_cuda_flags INTERFACE)
target_include_directories(reft_cuda_flags INTERFACE "${root}/native/include" "${root}/kernels" "${root}/native/shell")
target_include_directories(reft_cuda_flags SYSTEM INTERFACE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_compile_options(reft_cuda_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Werror>
  $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings -Xcompiler=-Wall,-Wextra>)
add_library(reft_cuda_kernels OBJECT)
target_link_libraries(reft_cuda_kernels PRIVATE reft_cuda_flags)
foreach(kernel IN LISTS kernels)
  # kernels have a checksum of their source's path in their names: it is the same wherever the sources lie, so that equal sources give
  # equal bytes
  get_filename_component(name "${kernel}" NAME)
  set(path "-Xcudafe=--orig_src_path_name,/reft/kernels/${name}")
  if(NOT kernel MATCHES "_hopper.cu$")
    target_sources(reft_cuda_kernels PRIVATE "${kernel}")
    set_source_files_properties("${kernel}" PROPERTIES COMPILE_OPTIONS "${codes};${path}")
  elseif("90a" IN_LIST architectures)
    target_sources(reft_cuda_kernels PRIVATE "${kernel}")
    set_source_files_properties("${kernel}" PROPERTIES COMPILE_OPTIONS "-gencode=arch=compute_90a,code=sm_90a;${path}")
    target_compile_definitions(reft_cuda_flags INTERFACE REFT_HOPPER)
  endif()
endforeach()
add_library(reft_cuda SHARED ${shell} $<TARGET_OBJECTS:reft_cuda_kernels>)
target_link_libraries(reft_cuda PRIVATE reft_cuda_flags)
# -s: among the names of object files are those of nvcc's temporary ones
target_link_options(reft_cuda PRIVATE -s -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--no-undefined)

list(TRANSFORM architectures PREPEND "sm_" OUTPUT_VARIABLE names)
string(REPLACE ";" " " names "${names}")
execute_process(COMMAND nvidia-smi -L OUTPUT_VARIABLE gpus ERROR_QUIET RESULT_VARIABLE status)
if(status EQUAL 0 AND gpus)
  say("libreft_cuda.so for ${names}.")
else()
  say("libreft_cuda.so for ${names}. No GPU here: its kernels are tested by the emulator alone.")
endif()
