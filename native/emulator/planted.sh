#!/usr/bin/env bash
# Plants a bug in a kernel and expects the tests on the emulator to fail: a wrong index and, where there are any, a missing
# barrier, in each file of kernels/, and what only sm_90a has: descriptors, tensor maps, fences. Run it after `mvn verify`, which
# leaves what it links and the tests:
#   native/emulator/planted.sh [PART OF A FILE'S NAME]
# Takes some 15 s a bug. PARITY=COMMAND runs the tests in another way: it gets the folder of libreft_emulated.so and the test.
# A test of check_products is named with a colon in front; the others are EmulatedParityTest's.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
objects=${OBJECTS:-$root/java/target/native/CMakeFiles}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

parity() {
    mvn -B -q -f "$root/pom.xml" test -pl java -am -Dsurefire.failIfNoSpecifiedTests=false -Dnative.skip=true -DexcludedGroups= \
        -Dreft.natives="$1" -Dtest="EmulatedParityTest#$2"
}

# Links libreft_emulated.so of the object given, if any, and those that find's further arguments leave.
link() {
    mkdir -p "$work/lib"
    g++ -shared -o "$work/lib/libreft_emulated.so" ${1:+"$1"} \
        $(find "$objects" -name '*.o' \( -path '*reft_emulated.dir*' -o -path '*reft_emulator.dir*' \
            -o -path '*reft_emulated_kernels.dir*' \) "${@:2}")
}

# The same for check_products.
link_check() {
    g++ -o "$work/check" ${1:+"$1"} \
        $(find "$objects" -name '*.o' \( -path '*check_products.dir*' -o -path '*reft_emulator.dir*' \
            -o -path '*reft_emulated_kernels.dir*' \) "${@:2}")
}

# passes TEST OBJECT FIND…: links what the test needs, and runs it
passes() {
    local test=$1
    shift
    if [[ $test == :* ]]; then link_check "$@" && "$work/check" "${test#:}";
    else link "$@" && ${PARITY:-parity} "$work/lib" "$test"; fi > "$work/log" 2>&1
}

# A test that fails without a bug finds none.
declare -A trusted
trust() {
    [[ -z ${trusted[$1]:-} ]] || return 0
    if ! passes "$1" ""; then cat "$work/log" && echo "The test $1 fails on the kernels as they are." && exit 1; fi
    trusted[$1]=yes
}

missed=0
# FILE, the file that is compiled (a header is patched in one of its users), the test, what the bug is, and sed's program.
plant() {
    local file=$1 unit=$2 test=$3 what=$4 program=$5
    [[ $file == *${only}* ]] || return 0
    rm -rf "$work/kernels" && cp -r "$root/kernels" "$work/kernels"
    sed -i "$program" "$work/kernels/$file"
    if cmp -s "$root/kernels/$file" "$work/kernels/$file"; then
        echo "STALE   $file: $what: the line it changes is no longer there" && missed=1 && return 0
    fi
    trust "$test"
    g++ -std=c++20 -O2 -fPIC -fvisibility=hidden -w -fno-strict-aliasing -fsanitize=thread -DREFT_EMULATED -DREFT_HOPPER \
        -I"$work/kernels" -I"$root/native/include" -I"$root/native/emulator" -I"$root/native/shell" \
        -x c++ -c "$work/kernels/$unit.cu" -o "$work/$unit.o"
    if passes "$test" "$work/$unit.o" ! -name "$unit.cpp.o"; then echo "MISSED  $file: $what" && missed=1
    else echo "found   $file: $what"; fi
}
only=${1:-}

plant adamw.cu adamw adamw "reads the gradient one further" 's/load<w.value>(grad + i)/load<w.value>(grad + (i + 1 < n ? i + 1 : i))/'
plant attention.cu attention attention "reads a query's delta of the row before" \
    's/const float2 row = kept.at(\(.*\) + position);/const float2 row = kept.at(\1 + max(0, position - 1));/'
plant attention.cu attention attention "overwrites a tile that others still read" '/all are done with t-1/s/__syncthreads();//'
plant attention.cuh attention attention "overwrites a tile that others still read" '/all are done with t-1/s/__syncthreads();//'
plant attention_cached.cu attention_cached longContexts "writes the rows of the next split" \
    's/const int64_t first_row = split \*/const int64_t first_row = (split ? split - 1 : 0) */'
