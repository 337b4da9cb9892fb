"""Audits of made rows: columns that say what they are told, a letter a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mmeval.judging.audit import Audit, Pairs, audit
from mmeval.records import OUTCOMES, Generation, Outcome, Verdict

LETTERS: dict[str, Outcome] = {each[0]: each for each in OUTCOMES}
"""r, w, n, u, f."""


@dataclass
class Said:
    """A column that says what it is told, a letter a row, and found `answers`."""

    name: str
    letters: str
    answers: Sequence[str | None] | None = None

    def verdicts(self, pairs: Pairs) -> Iterator[Verdict]:
        for at, (generation, _) in enumerate(pairs):
            yield Verdict(
                problem_id=generation.problem_id,
                outcome=LETTERS[self.letters[at]],
                extracted=self.answers[at] if self.answers else "x",
                checker=self.name,
            )


def rows(count: int) -> list[tuple[Generation, str]]:
    return [
        (Generation(problem_id=str(i), text=f"text {i}", finish="stop"), "7") for i in range(count)
    ]


def split_audit() -> Audit:
    """Four cases: a is right on 5 + 2 rows, b on 1; one more case is agreed on."""
    answers = ["5"] * 5 + ["6"] * 2 + ["8"] + [None] + ["9"]
    return audit(
        rows(10),
        [Said("a/1", "rrrrrrrwnr", answers), Said("b/1", "wwwwwuurrr", answers)],
    )
