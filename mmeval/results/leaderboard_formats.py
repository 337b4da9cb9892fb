"""A leaderboard for other programs: markdown, CSV, JSON, a model card's evaluation block,
and the results file that lm-evaluation-harness writes. The same runs give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from statistics import NormalDist
from typing import Any

from mmeval import catalog
from mmeval.errors import MmevalError
from mmeval.records import to_row
from mmeval.results.judged import JudgedRun
from mmeval.results.leaderboard import LEVEL, PUBLISHED, Cell, Entry, Head, Leaderboard, measure
from mmeval.text import csv_cell, markdown_cell, markdown_table

SCHEMA = 1
"""The version of a leaderboard as JSON."""
CELL_FIELDS = ("accuracy", "low", "high", "accuracy_high", "no_answer", "n", "problems", "total")


def markdown(board: Leaderboard) -> str:
    """A table a task, with accuracy, interval and rank by each checker; then one table of all
    rows that are quoted alone, in italics and folded where a page can fold."""
    lines: list[str] = []
    for task in dict.fromkeys(head.task for head in board.heads):
        heads = [head for head in board.heads if head.task == task]
        rows = [each for each in ranked(board, heads) if each.measured]
        if any(head.checker != PUBLISHED for head in heads):
            lines += [f"### {markdown_cell(task_name(task))}", "", *_table(heads, rows), ""]
    quoted = [entry for entry in board.entries if not entry.measured]
    if quoted:
        heads = [head for head in board.heads if head.checker == PUBLISHED]
        lines += ["<details>", f"<summary>Quoted, not measured: {len(quoted)} rows</summary>", ""]
        lines += [*_table(heads, quoted), "", "</details>", ""]
    return "\n".join([*lines, *(f"- {line}" for line in legend(board))]) + "\n"


def task_name(task: tuple[str, str, str]) -> str:
    """`gsm8k test`, or `hendrycks_math test: 721 of 5,000 problems, those in the file`."""
    benchmark, split, part = task
    return f"{benchmark} {split}" + (f": {part}" if part else "")


def ranked(board: Leaderboard, heads: Sequence[Head]) -> list[Entry]:
    """The rows that have a number under some heads: best first by their best number, for a
    checker that reads none of a model's answers says nothing of it; quoted rows last."""

    def best(entry: Entry) -> float:
        cells = [entry.cells[head] for head in heads if head in entry.cells]
        own = (cell.accuracy for cell in cells if not (entry.measured and cell.source))
        return max(own, default=0.0)

    found = [each for each in board.entries if any(head in each.cells for head in heads)]
    return sorted(found, key=lambda entry: (not entry.measured, -best(entry)))


def _table(heads: Sequence[Head], rows: Sequence[Entry]) -> list[str]:
    """Columns are checkers; of quoted rows, what their table groups them under, and tasks."""
    quoted = not rows[0].measured
    first = ["model", "group"] if quoted else ["model"]
    names = [task_name(head.task) if quoted else head.checker for head in heads]
    lines = []
    for entry in rows:
        cells = [short(entry.cells.get(head)) for head in heads]
        name, group = markdown_cell(entry.model), markdown_cell(entry.group)
        named = [f"*{name}*", group] if quoted else [name]
        lines.append([*named, *cells])
    return list(markdown_table([*first, *map(markdown_cell, names)], lines, len(heads)))


def short(cell: Cell | None) -> str:
    """`66.8 (64.2-69.3) #2-3`: percent, 95 % interval, ranks; italics where quoted."""
    if cell is None:
        return ""
    if cell.low is None or cell.high is None:
        return f"*{100 * cell.accuracy:.1f}*"
    text = f"{100 * cell.accuracy:.1f}{marks(cell)}"
    interval = f"({100 * cell.low:.1f}-{100 * cell.high:.1f}){at_most(cell)}"
    return f"{text} {interval} {ranks(cell)}".rstrip()


