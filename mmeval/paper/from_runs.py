"""Measured numbers for cells, from runs, each with another way to count it for `--check`.

An accuracy is what the leaderboard says, counted from verdicts; its second way is the
summary that judging wrote. Thirds and gaps come from the analyses' reports; their second
way is a count in plain Python from the files. Of a training with several seeds, each number
is the mean over them, with the interval of `mmeval/stats/seeds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

from mmeval.paper.measured import Measured
from mmeval.paper.measurements import Measurements
from mmeval.paper.runs import Run, matched, on_one_rule
from mmeval.results.leaderboard import measure
from mmeval.results.linked import Linked
from mmeval.results.pairing import Gap, Terms, bounds, of_some, pair, paired_gaps
from mmeval.results.verdict_rows import ONE, Answers, VerdictKey
from mmeval.stats.intervals import wilson
from mmeval.stats.paired import Discordance
from mmeval.stats.seeds import over_seeds
from mmeval.text import shown

THIRDS = ("short", "medium", "long")


def accuracy(run: Run | None) -> Measured | None:
    """A run's accuracy in percent; None for no run."""
    if run is None:
        return None
    if run.others:
        return _pooled(run, list(run.seeds[0].judged.answers(run.checker)), _summary_accuracy)
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
    return 100 * row.right / row.n


def _pooled(run: Run, ids: Sequence[str], recounted: Callable[[Run], float]) -> Measured:
    """The mean accuracy of the seeds on some problems; `recounted` is that of one of them."""
    answers = [each.judged.answers(each.checker) for each in run.seeds]
    mean = over_seeds([[seed[key].low for seed in answers] for key in ids])
    most = fmean(fmean(seed[key].high for seed in answers) for key in ids)
    if mean.error:
        low, high = mean.bounds()
    else:  # all right or all wrong: as sure as one seed is
        right = sum(answers[0][key].low for key in ids)
        low, high = wilson(round(right), len(ids))
    return Measured(
        value=100 * mean.value,
        low=100 * max(0.0, low),
        high=100 * min(1.0, high),
        most=100 * most if most > mean.value + 1e-12 else None,
        n=sum(seed[key].asked for seed in answers for key in ids),
        who=shown(f"{run.judged.model}, {len(answers)} seeds"),
        by=run.checker,
        source=run.source,
        partial=run.partial,
        recount=lambda: fmean(map(recounted, run.seeds)),
    )


def thirds(evidence: Measurements, analysis: str, run: Run) -> dict[str, Measured]:
    """The accuracies in percent on short, medium and long questions, as an analysis reports
    them in its rows by question length."""
    if run.others:
        by_third = ids_by_third(run)
        return {
            part: _pooled(run, by_third[part], partial(_third_accuracy, part=part))
            for part in THIRDS
            if by_third[part]
        }
    parts = {}
    for row in evidence.analysed(analysis, [run]):
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
    answers = run.judged.answers(run.checker)
    some = [answers[key] for key in ids_by_third(run)[part] if key in answers]
    return 100 * sum(each.right for each in some) / sum(each.asked for each in some)


def gap(
    evidence: Measurements, analysis: str, runs: tuple[Run | None, Run | None]
) -> Measured | None:
    """Forward minus backward accuracy on linked problems in points, as an analysis reports it.

    None where a run is missing or the two share no model, no checker or no problem.
    """
    forward, backward = runs
    if forward is None or backward is None or forward.checker not in backward.judged.checkers:
        return None
    if forward.judged.model != backward.judged.model:
        return None
    other = replace(backward, checker=forward.checker)
    if forward.others or other.others:
        return _pooled_gap(forward, other)
    for row in evidence.analysed(analysis, [forward, other]):
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


def _pooled_gap(forward: Run, backward: Run) -> Measured | None:
    """The same over the seeds that were run in both directions."""
    both = matched(forward, backward)
    by_problem = linked_gaps(both)
    if not by_problem:
        return None
    low, high = linked_bounds(both, 0.95)
    return Measured(
        value=100 * fmean(gap.seen for row in by_problem.values() for gap in row),
        low=100 * low,
        high=100 * high,
        n=len(by_problem) * len(both),
        who=shown(f"{forward.judged.model}, {len(both)} seeds"),
        by=forward.checker,
        source=backward.source,
        partial=forward.partial or backward.partial,
        recount=lambda: 100 * fmean(_gap_of(each, set(by_problem)) for each in both),
    )


def _gap_of(both: tuple[Run, Run], pairs: set[str]) -> float:
    return fmean(gap.seen for key, (gap,) in linked_gaps([both]).items() if key in pairs)


def linked_gaps(both: Sequence[tuple[Run, Run]]) -> dict[str, list[Gap]]:
    """Id of a backward problem -> forward minus backward, right or not, of the first answers for
    each (forward, backward) of a seed; those that were asked in all of them."""
    return paired_gaps([(_first_answers(two), _twins_of(two, one)) for one, two in both])


def linked(both: Sequence[tuple[Run, Run]]) -> list[Linked]:
    """The linked first answers of each seed, of the pairs that were asked in all of them; empty
    where there is none."""
    ids = list(linked_gaps(both))
    sides = [(_twins_of(two, one), _first_answers(two)) for one, two in both]
    clusters = _clusters_of(both[0][1], ids)
    return [
        Linked(pairs=[(forth[key], back[key]) for key in ids], clusters=clusters)
        for forth, back in sides
        if ids
    ]


