"""Arms of a training study on the templates that their problems were made from.

Problems of one template are variations of one problem: what an arm learns of one it learns of
all. So 500 problems of 12 templates say of other problems like them what 500 say, and of
other templates what 12 say. For n problems with the differences d_i of an arm to the
reference (means over seeds), in C templates,

    difference = mean of d_i, a fraction in [-1, 1]; more is better
    error^2    = C/(C-1) * sum_c (sum_(i in c) (d_i - difference))^2 / n^2 + s^2(seeds)/K

(the second where there are K > 1 seeds), with Student's 95 % interval, each term with its own
degrees of freedom. `better` and `worse` count the templates on which the arm has more right than
the reference, and less, whichever way undecided answers went; the interval holds both ways. One
template leaves everything open. The reference is the arm `SFT` where there is one, else the first
trained arm by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmeval.declare import Analysis
from mmeval.errors import DataError
from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.arms import Task, tasks
from mmeval.stats.seeds import over_seeds

if TYPE_CHECKING:
    import pandas as pd

REFERENCE = "SFT"
COLUMNS = (
    *(Column(name=name) for name in ("benchmark", "split", "checker", "arm")),
    Column(name="seeds", unit="models"),
    Column(name="templates", unit="templates"),
    Column(name="better", unit="templates"),
    Column(name="worse", unit="templates"),
    Column(name="difference", unit="fraction"),
    Column(name="low", unit="fraction"),
    Column(name="high", unit="fraction"),
)


def measure(frame: pd.DataFrame, facts: Sequence[Fact]) -> Report:
    """A row per task, checker and arm but the reference. Raises DataError as `trained_arms`
    does, where no problem says what template it was made from, and for a single arm."""
    rows: list[tuple[Scalar, ...]] = []
    sentences = []
    if frame["template"].isna().all() and len(frame):
        raise DataError(
            "no problem says what template it was made from; those of wordproblems and its kind do"
        )
    for task in tasks(frame, REFERENCE):
        known = task.answers.dropna(subset="template")
        templates = known.groupby("problem_id", sort=False)["template"].first()
        if templates.empty:
            continue
        own = {name: _row(task, name, templates) for name in task.shares if name != task.reference}
        rows += [(*task.key, name, *row) for name, row in own.items()]
        if own:
            sentences.append(_said(task, *max(own.items(), key=lambda item: item[1][4])))
    if not rows:
        raise DataError("there is one arm, and none to compare it with; name runs of another too")
    return Report(
        analysis=ANALYSIS.name,
        columns=COLUMNS,
        rows=tuple(rows),
        summary=". ".join(sentences) + ".",
        notes=(
            "Differences are paired by problem; what is undecided counts as not right in the "
            "difference, and either way in its interval and in what is better or worse.",
        ),
    )


Row = tuple[int, int, int, int, float, float, float]


def _row(task: Task, name: str, templates: pd.Series[str]) -> Row:
    least, seen, most = (each.loc[templates.index] for each in task.gaps(name))
    means = [
        over_seeds(each.to_numpy(dtype=float).tolist(), templates.tolist())
        for each in (least, seen, most)
    ]
    low, high = means[0].bounds()[0], means[2].bounds()[1]
    worst, best = (each.mean(axis=1).groupby(templates).mean() for each in (least, most))
    counts = (seen.shape[1], len(worst), int((worst > 0).sum()), int((best < 0).sum()))
    return (*counts, means[1].value, max(-1.0, low), min(1.0, high))


def _said(task: Task, name: str, row: Row) -> str:
    _, templates, better, _, value, low, high = row
    return (
        f"{task.key[0]} by {task.key[2]}: {name} is {100 * value:.1f} points above "
        f"{task.reference} ({100 * low:.1f} to {100 * high:.1f}), on {better} of {templates} "
        "templates"
    )


ANALYSIS = Analysis(
    name="arms_by_template",
    title="arms of a training study, problems of one template taken together",
    source="ours: errors clustered by template, for problems that were made from templates",
    measure=measure,
)
