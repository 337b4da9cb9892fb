"""Labels of judged runs: no two runs of one task are ever taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.results.judged import JudgedRun, labels
from mmeval.run_folder import RunDir


def run(path: str, seed: int | None = None, benchmark: str = "b", model: str = "m") -> JudgedRun:
    training = {} if seed is None else {"training": {"seed": seed}}
    return JudgedRun(
        run=RunDir(Path(path)),
        manifest={"model": training},
        summary={"model": model, "benchmark": benchmark, "split": "test"},
    )


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ((), []),
        ((run("a"), run("b", model="n")), ["m", "n"]),
        ((run("a"), run("b", benchmark="c")), ["m", "m"]),
        ((run("a", 0), run("b", 1)), ["m, seed 0", "m, seed 1"]),
        ((run("a"), run("b")), ["m [a]", "m [b]"]),
        # A label that is shared in one task has its folder in every task.
        ((run("a"), run("b"), run("z", benchmark="c")), ["m [a]", "m [b]", "m [z]"]),
        ((run("x/a"), run("y/a"), run("y/b")), ["m [x/a]", "m [y/a]", "m [b]"]),
    ],
)
def test_a_label_says_as_little_as_tells_runs_apart(
    runs: tuple[JudgedRun, ...], found: list[str]
) -> None:
    assert labels(runs) == found
