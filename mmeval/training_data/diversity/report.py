"""What a diversity measurement found, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mmeval.engines.embedder import EmbedderInfo
from mmeval.records import Column, Report, Scalar
from mmeval.stats.bootstrap import FEWEST
from mmeval.training_data.diversity.gain import Gain, measure_gain
from mmeval.training_data.diversity.items import TextKind
from mmeval.training_data.vectors.faiss_search import Recall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DISTANCE = "squared distance"
COLUMNS = (
    Column(name="set"),
    Column(name="text"),
    Column(name="n", unit="items"),
    Column(name="questions", unit="questions"),
    Column(name="gain", unit=_DISTANCE),
    Column(name="low", unit=_DISTANCE),
    Column(name="high", unit=_DISTANCE),
    Column(name="cut", unit="fraction"),
    Column(name="gain_uncut", unit=_DISTANCE),
    Column(name="own", unit="fraction"),
    Column(name="gain_without_own", unit=_DISTANCE),
    Column(name="low_without_own", unit=_DISTANCE),
    Column(name="high_without_own", unit=_DISTANCE),
)
CURVE_COLUMNS = (
    Column(name="set"),
    Column(name="text"),
    Column(name="grows"),
    Column(name="size", unit="items"),
    Column(name="gain", unit=_DISTANCE),
    Column(name="low", unit=_DISTANCE),
    Column(name="high", unit=_DISTANCE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The neighbours of one set, one value an item in each array."""

    set: str
    text: TextKind
    distance: NDArray[np.float64]
    questions: NDArray[np.int64]
    """Numbers of the original questions."""
    cut: NDArray[np.bool_]
    """Whether the text was longer than the embedder reads."""
    own: NDArray[np.bool_]
    """Whether the neighbour is, or was made from, the item's own original question."""
    apart: NDArray[np.float64] | None = None
    """Squared distances when those do not count, infinite where the base has nothing else;
    None where `without_own` is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGain:
    """The gain of one set in one kind of text, with what a reader has to know about it."""

    set: str
    text: TextKind
    whole: Gain
    cut: float
    """The share of items whose text was cut, a fraction."""
    uncut: Gain | None
    """Of the others; None where every text was cut."""
    own: float
    """The share of items whose neighbour is their own original question, a fraction."""
    apart: Gain | None = None
    """Without base rows of the item's own original question; None where `without_own` is
    off, or leaves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One gain of a curve."""

    set: str
    text: TextKind
    grows: Literal["base", "new"]
    """The side that has `size` items; the other is whole."""
    size: int
    gain: Gain


def weigh(searched: Searched, seed: int) -> SetGain:
    """The gains of what was found, their intervals drawn by the seed."""
    import numpy as np

    def of(distance: NDArray[np.float64], kept: NDArray[np.bool_]) -> Gain | None:
        if not kept.any():
            return None
        return measure_gain(distance[kept], searched.questions[kept], seed)

    whole = measure_gain(searched.distance, searched.questions, seed)
    apart = None if searched.apart is None else of(searched.apart, np.isfinite(searched.apart))
    return SetGain(
        set=searched.set,
        text=searched.text,
        whole=whole,
        cut=float(searched.cut.mean()),
        uncut=of(searched.distance, ~searched.cut),
        own=float(searched.own.mean()),
        apart=apart,
    )


def gain_report(
    gains: Sequence[SetGain], embedder: EmbedderInfo, base: int, recalls: Sequence[Recall]
) -> Report:
    """The table of the gains, a row for each set and kind of text."""
    by_text: dict[str, list[SetGain]] = {}
    for each in gains:
        by_text.setdefault(each.text, []).append(each)
    orders = (
        f"{text}: " + " < ".join(map(_told, sorted(sets, key=lambda g: g.whole.gain)))
        for text, sets in by_text.items()
    )
    reads = f" reads {embedder.context:,} tokens of a text and" if embedder.context else ""
    notes = [
        f"{embedder.label}{reads} gives the vectors; the base has {base:,} rows. Gains of "
        "different embedders, bases or kinds of text cannot be compared.",
        "95 % intervals by bootstrap over original questions, from "
        f"{FEWEST} of them on; the base is taken as it is.",
    ]
    if any(each.own for each in gains):
        notes.append(
            "own: items whose nearest base row is their own original question, or was made from "
            "it. Their distance says how far they were moved from it, not how new they are."
        )
    notes += [
        f"approximate search: recall {each.recall:.4f} on {each.sample:,} items, their gain "
        f"{each.gain:.6f} for {each.exact_gain:.6f} exactly"
        for each in recalls
    ]
    return Report(
        analysis="diversity",
        columns=COLUMNS,
        rows=tuple(_row(each) for each in gains),
        summary=f"Diversity gain, the least first; {'; '.join(orders)}.",
        notes=tuple(notes),
        sources=(f"{embedder.name} {embedder.fingerprint[:16]}",),
    )


def _told(each: SetGain) -> str:
    """A set's name; with a mark where its place in an order is not decided."""
    return each.set if each.whole.low is not None else f"{each.set} (too few questions to tell)"


def _row(each: SetGain) -> tuple[Scalar, ...]:
    apart = each.apart
    return (
        *(each.set, each.text, each.whole.n, each.whole.questions),
        *(each.whole.gain, each.whole.low, each.whole.high),
        *(each.cut, each.uncut.gain if each.uncut else None, each.own),
        *((apart.gain, apart.low, apart.high) if apart else (None, None, None)),
    )


def curve_report(points: Sequence[CurvePoint]) -> Report:
    """The table of the curves."""
    return Report(
        analysis="diversity_curve",
        columns=CURVE_COLUMNS,
        rows=tuple(
            (p.set, p.text, p.grows, p.size, p.gain.gain, p.gain.low, p.gain.high) for p in points
        ),
        summary="Diversity gain against the size of the base, and of the new set.",
        notes=(
            "Each smaller part is in every larger one, drawn by the seed. A larger base can only "
            "lower the gain; a larger new set leaves its expectation and narrows its interval.",
        ),
    )
