"""Finding which known question a text is, or contains, in time that grows with the text.

Other people's output files hold the question alone, or inside a whole rendered prompt,
often with other white space or straightened quotes. Everything else must agree exactly:
a question that was reworded is another question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmeval.records import Problem
from mmeval.text import normalised

HEAD = 8
"""First characters that sort out nearly every place of a text. A shorter question is
found only as a whole: `2 + 2` stands inside too much that is not asking it."""
PREFIX = 24
"""First characters that questions are looked up by, before they are compared in full."""
_STARTS = re.compile(r"(?<![^\W_])\S")
"""Where a question may begin inside a text: not in the middle of a word or number."""


class Questions:
    """The questions of a benchmark, ready to be found by their position in the list."""

    def __init__(self, questions: Sequence[str]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._whole: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[str]] = {}
        for index, question in enumerate(questions):
            self._exact.setdefault(question, []).append(index)
            text = normalised(question)
            if text and text not in self._whole and len(text) >= HEAD:
                self._prefixes.setdefault(text[:PREFIX], []).append(text)
            if text:
                self._whole.setdefault(text, []).append(index)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._heads = {prefix[:HEAD] for prefix in self._prefixes}

    @property
    def copies(self) -> list[list[int]]:
        """The places of each question that stands more than once, but for white space."""
        return [places for places in self._whole.values() if len(places) > 1]

    def find(self, text: str) -> Sequence[int]:
        """Where the question stands that the text is, else the one it contains: one place, or
        those of all its copies; empty when there is none.

        Of several contained ones it is the one that ends last, because a prompt asks its
        question after its examples, and the longest of those.
        """
        if text in self._exact:
            return self._exact[text]
        folded = normalised(text)
        return self._whole[folded] if folded in self._whole else self._contained(folded)

    def _contained(self, text: str) -> Sequence[int]:
        best, question = (0, 0), ""
        for match in _STARTS.finditer(text):
            start = match.start()
            if text[start : start + HEAD] not in self._heads:
                continue
            for length in self._lengths:
                for candidate in self._prefixes.get(text[start : start + length], ()):
                    end = start + len(candidate)
                    better = (end, len(candidate)) > best
                    if better and text.startswith(candidate, start) and _ends(text, end):
                        best, question = (end, len(candidate)), candidate
        return self._whole[question] if question else ()


def copies_told(problems: Sequence[Problem]) -> str:
    """`1 question stands more than once: ID and ID`, whatever their golds; empty for none."""
    copies = Questions([problem.question for problem in problems]).copies
    if not copies:
        return ""
    many = "1 question stands" if len(copies) == 1 else f"{len(copies):,} questions stand"
    first = [" and ".join(problems[i].id for i in each) for each in copies[:3]]
    return f"{many} more than once: {', '.join(first)}{', ...' if len(copies) > 3 else ''}"


def _ends(text: str, end: int) -> bool:
    """Whether no word or number goes on at `end`."""
    return not (text[end - 1 : end].isalnum() and text[end : end + 1].isalnum())
