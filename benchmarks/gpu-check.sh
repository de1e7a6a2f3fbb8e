#!/bin/bash
# One call on a machine with an NVIDIA GPU, nvcc and no network: does everything work there, and how fast is it?
#
#   [PEER=…/torch_peer.py] benchmarks/gpu-check.sh [BUNDLE [OUT]]
#
# BUNDLE is what gpu-bundle.sh made (target/gpu-bundle.tar.xz); OUT a folder for report.md, report.json and the logs of
# every step (gpu-report). Steps: CUDA library built where the bundle has none, parity of every op with the CPU, gradients
# with PyTorch's, speed beside PyTorch (where PEER is given) and cuBLAS, the ladders of kernels/, the same seed twice,
# memcheck, demo, racecheck.
# A step that fails or runs out of its time is reported, and the rest go on; all end within BUDGET seconds (530). Ends
# with a short table. Exit code: 0 where every step passed, 1 where one did not, 2 for wrong use.

here=$(cd "$(dirname "$0")/.." && pwd) || exit 1
bundle=${1:-$here/target/gpu-bundle.tar.xz} out=${2:-gpu-report}
budget=${BUDGET:-530} python=${PYTHON:-python3}
[ -f "$bundle" ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$out/logs" && out=$(cd "$out" && pwd) && : >"$out/figures.jsonl" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
SECONDS=0
names=() states=() times=() details=()

# record NAME STATE SECONDS DETAIL
record() {
    names+=("$1") states+=("$2") times+=("$3") details+=("$4")
    printf '%-14s %-8s %4s s  %s\n' "$1" "$2" "$3" "$4" >&2
}

# What a log says last, in a line of plain characters.
last() { grep -v '^[[:space:]]*$' "$1" | tail -n 1 | tr -d '"\\|\000-\037' | cut -c1-160; }

# step NAME SECONDS COMMAND…: runs it within its time and what is left of the budget; its state is left in $state
step() {
    local name=$1 most=$2 start=$SECONDS code
    shift 2
    local left=$((budget - SECONDS))
    if [ $left -lt 5 ]; then
        state=skipped
        record "$name" skipped 0 'no time left'
        return
    fi
    [ "$most" -le $left ] || most=$left
    timeout -k 5 "$most" bash -c '"$@"' step "$@" >"$out/logs/$name.log" 2>&1
    code=$?
    case $code in
        0) state=ok ;;
        124 | 137) state=timeout ;;
        *) state=failed ;;
    esac
    record "$name" $state $((SECONDS - start)) "$(last "$out/logs/$name.log")"
}

# on_gpu NAME SECONDS COMMAND…: a step that needs a GPU and the CUDA library
on_gpu() {
    if [ -n "$missing" ]; then record "$1" failed 0 "$missing"; else step "$@"; fi
}

# A bench also leaves its JSON lines among the figures, named after its step.
figure() {
    on_gpu "$@"
    [ -f "$out/logs/$1.log" ] || return
    sed -n "s/^{/{\"step\": \"$1\", /p" "$out/logs/$1.log" >>"$out/figures.jsonl"
    [ "$state" != ok ] || details[-1]=
}

# value LINE KEY: a number or text of a JSON line
value() { printf '%s' "$1" | sed -n "s/.*\"$2\": *\"\{0,1\}\([^,\"}]*\).*/\1/p"; }

# ---------------------------------------------------------------- what there is

unpack() {
    tar -xf "$bundle" -C "$work" 2>/dev/null \
        || "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$bundle" "$work"
    cp "$work/gpu/commit" "$out/logs/commit" && "$work/gpu/runtime/bin/java" -version 2>&1 | tail -n 1
}
export bundle work out python
export -f unpack
step unpack 60 unpack
[ "$state" = ok ] || { echo "gpu-check: $bundle cannot be unpacked: $(last "$out/logs/unpack.log")" >&2; exit 1; }
commit=$(cat "$work/gpu/commit")

