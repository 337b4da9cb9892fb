"""Experiment trackers by name, where they are installed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from mmeval.errors import MissingPackage, UnknownName, unknown

TRACKERS = ("trackio", "wandb", "mlflow")


def need_trackers(names: Sequence[str]) -> None:
    """Raises UnknownName for an unknown tracker, MissingPackage for one that
    is not installed."""
    for name in names:
        if name not in TRACKERS:
            raise UnknownName(unknown("tracker", name, TRACKERS))
        if find_spec(name) is None:
            raise MissingPackage(
                f"the tracker {name} is not installed; pip install {name}, or leave --track out: "
                "the curve is in the model's folder anyway"
            )
