"""One call of `mmeval augment`: questions -> steps -> rows, counted at every stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mmeval.answers.checker import Checker
from mmeval.augmenting import answers, fobar, rejection, rephrasing, self_verification
from mmeval.augmenting.keep import BARE, DUPLICATE, MadeRow, Sieved, rows_of, sieve
from mmeval.augmenting.masks.mask import Rule, Style
from mmeval.augmenting.self_verification import Clause
from mmeval.augmenting.steps import Cost, Maker, Making, maker
from mmeval.environment import own_version
from mmeval.errors import ConfigError
from mmeval.problems.backward_words import Wording
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.progress import Watch
from mmeval.records import Column, Problem, Report, Scalar
from mmeval.results.report_folder import ReportDir
from mmeval.text import percent
from mmeval.training_data.overlap.guard import Guard

MEASUREMENT = "augmentation"
"""The kind of its report folder."""
OVERLAPS = "holds a problem of a test set"
KEPT = "kept"
RIGHT = (DUPLICATE, BARE, rejection.WRONG_CALCULATION, rejection.SAME_EQUATIONS)
"""Why an answer is dropped that the checker calls right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which augmentation, and how."""

    kind: str
    """`answers`, `rephrase`, `fobar`, `self-verify` or `reject`."""
    style: Style
    checker: Checker
    samples: int
    """Of the first step, per question."""
    answers: int = 1
    """Of the second step, per question that was made."""
    rule: Rule
    rule_name: str
    clause: Clause = "published"
    wording: Wording = "to"
    prompt: PromptTemplate | None = None
    """For rejection sampling: the prompt that the model was tuned with; else None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What happened to everything that one step gave, or that was made of it."""

    name: str
    kept: int
    dropped: Mapping[str, int]

    @property
    def asked(self) -> int:
        """Kept and dropped."""
        return self.kept + sum(self.dropped.values())


@dataclass(slots=True)
class _Work:
    """A call in progress: each step adds its stage."""

    maker: Maker
    wanted: Wanted
    chat: bool
    stages: list[Stage]

    def sieved(self, name: str, sieved: Sieved) -> None:
        self.stages.append(Stage(name=name, kept=len(sieved.kept), dropped=sieved.dropped))

    def made(self, name: str, kept: int, dropped: Counter[str]) -> None:
        self.stages.append(Stage(name=name, kept=kept, dropped=dropped))


def make(making: Making, wanted: Wanted, guard: Guard, watch: Watch) -> Report:
    """Asks the model, keeps what checks out, writes `rows.jsonl` and the report, and returns
    the report. The same call again resumes where it stopped, and filters again by `checker`.

    Raises DataError where a question is of a test set, and whatever a run raises.
    """
    problems = guard.clean_questions(making.source.problems)
    near = len(making.source.problems) - len(problems)
    stages = [Stage(name="questions", kept=len(problems), dropped={OVERLAPS: near})] if near else []
    _require(problems, "question")
    folder = ReportDir(making.folder)
    with maker(making, watch) as asking:
        work = _Work(asking, wanted, making.chat, stages)
        made = _KINDS[wanted.kind](work, tuple(problems))
        folder.start(MEASUREMENT, _facts(making, wanted, guard, asking.model_facts()))
    rows = list(dict.fromkeys(made))
    compared = guard.compare(row.training_row() for row in rows)
    clean = [row for row, (_, found) in zip(rows, compared, strict=True) if not found]
    overlapping, again = len(rows) - len(clean), len(made) - len(rows)
    lost = {OVERLAPS: overlapping, "a duplicate row": again}
    work.stages.append(
        Stage(name="rows", kept=len(clean), dropped={k: n for k, n in lost.items() if n})
    )
    report = report_of(wanted, work.stages, asking.costs, guard)
    folder.write_rows(row.to_row() for row in clean)
    folder.finish(report)
    return report


def _answer_rows(work: _Work, problems: tuple[Problem, ...]) -> list[MadeRow]:
    wanted = work.wanted
    step = answers.step(problems, wanted.style, wanted.samples, work.chat)
    rows, sieved = answers.keep(step.problems, work.maker.ask(step), wanted.checker, wanted.style)
    work.sieved("answers", sieved)
    return rows


def _rephrased_rows(work: _Work, problems: tuple[Problem, ...]) -> list[MadeRow]:
    wanted = work.wanted
    first = rephrasing.step(problems, wanted.style, wanted.samples, work.chat)
    made, dropped = rephrasing.reworded(problems, work.maker.ask(first))
    work.made("rephrased questions", len(made), dropped)
    _require(made, "rephrased question")
    second = answers.step(made, wanted.style, wanted.answers, work.chat)
    sieved = sieve(made, work.maker.ask(second), wanted.checker)
    work.sieved("answers", sieved)
    return list(rows_of(sieved.kept, rephrasing.KIND, wanted.style))


def _fobar_rows(work: _Work, problems: tuple[Problem, ...]) -> list[MadeRow]:
    wanted = work.wanted
    made = fobar.backward(problems, wanted.style, wanted.rule, wanted.wording)
    _require(made, "number that can be hidden")
    step = fobar.step(made, wanted.style, wanted.samples, work.chat)
    sieved = sieve(made, work.maker.ask(step), wanted.checker)
    work.sieved("answers", sieved)
    return list(rows_of(sieved.kept, fobar.KIND, wanted.style))


def _verified_rows(work: _Work, problems: tuple[Problem, ...]) -> list[MadeRow]:
    wanted = work.wanted
    clauses = self_verification.to_rewrite(problems, wanted.style, wanted.rule, wanted.clause)
    _require(clauses, "number that can be hidden")
    first = self_verification.rewrite_step(clauses, wanted.style, wanted.samples, work.chat)
    made, dropped = self_verification.rewritten(clauses, work.maker.ask(first), wanted.style)
    work.made("statements", len(made), dropped)
    _require(made, "statement")
    second = self_verification.answer_step(made, wanted.style, work.chat, wanted.answers)
    sieved = sieve(made, work.maker.ask(second), wanted.checker)
    work.sieved("answers", sieved)
    return list(rows_of(sieved.kept, self_verification.KIND, wanted.style))


def _rejected_rows(work: _Work, problems: tuple[Problem, ...]) -> list[MadeRow]:
    wanted = work.wanted
    assert wanted.prompt is not None
    step = rejection.step(problems, wanted.prompt, wanted.samples)
    rows, sieved = rejection.keep(step.problems, work.maker.ask(step), wanted.checker, wanted.style)
    work.sieved("paths", sieved)
    return rows


_KINDS: Mapping[str, Callable[[_Work, tuple[Problem, ...]], list[MadeRow]]] = {
    "answers": _answer_rows,
    "rephrase": _rephrased_rows,
    "fobar": _fobar_rows,
    "self-verify": _verified_rows,
    "reject": _rejected_rows,
}
KINDS = tuple(_KINDS)


def _require(made: list[Problem], what: str) -> None:
    if not made:
        raise ConfigError(f"nothing is left to ask: no {what} was produced")


def _facts(
    making: Making, wanted: Wanted, guard: Guard, model: Mapping[str, Any]
) -> Mapping[str, Any]:
    """How the rows were made, beyond what the manifests of the steps say."""
    data = making.source.data
    return {
        "command": making.command,
        "augmentation": wanted.kind,
        "style": wanted.style,
        "rule": wanted.rule_name,
        "clause": wanted.clause,
        "wording": wanted.wording,
        "checker": wanted.checker.name,
        "model": dict(model),
        "questions": {
            "source": data.source,
            "content_sha256": data.content_sha256,
            "asked": len(data.problems),
            "total": data.total,
        },
        "kept_out": guard.names,
        "kept_out_by": guard.embedder,
        "mmeval": own_version(),
    }


def report_of(wanted: Wanted, stages: list[Stage], costs: list[Cost], guard: Guard) -> Report:
    """What was kept and dropped, stage by stage, and what it cost."""
    rows: list[tuple[Scalar, ...]] = []
    for stage in stages:
        parts = [(KEPT, stage.kept), *sorted(stage.dropped.items(), key=lambda each: -each[1])]
        rows += [
            (stage.name, what, count, count / stage.asked if stage.asked else None)
            for what, count in parts
            if count or what == KEPT
        ]
    answered, last = stages[-2], stages[-1]
    right = answered.kept + sum(answered.dropped.get(what, 0) for what in RIGHT)
    rate = percent(right / answered.asked if answered.asked else None)
    kept_out = ", ".join(guard.names) or "nothing: overlap was allowed"
    return Report(
        analysis=MEASUREMENT,
        columns=(
            Column(name="stage"),
            Column(name="what"),
            Column(name="count", unit="items"),
            Column(name="share", unit="fraction"),
        ),
        rows=tuple(rows),
        summary=(
            f"{last.kept:,} rows of {answered.asked:,} answers; {rate} of the answers are right "
            f"by {wanted.checker.name}."
        ),
        notes=(*map(_cost_line, costs), f"Kept out: {kept_out}.", *guard.caveats()),
    )


def _cost_line(cost: Cost) -> str:
    tokens = (
        f"{cost.prompt_tokens:,} prompt and {cost.tokens:,} generated tokens"
        if cost.prompt_tokens is not None and cost.tokens is not None
        else "tokens unknown"
    )
    failed = f", {cost.failed:,} of them failed" if cost.failed else ""
    return f"{cost.step}: {cost.generations:,} answers{failed}, {tokens}, {cost.seconds:,.1f} s."
