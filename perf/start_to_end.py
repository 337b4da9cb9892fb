"""`mmeval run` from start to end, against a bare vLLM script and lm-eval, in turns.

    .venv/bin/python perf/start_to_end.py [--lm-eval PYTHON]

All three are new processes that answer the same rendered prompts with the same model,
stop strings and engine settings (eager, bfloat16). The bare script only imports vLLM,
generates, and writes the texts to a file. PYTHON is an interpreter that can import
lm_eval 0.4.13 and vLLM (on a CPU lm-eval looks for package metadata named `vllm`);
without it the third is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mmeval.engines.models.find import find_model
from mmeval.runs.config import RunConfig
from mmeval.runs.prepare import prepare
from mmeval.runs.task import Task

BARE = """
import json, sys
if __name__ == "__main__":
    asked = json.load(open(sys.argv[1]))
    from vllm import LLM, SamplingParams
    llm = LLM(model=asked["model"], dtype="bfloat16", enforce_eager=True, disable_log_stats=True)
    params = SamplingParams(temperature=0, max_tokens=asked["max_tokens"], stop=asked["stop"])
    outputs = llm.generate(asked["prompts"], params, use_tqdm=False)
    json.dump([each.outputs[0].text for each in outputs], open(sys.argv[2], "w"))
"""
TASK = """
task: mmeval_perf
dataset_path: json
dataset_kwargs:
  data_files:
    test: {rows}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{gold}}}}"
generation_kwargs:
  until: {stop}
  max_gen_toks: {max_tokens}
  temperature: 0
  do_sample: false
metric_list:
  - metric: exact_match
"""


def sides(task: Task, model: str, folder: Path, lm_eval: str | None) -> dict[str, list[str]]:
    """Name -> the command of each contestant; a fresh output folder is appended per turn."""
    prompts = [request.prompt.text for request in task.plan.requests]
    stop, most = list(task.sampling.stop), task.sampling.max_tokens
    asked = {"model": model, "prompts": prompts, "stop": stop, "max_tokens": most}
    (folder / "asked.json").write_text(json.dumps(asked))
    (folder / "bare.py").write_text(BARE)
    rows = [
        {"prompt": prompt, "gold": problem.gold}
        for prompt, problem in zip(prompts, task.problems, strict=True)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "mmeval_perf.yaml").write_text(
        TASK.format(rows=folder / "rows.jsonl", stop=json.dumps(stop), max_tokens=most)
    )
    mmeval = str(Path(sys.executable).with_name("mmeval"))
    config = task.config
    found = {
        "bare": [sys.executable, str(folder / "bare.py"), str(folder / "asked.json")],
        "mmeval": [
            *(mmeval, "run", "--model", model, "--benchmark", *config.benchmark),
            *("--limit", str(config.limit), "--max-tokens", str(most), "--engine", "vllm"),
            *("--dtype", "bfloat16", "--engine-arg", "enforce_eager=true", "--out"),
        ],
    }
    if lm_eval:
        found["lm-eval"] = [
            *(lm_eval, "-m", "lm_eval", "run", "--model", "vllm", "--tasks", "mmeval_perf"),
            *("--include_path", str(folder), "--batch_size", "auto", "--log_samples"),
            *("--model_args", f"pretrained={model},dtype=bfloat16,enforce_eager=True"),
            "--output_path",
        ]
    return found


def main() -> None:
    """Prints every turn, then medians and what mmeval adds to the bare script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lm-eval", metavar="PYTHON")
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    found = find_model("smollm2-135m")
    model = str(found.path)
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "4")  # as mmeval sets it, for all
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = RunConfig(
            model=model,
            benchmark=("gsm8k",),
            limit=asked.limit,
            max_tokens=asked.max_tokens,
            out=str(folder / "plan"),
        )
        [task] = prepare(config, found)
        commands = sides(task, model, folder, asked.lm_eval)
        for turn in range(asked.turns):
            for side, command in list(commands.items())[:: 1 if turn % 2 == 0 else -1]:
                out = folder / f"{side}-{turn}"
                begin = time.perf_counter()
                subprocess.run([*command, str(out)], check=True, capture_output=True)
                taken.setdefault(side, []).append(time.perf_counter() - begin)
                print(f"turn {turn + 1}: {side} {taken[side][-1]:.1f} s", flush=True)
    medians = {side: statistics.median(each) for side, each in taken.items()}
    print(f"{asked.limit} prompts, {asked.max_tokens} new tokens, start to end, medians:")
    for side, seconds in medians.items():
        print(f"  {side:8} {seconds:6.1f} s  ({seconds - medians['bare']:+.1f} s to bare)")


if __name__ == "__main__":
    main()
