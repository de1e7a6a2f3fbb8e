# libreft_emulated.so: the kernels of libreft_cuda.so on the CPU; native/emulator/emulator.h says how. It serves tests alone,
# so it stays out of lib/, which the jar takes whole: BUILD/emulated/libreft_emulated.so (a sanitized build makes no jar).
#
# The kernels are compiled with -fsanitize=thread, whose calls go to native/emulator/races.cpp and not to ThreadSanitizer:
# nothing is linked with it. With REFT_SANITIZE they are compiled with that instead, and races are not seen.
set(root "${CMAKE_SOURCE_DIR}/..")
file(GLOB sources CONFIGURE_DEPENDS "${root}/kernels/*.cu")
file(GLOB shell_sources CONFIGURE_DEPENDS "${root}/native/shell/*.cpp")
set(kernels)
foreach(source IN LISTS sources)
  # As C++ by a file of that kind: the same source may be CUDA in another library.
  get_filename_component(name "${source}" NAME_WE)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/emulated/${name}.cpp" CONTENT "#include \"@source@\"\n" @ONLY)
  list(APPEND kernels "${CMAKE_BINARY_DIR}/emulated/${name}.cpp")
endforeach()

# -fno-strict-aliasing: kernels read arrays of small numbers as 16-byte words.
add_library(reft_emulated_flags INTERFACE)
target_compile_definitions(reft_emulated_flags INTERFACE REFT_EMULATED REFT_HOPPER)
target_include_directories(reft_emulated_flags INTERFACE "${root}/native/include" "${root}/kernels" "${root}/native/emulator"
  "${root}/native/shell")
target_compile_options(reft_emulated_flags INTERFACE -Wall -Wextra -Werror -Wno-unknown-pragmas -fno-strict-aliasing
  $<$<CONFIG:Release>:-O2>)
if(REFT_SANITIZE)
  target_compile_options(reft_emulated_flags INTERFACE -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined
    -fno-sanitize-recover=all)
  target_link_options(reft_emulated_flags INTERFACE -fsanitize=address,undefined)
else()
  set(watched -fsanitize=thread)
endif()

add_library(reft_emulated_kernels OBJECT ${kernels})
target_compile_options(reft_emulated_kernels PRIVATE ${watched})
target_link_libraries(reft_emulated_kernels PRIVATE reft_emulated_flags)

set(emulator_sources emulator.cpp hopper.cpp races.cpp traffic.cpp)
list(TRANSFORM emulator_sources PREPEND "${root}/native/emulator/")
add_library(reft_emulator OBJECT ${emulator_sources} "${root}/native/cuda/library.cpp" ${shell_sources})
target_link_libraries(reft_emulator PRIVATE reft_emulated_flags)
set(emulator $<TARGET_OBJECTS:reft_emulator>)
add_library(reft_emulated SHARED ${emulator} "${root}/native/cuda/abi.cpp" $<TARGET_OBJECTS:reft_emulated_kernels>)
target_link_libraries(reft_emulated PRIVATE reft_emulated_flags)
if(NOT REFT_SANITIZE)
  set_target_properties(reft_emulated PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/emulated")
  target_link_options(reft_emulated PRIVATE -static-libgcc -static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--no-undefined)
endif()

# Products and attention held against sums in double and row against row, to the bit: cmake --build BUILD --target products
# (mvn verify). Beside it the emulator's own test, built with the native ones: see tests.cmake.
add_executable(check_products EXCLUDE_FROM_ALL "${root}/native/emulator/check_products.cpp" ${emulator}
  $<TARGET_OBJECTS:reft_emulated_kernels>)
target_link_libraries(check_products PRIVATE reft_emulated_flags)
add_custom_target(products COMMAND check_products)
if(REFT_TESTS)
  add_executable(emulator_check "${root}/native/emulator/check.cpp" ${emulator})
  target_link_libraries(emulator_check PRIVATE reft_emulated_flags)
  set_source_files_properties("${root}/native/emulator/check.cpp" PROPERTIES COMPILE_OPTIONS "${watched}")
  add_test(NAME emulator_check COMMAND emulator_check)
  set_target_properties(check_products PROPERTIES EXCLUDE_FROM_ALL OFF)
  add_test(NAME check_products COMMAND check_products)
endif()