plant attention_cached.cu attention_cached attention "takes the pages of another head" \
    's/int64_t{kv} \* REFT_KV_PAGE/int64_t{0} * kv * REFT_KV_PAGE/'
plant basics.cu basics rows "gathers the row's number, not the row" 's/load<W>(x + rows\[m\] \* C + c)/load<W>(x + m * C + c)/'
plant classifier.cu classifier classifier "looks for the target one further" \
    's/if (v + k == target) g += d;/if (v + k + 1 == target) g += d;/'
plant classifier.cu classifier classifier "overwrites the target before it is read" '/the target.s logit is read/s/__syncthreads();//'
plant columns.cuh basics rows "sums the columns of one warp too few" 's/w < SUM_WARPS; w++) total/w < SUM_WARPS - 1; w++) total/'
plant columns.cuh basics rows "reads the sums before all are there" 's/^    __syncthreads();$//'
plant common.cuh norm norms "leaves the last element of a row out" \
    's/if (i + W <= n) body(i, Width<W>());/if (i + W < n) body(i, Width<W>());/;
    s/x = lane() < warps ? parts\[lane()\] : none;/x = lane() + 1 < warps ? parts[lane()] : none;/'
plant common.cuh norm norms "writes the parts again before all have read them" '/parts may be written again/s/__syncthreads();//'
plant embedding.cu embedding embedding "adds the position's row without its offset" \
    's/(positions\[n\] + position_offset) \* C/positions[n] * C/'
plant matmul.cu matmul matmul "swaps the chunks of a tile in the copy alone" \
    's/swizzled<COLS>(row + i \* STEP, chunk)/swizzled<COLS>(row + i * STEP, chunk ^ 1)/'
plant matmul.cu matmul matmul "reads a stage that other threads still copy" '/for all of them; and all are done/s/__syncthreads();//'
plant matmul.cuh matmul matmul "writes the lower rows over the upper ones" \
    's/const int64_t row = m + half \* 8/const int64_t row = m + half * 7/'
plant matmul.cuh matmul_hopper matmul "overwrites what other lanes still read" 's/if (to.reads()) __syncwarp();//'
plant matmul.cuh matmul linear "adds the neighbour's bias" 's/sum += to_float(bias\[n\]);/sum += to_float(bias[n ? n - 1 : 0]);/'
plant matmul.cuh matmul_hopper linear "keeps what comes after the activation" \
    's/body(Activated<Identity, Out>{{before/body(Activated<Relu, Out>{{before/'
plant activations.cuh mlp mlp "leaves half of the GELU out" 's/return 0.5f \* x \* (1 + erff/return 0.5f * x * (erff/'
plant matmul_hopper.cu matmul_hopper matmul "takes the next 16 of k from the wrong bytes" \
    's/A_STEP = A_K_INNER ? 16 \* 2/A_STEP = A_K_INNER ? 16/'
plant matmul_hopper.cu matmul_hopper matmul "copies over a stage that is still read" '/mbarrier_wait(empty/d'
plant matmul_hopper.cu matmul_hopper matmul "reads a stage before it is there" '/mbarrier_wait(full/d'
plant matmul_hopper.cu matmul_hopper matmul "gives a stage back before it is read" 's/wgmma_wait<1>();//'
plant matmul_hopper.cu matmul_hopper matmul "writes sums that are still under way" 's/wgmma_wait<0>();//'
plant matmul_hopper.cu matmul_hopper :tiles "starts wgmma without a fence" 's/^            wgmma_fence();$//'
plant matmul_hopper.cu matmul_hopper :tiles "waits for wgmmas that it has not committed" 's/^            wgmma_commit();$//'
plant matmul_hopper.cu matmul_hopper :tiles "lets the compiler read sums before they are there" \
    's/wgmma_wait<0>(sum\[0\]);/wgmma_wait<0>();/'