def marks(cell: Cell) -> str:
    """The signs behind a number; `legend` says what they mean."""
    return (
        ("" if cell.whole else "†") + ("‡" if cell.unread else "") + ("§" if cell.revision else "")
    )


def at_most(cell: Cell) -> str:
    """` ≤ 93.0`, where answers are undecided; else nothing."""
    return f" ≤ {100 * (cell.accuracy_high or 0.0):.1f}" if _untold(cell) else ""


def ranks(cell: Cell) -> str:
    """`#2`, or `#2-3` where the intervals leave more than one rank open."""
    if cell.ranks is None:
        return ""
    best, worst = cell.ranks
    return f"#{best}" if best == worst else f"#{best}-{worst}"


def legend(board: Leaderboard) -> list[str]:
    """What the signs mean, and where quoted numbers stand."""
    cells = [cell for entry in board.entries for cell in entry.cells.values()]
    lines = [
        "Percent right, with the 95 % interval and the ranks left open when all pairs of models "
        "are told apart at 95 % together; `mmeval compare` tells two apart much better."
    ]
    if any(cell.n and cell.ranks is None and not cell.unread for cell in cells):
        lines.append("No rank where the runs of a column were asked different problems.")
    if any(cell.source is None and not cell.whole for cell in cells):
        lines.append("† not all problems of the published split.")
    for words in sorted({cell.clustered for cell in cells if cell.clustered}):
        lines.append(f"Where problems are not independent, intervals are clustered {words}.")
    if any(cell.unread for cell in cells):
        lines.append(
            "‡ the checker found no answer in most of the texts: its rule reads another form of "
            "answer than this model gives."
        )
    lines += sorted({f"§ {cell.revision}." for cell in cells if cell.revision})
    if any(map(_untold, cells)):
        lines.append("≤ what it would be if every undecided answer were right.")
    sources = dict.fromkeys(cell.source for cell in cells if cell.source)
    if sources:
        lines.append(f"*Quoted, not measured here*: {'; '.join(map(str, sources))}.")
    return lines


def _untold(cell: Cell) -> bool:
    return cell.accuracy_high is not None and cell.accuracy_high > cell.accuracy


def csv_text(board: Leaderboard) -> str:
    """One line per number; fractions, empty where there is no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    fixed = ("model", "measured", *Head._fields)
    writer.writerow([*fixed, *CELL_FIELDS, "rank_best", "rank_worst", "source"])
    for entry, head, cell in numbers(board):
        values = (getattr(cell, name) for name in CELL_FIELDS)
        best, worst = cell.ranks or (None, None)
        row = [entry.model, entry.measured, *head, *values, best, worst, cell.source]
        writer.writerow(["" if value is None else csv_cell(value) for value in row])
    return out.getvalue()


def json_text(board: Leaderboard) -> str:
    """All that is known of every number."""
    rows = [
        {"model": entry.model, "measured": entry.measured, "group": entry.group}
        | dict(zip(Head._fields, head, strict=True))
        | to_row(cell)
        for entry, head, cell in numbers(board)
    ]
    return json.dumps({"schema": SCHEMA, "rows": rows}, ensure_ascii=False) + "\n"


def numbers(board: Leaderboard) -> list[tuple[Entry, Head, Cell]]:
    """Every number with its row and its column."""
    return [
        (entry, head, entry.cells[head])
        for entry in board.entries
        for head in board.heads
        if head in entry.cells
    ]


def model_card(board: Leaderboard) -> str:
    """The `model-index` of a Hugging Face model card, one model after the other, as YAML."""
    import yaml

    index = []
    for entry in board.entries:
        if entry.measured:
            measured = [head for head in board.heads if head.checker != PUBLISHED]
            results = [
                _card_result(head, entry.cells[head]) for head in measured if head in entry.cells
            ]
            index.append({"name": entry.model, "results": results})
    return yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True)


def _card_result(head: Head, cell: Cell) -> dict[str, Any]:
    """The fields that the hub's specification requires, and those it has room for."""
    benchmark = _declared(head.benchmark)
    dataset = {
        "type": (benchmark and benchmark.hub_id) or head.benchmark,
        "name": head.benchmark,
        "split": head.split,
    }
    if benchmark and benchmark.hub_revision:
        dataset["revision"] = benchmark.hub_revision
    metric = {
        "type": "accuracy",
        "value": round(100 * cell.accuracy, 2),
        "name": f"accuracy by {head.checker}, percent",
        "args": {
            "checker": head.checker,
            "answers": cell.n,
            "problems": cell.problems,
            "problems_in_split": cell.total,
            **({"part": head.part} if head.part else {}),
            "low": _percent(cell.low),
            "high": _percent(cell.high),
        },
        "verified": False,
    }
    task = {"type": "text-generation", "name": "mathematical reasoning"}
    return {"task": task, "dataset": dataset, "metrics": [metric]}


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def _declared(name: str) -> Any:
    """The benchmark of that name; None for one that is no longer there."""
    try:
        return catalog.find("benchmarks", name)
    except MmevalError:
        return None


