"""What a run stands for in a figure.

That is what its model was trained as: what `--label RUN=SERIES[@SIZE]` says, the arm and
the rows that `mmeval train` left in its manifest, a name that a model of the paper goes by,
or else its own label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.errors import ConfigError
from mmeval.paper.printed import Numbers
from mmeval.paper.sizes import rows_in, size_in
from mmeval.results.judged import JudgedRun
from mmeval.results.published import facts, folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a run stands for in a figure."""

    series: str
    """The arm or the model, as figures call it: `AnsAug`, `MetaMath`."""
    size: str = ""
    """Of the model, `7B`; empty if unknown."""
    rows: int | None = None
    """Rows it was trained on; None if unknown."""
    base: str = ""
    """The model it was trained from, as the paper calls it; empty if unknown."""
    known: bool = True
    """False where neither the paper, nor the training, nor a label says what the model is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """`--label RUN=SERIES[@SIZE]`: what a run is to be taken for."""

    run: str
    """A run's folder or the one above it, such a folder's name, or the model's label."""
    role: Role


def role_of(run: JudgedRun, labels: Sequence[Label], numbers: Numbers) -> Role:
    """The role of a run: by a label, else its training, else the paper's models, else its name."""
    for label in labels:
        if named(run, label.run):
            return Role(
                series=numbers.series_of(label.role.series),
                size=label.role.size or size_in(run.model),
                rows=label.role.rows,
                base=label.role.base,
            )
    trained = run.training
    if isinstance(trained.get("arm") or trained.get("recipe"), str):
        return _trained_role(trained, numbers)
    sources = {each.source for each in numbers.all}
    for fact in facts():
        if fact.source in sources and folded(run.model) in map(
            folded, (f"{fact.model} {fact.size}", *fact.aliases)
        ):
            name = re.sub(r"\s*\(.*\)", "", fact.model)
            return Role(series=numbers.series_of(name), size=fact.size)
    series = numbers.series_of(run.model)
    return Role(series=series, size=size_in(run.model), known=series != run.model)


def _trained_role(trained: Mapping[str, Any], numbers: Numbers) -> Role:
    rows, base = trained.get("rows"), trained.get("base")
    if isinstance(rows, int):
        rows -= _mixed_in(trained.get("data"), numbers)
    if isinstance(base, dict):
        base = base.get("name") or base.get("label")
    name = numbers.base_of(base) if isinstance(base, str) else ""
    return Role(
        series=numbers.series_of(trained.get("arm") or trained["recipe"]),
        size=size_in(name),
        rows=rows if isinstance(rows, int) else None,
        base=name,
    )


def _mixed_in(data: object, numbers: Numbers) -> int:
    """Rows of sets that the paper adds to others; 0 where there are none, or one stood alone."""
    if not isinstance(data, list) or len(data) < 2:
        return 0
    counts = [
        each.get("rows")
        for each in data
        if isinstance(each, dict) and numbers.series_of(str(each.get("name"))) in numbers.mixed_in
    ]
    return sum(each for each in counts if isinstance(each, int))


def named(run: JudgedRun, name: str) -> bool:
    """Whether a run has that model label or that folder, by path or name; so has each run of
    several benchmarks in one call, whose folders lie in the one that was named."""
    folders = (run.path, run.path.parent)
    if name == run.model or any(name in (folder.name, str(folder)) for folder in folders):
        return True
    return Path(name).is_dir() and Path(name).resolve() in [each.resolve() for each in folders]


def parse_label(text: str) -> Label:
    """`RUN=SERIES[@SIZE]`, the size one of a model (`@7B`) or of data (`@20K`), or both.

    Raises ConfigError when it is not written so.
    """
    run, equals, rest = text.rpartition("=")
    series, *sizes = rest.split("@")
    size, rows = "", None
    for each in sizes:
        if re.fullmatch(r"\d+(\.\d+)?[bB]|\d+[mM]", each):
            size = each.upper()
        else:
            rows = rows_in(each)
            if rows is None:
                raise ConfigError(f"--label {text!r}: {each!r} is not a size such as 7B or 20K")
    if not (run and equals and series):
        raise ConfigError(
            f"--label {text!r} is not RUN=SERIES[@SIZE], such as metamath-7b-gsm8k=MetaMath@7B"
        )
    return Label(run=run, role=Role(series=series, size=size, rows=rows))
