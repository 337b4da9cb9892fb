"""Whose files a report may replace, and which runs it refuses."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mmeval.errors import ConfigError, DataError
from mmeval.results.site import make
from mmeval.results.site.make import Wishes, make_site
from tests.builders.report_sites import edit_json, folder_of, two_runs


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two models on one task."""
    return two_runs(tmp_path / "runs")


# --- the folder ------------------------------------------------------------------------


def test_a_folder_of_somebody_else_is_refused_untouched(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    with pytest.raises(ConfigError, match="is not an mmeval report"):
        make_site([runs], tmp_path / "mine", Wishes())
    assert folder_of(tmp_path / "mine") == {"thesis.tex": b"years"}
    with pytest.raises(ConfigError, match="is a file"):
        make_site([runs], tmp_path / "mine" / "thesis.tex", Wishes())


def test_a_report_made_again_removes_its_own_files_alone(runs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    make_site([runs], site, Wishes())
    (site / "notes.txt").write_text("mine")
    (site / "run-one-sums-test.html").write_text("edited by me")
    make_site([runs / "two"], site, Wishes())
    left = folder_of(site)
    assert left["notes.txt"] == b"mine"
    assert left["run-one-sums-test.html"] == b"edited by me"  # not what mmeval wrote
    assert not (site / "data" / "run-one-sums-test").exists()
    assert (site / "data" / "run-two-sums-test" / "index.js").is_file()


def test_a_file_in_the_way_is_refused_every_time(runs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    make_site([runs / "two"], site, Wishes())
    (site / "run-one-sums-test.html").write_text("mine")
    for _ in range(2):
        with pytest.raises(ConfigError, match="not one of the report's files"):
            make_site([runs], site, Wishes())
    assert (site / "run-one-sums-test.html").read_text() == "mine"


def test_a_report_that_was_stopped_half_way_is_made_again(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    with monkeypatch.context() as patched:
        patched.setattr(make, "pairs_of", lambda *_: 1 / 0)  # after the runs' own files
        with pytest.raises(ZeroDivisionError):
            make_site([runs], site, Wishes())
    assert (site / "run-one-sums-test.html").is_file()
    make_site([runs], site, Wishes())
    make_site([runs], tmp_path / "other", Wishes())
    assert folder_of(site) == folder_of(tmp_path / "other")


@pytest.mark.parametrize(
    "files", [None, {"../../thesis.tex": "x"}, {"index.html": 3}, "index.html", []]
)
def test_a_list_of_files_that_was_edited_harms_nothing(
    files: object, runs: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    site = tmp_path / "deep" / "site"
    make_site([runs], site, Wishes())
    edit_json(site / "mmeval-report.json", files=files)
    with pytest.raises(ConfigError, match=r"was edited|is in the way"):
        make_site([runs], site, Wishes())
    assert (tmp_path / "thesis.tex").read_text() == "years"


def test_a_listed_file_outside_is_not_removed(runs: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"years").hexdigest()
    (tmp_path / "thesis.tex").write_text("years")
    site = tmp_path / "site"
    make_site([runs], site, Wishes())
    (site / "data" / "run-x").symlink_to(tmp_path)
    listed = json.loads((site / "mmeval-report.json").read_text())["files"]
    more = {"../thesis.tex": digest, "data/run-x/thesis.tex": digest}
    edit_json(site / "mmeval-report.json", files=listed | more)
    make_site([runs], site, Wishes())
    assert (tmp_path / "thesis.tex").read_text() == "years"


# --- runs that cannot be used ----------------------------------------------------------


def test_an_unfinished_run_is_refused_unless_a_part_will_do(runs: Path, tmp_path: Path) -> None:
    edit_json(runs / "one" / "manifest.json", status="interrupted")
    with pytest.raises(DataError, match="is not finished"):
        make_site([runs], tmp_path / "site", Wishes())
    assert not (tmp_path / "site").exists()
    make_site([runs], tmp_path / "site", Wishes(partial=True))
    page = (tmp_path / "site" / "run-one-sums-test.html").read_text()
    assert "Interrupted" in page


def test_an_edited_run_is_refused_before_anything_is_written(runs: Path, tmp_path: Path) -> None:
    file = next((runs / "one" / "verdicts").iterdir())
    file.write_text(file.read_text().replace('"right"', '"wrong"', 1))
    with pytest.raises(DataError, match="was edited or cut"):
        make_site([runs], tmp_path / "site", Wishes())
    assert not (tmp_path / "site").exists()


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="not a run folder"):
        make_site([tmp_path / "empty"], tmp_path / "site", Wishes())


def test_a_report_is_not_written_through_a_link(runs: Path, tmp_path: Path) -> None:
    site, outside = tmp_path / "site", tmp_path / "outside"
    outside.mkdir()
    make_site([runs], site, Wishes())
    for name in ("assets", "index.html", "mmeval-report.json"):
        (site / name).rename(outside / name)
        (site / name).symlink_to(outside / name)
        before = folder_of(outside)
        with pytest.raises(ConfigError, match="is a link"):
            make_site([runs], site, Wishes())
        assert folder_of(outside) == before
        (site / name).unlink()
        (outside / name).rename(site / name)
