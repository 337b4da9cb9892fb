r"""The reversal gap: forward minus backward accuracy on the same problems, a fraction.

Paired on the backward questions whose forward question was answered too by the same model
and judged by the same checker. Each row is a 2x2 table:

    gap = (forward_only - backward_only) / pairs        interval: Tango's score interval
    backward_given_forward = both / (both + forward_only)      interval: Wilson's

where pairs are independent; several backward questions of one original question, and problems of
one template, are not, and both intervals are clustered by it (docs/statistics.md);

and never one number alone: all pairs, and by style, by steps of the forward solution, and
where a set marks questions as determined (x has one value), those that are. No pair is
left out: an undecided answer counts as not right, and each end of an interval has the undecided
ones as far its way as they could have gone (`mmeval/results/linked.py`). Of several answers to a
problem the first is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.errors import DataError
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.groups import LEVEL
from mmeval.results.linked import Linked, kept, kept_bounds
from mmeval.results.published import about
from mmeval.results.verdict_rows import ONE
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("model", "forward", "backward", "checker", "by", "part")
COUNTS = ("pairs", "both", "forward_only", "backward_only", "neither", "undecided")
SHARES = (
    "forward_accuracy",
    "backward_accuracy",
    "gap",
    "low",
    "high",
    "backward_given_forward",
    "given_low",
    "given_high",
)
FILTERED = (
    "The published backward set keeps only questions that some model had solved, 657 of 1,270 of "
    "them a model of MetaMath's kind, so the true gap is larger than the one on it."
)
KEYS = ["model", "checker"]


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, pair of benchmarks, checker and part; the first is all pairs."""
    first = frame[frame["sample"] == 0]
    backward = first[first["twin"].notna()]
    if backward.empty:
        raise DataError(
            "no run has backward questions with a forward twin; name a run of a backward "
            "benchmark and one of its forward benchmark, of the same model"
        )
    pairs = backward.merge(
        first,
        left_on=[*KEYS, "twin"],
        right_on=[*KEYS, "problem_id"],
        suffixes=("", "_f"),
        validate="m:1",
    )
    if pairs.empty:
        raise DataError(
            "no backward question has its forward question answered by the same model and judged "
            "by the same checker; name both runs, and judge both with one checker"
        )
    rows: list[tuple[Scalar, ...]] = []
    sentences, notes, quoted = [], [], []
    grouped = pairs.groupby(["model", "benchmark_f", "benchmark", "checker"], sort=False)
    for key, group in grouped:
        model, forward, back, checker = map(str, key)
        found = [(by, part, Table(some)) for by, part, some in parts(group)]
        rows += [
            (model, forward, back, checker, by, part, *table.cells())
            for by, part, table in found
            if table.pairs
        ]
        whole = found[0][2]
        sentences.append(whole.sentence(f"{model} by {checker}"))
        fact = about(model, forward, facts)
        quoted += [fact] if fact else []
        notes += list(uncovered(first, group, (model, forward, checker)))
        if whole.undecided:
            notes.append(
                f"{model}: {whole.undecided:,} of {whole.pairs:,} pairs have an answer that "
                f"{checker} could not tell. They count as not right; the intervals hold every way "
                "they could have gone."
            )
    lone = dict.fromkeys(backward["model"][~backward["model"].isin(set(pairs["model"]))])
    notes += [
        f"{model} has no run of the forward questions here: not in the table" for model in lone
    ]
    if (pairs["benchmark"] == "gsm8k_backward").any():
        notes.append(FILTERED)
    if first["sample"].size < frame["sample"].size:
        notes.append("Of several answers to a problem the first is taken.")
    columns = [Column(name=name) for name in NAMES]
    columns += [Column(name=name, unit="pairs") for name in COUNTS]
    columns += [Column(name=name, unit="fraction") for name in SHARES]
    return Report(
        analysis=ANALYSIS.name,
        columns=tuple(columns),
        rows=tuple(rows),
        summary=" ".join(sentences),
        notes=tuple(dict.fromkeys(notes)),
        published=tuple(dict.fromkeys(quoted)),
    )


class Table:
    """A 2x2 table of pairs; what is undecided stands in it as not right."""

    def __init__(self, group: pd.DataFrame) -> None:
        forward, backward = group["right_f"], group["right"]
        self.pairs = len(group)
        self.undecided = int((~(group["told"] & group["told_f"])).sum())
        self.both = int((forward & backward).sum())
        self.forward_only = int((forward & ~backward).sum())
        self.backward_only = int((~forward & backward).sum())
        self.neither = self.pairs - self.both - self.forward_only - self.backward_only
        self.linked = Linked(
            pairs=[
                (ONE[forth], ONE[back])
                for forth, back in zip(group["outcome_f"], group["outcome"], strict=True)
            ],
            clusters=group["cluster"].tolist(),
        )

    def given(self) -> tuple[float | None, float | None, float | None]:
        """Backward accuracy where forward is right, and its interval; None where none is."""
        share = kept([self.linked])
        return (None, None, None) if share is None else (share, *kept_bounds([self.linked], LEVEL))

    def cells(self) -> tuple[Scalar, ...]:
        """The values of `COUNTS` and `SHARES`."""
        return (
            *(getattr(self, name) for name in COUNTS),
            (self.both + self.forward_only) / self.pairs,
            (self.both + self.backward_only) / self.pairs,
            *self.linked.gap(LEVEL),
            *self.given(),
        )

    def sentence(self, who: str) -> str:
        """The table in words."""
        forward, backward, gap, low, high, given, *_ = self.cells()[len(COUNTS) :]
        assert isinstance(gap, float) and isinstance(low, float) and isinstance(high, float)
        assert isinstance(forward, float) and isinstance(backward, float)
        assert given is None or isinstance(given, float)
        return (
            f"{who}: {percent(forward)} forward, {percent(backward)} backward on {self.pairs:,} "
            f"pairs, a gap of {100 * gap:.1f} points (95 % interval {100 * low:.1f} to "
            f"{100 * high:.1f}); of those right forward {percent(given)} are right backward."
        )


def parts(group: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """All pairs first, then what is determined, then by style and by steps. One style alone
    is all pairs, and not reported twice."""
    yield "all", "all", group
    if group["determined"].notna().any():
        yield "determined", "yes", group[group["determined"].fillna(False).astype(bool)]
    for style, some in group[group["style"].notna()].groupby("style"):
        if len(some) < len(group):
            yield "style", str(style), some
    steps = group["steps"].fillna(group["steps_f"]).fillna(group["solution_lines_f"])
    for count in sorted(set(steps.dropna().tolist())):
        yield "steps", str(count), group[steps == count]


def uncovered(first: pd.DataFrame, group: pd.DataFrame, who: tuple[str, str, str]) -> Iterator[str]:
    """The forward problems without a backward twin, which the gap says nothing about."""
    model, forward, checker = who
    asked = first[
        (first["model"] == model) & (first["benchmark"] == forward) & (first["checker"] == checker)
    ]
    alone = set(asked["problem_id"]) - set(group["twin"])
    if alone:
        yield (
            f"{len(alone):,} of {len(asked):,} {forward} problems that {model} answered have no "
            "backward twin here and are not in its gap."
        )


ANALYSIS = Analysis(
    name="reversal_gap",
    title="forward minus backward accuracy, paired on linked problems",
    source="Yu et al. 2023, section 4.6 and Figure 6",
    measure=measure,
)
