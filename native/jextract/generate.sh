#!/bin/sh
# Has jextract write the cuBLASLt bindings into a folder:   native/jextract/generate.sh OUT
#
# jextract is taken from the PATH. Headers are looked for in CUDA_HOME, in /usr/local/cuda, where nvcc lies, and in the
# system's; all that exist are given, as cublasLt.h and what it includes may come from different packages. To take a new
# output over: native/jextract/generate.sh java/src/main/java

here=$(cd "$(dirname "$0")" && pwd) || exit 1
fail() {
    printf 'jextract: %s\n' "$1" >&2
    exit 2
}

[ -n "$1" ] || fail 'name the folder to write to.'
command -v jextract >/dev/null 2>&1 || fail 'no jextract on the PATH; https://jdk.java.net/jextract has builds.'

nvcc=$(command -v nvcc) && nvcc=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
found=
set -- "$1"
for folder in "$CUDA_HOME" /usr/local/cuda "$nvcc" /usr; do
    if [ -n "$folder" ] && [ -d "$folder/include" ]; then
        set -- "$@" -I "$folder/include"
        if [ -f "$folder/include/cublasLt.h" ]; then found=$folder; fi
    fi
done
[ -n "$found" ] \
    || fail "no include/cublasLt.h in CUDA_HOME (${CUDA_HOME:-not set}), /usr/local/cuda or beside nvcc; \
install cuBLAS's headers or set CUDA_HOME to a toolkit that has them."

out=$1
shift
log=$(jextract --output "$out" "$@" "@$here/cublas.args" 2>&1) || fail "$log"
