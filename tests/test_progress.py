"""One protocol for all that goes on for long, and a default that tells nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from mmeval.progress import Silent, Watch
from mmeval.runs.run import run
from mmeval.study.run import run_study
from mmeval.training.train import train
from mmeval.training_data.diversity.measure import measure_diversity
from mmeval.training_data.perplexity.measure import measure
from mmeval.verbs.diversity import _Progress
from mmeval.verbs.shared.terminal import Terminal
from mmeval.verbs.study import Progress
from mmeval.verbs.train import Bar


def test_whatever_draws_takes_whatever_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with Terminal() as terminal:
        watches: list[Watch] = [Silent(), terminal, Progress(), Bar(), _Progress()]
        for watch in watches:
            watch.waiting("starting vllm", 5, "it prints to a.log")
            watch.begin("sums test", 1, 4)
            watch.advance(1)
            watch.advance(2, 30, "loss 0.500")
            watch.end()
            watch.say("over")
    said = capfd.readouterr().err.splitlines()
    assert said.count("over") == len(watches) - 1
    assert "starting vllm: 5 s so far (it prints to a.log)" in said
    assert "    starting vllm, 5 s: it prints to a.log" in said
    assert any(line.startswith("sums test: step 4 of 4, loss 0.500, ") for line in said)


@pytest.mark.parametrize("work", [run, train, measure, measure_diversity, run_study])
def test_all_long_work_takes_the_same_watch(work: Callable[..., Any]) -> None:
    kinds = {str(each.annotation) for each in inspect.signature(work).parameters.values()}
    assert kinds & {"Watch", "Watch | None"}
