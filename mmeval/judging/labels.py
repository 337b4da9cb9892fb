"""Labels by hand for what answer rules disagree on: written out, read back, scored.

A line of the file is one group of an audit with a `label` to be filled in:

    equal       the answer that the output gives is the gold
    different   it is not, or there is none
    unsure      the labeller could not tell; scores nothing, like a blank label

A label holds for all rows with that gold and with those answers found by the checkers of
its line, so the file also scores checkers that came later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmeval.errors import DataError
from mmeval.jsonl import read_rows, write_rows
from mmeval.judging.audit import Audit, Group, Seen, group_row
from mmeval.records import Outcome

LABELS = ("equal", "different", "unsure")
BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Key:
    """What a label is about."""

    gold: str
    answers: tuple[str | None, ...]
    """In the order of `Labels.checkers`."""


@dataclass(slots=True)
class Labels:
    """The labels of a file."""

    checkers: tuple[str, ...]
    """Whose answers the lines hold."""
    of: dict[Key, str] = field(default_factory=dict)


@dataclass(slots=True)
class Score:
    """How often a checker agrees with the labels."""

    agrees: int = 0
    """It says right and the label `equal`; or wrong or no_answer, and `different`."""
    differs: int = 0
    undecided: int = 0
    """Undecided or failed."""

    def add(self, outcome: Outcome, label: str, weight: int) -> None:
        """Counts `weight` rows with that outcome and that label, equal or different."""
        if outcome in ("undecided", "failed"):
            self.undecided += weight
        elif (outcome == "right") == (label == "equal"):
            self.agrees += weight
        else:
            self.differs += weight

    def to_row(self) -> dict[str, int]:
        """The three counts."""
        return {"agrees": self.agrees, "differs": self.differs, "undecided": self.undecided}


@dataclass(frozen=True, slots=True)
class Scores:
    """Every checker against the labels."""

    labels: Counter[str]
    """How many lines have which label, `blank` included."""
    unused: int
    """Lines about nothing in this audit."""
    groups: dict[str, Score]
    """Checker -> score, each distinct group once."""
    rows: dict[str, Score]
    """Checker -> score, each row once."""

    def to_row(self) -> dict[str, Any]:
        """The scores as a JSON object."""
        return {
            **{name: self.labels[name] for name in (*LABELS, BLANK)},
            "unused": self.unused,
            "checkers": {
                name: {"groups": each.to_row(), "rows": self.rows[name].to_row()}
                for name, each in self.groups.items()
            },
        }


def export(audited: Audit, path: Path) -> int:
    """Writes the disagreeing groups, those that decide most rows first, for labelling;
    returns how many. The file is replaced at once or not at all."""
    split = audited.disagreements()
    rows = (group_row(audited.columns, *each) | {"label": ""} for each in split)
    write_rows(path, rows, given=True)
    return len(split)


def read_labels(path: Path) -> Labels:
    """The labels in a file that `export` wrote.

    Raises DataError with file and line for a label that is none, for a line whose checkers
    are not those of the first, and for two labels that contradict each other.
    """
    labels: Labels | None = None
    for number, row in read_rows(path):
        where = f"{path}, line {number}"
        label, answers = _label(row, where), _answers(row, where)
        labels = labels or Labels(tuple(answers))
        if set(answers) != set(labels.checkers):
            raise DataError(
                f"{where}: the answers are those of {', '.join(answers)}, the lines before have "
                f"{', '.join(labels.checkers)}; keep the files of two audits apart"
            )
        key = Key(row["gold"], tuple(answers[name] for name in labels.checkers))
        before = labels.of.get(key, BLANK)
        if BLANK not in (before, label) and before != label:
            raise DataError(f"{where}: {label!r}, but a line before calls the same {before!r}")
        labels.of[key] = before if label == BLANK else label
    if labels is None:
        raise DataError(f"{path} has no labels; write it with --export, and fill them in")
    return labels


def score(audited: Audit, labels: Labels) -> Scores:
    """The checkers of an audit against labels. Raises DataError where a checker whose
    answers the labels hold is not part of the audit."""
    missing = [name for name in labels.checkers if name not in audited.columns]
    if missing:
        raise DataError(
            f"the labels are about what {', '.join(labels.checkers)} found, and this audit lacks "
            f"{', '.join(missing)}; name the same checkers"
        )
    places = [audited.columns.index(name) for name in labels.checkers]
    groups, rows = ({name: Score() for name in audited.columns} for _ in range(2))
    used: set[Key] = set()
    for key, group, seen in _keyed(audited, places):
        label = labels.of.get(key)
        if label is None:
            continue
        used.add(key)
        if label in ("equal", "different"):
            for name, outcome in zip(audited.columns, group.outcomes, strict=True):
                groups[name].add(outcome, label, 1)
                rows[name].add(outcome, label, seen.rows)
    return Scores(Counter(labels.of.values()), len(labels.of) - len(used), groups, rows)


def _keyed(audited: Audit, places: Sequence[int]) -> Iterator[tuple[Key, Group, Seen]]:
    for group, seen in audited.groups.items():
        yield Key(group.gold, tuple(group.answers[at] for at in places)), group, seen


def _label(row: Mapping[str, Any], where: str) -> str:
    label = row.get("label")
    if label is None or (isinstance(label, str) and not label.strip()):
        return BLANK
    if not isinstance(label, str) or label.strip() not in LABELS:
        raise DataError(f"{where}: the label must be {', '.join(LABELS)} or empty, got {label!r}")
    return label.strip()


def _answers(row: Mapping[str, Any], where: str) -> dict[str, str | None]:
    answers = row.get("answers")
    if (
        not isinstance(row.get("gold"), str)
        or not isinstance(answers, dict)
        or not answers
        or not all(each is None or isinstance(each, str) for each in answers.values())
    ):
        raise DataError(f"{where}: not a line of an export: it needs `gold`, `answers` and `label`")
    return answers