def lm_eval_results(runs: Sequence[JudgedRun]) -> dict[str, Any]:
    """What lm-evaluation-harness would write for these runs of one model.

    A checker is a filter: `exact_match,metamath-gsm8k/1`. Its standard error is half the
    width of our interval over the normal quantile, so that its viewers draw about ours.
    """
    results: dict[str, Any] = {
        key: {}
        for key in (
            "results",
            "group_subtasks",
            "configs",
            "versions",
            "n-shot",
            "higher_is_better",
            "n-samples",
        )
    }
    for run in runs:
        name = run.task[0] if run.task[1] == "test" else "_".join(run.task)
        manifest = run.manifest
        rows: dict[str, str | float] = {"alias": name}
        for checker in run.checkers:
            cell = measure(run, checker)
            half = ((cell.high or 0.0) - (cell.low or 0.0)) / 2
            rows[f"exact_match,{checker}"] = cell.accuracy
            rows[f"exact_match_stderr,{checker}"] = half / NormalDist().inv_cdf((1 + LEVEL) / 2)
        results["results"][name] = rows
        results["group_subtasks"][name] = []
        results["configs"][name] = _lm_eval_config(run, name)
        results["versions"][name] = 1
        results["n-shot"][name] = manifest.shots
        results["higher_is_better"][name] = {"exact_match": True}
        results["n-samples"][name] = {
            "original": manifest.data.total,
            "effective": manifest.data.problems,
        }
    first = runs[0].manifest
    created = datetime.fromisoformat(first.created)
    return results | {
        "config": {
            "model": first.engine.name,
            "model_args": {"pretrained": first.model.name, "dtype": first.engine.dtype},
            "limit": None,
            "gen_kwargs": None,
        },
        "date": created.timestamp(),
        "model_source": first.engine.name,
        "model_name": runs[0].model,
        "model_name_sanitized": sanitized(runs[0].model),
        "mmeval_version": first.versions.get("mmeval"),
    }


def _lm_eval_config(run: JudgedRun, name: str) -> dict[str, Any]:
    manifest, benchmark = run.manifest, _declared(run.task[0])
    sampling = manifest.sampling
    return {
        "task": name,
        "dataset_path": (benchmark and benchmark.hub_id) or run.task[0],
        "test_split": run.task[1],
        "output_type": "generate_until",
        "num_fewshot": manifest.shots,
        "repeats": manifest.samples,
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "generation_kwargs": {
            "until": list(sampling.stop),
            "do_sample": sampling.temperature > 0,
            "temperature": sampling.temperature,
            "max_gen_toks": sampling.max_tokens,
        },
        "metadata": {"version": 1, "data_sha256": manifest.identity.get("data_sha256")},
    }


def sanitized(model: str) -> str:
    """A model's label as a folder's name."""
    kept = "".join(each if each.isalnum() or each in "-._" else "_" for each in model)
    return kept.strip(".") or "model"
