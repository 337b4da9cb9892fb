"""Every number that the paper printed, by the element it stands in; and checks against a CSV.

They are content: `figures/published.toml`, and Table 2 in `benchmarks/published.toml`. A
number that is in neither was never printed. The CSV that they are compared with has the
columns `table_or_figure, model, size, benchmark, metric, value`.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.errors import DataError, MissingData
from mmeval.results.published import facts, folded

COLUMNS = ("table_or_figure", "model", "size", "benchmark", "metric", "value")
ACCURACY = "accuracy %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One number as it was printed."""

    element: str
    """Where it stands: `Table 3 (trained on MATH-derived data)`, `text 4.5`."""
    model: str = ""
    """As printed; empty where the number is about no model."""
    size: str = ""
    """`7B`; empty where none was printed."""
    benchmark: str = ""
    """Its name in benchmarks/ where there is one, else as printed; empty for none."""
    metric: str
    """What the value is: `accuracy %`, `number of samples`, ..."""
    value: float
    """In the metric's own unit: 66.5 is 66.5 %."""
    source: str = ""
    """Where it was printed, for people."""
    link: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What tells it from every other number."""
        return (self.element, self.model, self.size, self.benchmark, self.metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number that two tables of printed numbers do not agree about."""

    key: tuple[str, str, str, str, str]
    ours: float | None
    """None: not in the project."""
    theirs: float | None
    """None: not in the CSV."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """All printed numbers, and the names that things go by."""

    all: tuple[Printed, ...]
    benchmarks: Mapping[str, str] = field(default_factory=dict)
    """Printed name -> name in benchmarks/."""
    series: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """An arm of a study, or a set of data, as figures call it -> other names."""
    bases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """A base model as the paper calls it -> other names."""
    own_bases: Mapping[str, str] = field(default_factory=dict)
    """Size -> the base of a model whose row names none; empty: any base will do."""
    mixed_in: Sequence[str] = ()
    """Sets that are added to others, whose rows do not count in the size of a training."""
    mixtures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """A set of training data that was released -> its rows of each type."""

    def of(self, element: str) -> list[Printed]:
        """The numbers of one element, in the order they were printed."""
        return [each for each in self.all if each.element == element]

    def find(
        self, element: str, model: str = "", size: str = "", benchmark: str = "", metric: str = ""
    ) -> Printed | None:
        """The first number that agrees with what is not empty; None: never printed."""
        for each in self.of(element):
            pairs = ((model, each.model), (size, each.size), (benchmark, each.benchmark))
            if all(not want or want == got for want, got in (*pairs, (metric, each.metric))):
                return each
        return None

    def series_of(self, name: str) -> str:
        """How figures call an arm or a set; the name itself where they know none."""
        return self._series.get(folded(name), name)

    def base_of(self, name: str) -> str:
        """How the paper calls a base model; the name itself where it has none."""
        return self._bases.get(folded(name), name)

    def title_of(self, benchmark: str) -> str:
        """The printed name of a benchmark; its own where none was printed."""
        return next((name for name, key in self.benchmarks.items() if key == benchmark), benchmark)

    @cached_property
    def _series(self) -> dict[str, str]:
        return _by_name(self.series)

    @cached_property
    def _bases(self) -> dict[str, str]:
        return _by_name(self.bases)


def _by_name(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        folded(each): canonical
        for canonical, others in names.items()
        for each in (canonical, *others)
    }


def numbers(path: Path | None = None) -> Numbers:
    """The project's own table of printed numbers. Raises DataError for a file that is none."""
    file = path or catalog.folder("figures") / "published.toml"
    try:
        with file.open("rb") as opened:
            table = tomllib.load(opened)
        benchmarks, paper = table["benchmarks"], table.get("paper", {})
        rows = [row for element in table["element"] for row in _element(element, benchmarks)]
        for name, source in table.get("facts", {}).items():
            rows += _facts(name, source)
        return Numbers(
            all=tuple(rows),
            benchmarks=benchmarks,
            series=table.get("series", {}),
            bases=table.get("bases", {}),
            own_bases=paper.get("own_bases", {}),
            mixed_in=tuple(paper.get("mixed_in", ())),
            mixtures=table.get("mixtures", {}),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{file} is not a table of printed numbers: {error!r}") from None


def _element(element: Mapping[str, Any], benchmarks: Mapping[str, str]) -> Iterator[Printed]:
    for row in element["rows"]:
        for benchmark, value in row["values"].items():
            yield Printed(
                element=element["name"],
                model=row.get("model", ""),
                size=row.get("size", ""),
                benchmark=benchmarks.get(benchmark, benchmark),
                metric=row.get("metric") or element["metric"],
                value=float(value),
                source=element["source"],
                link=element.get("link", ""),
            )


def _facts(element: str, source: str) -> Iterator[Printed]:
    for fact in facts():
        if fact.source == source:
            yield Printed(
                element=element,
                model=fact.model,
                size=fact.size,
                benchmark=fact.benchmark,
                metric=ACCURACY,
                value=round(100 * fact.value, 6),
                source=fact.source,
                link=fact.link,
            )


def read_csv(path: Path, benchmarks: Mapping[str, str]) -> list[Printed]:
    """The numbers of a CSV file with `COLUMNS`.

    `~47K` is 47000, and a size `-` is none. Raises MissingData when there is no such file,
    DataError for one without these columns and for a value that is no number.
    """
    if not path.is_file():
        raise MissingData(f"no file of printed numbers at {path}")
    printed = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise DataError(f"{path} has no column {missing[0]!r}; needed: {', '.join(COLUMNS)}")
        for row in reader:
            element, model, size, benchmark, metric, value = (row[name] or "" for name in COLUMNS)
            printed.append(
                Printed(
                    element=element,
                    model=model,
                    size=size if size != "-" else "",
                    benchmark=benchmarks.get(benchmark, benchmark),
                    metric=metric,
                    value=_number(value, f"{path}, line {reader.line_num}"),
                )
            )
    return printed


def _number(text: str, where: str) -> float:
    digits = text.strip().removeprefix("~")
    thousands = digits.endswith("K")
    try:
        value = float(digits.removesuffix("K")) * (1000 if thousands else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{where}: {text!r} is not a number")
    return value


def differences(ours: Iterable[Printed], theirs: Iterable[Printed]) -> list[Difference]:
    """What is in one table alone, or has another value, in the order of ours, then theirs."""
    one, two = ({each.key: each.value for each in some} for some in (ours, theirs))
    return [
        Difference(key=key, ours=one.get(key), theirs=two.get(key))
        for key in dict.fromkeys((*one, *two))
        if one.get(key) != two.get(key)
    ]
