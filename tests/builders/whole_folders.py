"""A finished run of word problems, replayed, that costs neither a model nor a download."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mmeval import catalog
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import DataOptions, load_problems
from mmeval.run_folder import RunDir
from tests.builders.verb_calls import called


def write_responses(path: Path, limit: int | None = None, samples: int = 1) -> Path:
    """Outputs for the word problems: three of four are right."""
    benchmark: Benchmark = catalog.load("benchmarks", "wordproblems")
    problems = load_problems(benchmark, "test", DataOptions(limit=limit)).problems
    rows = [
        {
            "question": problem.question,
            "said": f"So it is this ({sample}).\nThe answer is: "
            + (problem.gold if (number + sample) % 4 else "-1"),
        }
        for sample in range(samples)
        for number, problem in enumerate(problems)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def replay_words(
    responses: Path, out: Path, limit: int | None = None, model: str = "m"
) -> list[str]:
    """The words after `mmeval` that replay those outputs."""
    words = ["run", "--engine", "replay", "--responses", str(responses), "--text", "said"]
    words += ["--model", model, "--benchmark", "wordproblems", "--out", str(out)]
    return words if limit is None else [*words, "--limit", str(limit)]


def replayed_run(
    folder: Path, limit: int = 12, samples: int = 1, model: str = "m", more: Sequence[str] = ()
) -> RunDir:
    """The run in `folder/run`, of the outputs in `folder/responses.jsonl`."""
    responses = write_responses(folder / "responses.jsonl", limit, samples)
    done = called(*replay_words(responses, folder / "run", limit, model), *more)
    assert done.status == 0, done
    return RunDir(folder / "run")