def _clusters_of(run: Run, ids: Sequence[str]) -> list[str]:
    clusters = run.judged.clusters()
    return [clusters.of[key] for key in ids] if clusters else list(ids)


def linked_bounds(both: Sequence[tuple[Run, Run]], level: float) -> tuple[float, float]:
    """(low, high) of forward minus backward, in [-1, 1], as `gap_bounds` has it of two arms."""
    by_problem = linked_gaps(both)
    of = _clusters_of(both[0][1], list(by_problem))
    over = _seeds_bounds(list(by_problem.values()), of, level) if len(both) > 1 else None
    return over or linked(both)[0].gap(level)[1:]


def _seeds_bounds(
    rows: Sequence[Sequence[Gap]], clusters: Sequence[str], level: float
) -> tuple[float, float] | None:
    """Of rows of problems with a gap a seed; None where nothing differs."""
    low, high = (
        over_seeds([[gap[end] for gap in row] for row in rows], clusters) for end in (0, 2)
    )
    if not (low.error or high.error):
        return None
    return max(-1.0, low.bounds(level)[0]), min(1.0, high.bounds(level)[1])


def gaps(both: Sequence[tuple[Run, Run]]) -> dict[str, list[Gap]]:
    """Problem id -> second minus first share of right answers for each (first, second) of a
    seed; the problems that all were asked."""
    return paired_gaps(
        [(one.judged.answers(one.checker), two.judged.answers(two.checker)) for one, two in both]
    )


def gap_bounds(
    both: Sequence[tuple[Run, Run]], level: float, ids: Collection[str] | None = None
) -> tuple[float, float]:
    """(low, high) of second minus first, in [-1, 1]: over seeds where there are several, else of
    the problems alone; either end with the undecided answers all its way, and clustered where
    problems hang together. `ids` takes some of the problems."""
    if len(both) > 1:
        rows = {key: row for key, row in gaps(both).items() if ids is None or key in ids}
        of = _clusters_of(both[0][0], list(rows))
        if over := _seeds_bounds(list(rows.values()), of, level):
            return over
    (one, two), *_ = both
    terms = Terms(checkers=(one.checker,), common=True, partial=True)
    pairing = pair(one.judged, two.judged, terms)
    return bounds(pairing if ids is None else of_some(pairing, ids), level)


def mean_gap(before: Run, after: Run) -> Gap | None:
    """The second run's accuracy minus the first's, in [-1, 1], by a rule that reads both; None
    where there is none, or no problem in common."""
    same = on_one_rule(before, after)
    rows = list(gaps(matched(*same)).values()) if same else []
    if not rows:
        return None
    return Gap(*(fmean(gap[end] for row in rows for gap in row) for end in range(3)))


def gained(before: Run | None, after: Run | None) -> Measured | None:
    """The second run's accuracy minus the first's in points, on the problems of both."""
    same = on_one_rule(before, after) if before and after else None
    if same is None:
        return None
    before, after = same
    both = matched(before, after)
    by_problem = gaps(both)
    if not by_problem:
        return None
    rows = [[gap.seen for gap in row] for row in by_problem.values()]
    low, high = gap_bounds(both, 0.95)
    return Measured(
        value=100 * fmean(map(fmean, rows)),
        low=100 * max(-1.0, low),
        high=100 * min(1.0, high),
        n=len(rows),
        who=shown(after.judged.model),
        by=after.checker,
        source=after.source,
        partial=before.partial or after.partial,
        recount=lambda: fmean(
            _mean_right(two, list(by_problem)) - _mean_right(one, list(by_problem))
            for one, two in both
        ),
    )


def _mean_right(run: Run, ids: Sequence[str]) -> float:
    """Percent, each problem the same, from the verdicts as they lie there."""
    rights: dict[str, list[bool]] = {key: [] for key in ids}
    for row in run.judged.verdict_rows(run.checker, VerdictKey):
        if row.problem_id in rights:
            rights[row.problem_id].append(row.outcome == "right")
    return 100 * sum(sum(each) / len(each) for each in rights.values()) / len(ids)


def pair_counts(forward: Run, backward: Run) -> Discordance:
    """How the first answers to linked problems differ; `gained` is right forward alone, and
    undecided answers count as not right. Raises ValueError when no pair was asked."""
    return Discordance.of([gap.seen for (gap,) in linked_gaps([(forward, backward)]).values()])


def _twins_of(backward: Run, forward: Run) -> dict[str, Answers]:
    """Id of a backward problem -> the first answer to its forward twin, where it has one."""
    answers = _first_answers(forward)
    twins = {each.id: str(each.meta.get("twin")) for each in backward.judged.run.problems()}
    return {key: answers[twin] for key, twin in twins.items() if twin in answers}


def _first_answers(run: Run) -> dict[str, Answers]:
    """Problem id -> what was said of its first answer."""
    return {
        row.problem_id: ONE[row.outcome]
        for row in run.judged.verdict_rows(run.checker, VerdictKey)
        if row.sample == 0
    }
