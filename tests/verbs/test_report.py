"""`mmeval report`: what it prints, what it refuses, and reports from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mmeval.cli import mmeval as cli
from mmeval.errors import ConfigError, DataError, MissingData, UserError
from mmeval.records import Column, Report, to_row
from tests.builders.made_runs import Made, make_run
from tests.builders.report_sites import folder_of, two_runs


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two models on one task."""
    return two_runs(tmp_path / "runs")


def call(*args: str | Path) -> str:
    done = CliRunner().invoke(cli, ["report", *map(str, args)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_says_what_was_written(runs: Path, tmp_path: Path) -> None:
    printed = call(runs, "--out", tmp_path / "site", "--no-text-of", runs / "two")
    assert f"{tmp_path / 'site' / 'index.html'}: 2 runs, 8 problems" in printed
    assert "texts left out: two" in printed


def test_as_json(runs: Path, tmp_path: Path) -> None:
    made = json.loads(call(runs, "--out", tmp_path / "site", "--json"))
    assert made["runs"] == 2
    assert made["files"] == len(folder_of(tmp_path / "site"))


def test_a_title_and_a_further_report_are_on_the_index(runs: Path, tmp_path: Path) -> None:
    columns = (Column(name="data"), Column(name="nats", unit="nats"))
    rows = (("answers <b>", 1.5), ("questions", 2.5))
    extra = Report(analysis="perplexity", columns=columns, rows=rows, summary="Low & high.")
    (tmp_path / "extra.json").write_text(json.dumps(to_row(extra)))
    call(runs, "--out", tmp_path / "site", "--title", "Ours", "--with", tmp_path / "extra.json")
    page = (tmp_path / "site" / "index.html").read_text()
    for piece in ("<h1>Ours</h1>", "answers &lt;b&gt;", "Low &amp; high.", "2.5"):
        assert piece in page


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, '{"rows": ' + "[" * 900 + "]" * 900])
def test_a_further_report_that_is_too_deep_or_too_large_is_one_line(
    runs: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "extra.json").write_text(text)
    args = ["report", str(runs), "--out", str(tmp_path / "site")]
    done = CliRunner().invoke(cli, [*args, "--with", str(tmp_path / "extra.json")])
    assert isinstance(done.exception, DataError | SystemExit)


def test_forward_and_backward_are_measured_together(tmp_path: Path) -> None:
    meta = {i: {"twin": f"sums/{i:04x}", "style": "fobar"} for i in range(4)}
    make_run(tmp_path / "runs" / "f", Made(letters="RRRW"))
    make_run(tmp_path / "runs" / "b", Made(letters="RWWW", benchmark="sums_backward", meta=meta))
    call(tmp_path / "runs", "--out", tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    assert "75.0 % forward, 25.0 % backward" in page
    link = 'compare.html#a=run-made-sums-test&amp;b=run-made-sums-backward-test"'
    assert link in page


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"analysis": 1, "columns": 2}', "no json"])
def test_a_file_that_is_no_report_is_refused(text: str, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "extra.json").write_text(text)
    with pytest.raises(DataError, match="is not a report of mmeval analyse --json"):
        call(runs, "--out", tmp_path / "site", "--with", tmp_path / "extra.json")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["nowhere"], DataError),
        (["runs", "--no-text-of", "nowhere"], ConfigError),
        (["runs", "--with", "nowhere"], DataError),
        (["unjudged"], MissingData),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    options: list[str],
    error: type[UserError],
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "unjudged" / "x", Made(letters="R")).summary_file.unlink()
    with pytest.raises(error) as caught:
        call(*options, "--out", "site")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "site").exists()
    assert runs.is_dir()
