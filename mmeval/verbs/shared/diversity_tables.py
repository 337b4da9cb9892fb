"""What `mmeval diversity` prints of a report folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmeval.records import Report
from mmeval.results.report_folder import ReportDir
from mmeval.text import percent, shown
from mmeval.training_data.rows import DataFile, read_file
from mmeval.verbs.shared.grid import Grid, grid_lines, wrapped


def as_object(folder: ReportDir) -> dict[str, dict[str, Any]]:
    """Set -> number of items, and for each kind of text its gain and interval."""
    report = folder.report()
    names = [column.name for column in report.columns]
    sets: dict[str, dict[str, Any]] = {}
    for row in report.rows:
        cells = dict(zip(names, row, strict=True))
        entry = sets.setdefault(str(cells.pop("set")), {"n": cells["n"]})
        text = str(cells.pop("text"))
        entry[text] = {key: value for key, value in cells.items() if key != "n"}
    if "overlap" in folder.parts():
        for entry in sets.values():
            entry["overlap"] = {}
        for name, against, kind, rows, problems, giving, _ in folder.part("overlap").rows:
            kinds = sets[str(name)]["overlap"].setdefault(against, {})
            kinds[kind] = {"rows": rows, "problems": problems, "giving_the_answer": giving}
    return sets


def lines(folder: ReportDir, width: int) -> Iterator[str]:
    """The tables and what to know about them."""
    for number, name in enumerate((None, *folder.parts())):
        report = folder.report() if name is None else folder.part(name)
        if number:
            yield ""
        yield from grid_lines(grid_of(report), width)
        yield ""
        for sentence in (report.summary, *report.notes):
            yield from wrapped(shown(sentence), width)


def grid_of(report: Report) -> Grid:
    """A report's table without the columns that nothing stands in."""
    kept = [i for i in range(len(report.columns)) if any(row[i] is not None for row in report.rows)]
    columns = [report.columns[i] for i in kept]
    return Grid(
        heads=[column.name.replace("_", " ").replace(" ", "\n") for column in columns],
        rows=[[_cell(row[i], report.columns[i].unit) for i in kept] for row in report.rows],
        right=[bool(column.unit) for column in columns],
        names=next((i for i, column in enumerate(columns) if column.unit), len(columns)),
    )


def _cell(value: Any, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "fraction":
        return percent(value)
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def neighbour_lines(folder: ReportDir, files: Sequence[DataFile], count: int) -> Iterator[str]:
    """The farthest items of each set and text, and what they are nearest to."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in folder.rows():
        groups.setdefault((row["set"], row["text"]), []).append(row)
    chosen = {
        key: sorted(rows, key=lambda row: (-row["distance"], row["id"]))[:count]
        for key, rows in groups.items()
    }
    wanted = {row[end] for rows in chosen.values() for row in rows for end in ("id", "neighbour")}
    questions = _questions(files, wanted)
    for (name, text), rows in chosen.items():
        yield ""
        yield f"{shown(name)}, {text}: the farthest from the base"
        for row in rows:
            yield f"  {row['distance']:.4f}  {row['id']}  {questions[row['id']]}"
            yield f"          {row['neighbour']}  {questions[row['neighbour']]}"


def _questions(files: Sequence[DataFile], wanted: set[str]) -> dict[str, str]:
    """The beginnings of the questions of these rows."""
    questions = dict.fromkeys(wanted, "")
    for file in files:
        for row in read_file(file, responses=False):
            if row.id in wanted:
                questions[row.id] = shown(" ".join(row.query.split()))[:48]
    return questions
