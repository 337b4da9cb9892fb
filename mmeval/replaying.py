"""The engine of a replay as a config asks for it, and the problems that its file answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmeval.config import RunConfig
from mmeval.engines.replay import ReplayEngine, ReplaySpec, open_replay
from mmeval.errors import DataError
from mmeval.problems.load import REPLAYED, ProblemSet
from mmeval.records import Problem


def replay_for(config: RunConfig, problems: Sequence[Problem]) -> ReplayEngine:
    """The stored answers to these problems; errors as `open_replay` has them."""
    assert config.responses is not None and config.text is not None  # see check_names
    spec = ReplaySpec(
        responses=Path(config.responses),
        text=config.text,
        question=config.question,
        finish=config.finish,
        by_order=config.by_order,
    )
    return open_replay(problems, spec)


def replayed(config: RunConfig, data: ProblemSet) -> ProblemSet:
    """The problems that the file to be replayed has a row for; DataError where it has none."""
    missing = set(replay_for(config, data.problems).matched.unanswered_problems)
    kept = tuple(each for each in data.problems if each.id not in missing)
    if not kept:
        raise DataError(
            f"{config.responses} has no row for any of the {len(data.problems):,} problems; "
            "is it another benchmark or split?"
        )
    if not missing:
        return data
    return replace(data, problems=kept, partial=len(kept) < data.total, subset=REPLAYED)
