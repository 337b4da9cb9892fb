"""The worker process: ready first, then a result for each pair, whatever is in it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import pytest

from mmeval.answers.comparison import worker
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import DEFAULT, PRESETS


def test_it_says_ready_answers_line_by_line_and_ends_with_its_input() -> None:
    pytest.importorskip("sympy")
    pairs = [(r"\sin^2 x + \cos^2 x", "1"), ("1/2", "0.5"), ("(", "1"), ("x = 4", "y = 4")]
    policies = [DEFAULT, DEFAULT, DEFAULT, PRESETS["lighteval"]]
    requests = [
        json.dumps({"a": a, "b": b, "policies": asdict(each)})
        for (a, b), each in zip(pairs, policies, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "mmeval.answers.comparison.worker", str(4 << 30)],
        input="\n".join(requests) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    ready, *answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ready == {"ready": True}
    assert answers[0] == {"outcome": "equal", "rule": "sympy", "reason": None}
    for row, pair, each in list(zip(answers, pairs, policies, strict=True))[1:]:
        assert Result(**row) == compare(*pair, each)


@pytest.mark.parametrize(
    ("error", "rule", "reason"),
    [
        (MemoryError(), "sympy", "size"),
        (ZeroDivisionError("of sympy"), "sympy, ZeroDivisionError", "unproved"),
    ],
)
def test_an_error_of_sympy_is_that_pair_s_result(
    error: Exception, rule: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(*_: Any) -> None:
        raise error

    monkeypatch.setattr(worker, "compare", raising)
    found = worker._answer("x", "y", DEFAULT)
    assert found == Result(outcome="undecided", rule=rule, reason=reason)
