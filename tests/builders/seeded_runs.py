"""Runs of one training with several seeds, forwards and backwards, as a study leaves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.paper.claims.weigh import Row, weigh
from mmeval.paper.measurements import Measurements, Search, search
from mmeval.paper.roles import Role
from mmeval.paper.runs import Run
from tests.builders.measured_folders import trained_run

FACTS = {"recipe": "sft", "base": "tiny-1b", "rows": 100, "response_tokens": 45_000}


def seeded(folder: Path, arm: str, seed: int, letters: str, **told: Any) -> None:
    """A run of an arm trained with a seed; all seeds of it have one label, as in a study."""
    facts = FACTS | {"arm": arm, "seed": seed} | told.pop("facts", {})
    name = f"{arm}-{seed}-{told.get('benchmark', '')}-{len(list(folder.iterdir()))}"
    trained_run(folder / name, letters, facts, **({"model": f"tiny + {arm}"} | told))


def both_ways(folder: Path, arm: str, seed: int, letters: tuple[str, str]) -> None:
    """The same forwards and backwards."""
    twins = {i: {"twin": f"gsm8k/{i:04x}"} for i in range(len(letters[1]))}
    seeded(folder, arm, seed, letters[0])
    seeded(folder, arm, seed, letters[1], benchmark="gsm8k_backward", meta=twins)


def found_in(folder: Path) -> Measurements:
    """What lies below a folder."""
    return search(Search(paths=(folder,)))


def the_run(folder: Path, arm: str = "SFT", benchmark: str = "gsm8k") -> Run:
    """The run of an arm, of several seeds where several lie there."""
    run = found_in(folder).find(benchmark, Role(series=arm))
    assert run is not None
    return run


def claimed(folder: Path, says: str) -> list[Row]:
    """What was measured of the one claim of MetaMath's that begins so."""
    claims = catalog.load("claims", "metamath").claims
    (one,) = weigh([each for each in claims if each.says.startswith(says)], found_in(folder))
    return list(one.measured)
