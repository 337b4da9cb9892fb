"""What makes a run itself: the facts that must not change between its first start and
its last row, and the manifest that holds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from mmeval.problems.load import ProblemSet
from mmeval.records import Prompt, Sampling, to_row
from mmeval.run_folder import problems_sha256


def task_identity(
    name: str, split: str, data: ProblemSet, prompts: Sequence[Prompt]
) -> dict[str, Any]:
    """What is asked: the data, the problems chosen from it, and every rendered prompt."""
    chosen = {"subset": data.subset} if data.subset else {}
    digest = hashlib.sha256()
    for prompt in prompts:
        digest.update(json.dumps(to_row(prompt), ensure_ascii=False).encode() + b"\n")
    return {
        "benchmark": name,
        "split": split,
        "data_sha256": data.content_sha256,
        "problems_sha256": problems_sha256(data.problems),
        "prompts_sha256": digest.hexdigest(),
        **chosen,
    }


def sampling_identity(sampling: Sampling, use_generation_config: bool) -> dict[str, Any]:
    """How it is asked. `n` is left out: more samples of the same run are more rows."""
    identity = {name: value for name, value in to_row(sampling).items() if value is not None}
    del identity["n"]
    return identity | {"use_generation_config": use_generation_config}
