"""The site's files: what is in them, what is not, and whose they may replace."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from mmeval.errors import ConfigError
from mmeval.results.analysis import load_runs
from mmeval.results.leaderboard import make_leaderboard
from mmeval.results.leaderboard_formats import ranked
from mmeval.results.site.make import NO_TEXT, Wishes, make_site
from mmeval.results.site.pages import SCRIPTS
from tests.builders.made_runs import Made, make_run
from tests.builders.report_sites import HOSTILE, folder_of, shard, shards, two_runs
from tests.builders.source_tree import ROOT

ASSETS = ROOT / "mmeval" / "results" / "site" / "assets"
SECRET = "a sentence that is nobody else's"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two models on one task; the second has several answers to a problem."""
    return two_runs(tmp_path / "runs")


# --- the whole site --------------------------------------------------------------------


def test_the_same_runs_give_the_same_bytes(runs: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_site([runs], tmp_path / name, Wishes())
    first = folder_of(tmp_path / "a")
    make_site([runs], tmp_path / "a", Wishes())
    assert first == folder_of(tmp_path / "a") == folder_of(tmp_path / "b")


def test_the_leaderboard_has_the_numbers_of_the_verb(runs: Path, tmp_path: Path) -> None:
    make_site([runs], tmp_path / "site", Wishes())
    page = (tmp_path / "site" / "index.html").read_text()
    board = make_leaderboard(load_runs([runs]))
    shown = re.findall(r'data-value="([0-9.]+)"><a href="(run-[a-z-]+)\.html"', page)
    entries = ranked(board, board.heads)
    cells = [(e.model, cell) for e in entries for cell in e.cells.values()]
    assert shown == [(f"{cell.accuracy:.6f}", f"run-{model}-sums-test") for model, cell in cells]
    for _, cell in cells:
        assert f"{100 * (cell.low or 0):.1f}\u2013{100 * (cell.high or 0):.1f}" in page


def test_quoted_numbers_stand_apart_from_measured_ones(tmp_path: Path) -> None:
    make_run(tmp_path / "run", Made(letters="RW", model="mine", benchmark="gsm8k"))
    make_site([tmp_path / "run"], tmp_path / "site", Wishes(published=True))
    page = (tmp_path / "site" / "index.html").read_text()
    measured, _, quoted = page.partition("Quoted, not measured here")
    assert ">mine<" in measured
    assert ">published<" in measured
    assert "MetaMath" not in measured
    assert "MetaMath" in quoted


def test_every_answer_is_in_a_shard_with_every_verdict(runs: Path, tmp_path: Path) -> None:
    make_site([runs], tmp_path / "site", Wishes())
    rows = shards(tmp_path / "site", "run-two-sums-test")
    said = [[a["verdicts"][0]["outcome"] for a in row["answers"]] for row in rows]
    assert said == [
        ["right", "right"],
        ["wrong", "right"],
        ["undecided", "wrong"],
        ["failed", "wrong"],
    ]
    assert rows[3]["answers"][0]["error"] == "made to fail"
    assert [row["question"] for row in rows][:2] == ["What is 0 + 0?", "What is 1 + 1?"]
    index = shard(tmp_path / "site" / "data" / "run-two-sums-test" / "index.js")
    assert [len(each["answers"]) for each in index["problems"]] == [2, 2, 2, 2]


def test_pages_load_nothing_from_elsewhere_and_nothing_inline(runs: Path, tmp_path: Path) -> None:
    make_site([runs], tmp_path / "site", Wishes(published=True))
    for page in (tmp_path / "site").glob("*.html"):
        text = page.read_text()
        assert "default-src &#x27;none&#x27;; script-src &#x27;self&#x27;" in text
        assert re.findall(r"<script[^>]*>[^<]", text) == []
        assert re.findall(r'\s(on\w+|style)="', text) == []
        used = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]*)"', text)
        assert all(each == "data:," or each.startswith("assets/") for each in used)
        assert all((tmp_path / "site" / each).is_file() for each in used if each != "data:,")


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_no_script_reads_a_text_as_html_or_as_code(path: Path) -> None:
    text = path.read_text()
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc"
    )
    assert re.findall(forbidden, text) == []
    assert re.findall(r"\bfetch\(|XMLHttpRequest|https?://(?!www\.w3\.org)", text) == []
    assert len(text.splitlines()) <= 300


