"""What the analyses say of some runs: of each run, and of a model's runs together.

An analysis that refuses every single run, as one of linked benchmarks does, is asked of
all runs of a model together. One about several answers to a problem is asked only where
there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mmeval import catalog
from mmeval.errors import DataError
from mmeval.records import Report
from mmeval.results import frames, published
from mmeval.results.analysis import Analysis, source
from mmeval.results.judged import JudgedRun, labels

if TYPE_CHECKING:
    import pandas as pd

Titled = tuple[str, Report]
"""The title of an analysis, and what it found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All reports on some runs."""

    single: tuple[tuple[Titled, ...], ...]
    """Of each run, in the order of the runs."""
    joint: tuple[Titled, ...]
    """Of the analyses that need several runs, the models one after the other."""


def measure_all(runs: Sequence[JudgedRun], say: Callable[[str], None]) -> Measured:
    """Raises DataError for files that were edited, MissingPackage without pandas."""
    analyses: list[Analysis] = catalog.load_all("analyses")
    single: dict[int, tuple[Titled, ...]] = {}
    joint: dict[str, list[Report]] = {}
    by_model: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        by_model.setdefault(run.model, []).append(place)
    for places in by_model.values():
        by_place = {}
        for place in places:
            say(f"measuring {runs[place].path.name}")
            by_place[place] = frames.answers([runs[place]])
            found = _reports(analyses, by_place[place], [runs[place]])
            single[place] = tuple(
                (each.title, found[each.name]) for each in analyses if each.name in found
            )
        asked = {report.analysis for place in places for _, report in single[place]}
        left = [each for each in analyses if each.name not in asked]
        if len(places) > 1 and left:
            own = [runs[place] for place in places]
            together = _joined(list(by_place.values()), own)
            for name, report in _reports(left, together, own).items():
                joint.setdefault(name, []).append(report)
    return Measured(
        single=tuple(single[place] for place in range(len(runs))),
        joint=tuple(
            (each.title, merged(joint[each.name])) for each in analyses if each.name in joint
        ),
    )


def _reports(
    analyses: Sequence[Analysis], frame: pd.DataFrame, runs: Sequence[JudgedRun]
) -> Mapping[str, Report]:
    """Analysis -> its report; without those that say nothing of such runs."""
    reports = {}
    several = any(run.manifest.samples > 1 for run in runs)
    for each in analyses:
        if each.samples and not several:
            continue
        try:
            report = each.measure(frame, published.facts())
        except DataError:  # it is about something that these runs do not have
            continue
        reports[each.name] = replace(report, sources=tuple(map(source, runs)))
    return reports


def _joined(made: Sequence[pd.DataFrame], runs: Sequence[JudgedRun]) -> pd.DataFrame:
    """The frames of a model's runs under the labels that tell these runs apart."""
    import pandas as pd

    named = [
        frame.assign(model=pd.array([label] * len(frame), dtype="str"))
        for frame, label in zip(made, labels(runs), strict=True)
    ]
    whole: pd.DataFrame = pd.concat(named, ignore_index=True)
    return whole


def merged(reports: Sequence[Report]) -> Report:
    """Reports of one analysis on different models as one: rows after rows, notes once."""
    first = reports[0]
    return replace(
        first,
        rows=tuple(row for each in reports for row in each.rows),
        summary=" ".join(each.summary for each in reports),
        notes=tuple(dict.fromkeys(note for each in reports for note in each.notes)),
        published=tuple(dict.fromkeys(fact for each in reports for fact in each.published)),
        sources=tuple(dict.fromkeys(one for each in reports for one in each.sources)),
    )
