"""Length of answers, in generated tokens and in characters, by what became of them.

Mean, median, ninth decile and maximum; tokens are missing where the engine did not tell
them (replayed outputs). Answers that failed have no length and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.errors import DataError
from mmeval.records import Column, Fact, Report
from mmeval.results.groups import GROUP_COLUMNS, groups

if TYPE_CHECKING:
    import pandas as pd

UNITS = ("tokens", "characters")
QUANTILES = {"median": 0.5, "ninth decile": 0.9}
NAMES = ("mean", *QUANTILES, "most")


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """Rows per model, task and checker: all answers, those right, and the others told."""
    rows, sentences = [], []
    for key, group in groups(frame):
        answers = group[(group["finish"] != "error") & group["characters"].notna()]
        if answers.empty:
            raise DataError(f"{key[0]} on {key[1]}: no answer has a length, all of them failed")
        for part, some in parts(answers):
            rows.append((*key, part, len(some), *lengths(some)))
        unit = "tokens" if answers["tokens"].notna().all() else "characters"
        median = {part: some[unit].median() for part, some in parts(answers)}
        said = ", ".join(f"{value:,.0f} of {part} answers" for part, value in median.items())
        sentences.append(f"{key[0]} on {key[1]} by {key[3]}: median {unit} {said}")
    measures = [Column(name=f"{name} {unit}", unit=unit) for unit in UNITS for name in NAMES]
    return Report(
        analysis=ANALYSIS.name,
        columns=(
            *GROUP_COLUMNS,
            Column(name="part"),
            Column(name="answers", unit="answers"),
            *measures,
        ),
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
    )


def parts(answers: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All answers, the right ones and the ones that are not, where there are any."""
    for name, some in (
        ("all", answers),
        ("right", answers[answers["right"]]),
        ("not right", answers[~answers["right"] & answers["told"]]),
    ):
        if len(some):
            yield name, some


def lengths(answers: pd.DataFrame) -> list[float | None]:
    """The values of `NAMES` for each unit; None where a length is not known of all."""
    found: list[float | None] = []
    for unit in UNITS:
        values = answers[unit]
        if values.isna().any():
            found += [None] * len(NAMES)
            continue
        floats = values.astype(float)
        quantiles = (float(floats.quantile(q)) for q in QUANTILES.values())
        found += [float(floats.mean()), *quantiles, float(floats.max())]
    return found


ANALYSIS = Analysis(
    name="answer_length",
    title="how long answers are, right ones and others",
    source="by definition",
    measure=measure,
)
