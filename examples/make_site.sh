#!/usr/bin/env bash
# The leaderboard of nine files of published outputs, judged again here, as a site.
#
#     examples/make_site.sh DATA WORK [RUN...]
#
# DATA holds the public sets and `outputs/` with the files of other groups; runs and site go to
# WORK; further RUN folders, of your own models, stand beside. Open WORK/site/index.html.
# A second call goes on where the first was stopped. MMEVAL names another command, for example
# MMEVAL=".venv/bin/mmeval".
set -euo pipefail

data="${1:?usage: examples/make_site.sh DATA WORK [RUN...]}"
work="${2:?usage: examples/make_site.sh DATA WORK [RUN...]}"
shift 2
read -ra mmeval <<<"${MMEVAL:-mmeval}"

replay() { # FILE FIELD MODEL BENCHMARK [OPTION...]
  "${mmeval[@]}" run --engine replay --responses "$data/outputs/$1" --text "$2" --model "$3" \
    --benchmark "$4" --data "$data" --out "$work/runs/$3-$4" "${@:5}" >"$work/$3-$4.txt"
}

mkdir -p "$work/runs"
replay gsm8k__metamath_7b__gsmplus.jsonl completion metamath-7b gsm8k
replay gsm8k__gemma-2-2b-it__zeroeval.jsonl output.0 gemma-2-2b-it gsm8k
replay gsm8k__gpt-4o-2024-05-13__zeroeval.jsonl output.0 gpt-4o-2024-05-13 gsm8k
replay gsm8k__tora-70b-v1.0__microsoft.jsonl code.0 tora-70b-v1.0 gsm8k
replay gsm8k__mathcoder-l-7b__mathllm.jsonl completion mathcoder-l-7b gsm8k
replay math500__gemma-2-27b-it__skythought.jsonl code.0 gemma-2-27b-it math500
replay math500__qwen2.5-math-7b__skythought.jsonl code.0 qwen2.5-math-7b math500
# ZeroEval asked 721 problems of level 5 alone.
for model in gemma-2-9b-it qwen2.5-7b-instruct; do
  replay "math-l5__${model}__zeroeval.jsonl" output.0 "$model" hendrycks_math --only-replayed
done

# These outputs are CC-BY-SA: to be measured, not to be published again.
touch "$work/runs/metamath-7b-gsm8k/NO_TEXT"

"${mmeval[@]}" report "$work"/runs/* "$@" --published --out "$work/site" \
  --title "Published outputs, judged again"
