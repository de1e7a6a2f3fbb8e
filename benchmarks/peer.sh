#!/bin/sh
# Times reft and PyTorch at the same work in turn (A B A B …) and prints the ratio of the medians.
#
#   PEER=…/torch_peer.py PYTHON=python3 benchmarks/peer.sh MODEL [TASK…]
#
# MODEL is a Hugging Face folder that both read; "$PYTHON $PEER make --arch galactica-125m --out DIR" makes one of random
# weights. TASK is any of sft, sft-bf16, sft-lengths, generate, ppo (all of them where none is named). Further variables:
# ROUNDS turns of each (2), STEPS timed repetitions in a turn (3), THREADS (one a core), LENGTHS a JSON array of sequence
# lengths (lengths/svamp.json), of which sft-lengths takes the first 16: reft packs them, PyTorch pads them to the longest.
# In sft-bf16 both keep fp32 weights and multiply in bf16 (PyTorch by autocast). A ratio above 1: reft is faster.
# Let nothing else run meanwhile. The JSON line of every turn goes to standard error.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -n "$1" ] && [ -d "$1" ] && [ -f "$PEER" ] || usage
model=$1
shift
[ $# -gt 0 ] || set -- sft sft-bf16 sft-lengths generate ppo
PYTHON=${PYTHON:-python3} ROUNDS=${ROUNDS:-2} STEPS=${STEPS:-3} THREADS=${THREADS:-$(nproc)} LENGTHS=${LENGTHS:-$here/lengths/svamp.json}

# arguments TASK: what both programs are given
arguments() {
    case $1 in
        sft | sft-bf16) echo "sft --batch 8 --seq 256" ;;
        sft-lengths) echo "sft --batch 16 --lengths $LENGTHS" ;;
        generate) echo "generate --batch 32 --prompt 64 --new 64" ;;
        ppo) echo "ppo --batch 16 --prompt 64 --new 64 --epochs 2" ;;
        *) echo "peer.sh: no task $1" >&2; exit 2 ;;
    esac
}

turn() { "$@" | tee -a /dev/stderr; }

printf '%-12s %12s %12s %8s\n' task 'reft ms' 'PyTorch ms' ratio
for task in "$@"; do
    same=$(arguments "$task") || exit 2
    ours= theirs=
    if [ "$task" = sft-bf16 ]; then ours='--dtype bf16' theirs=--autocast; fi
    for round in $(seq "$ROUNDS"); do
        # shellcheck disable=SC2086
        turn "$here/../reft" bench $same --model "$model" --steps "$STEPS" --threads "$THREADS" $ours || exit 1
        # shellcheck disable=SC2086
        turn "$PYTHON" "$PEER" $same --model "$model" --steps "$STEPS" --threads "$THREADS" $theirs || exit 1
    done | "$PYTHON" -c '
import json, statistics, sys
ms = {"reft": [], "torch": []}
for line in sys.stdin:
    row = json.loads(line)
    ms[row["peer"]] += row["ms"]
ours, theirs = (statistics.median(ms[peer]) for peer in ("reft", "torch"))
print(f"{sys.argv[1]:<12} {ours:12.1f} {theirs:12.1f} {theirs / ours:8.2f}")' "$task" || exit 1
done
