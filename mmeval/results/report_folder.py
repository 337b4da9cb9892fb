"""A report folder: what a measurement of data found, and how it was made.

    measurement.json   the kind (`perplexity`, `diversity`, ...), command, versions, model,
                       data hashes, settings; written first as `running`
    rows.jsonl         one line an item, so that a summary can be made again
    report.json        the `records.Report`
    NAME.json          further tables of some kinds (`curve`, `overlap`), Reports too

It stands beside run folders and is never taken for one: it has no manifest.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.errors import DataError, MissingData
from mmeval.records import Report, from_row, to_row

MEASUREMENT_FILE = "measurement.json"
SCHEMA = 1
"""The version of everything in a report folder. Readers accept every value up to it."""


@dataclass(frozen=True, slots=True)
class ReportDir:
    """The files of one measurement."""

    path: Path

    @property
    def measurement_file(self) -> Path:
        """How it was made."""
        return self.path / MEASUREMENT_FILE

    @property
    def rows_file(self) -> Path:
        """One line an item."""
        return self.path / "rows.jsonl"

    @property
    def report_file(self) -> Path:
        """What it found."""
        return self.path / "report.json"

    def exists(self) -> bool:
        """Whether a measurement was started here."""
        return self.measurement_file.is_file()

    def start(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Writes how it is made, with the status `running`."""
        self._write(self.measurement_file, _head(kind) | {"status": "running"} | dict(facts))

    def finish(self, report: Report) -> None:
        """Writes what was found, then the status `finished`."""
        self._write(self.report_file, to_row(report))
        self._write(self.measurement_file, self.measurement() | {"status": "finished"})

    def write_part(self, name: str, report: Report) -> None:
        """Writes a second table, `NAME.json`; before `finish`."""
        self._write(self.path / f"{name}.json", to_row(report))

    def write_part_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes the items of a second table, `NAME.jsonl`."""
        jsonl.write_rows(self.path / f"{name}.jsonl", rows)

    def parts(self) -> list[str]:
        """The names of the second tables."""
        taken = {MEASUREMENT_FILE, self.report_file.name}
        return sorted(each.stem for each in self.path.glob("*.json") if each.name not in taken)

    def part(self, name: str) -> Report:
        """A second table. Raises MissingData when this measurement has none of that name."""
        return from_row(Report, self._read(self.path / f"{name}.json"))

    def measurement(self) -> dict[str, Any]:
        """How it was made. Raises MissingData or DataError when that cannot be read."""
        facts = self._read(self.measurement_file)
        if not isinstance(facts.get("schema"), int) or facts["schema"] > SCHEMA:
            raise DataError(
                f"{self.measurement_file}: written with schema {facts.get('schema')!r}, this "
                f"mmeval reads up to {SCHEMA}; a newer mmeval reads it"
            )
        return facts

    def report(self) -> Report:
        """What it found. Raises DataError when it is not finished or was edited."""
        if self.measurement().get("status") != "finished":
            raise DataError(f"{self.path}: this measurement is not finished; run it again")
        return from_row(Report, self._read(self.report_file))

    def rows(self) -> Iterator[dict[str, Any]]:
        """The items, without a torn last line."""
        if self.rows_file.is_file():
            for _, row in jsonl.read_rows(self.rows_file, torn_tail=True):
                yield row

    def write_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Replaces the items atomically."""
        jsonl.write_rows(self.rows_file, rows)

    def _write(self, path: Path, value: Mapping[str, Any]) -> None:
        jsonl.write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    def _read(self, path: Path) -> dict[str, Any]:
        if not path.is_file():
            raise MissingData(f"no file at {path}; is {self.path} a report folder?")
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: not JSON ({error}); was it edited?") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}: expected a JSON object, found {type(row).__name__}")
        return row


def _head(kind: str) -> dict[str, Any]:
    return {"schema": SCHEMA, "kind": kind}


def find_reports(paths: Sequence[Path], kind: str) -> list[ReportDir]:
    """The report folders of a kind at the paths or anywhere below them, sorted, each once."""
    found = {file.parent for path in paths for file in named_below(path, MEASUREMENT_FILE)}
    folders = [ReportDir(path) for path in sorted(found)]
    return [each for each in folders if each.measurement().get("kind") == kind]


def named_below(folder: Path, name: str) -> Iterator[Path]:
    """The files of that name in a folder and below it, sorted by folder. Folders that are links
    are followed, as people put runs together by them, but none is entered twice."""
    entered: set[Path] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        here = Path(place)
        if (own := here.resolve()) in entered:
            folders.clear()
            continue
        entered.add(own)
        folders.sort()
        if name in files:
            yield here / name