def test_all_scripts_are_loaded_somewhere() -> None:
    named = {*SCRIPTS, "list.js", "browse.js", "compare.js", "tables.js"}
    assert {path.name for path in ASSETS.glob("*.js")} == named


# --- hostile texts ---------------------------------------------------------------------


def test_what_a_model_wrote_is_on_no_page(tmp_path: Path) -> None:
    texts = [*HOSTILE, "The answer is: R"]
    made = Made(letters="R" * len(texts), texts=texts, extracted=texts, model='<b onclick="x">')
    make_run(tmp_path / "run", made)
    make_site([tmp_path / "run"], tmp_path / "site", Wishes(title="<script>alert(1)</script>"))
    for page in (tmp_path / "site").glob("*.html"):
        text = page.read_text()
        assert "pwned" not in text
        assert "<b onclick" not in text
        assert "<script>alert" not in text
    [slug] = [path.name for path in (tmp_path / "site" / "data").iterdir() if path.is_dir()]
    rows = shards(tmp_path / "site", slug)
    assert [row["answers"][0]["text"] for row in rows] == texts


# --- texts left out --------------------------------------------------------------------


def secret_run(path: Path, model: str = "made") -> None:
    meta = {0: {"solution": SECRET, "subject": "Algebra"}}
    long = f"18 {SECRET} " * 10
    made = Made(letters="RW", texts=[SECRET] * 2, meta=meta, extracted=[long, "7"], model=model)
    make_run(path, made)


def texts_in(site: Path, slug: str) -> str:
    data = [shard(path) for path in (site / "data" / slug).iterdir()]
    return json.dumps(data) + (site / f"{slug}.html").read_text()


@pytest.mark.parametrize("how", ["--no-text", "--no-text-of", "marked", "marked above"])
def test_left_out_texts_are_nowhere_and_verdicts_stay(how: str, tmp_path: Path) -> None:
    secret_run(tmp_path / "runs" / "run")
    if how == "marked":
        (tmp_path / "runs" / "run" / NO_TEXT).touch()
    if how == "marked above":
        (tmp_path / "runs" / NO_TEXT).touch()
    below = (tmp_path / "runs",) if how == "--no-text-of" else ()
    wishes = Wishes(text=how != "--no-text", no_text_of=below)
    made = make_site([tmp_path / "runs"], tmp_path / "site", wishes)
    found = texts_in(tmp_path / "site", "run-made-sums-test")
    assert SECRET not in found.replace(f"18 {SECRET} " * 2, "")  # the beginning of what was found
    assert "What is 0" not in found
    assert "Algebra" in found
    assert made.without_text == ("made",)
    row = shards(tmp_path / "site", "run-made-sums-test")[0]
    verdict = row["answers"][0]["verdicts"][0]
    assert (verdict["outcome"], len(verdict["extracted"]), verdict["span"]) == ("right", 81, None)
    assert set(row) == {"id", "gold", "answers"}
    assert set(row["answers"][0]) == {"sample", "finish", "tokens", "characters", "verdicts"}


def test_the_texts_of_one_run_alone_can_be_left_out(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        secret_run(tmp_path / name, model=name)
    wishes = Wishes(no_text_of=(tmp_path / "theirs",))
    made = make_site([tmp_path / "mine", tmp_path / "theirs"], tmp_path / "site", wishes)
    assert made.without_text == ("theirs",)
    assert SECRET in texts_in(tmp_path / "site", "run-mine-sums-test")


def test_a_folder_whose_texts_cannot_be_left_out_is_refused(tmp_path: Path) -> None:
    secret_run(tmp_path / "run")
    wishes = Wishes(no_text_of=(tmp_path / "typo",))
    with pytest.raises(ConfigError, match="none of the runs is there"):
        make_site([tmp_path / "run"], tmp_path / "site", wishes)
    assert not (tmp_path / "site").exists()


def test_what_was_made_is_counted(runs: Path, tmp_path: Path) -> None:
    made = make_site([runs], tmp_path / "site", Wishes())
    files = folder_of(tmp_path / "site")
    assert made.files == len(files)
    assert made.bytes == sum(len(v) for k, v in files.items() if k != "mmeval-report.json")
    assert made.index_bytes == len(files["index.html"])
    assert asdict(made)["problems"] == 8
