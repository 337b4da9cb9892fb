"""Pairs of golds that a lenient checker may confuse; `perf/checker.py control` judges them."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations


def near_pairs(found: list[str]) -> set[tuple[str, ...]]:
    """Pairs of one template (digits alike), or at most two edits apart."""
    templates: dict[str, list[str]] = defaultdict(list)
    deletions: dict[str, set[str]] = defaultdict(set)
    for gold in found:
        templates[re.sub(r"\d+", "#", re.sub(r"\s+", "", gold))].append(gold)
        if len(gold) <= 40:
            for each in _deletions(gold):
                deletions[each].add(gold)
    pairs = {tuple(sorted(p)) for group in templates.values() for p in combinations(group, 2)}
    for group in deletions.values():
        pairs |= {tuple(sorted(p)) for p in combinations(group, 2) if _edits(*p) <= 2}
    return pairs


def _deletions(text: str) -> set[str]:
    found = {text}
    for _ in range(2):
        found |= {each[:i] + each[i + 1 :] for each in found for i in range(len(each))}
    return found


def _edits(a: str, b: str) -> int:
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]
