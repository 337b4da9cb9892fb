"""A small study, and its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmeval.study.read import Step, parse_study
from mmeval.study.steps import expand

FILE: dict[str, Any] = {
    "study": "tiny",
    "seeds": [0, 1],
    "common": {"tests": "--benchmark {set} --limit 5", "set": "wordproblems"},
    "data": {
        "sft.jsonl": "augment templates wordproblems --arm sft",
        "rft": "augment reject --model {model.sft} --questions {data.sft.jsonl}",
    },
    "models": {
        "sft": "train sft --data sft={data.sft.jsonl} --set seed={seed}",
        "rft": "train sft --data sft={data.sft.jsonl} --data rft={data.rft}/rows.jsonl "
        "--set seed={seed}",
    },
    "runs": {"start": "run --model base {tests}", "trained": "run --model {model.*} {tests}"},
    "measurements": {"ppl": "perplexity --model base --data sft={data.sft.jsonl} --json"},
    "results": {
        "board.md": "leaderboard {runs} --format markdown",
        "claims": "claims --runs {out} --json",
    },
}


def takes_out(argv: Sequence[str]) -> bool:
    """As the verbs are: what writes a file or a folder."""
    return argv[0] in {"augment", "train", "run", "perplexity", "leaderboard"}


def steps_of(**changes: Any) -> dict[str, Step]:
    """The steps of the file with some sections changed, by id."""
    study = parse_study({**FILE, **changes}, "tiny.yaml")
    return {step.id: step for step in expand(study, takes_out)}
