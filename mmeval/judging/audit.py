"""Where answer rules disagree, on outputs with golds. Opens no model and no file.

    audited = audit(pairs, [RuleColumn(first), RuleColumn(second)])
    audited.table(0, 1).kappa, audited.disagreements()

Two rules disagree on a row where one calls it right and the other does not; whether the
other says wrong, no_answer, undecided or failed is in the contingency table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, tee
from typing import Any, NamedTuple, Protocol

from mmeval.answers.checker import Checker
from mmeval.errors import ConfigError, DataError
from mmeval.judging.judge import Counts, judge_pairs
from mmeval.records import OUTCOMES, Generation, Outcome, Verdict

EXAMPLES = 3
"""Rows that are remembered of each group."""
END_CHARACTERS = 160
"""Characters of the end of a group's first text that are kept, for labelling."""

Pairs = Iterable[tuple[Generation, str]]
"""(generation, its gold)."""


class Column(Protocol):
    """Anything that judges: one of our checkers, or another library."""

    @property
    def name(self) -> str:
        """With its version."""

    def verdicts(self, pairs: Pairs) -> Iterator[Verdict]:
        """One verdict per generation, in order, read as they come."""


@dataclass(frozen=True, slots=True)
class RuleColumn:
    """A checker of the catalogue as a column."""

    checker: Checker

    @property
    def name(self) -> str:
        """The checker's."""
        return self.checker.name

    def verdicts(self, pairs: Pairs) -> Iterator[Verdict]:
        """As `judge` gives them."""
        return judge_pairs(pairs, [self.checker])


class Group(NamedTuple):
    """Rows that look the same to all columns; the tuples are in the columns' order."""

    gold: str
    answers: tuple[str | None, ...]
    """What each found in the text; None where it found nothing."""
    outcomes: tuple[Outcome, ...]

    @property
    def split(self) -> bool:
        """Whether some columns say right, and some do not."""
        return 0 < self.outcomes.count("right") < len(self.outcomes)


@dataclass(slots=True)
class Seen:
    """The rows of a group."""

    end: str
    """How the first one's text ends."""
    rows: int = 0
    first: list[str] = field(default_factory=list)
    """The ids of the first ones."""


@dataclass(frozen=True, slots=True)
class Table:
    """The outcomes of two columns on the same rows."""

    outcomes: Counter[tuple[Outcome, Outcome]]

    def right_or_rest(self) -> tuple[int, int, int, int]:
        """Rows that both, only the first, only the second, and none calls right."""
        cells: Counter[tuple[bool, bool]] = Counter()
        for (one, other), rows in self.outcomes.items():
            cells[one == "right", other == "right"] += rows
        return cells[True, True], cells[True, False], cells[False, True], cells[False, False]

    @property
    def agreement(self) -> float:
        """The share of rows, in [0, 1], on which both say right or both do not."""
        both, _, _, none = self.right_or_rest()
        return (both + none) / self.outcomes.total()

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of right against the rest, in [-1, 1]: agreement beyond chance.

        (p_o - p_e) / (1 - p_e), which for two classes is 2(ad - bc) / ((a + b)(b + d) +
        (a + c)(c + d)). None where a column calls all rows right, or none: then chance
        explains everything. Source: Cohen, Educ. Psychol. Meas. 20 (1960) 37-46.
        """
        a, b, c, d = self.right_or_rest()
        if 0 in (a + b, c + d, a + c, b + d):
            return None
        return 2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d))

    def to_row(self) -> dict[str, Any]:
        """Agreement, kappa, and the counts by first and second outcome."""
        return {
            "agreement": self.agreement,
            "kappa": self.kappa,
            "outcomes": {
                one: {other: self.outcomes[one, other] for other in OUTCOMES} for one in OUTCOMES
            },
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """All rows, grouped by what the columns found and said."""

    columns: tuple[str, ...]
    groups: dict[Group, Seen]

    @property
    def rows(self) -> int:
        """How many were judged, at least 1."""
        return sum(seen.rows for seen in self.groups.values())

    def counts(self) -> dict[str, Counts]:
        """Column -> its outcomes and accuracy."""
        counts: dict[str, Counts] = {}
        for at, name in enumerate(self.columns):
            outcomes: Counter[str] = Counter()
            for group, seen in self.groups.items():
                outcomes[group.outcomes[at]] += seen.rows
            counts[name] = Counts(n=self.rows, **{each: outcomes[each] for each in OUTCOMES})
        return counts

    def table(self, one: int, other: int) -> Table:
        """Of the columns at two positions."""
        outcomes: Counter[tuple[Outcome, Outcome]] = Counter()
        for group, seen in self.groups.items():
            outcomes[group.outcomes[one], group.outcomes[other]] += seen.rows
        return Table(outcomes)

    def tables(self) -> Iterator[tuple[str, str, Table]]:
        """Of every two columns, with their names."""
        for one, other in combinations(range(len(self.columns)), 2):
            yield self.columns[one], self.columns[other], self.table(one, other)

    def disagreements(self) -> list[tuple[Group, Seen]]:
        """The groups that split the columns, those that decide most rows first."""
        split = [(group, seen) for group, seen in self.groups.items() if group.split]
        return sorted(split, key=lambda each: -each[1].rows)  # stable: then as they appeared

    def to_row(self) -> dict[str, Any]:
        """Everything as a JSON object."""
        split = self.disagreements()
        return {
            "rows": self.rows,
            "checkers": {name: each.to_row() for name, each in self.counts().items()},
            "pairs": [
                {"checkers": [one, other], **table.to_row()} for one, other, table in self.tables()
            ],
            "disagreeing_rows": sum(seen.rows for _, seen in split),
            "disagreements": [group_row(self.columns, *each) for each in split],
        }


def group_row(columns: tuple[str, ...], group: Group, seen: Seen) -> dict[str, Any]:
    """A group as a JSON object: `rows`, `gold`, `answers` and `outcomes` by column, `first`
    rows, and `text_end` of the first."""
    return {
        "rows": seen.rows,
        "gold": group.gold,
        "answers": dict(zip(columns, group.answers, strict=True)),
        "outcomes": dict(zip(columns, group.outcomes, strict=True)),
        "first": seen.first,
        "text_end": seen.end,
    }


def audit(pairs: Pairs, columns: Iterable[Column]) -> Audit:
    """Judges every row by every column. Holds answers, no texts.

    Raises ConfigError for less than two columns or a column that appears twice, and
    DataError when there are no rows.
    """
    columns = list(columns)
    names = tuple(each.name for each in columns)
    if len(set(names)) < max(2, len(names)):
        raise ConfigError(
            f"an audit compares two checkers or more, each once; got {', '.join(names) or 'none'}"
        )
    rows, *copies = tee(pairs, len(columns) + 1)
    streams = [each.verdicts(copy) for each, copy in zip(columns, copies, strict=True)]
    groups: dict[Group, Seen] = {}
    for (generation, gold), *verdicts in zip(rows, *streams, strict=True):
        group = Group(
            gold,
            tuple(verdict.extracted for verdict in verdicts),
            tuple(verdict.outcome for verdict in verdicts),
        )
        if group not in groups:
            groups[group] = Seen(end=generation.text[-END_CHARACTERS:] if group.split else "")
        seen = groups[group]
        seen.rows += 1
        if len(seen.first) < EXAMPLES:
            seen.first.append(_row_id(generation))
    if not groups:
        raise DataError("there are no rows to audit: is the file or the run empty?")
    return Audit(names, groups)


def _row_id(generation: Generation) -> str:
    return generation.problem_id + (f"#{generation.sample}" if generation.sample else "")