plant matmul_hopper.cu matmul_hopper :tiles "does not tell the copy engine of its barriers" 's/^        mbarrier_init_fence();$//'
plant matmul_hopper.cu matmul_hopper :tiles "takes more registers than the producer gave" 's/registers_give<40>/registers_give<72>/'
plant matmul_hopper.cu matmul_hopper :tiles "gives a stage back for one warp too few" \
    's/mbarrier_init(empty + s, T::CONSUMERS \* GROUP \/ WARP)/mbarrier_init(empty + s, T::CONSUMERS * GROUP \/ WARP - 1)/'
plant matmul_hopper.cu matmul_hopper :tiles "swaps the coordinates of a box" \
    's/tma_load(tile, map, e, k, full)/tma_load(tile, map, k, e, full)/'
plant matmul_hopper.cu matmul_hopper :tiles "expects the bytes of all rows where fewer come" \
    's/(a_rows + T::BN) \* GROUP, K/(T::BM + T::BN) * GROUP, K/'
plant matmul_hopper.cu matmul_hopper :tiles "leaves tiles to blocks that there are not" \
    's/tile < tiles; tile += gridDim.x) {$/tile < tiles; tile += gridDim.x + 1) {/'
plant matmul.cuh matmul_hopper :tiles "leaves the logits to the slow kernel" \
    's/A_K_INNER : A_K_INNER == B_K_INNER;/A_K_INNER : !A_K_INNER \&\& !B_K_INNER;/'
plant hopper.cuh matmul_hopper :tiles "steps over seven rows, not eight" 's/eight_rows = 8 \* 128/eight_rows = 7 * 128/'
plant hopper.cuh matmul_hopper :tiles "names the swizzle of 64 bytes in the descriptor" 's/swizzle_128 = 1;/swizzle_128 = 2;/'
plant hopper.cuh matmul_hopper :tiles "leaves the leading offset out of the descriptor" 's/ | static_cast<uint64_t>(apart >> 4) << 16//'
plant hopper.cuh matmul_hopper :tiles "puts the stride where the leading offset belongs" 's/eight_rows >> 4 << 32/eight_rows >> 4 << 16/'
plant hopper.cuh matmul_hopper :tiles "transposes what is not transposed" 's/wgmma_mma<A_K_INNER ? 0 : 1/wgmma_mma<A_K_INNER ? 1 : 0/'
plant hopper.cuh matmul_hopper :tiles "asks TMA for another swizzle than wgmma" 's/CU_TENSOR_MAP_SWIZZLE_128B/CU_TENSOR_MAP_SWIZZLE_64B/'
plant hopper.cuh matmul_hopper :tiles "swaps the sizes of a box" \
    's/box\[2\] = {SWIZZLED, static_cast<cuuint32_t>(box_rows)}/box[2] = {static_cast<cuuint32_t>(box_rows), SWIZZLED}/'
plant hopper.cuh matmul_hopper :tiles "takes a row for as long as there are rows" 's/stride\[1\] = {size\[0\]/stride[1] = {size[1]/'
plant mlp.cu mlp mlp "takes the gate for the up projection" 's/gate_up + n \* 2 \* F + F + c/gate_up + n * 2 * F + c/'
plant norm.cu norm norms "writes each block's sums to the first one's place" \
    's/store<W>(dweight + blockIdx.x \* C + c/store<W>(dweight + c/'
plant ppo.cu ppo ppo "takes a warp's carry from the wrong lane" \
    's/carry = __shfl_sync(ALL, advantage, 0)/carry = __shfl_sync(ALL, advantage, 1)/'
plant rope.cu rope rope "rotates with the neighbour's partner" 's/\*high = low + half;/*high = low + half - 1;/'
plant sample.cu sample sample "draws from the stretch before" \
    's/if (w < warp()) before += sums\[w\];/if (w + 1 < warp()) before += sums[w];/'
plant sample.cu sample sample "reads the digit before it is chosen" '/before = sum;/,/__syncthreads/s/__syncthreads();//'
plant softmax.cuh classifier classifier "leaves a warp out of the softmax" \
    '/WARP; w++) all.join/s/int w = 1/int w = 2/'
plant softmax.cuh classifier classifier "reads the parts before all are there" '/^    __syncthreads();$/d'

exit $missed