missing= gpu='no GPU'
if gpu_line=$(nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv,noheader 2>/dev/null | head -n 1) \
        && [ -n "$gpu_line" ]; then
    gpu=$gpu_line
    architecture=${gpu##*, }
    architecture=${architecture/./}
    [ "$architecture" = 90 ] && architecture=90a
    record gpu ok 0 "$gpu"
else
    missing='no GPU'
    record gpu failed 0 'no GPU: nvidia-smi finds none'
fi

# cuBLASLt where neither CUDA_HOME nor the system has it: PyTorch's own.
cublas=$(ls "$CUDA_HOME"/lib64/libcublasLt.so.1[23] /usr/local/cuda/lib64/libcublasLt.so.1[23] 2>/dev/null | head -n 1)
[ -n "$cublas" ] || cublas=$("$python" -c 'import glob, site, sys
found = [f for p in sys.path for f in glob.glob(p + "/nvidia/*/lib/libcublasLt.so.1[23]")]
print(found[0] if found else "")' 2>/dev/null)

export work out python PEER here REFT_NATIVE_CACHE=$work/cache natives=$work/natives architecture
mkdir -p "$natives"
# A file and no function: compute-sanitizer may be a script of a shell that hands functions on to nobody.
cat >"$work/java" <<END
#!/bin/bash
exec "$work/gpu/runtime/bin/java" --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC -Djava.awt.headless=true \\
    -Dreft.natives="$natives" \\
    -Dreft.root="$work/gpu" -Dai.djl.offline=true -DRUST_FLAVOR=cpu ${cublas:+-Dreft.cublas="$cublas"} "\$@"
END
chmod +x "$work/java"
reft() { "$work/java" -cp "$work/gpu/lib/reft.jar" io.reft.cli.Main "$@"; }
# console CLASS…: leaves in $console what java needs to run these tests on the GPU
console() {
    console=(-Dreft.cuda=true -cp "$work/gpu/lib/tests.jar:$work/gpu/lib/reft.jar:$work/gpu/lib/junit.jar"
        org.junit.platform.console.ConsoleLauncher
        execute --fail-if-no-tests --disable-banner --disable-ansi-colors --details=summary)
    for class in "$@"; do console+=(--select-class "$class"); done
}
tests() {
    console "$@"
    "$work/java" "${console[@]}"
}
# sanitize TOOL CLASS…: tests under compute-sanitizer
sanitize() {
    local tool=$1
    shift
    command -v compute-sanitizer >/dev/null || { echo 'no compute-sanitizer'; return 1; }
    console "$@"
    compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9 "$work/java" "${console[@]}"
}
peer() {
    [ -f "$PEER" ] || { echo 'no PEER'; return 1; }
    "$python" "$PEER" "$@"
}
export -f reft console tests sanitize peer

step info 30 reft info --device cpu

# compile TARGET: of the native build, for this GPU
compile() {
    command -v nvcc >/dev/null || export PATH=$PATH:${CUDA_HOME:-/usr/local/cuda}/bin
    cmake -S "$work/gpu/cmake" -B "$work/build" -DREFT_CUDA=on "-DREFT_CUDA_ARCHITECTURES=$architecture" &&
        cmake --build "$work/build" --target "$1" --parallel "$(nproc)"
}
build() { compile reft_cuda && cp "$work/build/lib/libreft_cuda.so" "$natives/"; }
export -f compile build
if unzip -l "$work/gpu/lib/reft.jar" 2>/dev/null | grep -q libreft_cuda.so \
        || grep -q natives/linux-x86_64/libreft_cuda.so "$work/gpu/lib/reft.jar"; then
    record build ok 0 'carried in the bundle'
else
    on_gpu build 200 build
    [ -n "$missing" ] || [ "$state" = ok ] || missing='no CUDA library'
fi

# ---------------------------------------------------------------- right?

on_gpu cuda-info 30 reft info --device cuda
on_gpu parity 60 tests io.reft.kernels.EmulatedParityTest
on_gpu gradients 40 tests io.reft.train.EmulatedEngineTest

# ---------------------------------------------------------------- how fast?

# The shape of OPT 125M, with random weights; PyTorch reads the same folder.
model() {
    cat >"$work/125m.json" <<'END'
{"architectures": ["OPTForCausalLM"], "model_type": "opt", "vocab_size": 50000, "hidden_size": 768, "word_embed_proj_dim": 768,
 "ffn_dim": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "max_position_embeddings": 2048, "activation_function": "gelu",
 "do_layer_norm_before": true,
 "dropout": 0.0, "attention_dropout": 0.0, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "tie_word_embeddings": true}
END
    reft init --config "$work/125m.json" --tokenizer "$work/gpu/models/demo" --out "$work/125m"
}
export -f model
on_gpu model 30 model
bench() { reft bench "$@" --device cuda; }
export -f bench
figure gemm-own 25 bench gemm --m 4096 --n 4096 --k 4096 --dtype bf16 --matmul own
figure gemm-cublas 25 bench gemm --m 4096 --n 4096 --k 4096 --dtype bf16 --matmul cublas
figure attention 25 bench attention --batch 8 --seq 1024 --dtype bf16
figure decode 30 bench decode --model "$work/125m" --batch 64 --context 512 --dtype bf16
figure sft 30 bench sft --model "$work/125m" --batch 8 --seq 1024 --tokens-per-batch 8192 --dtype bf16
figure generate 30 bench generate --model "$work/125m" --batch 64 --prompt 448 --new 128 --dtype bf16
figure ppo 30 bench ppo --model "$work/125m" --batch 32 --prompt 100 --new 200 --epochs 2 --tokens-per-batch 9600 --steps 3 --dtype bf16
if [ -n "$PEER" ]; then
    figure torch-sft 40 peer sft --model "$work/125m" --batch 8 --seq 1024 --autocast
    figure torch-generate 50 peer generate --model "$work/125m" --batch 64 --prompt 448 --new 128 --dtype bf16 --steps 3
    figure torch-ppo 60 peer ppo --model "$work/125m" --batch 32 --prompt 100 --new 200 --epochs 2 --dtype bf16 --steps 3
fi

# The kernels that were tried, beside those that are used.
ladders() { compile ladder && "$work/build/ladder"; }
export -f ladders
figure ladders 90 ladders

# ---------------------------------------------------------------- and in the long run?

# Two trainings with one seed give the same bytes.
twice() {
    local run row='%s{"item_id": "svamp_%d", "question": "Ann has %d pens and buys 4. How many has she?", '
    row+='"answer_cot": "def solution():\\n    return %d + 4", "answer_value": %d}\n'
    for i in {1..32}; do
        printf "$row" \
            "$([ "$i" = 1 ] && echo '[' || echo ,)" "$i" "$i" "$i" $((i + 4))
    done >"$work/train.json"
    echo ']' >>"$work/train.json"
    for run in 1 2; do
        reft sft --model "$work/125m" --train "$work/train.json" --out "$work/run$run" --epochs 2 --seed 3 --device cuda || return 1
    done
    cmp "$work/run1/model.safetensors" "$work/run2/model.safetensors" && echo 'the same bytes'
}
export -f twice
on_gpu twice 40 twice

on_gpu memcheck 80 sanitize memcheck io.reft.kernels.EmulatedParityTest
on_gpu demo 90 reft demo --device cuda --out "$work/demo"
on_gpu racecheck 80 sanitize racecheck io.reft.kernels.EmulatedParityTest

# ---------------------------------------------------------------- report

date=$(date -u +%Y-%m-%dT%H:%MZ)
{
    printf '# GPU check\n\n%s, %s, commit %s, %d s\n\n' "$date" "$gpu" "$commit" $SECONDS
    printf '| step | state | s | |\n| --- | --- | --- | --- |\n'
    for i in "${!names[@]}"; do printf '| %s | %s | %s | %s |\n' "${names[i]}" "${states[i]}" "${times[i]}" "${details[i]:0:100}"; done
    if [ -s "$out/figures.jsonl" ]; then
        printf '\n| bench | ms | tokens/s | TFLOP/s | of floor | PyTorch ms | ratio |\n| --- | --- | --- | --- | --- | --- | --- |\n'
        while read -r line; do
            name=$(value "$line" step) ms=$(value "$line" ms_median)
            case $name in torch-* | ladders) continue ;; esac
            theirs=$(value "$(grep "\"step\": \"torch-$name\"" "$out/figures.jsonl")" ms_median)
            printf '| %s %s | %s | %s | %s | %s %% | %s | %s |\n' "$name" "$(value "$line" part)" "$ms" \
                "$(value "$line" tokens_per_s)" "$(value "$line" tflops)" \
                "$(value "$line" percent_of_floor)" "$theirs" "$([ -n "$theirs" ] && awk "BEGIN { printf \"%.2f\", $theirs / $ms }")"
        done <"$out/figures.jsonl"
    fi
    if grep -qs '^| ' "$out/logs/ladders.log"; then printf '\n' && grep '^| ' "$out/logs/ladders.log"; fi
    if [ -f "$out/logs/demo.log" ]; then printf '\n```\n%s\n```\n' "$(tail -n 20 "$out/logs/demo.log")"; fi
} >"$out/report.md"
{
    printf '{"date": "%s", "device": "%s", "commit": "%s", "seconds": %d, "steps": [' "$date" "$gpu" "$commit" $SECONDS
    for i in "${!names[@]}"; do
        [ "$i" = 0 ] || printf ', '
        printf '\n  {"step": "%s", "state": "%s", "seconds": %s, "detail": "%s"}' "${names[i]}" "${states[i]}" "${times[i]}" "${details[i]}"
    done
    printf '],\n "figures": [%s]}\n' "$(paste -sd, "$out/figures.jsonl" | sed 's/,{"step"/,\n  {"step"/g')"
} >"$out/report.json"
rm -f "$out/figures.jsonl"
cat "$out/report.md"
for state in "${states[@]}"; do [ "$state" = ok ] || exit 1; done
