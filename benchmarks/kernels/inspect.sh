#!/usr/bin/env bash
# What the compiler made of the kernels: for each one and each architecture its registers, its tensor-core instructions and
# TMA copies, its 16-byte accesses, and its accesses to local memory, which are spills. Needs cuobjdump (of the CUDA
# toolkit; CUOBJDUMP=… says where) and no GPU.
#   benchmarks/kernels/inspect.sh [LIBRARY]      by default what Maven built
# Fails where matmul on sm_90a has no wgmma or TMA, attention no tensor cores, or a hot kernel touches local memory.
set -euo pipefail
library=${1:-$(dirname "$0")/../../java/target/native/lib/libreft_cuda.so}
cuobjdump=${CUOBJDUMP:-$(command -v cuobjdump || echo "${CUDA_HOME:-/usr/local/cuda}/bin/cuobjdump")}
[ -r "$library" ] || { echo "No library at $library: build it, or give its path." >&2; exit 2; }
[ -x "$cuobjdump" ] || { echo "No cuobjdump: put it on the PATH or set CUOBJDUMP or CUDA_HOME." >&2; exit 2; }

{ "$cuobjdump" -res-usage "$library"; "$cuobjdump" -sass "$library"; } | c++filt | awk '
    # A kernel is known by architecture and name, without namespaces and parameters.
    function short(name) {
        gsub(/reft::|\(anonymous namespace\)::|__nv_|^void /, "", name)
        sub(/\(.*/, "", name)
        return name
    }
    /^arch = /                 { arch = $3 }
    /^ *Function .*:$/         { kernel = $0; sub(/^ *Function /, "", kernel); sub(/:$/, "", kernel); at = arch " " short(kernel) }
    /REG:[0-9]+/               { match($0, /REG:[0-9]+/); registers[at] = substr($0, RSTART + 4, RLENGTH - 4) }
    /^\t\tFunction : /         { sub(/^\t\tFunction : /, ""); at = arch " " short($0); seen[at] = 1 }
    /^[ \t]+\/\*[0-9a-f]+\*\/ / {
        if (/ HMMA\./) hmma[at]++
        else if (/ HGMMA\./) hgmma[at]++
        else if (/ UTMALDG/) tma[at]++
        else if (/ (LDL|STL)/) spills[at]++
        else if (/ (LDG|STG|LDGSTS)\.[^ ]*128/) wide[at]++
    }
    END {
        printf "%-8s %-90s %9s %6s %6s %8s %8s %7s\n", "arch", "kernel", "registers", "HMMA", "HGMMA", "UTMALDG", "16-byte", "LDL+STL"
        for (at in seen) {
            split(at, part, " "); name = substr(at, length(part[1]) + 2)
            printf "%-8s %-90s %9d %6d %6d %8d %8d %7d\n", part[1], substr(name, 1, 90), \
                registers[at], hmma[at], hgmma[at], tma[at], wide[at], spills[at] | "sort"
            hot = name ~ /^(matmul_|forward|backward|cached|cross_entropy_kernel|adamw_kernel)/
            rare = name ~ /_plain|^matmul_mma<.*, false>$/ # operands that are not aligned, head sizes that no model has
            if (hot && !rare && spills[at]) complaint[++complaints] = at " touches local memory"
            if (name ~ /^matmul_wgmma/ && !(hgmma[at] && tma[at])) complaint[++complaints] = at " has no wgmma or no TMA"
            if (name ~ /^(forward|backward_queries|backward_keys|cached)</ && !hmma[at])
                complaint[++complaints] = at " does not use the tensor cores"
            matmul90 += name ~ /^matmul_wgmma/
        }
        close("sort")
        if (!matmul90) print "There is no matmul of sm_90a here."
        for (i = 1; i <= complaints; i++) print "FAILED: " complaint[i]
        exit complaints > 0
    }'
