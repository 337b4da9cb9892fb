"""Accuracy: right/answers, a fraction, more is better; all, and part by part.

Parts are subjects, levels, styles of backward questions, and question length in three
equal parts by characters, as in the paper's Figure 7 (which does not say its unit). Where
answers are undecided, `accuracy_high` is the most it could be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.records import Column, Fact, Report
from mmeval.results.groups import GROUP_COLUMNS, SHARE_COLUMNS, groups, share, thirds
from mmeval.results.published import about
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *GROUP_COLUMNS,
    Column(name="by"),
    Column(name="part"),
    *SHARE_COLUMNS,
    Column(name="published", unit="fraction"),
)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, task, checker and part; the first row of each is the whole."""
    rows, sentences, quoted = [], [], []
    for key, answers in groups(frame):
        fact = about(key[0], key[1], facts) if key[2] == "test" else None
        quoted += [fact] if fact else []
        whole = share(answers)
        rows.append((*key, "all", "all", *whole.cells(), fact.value if fact else None))
        beside = f" (published: {percent(fact.value)})" if fact else ""
        sentences.append(
            f"{key[0]} has {percent(whole.accuracy)} of {key[1]} right by {key[3]}, 95 % interval "
            f"{100 * whole.low:.1f} to {100 * whole.high:.1f}{beside}"
        )
        for by, part, some in parts(answers):
            rows.append((*key, by, part, *share(some).cells(), None))
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=tuple(notes(frame)),
        published=tuple(dict.fromkeys(quoted)),
    )


def parts(answers: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(by what, which part, its answers), the parts in their natural order."""
    for name in ("subject", "level", "style"):
        known = answers[answers[name].notna()]
        for value, some in known.groupby(name, sort=True, observed=True):
            yield name, str(value), some
    of = answers["problem_id"].map(thirds(answers, "question_characters"))
    for third in ("short", "medium", "long"):
        if (of == third).any():
            yield "question length", third, answers[of == third]


def notes(frame: pd.DataFrame) -> Iterator[str]:
    """What is undecided, if anything."""
    untold = int((~frame["told"]).sum())
    if untold:
        yield (
            f"{untold:,} of {len(frame):,} verdicts are undecided or failed: they count as not "
            "right in `accuracy` and as right in `accuracy_high`."
        )
    for model, some in frame.groupby("model", sort=False):
        if some["sample"].max() > 0:
            yield f"{model} has several answers to a problem: intervals are clustered by problem."


ANALYSIS = Analysis(
    name="accuracy",
    title="accuracy with intervals, by subject, level, style and question length",
    source="Yu et al. 2023, section 4.2 and Figure 7; intervals: Wilson 1927",
    measure=measure,
)
