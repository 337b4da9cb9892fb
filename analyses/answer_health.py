"""Answer health: what happened to the answers, whatever is right: shares, less is better.

no_answer       the checker found none
truncated       the model ran out of tokens
stop_cut        a stop string ended the answer
empty           white space alone
thought_unfinished   the model was still thinking at its end, and gave no answer
degenerate      the answer ends in one piece again and again (`mmeval.results.frames.degenerate`)
undecided, failed   neither right nor wrong

The shares may overlap: a degenerate answer is often truncated too. `accuracy_finished` is
the accuracy among answers that did not run out of tokens; undefined where none finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.groups import GROUP_COLUMNS, groups
from mmeval.text import percent

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("no_answer", "undecided", "failed")
FLAGS = ("truncated", "stop_cut", "empty", "thought_unfinished", "degenerate")
SHARES = ("no_answer", *FLAGS, "undecided", "failed", "accuracy", "accuracy_finished")


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """One row per model, task and checker."""
    rows: list[tuple[Scalar, ...]] = []
    worst: dict[str, tuple[float, str]] = {}
    for key, answers in groups(frame):
        found = shares(answers)
        rows.append((*key, len(answers), *(found[name] for name in SHARES)))
        for name in ("no_answer", *FLAGS):
            seen = (found[name] or 0.0, f"{key[0]} on {key[1]} by {key[3]}")
            worst[name] = max(worst.get(name, seen), seen, key=lambda each: each[0])
    return Report(
        analysis=ANALYSIS.name,
        columns=(
            *GROUP_COLUMNS,
            Column(name="answers", unit="answers"),
            *(Column(name=name, unit="fraction") for name in SHARES),
        ),
        rows=tuple(rows),
        summary="Most of each: "
        + "; ".join(spoken(name, *each) for name, each in worst.items())
        + ".",
        notes=("The shares may overlap: an answer can be truncated and degenerate.",),
    )


def spoken(name: str, most: float, who: str) -> str:
    """Where a fault is most common."""
    said = name.replace("_", " ")
    return f"{said} {percent(most)} ({who})" if most else f"{said} nowhere"


def shares(answers: pd.DataFrame) -> dict[str, float | None]:
    """Name -> fraction of the answers; None where nothing is known."""
    found: dict[str, float | None] = {
        name: float((answers["outcome"] == name).mean()) for name in OUTCOMES
    }
    for name in FLAGS:
        state = answers["thought_state"]
        flag = state.eq("open") if name == "thought_unfinished" else answers[name]
        known = flag.dropna()
        found[name] = float(known.astype(bool).mean()) if len(known) else None
    finished = answers[~answers["truncated"]]
    found["accuracy"] = float(answers["right"].mean())
    found["accuracy_finished"] = float(finished["right"].mean()) if len(finished) else None
    return found


ANALYSIS = Analysis(
    name="answer_health",
    title="answers that are missing, cut, empty or going refers to itself",
    source="by definition; stop strings of Yu et al. 2023's own evaluation script",
    measure=measure,
)
