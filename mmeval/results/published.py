"""Numbers that others printed, to stand beside those measured here.

They are quoted, never measured: from `published.toml` beside the benchmarks, with where
each stands, and a measured row is told apart from them everywhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.errors import DataError
from mmeval.records import Fact


def facts(path: Path | None = None) -> tuple[Fact, ...]:
    """The published accuracies, fractions, in the file's order. Raises DataError for a file
    that does not apply to facts."""
    file = path or catalog.folder("benchmarks") / "published.toml"
    try:
        with file.open("rb") as opened:
            tables = tomllib.load(opened)["table"]
        return tuple(
            fact for table in tables for row in table["rows"] for fact in _facts(table, row)
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{file} is not a file of published values: {error!r}") from None


def _facts(table: dict[str, Any], row: dict[str, Any]) -> Iterable[Fact]:
    for benchmark, percent in row["accuracy"].items():
        if not 0 <= percent <= 100:
            raise ValueError(f"{row['model']} on {benchmark}: {percent} is not a percentage")
        yield Fact(
            model=row["model"],
            size=row.get("size", ""),
            benchmark=benchmark,
            value=round(percent / 100, 6),
            group=row.get("group", ""),
            source=table["source"],
            link=table.get("link", ""),
            aliases=tuple(row.get("aliases", ())),
        )


def about(model: str, benchmark: str, known: Sequence[Fact]) -> Fact | None:
    """The first published value of a model on a benchmark; None where there is none.

    Names agree when their letters and digits do, whatever organisation stands before a
    slash: `meta-math/MetaMath-7B-V1.0` and `metamath-7b-v1.0`.
    """
    wanted = folded(model)
    for fact in known:
        names = (f"{fact.model} {fact.size}", *fact.aliases)
        if fact.benchmark == benchmark and wanted in map(folded, names):
            return fact
    return None


def folded(name: str) -> str:
    """Its letters and digits alone, small, without the organisation before a slash."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())
