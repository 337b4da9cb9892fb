"""mmeval: evaluate language models on mathematical reasoning.

    import mmeval

    [run] = mmeval.run(mmeval.RunConfig(model="smollm2-135m", benchmark=("gsm8k",), limit=32))
    run.summary()["checkers"]["metamath-gsm8k/1"]["accuracy"]
    for verdict in mmeval.load_run("runs/...").verdicts("metamath-gsm8k/1"): ...
    mmeval.load_run("runs/...").frame()                 # a pandas frame, one row per verdict
    [result] = mmeval.compare("runs/old", "runs/new")   # paired: result.difference, .low, .high
    mmeval.judge_text("So it is 18.", "18").outcome     # one text
    mmeval.score(["So it is 18.", "7"], ["18", "18"])   # many: mmeval.rewards has them as rewards

These are the functions the command line calls. Importing mmeval loads none of them, and
none of torch, transformers and vllm.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmeval.answers.comparison.many import equal
    from mmeval.judging.judge import judge_text, score
    from mmeval.judging.judge_run import judge_run
    from mmeval.judging.output_files import judge
    from mmeval.problems.load import DataOptions, load_problems
    from mmeval.results.analysis import analyse
    from mmeval.results.compare import compare
    from mmeval.results.gate import Allowance, gate
    from mmeval.run_folder import load_run
    from mmeval.runs.config import RunConfig
    from mmeval.runs.run import run

__all__ = [
    "Allowance",
    "DataOptions",
    "RunConfig",
    "analyse",
    "compare",
    "equal",
    "gate",
    "judge",
    "judge_run",
    "judge_text",
    "load_problems",
    "load_run",
    "run",
    "score",
]

_HOME = {
    "Allowance": "mmeval.results.gate",
    "DataOptions": "mmeval.problems.load",
    "RunConfig": "mmeval.runs.config",
    "analyse": "mmeval.results.analysis",
    "compare": "mmeval.results.compare",
    "equal": "mmeval.answers.comparison.many",
    "gate": "mmeval.results.gate",
    "judge": "mmeval.judging.output_files",
    "judge_run": "mmeval.judging.judge_run",
    "judge_text": "mmeval.judging.judge",
    "load_problems": "mmeval.problems.load",
    "load_run": "mmeval.run_folder",
    "run": "mmeval.runs.run",
    "score": "mmeval.judging.judge",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mmeval' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
