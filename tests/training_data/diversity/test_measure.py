"""Diversity gain: the number by hand, its interval, the report folder and the verb."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.problems.load import DataOptions
from mmeval.results.report_folder import ReportDir
from mmeval.training_data.diversity import measure
from mmeval.training_data.diversity.measure import DiversityConfig, measure_diversity
from mmeval.training_data.rows import DataFile, row_id
from mmeval.training_data.vectors.vector_cache import CacheOptions
from mmeval.verbs.diversity import command
from tests.builders.jsonl_files import write_rows
from tests.builders.tiny_embedder import LetterEmbedder

Rows = list[dict[str, Any]]

BASE: Rows = [
    {"query": "aaa", "response": "z"},
    {"query": "bbb", "response": "z"},
    {"query": "bbb", "response": "y"},
]
NEW: Rows = [
    {"query": "aab", "response": "z", "original_question": "aaa"},
    {"query": "aaa", "response": "zz", "original_question": "aaa"},
    {"query": "bccc", "response": "z", "original_question": "ccc"},
]


def squared(a: str, b: str) -> float:
    """Squared distance of two counts of letters, by hand."""
    return float(sum((a.count(c) - b.count(c)) ** 2 for c in set(a + b) if c.isalpha()))


def text(row: dict[str, Any], kind: str) -> str:
    return str(row["query"] if kind == "question" else row["query"] + row["response"])


def by_hand(new: Rows, base: Rows, kind: str) -> list[float]:
    """The definition: two nested loops."""
    return [min(squared(text(x, kind), text(y, kind)) for y in base) for x in new]


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> LetterEmbedder:
    embedder = LetterEmbedder()
    monkeypatch.setattr(measure, "open_embedder", lambda *_: embedder)
    return embedder


def written(path: Path, rows: Rows) -> DataFile:
    return DataFile(name=path.stem, path=write_rows(path, rows))


def measured(tmp_path: Path, new: Rows = NEW, base: Rows = BASE, **options: Any) -> ReportDir:
    config = DiversityConfig(
        base=(written(tmp_path / "base.jsonl", base),),
        new=(written(tmp_path / "mine.jsonl", new),),
        cache=CacheOptions(folder=tmp_path / "cache"),
        **{"out": tmp_path / "report", **options},
    )
    return measure_diversity(config)


def table(folder: ReportDir) -> dict[str, dict[str, Any]]:
    """Kind of text -> column -> value, of the only set."""
    report = folder.report()
    names = [column.name for column in report.columns]
    rows = (dict(zip(names, row, strict=True)) for row in report.rows)
    return {str(row["text"]): row for row in rows}


# The gain.


def test_the_gain_is_the_mean_of_the_least_squared_distances(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    folder = measured(tmp_path)
    found = table(folder)
    for kind in ("question", "question_answer"):
        distances = by_hand(NEW, BASE, kind)
        assert [r["distance"] for r in folder.rows() if r["text"] == kind] == distances
        assert found[kind]["gain"] == pytest.approx(sum(distances) / 3, abs=1e-12)
        assert (found[kind]["n"], found[kind]["questions"], found[kind]["cut"]) == (3, 2, 0.0)
    assert found["question"]["gain"] == pytest.approx((2 + 0 + 13) / 3)


def test_each_row_tells_its_neighbour_and_whether_that_is_its_own_original(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    first, _, third = (r for r in measured(tmp_path).rows() if r["text"] == "question")
    assert (first["set"], first["id"]) == ("mine", row_id("aab", "z"))
    assert (first["neighbour"], first["own"]) == (row_id("aaa", "z"), True)
    # Two base rows ask `bbb`: the lower id is named.
    assert third["neighbour"] == min(row_id("bbb", "z"), row_id("bbb", "y"))
    assert third["own"] is False


def test_without_own_leaves_out_what_an_item_was_made_from(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    folder = measured(tmp_path, without_own=True)
    rows = [r for r in folder.rows() if r["text"] == "question"]
    assert [r["distance_without_own"] for r in rows] == [
        squared("aab", "bbb"),
        squared("aaa", "bbb"),
        squared("bccc", "bbb"),
    ]
    assert table(folder)["question"]["own"] == pytest.approx(2 / 3)
    alone = measured(
        tmp_path,
        NEW[:1],
        BASE[:1],
        without_own=True,
        out=tmp_path / "alone",
    )
    (row,) = (r for r in alone.rows() if r["text"] == "question")
    assert (row["distance_without_own"], row["neighbour_without_own"]) == (None, None)
    assert table(alone)["question"]["gain_without_own"] is None


def test_the_order_of_the_files_changes_nothing(tmp_path: Path, letters: LetterEmbedder) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    straight = measured(tmp_path / "a", curve=True)
    turned = measured(tmp_path / "b", NEW[::-1], BASE[::-1], curve=True)
    assert turned.report() == straight.report()
    assert turned.part("curve") == straight.part("curve")
    key = lambda row: (row["text"], row["id"])  # noqa: E731
    assert sorted(turned.rows(), key=key) == sorted(straight.rows(), key=key)


def test_again_gives_the_same_bytes_and_embeds_nothing(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    folder = measured(tmp_path, curve=True)
    files = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    asked = len(letters.asked)
    measured(tmp_path, curve=True)
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == files
    assert len(letters.asked) == asked


def test_a_cut_text_is_counted_and_the_gain_of_the_others_stands_beside(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    letters.context = 3
    found = table(measured(tmp_path))["question"]
    assert found["cut"] == pytest.approx(1 / 3)
    assert found["gain_uncut"] == pytest.approx((2 + 0) / 2)


def test_a_curve_ends_at_the_whole_and_falls_as_the_base_grows(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    rng = np.random.default_rng(0)
    rows: Rows = [
        {"query": "".join(rng.choice(list("abcdef"), 5)), "response": str(i)} for i in range(60)
    ]
    folder = measured(tmp_path, rows[:20], rows[20:], curve=True)
    points = [row for row in folder.part("curve").rows if row[1] == "question"]
    base = [(row[3], row[4]) for row in points if row[2] == "base"]
    new = [(row[3], row[4]) for row in points if row[2] == "new"]
    gain = table(folder)["question"]["gain"]
    assert [size for size, _ in base] == [1, 2, 5, 10, 20, 40]
    gains = [float(str(value)) for _, value in base]
    assert gains == sorted(gains, reverse=True)
    assert base[-1] == (40, gain)
    assert new[-1] == (20, gain)


# Overlap in the same pass.


def test_a_row_near_a_test_question_is_found_by_its_embedding(
    tmp_path: Path, letters: LetterEmbedder, data: Path
) -> None:
    with (data / "gsm8k" / "test.jsonl").open(encoding="utf-8") as file:
        question = json.loads(file.readline())["question"]
    words = question.split()
    rows: Rows = [
        {"query": question, "response": "It is unknown."},
        {"query": " ".join(words[::-1]), "response": "It is unknown."},  # the same letters
        {"query": "Quite another matter.", "response": "It is unknown."},
    ]
    where = DataOptions(folder=data)
    folder = measured(tmp_path, rows, against=("gsm8k",), near=0.0, data=where)
    report = folder.part("overlap")
    assert [row[:6] for row in report.rows] == [
        ("mine", "gsm8k test", "question", 1, 1, 0),
        ("mine", "gsm8k test", "embedding", 1, 1, 0),
    ]
    assert report.summary.startswith("2 of 3 distinct rows")


# What the user must fix.


def test_a_row_without_an_answer_is_named_and_taken_for_questions_alone(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    bare = [{"query": "aa"}]
    with pytest.raises(DataError, match=r"mine\.jsonl, line 1"):
        measured(tmp_path, bare)
    found = table(measured(tmp_path, bare, texts=("question",), out=tmp_path / "other"))
    assert list(found) == ["question"]


def test_an_empty_set_is_refused(tmp_path: Path, letters: LetterEmbedder) -> None:
    with pytest.raises(DataError, match="no row"):
        measured(tmp_path, [])
    with pytest.raises(DataError, match="no row"):
        measured(tmp_path, NEW, [])


def test_a_folder_of_another_measurement_is_left_alone(
    tmp_path: Path, letters: LetterEmbedder
) -> None:
    measured(tmp_path)
    with pytest.raises(RunMismatch, match=r"another measurement \(seed\)"):
        measured(tmp_path, seed=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(RunMismatch, match="other files"):
        measured(tmp_path, out=tmp_path / "mine")


def test_settings_that_make_no_sense(tmp_path: Path) -> None:
    file = written(tmp_path / "x.jsonl", NEW)
    for wrong, says in (
        ({"new": (file, file)}, "two new sets are called x"),
        ({"new": ()}, "at least one --new"),
        ({"new": (file,), "limit": 0}, "--limit"),
        ({"new": (file,), "curve": True, "approximate": True}, "exact search"),
    ):
        with pytest.raises(ConfigError, match=says):
            DiversityConfig(base=(file,), **wrong)


# The verb.


def test_the_verb_prints_tables_and_json(tmp_path: Path, letters: LetterEmbedder) -> None:
    base, mine = written(tmp_path / "base.jsonl", BASE), written(tmp_path / "mine.jsonl", NEW)
    options = ["--base", str(base.path), "--cache", str(tmp_path / "c")]
    options += ["--out", str(tmp_path / "r"), "--new", f"a={mine.path}", f"b={mine.path}"]
    printed = CliRunner().invoke(command, [*options, "--neighbours", "1"], catch_exceptions=False)
    assert printed.exit_code == 0, printed.output
    assert max(map(len, printed.stdout.splitlines()[:-1])) <= 80
    assert "a, question: the farthest from the base" in printed.stdout
    assert "13.0000  " + row_id("bccc", "z") + "  bccc" in printed.stdout
    found = json.loads(CliRunner().invoke(command, [*options, "--json"]).stdout)
    assert list(found) == ["a", "b"]
    assert found["a"]["n"] == 3
    assert found["a"]["question"]["gain"] == pytest.approx(5.0)
    assert set(found["a"]["question_answer"]) >= {"gain", "low", "high"}
