"""Report folders: written whole, found by kind, never taken for a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.errors import DataError, MissingData
from mmeval.records import Column, Report
from mmeval.results.report_folder import ReportDir, find_reports
from mmeval.run_folder import find_runs

REPORT = Report(
    analysis="perplexity",
    columns=(Column(name="set"), Column(name="median", unit="perplexity")),
    rows=(("a", 1.5),),
    summary="a has 1.5.",
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    folder = ReportDir(tmp_path / "one")
    folder.start("perplexity", {"model": "m"})
    with pytest.raises(DataError, match="not finished"):
        folder.report()
    folder.write_rows([{"id": "a"}])
    folder.finish(REPORT)
    assert folder.report() == REPORT
    assert list(folder.rows()) == [{"id": "a"}]
    assert folder.measurement() == {
        "schema": 1,
        "kind": "perplexity",
        "status": "finished",
        "model": "m",
    }


def test_folders_are_found_by_kind_and_once(tmp_path: Path) -> None:
    for name, kind in (("b/x", "perplexity"), ("a", "perplexity"), ("c", "diversity")):
        ReportDir(tmp_path / name).start(kind, {})
    found = find_reports([tmp_path, tmp_path / "a"], "perplexity")
    assert [each.path for each in found] == [tmp_path / "a", tmp_path / "b" / "x"]


def test_a_report_folder_is_no_run(tmp_path: Path) -> None:
    ReportDir(tmp_path / "one").start("perplexity", {})
    with pytest.raises(DataError, match="not a run folder"):
        find_runs(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "not JSON"), ("[]", "expected a JSON object"), ('{"schema": 99}', "a newer mmeval")],
)
def test_an_edited_or_newer_folder_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "measurement.json").write_text(text)
    with pytest.raises(DataError, match=reason):
        ReportDir(tmp_path).measurement()
    with pytest.raises(MissingData, match=r"is .* a report folder"):
        ReportDir(tmp_path / "none").measurement()
