"""Answers put into classes by a checker, for majority votes (`stats.several_answers`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mmeval.answers.checker import Checker


@dataclass(slots=True)
class Merger:
    """Puts answers that a checker calls equal into one class."""

    compare: Callable[[str, str], str]
    """(answer, answer) -> outcome; `right` means equal."""
    raised: int = 0
    """Comparisons that raised an error: those answers stay apart."""
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def sizes(self, answers: Iterable[str]) -> list[int]:
        """The sizes of the classes, in the order in which they first appear.

        An answer belongs to the first class whose first answer it is equal to, either way
        round, because a checker may read its two sides differently.
        """
        classes: dict[str, int] = {}
        for answer, count in Counter(answers).items():
            home = next((first for first in classes if self.same(first, answer)), answer)
            classes[home] = classes.get(home, 0) + count
        return list(classes.values())

    def same(self, one: str, other: str) -> bool:
        """Whether two answers are equal."""
        pair = (one, other)
        if one == other:
            return True
        if pair not in self._known:
            self._known[pair] = self._says(one, other) or self._says(other, one)
        return self._known[pair]

    def _says(self, one: str, other: str) -> bool:
        try:
            return self.compare(one, other) == "right"
        except Exception:  # noqa: BLE001 - a checker is third-party code
            self.raised += 1
            return False


def merger(checker: Checker | None) -> Merger:
    """Merges by a checker; without one, only identical strings."""
    if checker is None:
        return Merger(compare=lambda one, other: "right" if one == other else "wrong")
    return Merger(compare=lambda one, other: checker.compare(one, other).outcome)
