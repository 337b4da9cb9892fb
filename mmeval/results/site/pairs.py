"""Two runs of a task -> the numbers above their comparison, as `mmeval compare` makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from mmeval.errors import DataError, UnknownName
from mmeval.results.judged import JudgedRun
from mmeval.results.pairing import Pairing, Terms, bounds, method, p_value, pair

LEVEL = 0.95
MOST = 200
"""Pairs that are worked out; for those beyond, the page names the verb that does it."""


def pairs_of(runs: Sequence[JudgedRun], slugs: Sequence[str]) -> list[dict[str, Any]]:
    """One row for every two runs of a task and every checker that judged both."""
    return list(_pairs_of(runs, slugs))


def _pairs_of(runs: Sequence[JudgedRun], slugs: Sequence[str]) -> Iterator[dict[str, Any]]:
    named = list(zip(runs, slugs, strict=True))
    alike = [(a, b) for a, b in combinations(named, 2) if a[0].task == b[0].task]
    for (a, slug_a), (b, slug_b) in alike[:MOST]:
        for checker in a.checkers:
            try:
                # Unfinished runs were let in or refused before, so here any will do.
                terms = Terms(checkers=(checker,), common=True, partial=True)
                yield {"a": slug_a, "b": slug_b} | _row(pair(a, b, terms))
            except (DataError, UnknownName):  # nothing in common, other golds, no such checker
                continue


def _row(pairing: Pairing) -> dict[str, Any]:
    """Second minus first; fractions."""
    low, high = bounds(pairing, LEVEL)
    table = pairing.table
    return {
        "checker": pairing.checker,
        "n": pairing.n,
        "difference": pairing.seen.difference,
        "low": low,
        "high": high,
        "p": p_value(pairing),
        "test": method(pairing)[1],
        "gained": table.gained,
        "lost": table.lost,
        "undecided": pairing.undecidable,
        "only_a": pairing.only_a,
        "only_b": pairing.only_b,
    }


def twins_of(all_ids: Sequence[frozenset[str]], twins: Sequence[frozenset[str]]) -> list[Any]:
    """(forward, backward) for every two runs, by their places, of which the second's questions
    were made from the first's. `twins` are the ids that a run's questions were made from."""
    return [
        [forward, backward]
        for backward, named in enumerate(twins)
        for forward, asked in enumerate(all_ids)
        if forward != backward and named & asked
    ]
