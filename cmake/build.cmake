# Configures and builds the native libraries into the folder BUILD. Says one line on CUDA; if something fails the compiler's
# whole output is shown. With TEST the native tests run as well. The Maven build calls it:
#   cmake -DBUILD=… [-DOPTIONS=-DREFT_SANITIZE=ON;…] [-DTEST=ON] -P build.cmake
cmake_minimum_required(VERSION 3.22)
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)

# A build folder that came along with a copied or moved checkout is of no use.
if(EXISTS "${BUILD}/CMakeCache.txt")
  file(STRINGS "${BUILD}/CMakeCache.txt" home REGEX "^CMAKE_HOME_DIRECTORY:")
  if(NOT home STREQUAL "CMAKE_HOME_DIRECTORY:INTERNAL=${CMAKE_CURRENT_LIST_DIR}")
    file(REMOVE_RECURSE "${BUILD}")
  endif()
endif()

function(run)
  execute_process(COMMAND "${CMAKE_COMMAND}" ${ARGV}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message("${output}")
    message(FATAL_ERROR "The native libraries did not build, or their tests failed (see above).")
  endif()
endfunction()

# The default is given too, or an earlier build's choice would stay.
run(-S "${CMAKE_CURRENT_LIST_DIR}" -B "${BUILD}" -DCMAKE_BUILD_TYPE=Release -DREFT_CUDA=auto ${OPTIONS})
file(STRINGS "${BUILD}/cuda.txt" cuda)
message(STATUS "${cuda}")
run(--build "${BUILD}" --parallel ${cores})
if(TEST)
  execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${BUILD}" --output-on-failure COMMAND_ERROR_IS_FATAL ANY)
endif()
