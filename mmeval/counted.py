"""Measured numbers for cells, from runs, each with another way to count it for `--check`.

An accuracy is what the leaderboard says, counted from verdicts; its second way is the
summary that judging wrote. Thirds and gaps come from the analyses' reports; their second
way is a count in plain Python from the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from mmeval.figure_cells import Measured
from mmeval.judged import VerdictKey
from mmeval.leaderboard import measure
from mmeval.measurements import Measurements, Run
from mmeval.paired import Discordance, mean_bounds
from mmeval.showing import shown

THIRDS = ("short", "medium", "long")


def accuracy(run: Run | None) -> Measured | None:
    """A run's accuracy in percent; None for no run."""
    if run is None:
        return None
    cell = measure(run.judged, run.checker)
    assert cell.low is not None and cell.high is not None and cell.n is not None
    return Measured(
        value=100 * cell.accuracy,
        low=100 * cell.low,
        high=100 * cell.high,
        most=_most(cell.accuracy, cell.accuracy_high),
        n=cell.n,
        who=shown(run.judged.model),
        by=run.checker,
        source=run.source,
        partial=run.partial,
        recount=partial(_summary_accuracy, run),
    )


def _most(value: object, most: object) -> float | None:
    """In percent; None where it is the value itself."""
    return 100 * most if isinstance(most, float) and most != value else None


def _summary_accuracy(run: Run) -> float:
    row = run.judged.counts(run.checker)
    return 100 * int(row["right"]) / int(row["n"])


def thirds(found: Measurements, run: Run) -> dict[str, Measured]:
    """The accuracies in percent on short, medium and long questions."""
    parts = {}
    for row in found.analysed("accuracy", [run]):
        part = str(row["part"])
        if row["by"] == "question length":
            parts[part] = _of_row(run, row, partial(_third_accuracy, run, part))
    return parts


def _of_row(run: Run, row: Mapping[str, object], recount: partial[float]) -> Measured:
    value, low, high, n = (row[name] for name in ("accuracy", "low", "high", "answers"))
    assert isinstance(value, float) and isinstance(low, float) and isinstance(high, float)
    assert isinstance(n, int)
    return Measured(
        value=100 * value,
        low=100 * low,
        high=100 * high,
        most=_most(value, row["accuracy_high"]),
        n=n,
        who=shown(run.judged.model),
        by=run.checker,
        source=run.source,
        partial=run.partial,
        recount=recount,
    )


def right_by_problem(run: Run) -> dict[str, tuple[int, int]]:
    """Problem id -> (answers that are right, answers)."""
    return {key: (each.right, each.asked) for key, each in run.judged.answers(run.checker).items()}


def told_by_problem(run: Run) -> dict[str, tuple[int, int]]:
    """The same for the problems whose answers could all be told."""
    return {
        key: (each.right, each.asked)
        for key, each in run.judged.answers(run.checker).items()
        if not each.undecided + each.failed
    }


def ids_by_third(run: Run) -> dict[str, list[str]]:
    """The problems in three equal parts by the length of their questions in characters."""
    by_length = sorted(run.judged.run.problems(), key=lambda problem: len(problem.question))
    n = len(by_length)
    cuts = (0, n // 3, 2 * n // 3, n)
    return {
        name: [each.id for each in by_length[cuts[i] : cuts[i + 1]]]
        for i, name in enumerate(THIRDS)
    }


def _third_accuracy(run: Run, part: str) -> float:
    answers = right_by_problem(run)
    some = [answers[key] for key in ids_by_third(run)[part] if key in answers]
    return 100 * sum(right for right, _ in some) / sum(asked for _, asked in some)


def gap(found: Measurements, analysis: str, runs: tuple[Run | None, Run | None]) -> Measured | None:
    """Forward minus backward accuracy on linked problems in points, as an analysis reports it.

    None where a run is missing or the two share no model, no checker or no problem.
    """
    forward, backward = runs
    if forward is None or backward is None or forward.checker not in backward.judged.checkers:
        return None
    if forward.judged.model != backward.judged.model:
        return None
    other = replace(backward, checker=forward.checker)
    for row in found.analysed(analysis, [forward, other]):
        value, low, high, n = (row[name] for name in ("gap", "low", "high", "pairs"))
        assert isinstance(value, float) and isinstance(low, float) and isinstance(high, float)
        assert isinstance(n, int)
        return Measured(
            value=100 * value,
            low=100 * low,
            high=100 * high,
            n=n,
            who=shown(forward.judged.model),
            by=forward.checker,
            source=other.source,
            partial=forward.partial or other.partial,
            recount=lambda: 100 * pair_counts(forward, other).difference,
        )
    return None


def gained(before: Run | None, after: Run | None) -> Measured | None:
    """The second run's accuracy minus the first's in points, on the problems of both."""
    if before is None or after is None or before.checker != after.checker:
        return None
    one, two = told_by_problem(before), told_by_problem(after)
    shared = [key for key in one if key in two]
    if not shared:
        return None
    differences = [two[key][0] / two[key][1] - one[key][0] / one[key][1] for key in shared]
    low, high = mean_bounds(differences)
    return Measured(
        value=100 * sum(differences) / len(shared),
        low=100 * low,
        high=100 * high,
        n=len(shared),
        who=shown(after.judged.model),
        by=after.checker,
        source=after.source,
        partial=before.partial or after.partial,
        recount=lambda: _mean_right(after, shared) - _mean_right(before, shared),
    )


def _mean_right(run: Run, ids: Sequence[str]) -> float:
    """Percent, each problem the same, from the verdicts as they lie there."""
    rights: dict[str, list[bool]] = {key: [] for key in ids}
    for row in run.judged.verdict_rows(run.checker, VerdictKey):
        if row.problem_id in rights:
            rights[row.problem_id].append(row.outcome == "right")
    return 100 * sum(sum(each) / len(each) for each in rights.values()) / len(ids)


def pair_counts(forward: Run, backward: Run) -> Discordance:
    """How the first answers to linked problems differ; `gained` is right forward alone.

    Pairs with an answer that could not be told are left out. Raises ValueError when no pair
    is left.
    """
    told = [_first_told(forward), _first_told(backward)]
    twins = {each.id: each.meta.get("twin") for each in backward.judged.run.problems()}
    pairs = [
        (told[0][str(twin)], told[1][key])
        for key, twin in twins.items()
        if twin in told[0] and key in told[1]
    ]
    return Discordance(
        n=len(pairs),
        gained=sum(one and not two for one, two in pairs),
        lost=sum(two and not one for one, two in pairs),
    )


def _first_told(run: Run) -> dict[str, bool]:
    """Problem id -> whether its first answer is right, where that could be told."""
    return {
        row.problem_id: row.outcome == "right"
        for row in run.judged.verdict_rows(run.checker, VerdictKey)
        if row.sample == 0 and row.outcome not in ("undecided", "failed")
    }
