"""Experiment trackers are known by name and asked for before training begins."""

from __future__ import annotations

import pytest

from mmeval.errors import MissingPackage, UnknownName
from mmeval.training import trackers
from mmeval.training.trackers import TRACKERS, need_trackers


def test_an_unknown_tracker_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="did you mean wandb"):
        need_trackers(["wanbd"])


@pytest.mark.parametrize("name", TRACKERS)
def test_one_that_is_not_installed_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda asked: None)
    with pytest.raises(MissingPackage, match=f"pip install {name}, or leave --track out"):
        need_trackers([name])
    need_trackers([])


def test_one_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        trackers, "find_spec", lambda asked: object() if asked == "mlflow" else None
    )
    need_trackers(["mlflow"])
