"""Contingency, kappa, groups, labels, and Math-Verify's process: each against a second way."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import ConfigError, DataError, MissingPackage
from mmeval.jsonl import read_rows, write_rows
from mmeval.judging.audit import Audit, Pairs, Table, audit
from mmeval.judging.labels import export, read_labels, score
from mmeval.judging.mathverify import MathVerify
from mmeval.records import OUTCOMES, Generation, Outcome, Verdict

LETTERS: dict[str, Outcome] = {each[0]: each for each in OUTCOMES}
"""r, w, n, u, f."""


@dataclass
class Said:
    """A column that says what it is told, a letter a row, and found `answers`."""

    name: str
    letters: str
    answers: Sequence[str | None] | None = None

    def verdicts(self, pairs: Pairs) -> Iterator[Verdict]:
        for at, (generation, _) in enumerate(pairs):
            yield Verdict(
                problem_id=generation.problem_id,
                outcome=LETTERS[self.letters[at]],
                extracted=self.answers[at] if self.answers else "x",
                checker=self.name,
            )


def rows(count: int) -> list[tuple[Generation, str]]:
    return [
        (Generation(problem_id=str(i), text=f"text {i}", finish="stop"), "7") for i in range(count)
    ]


def audited(*letters: str) -> Audit:
    columns = [Said(f"c{at}/1", each) for at, each in enumerate(letters)]
    return audit(rows(len(letters[0])), columns)


def plain_kappa(a: int, b: int, c: int, d: int) -> Fraction | None:
    """(p_o - p_e) / (1 - p_e), as it is defined."""
    n = a + b + c + d
    if 0 in (a + b, c + d, a + c, b + d):
        return None
    observed = Fraction(a + d, n)
    expected = Fraction(a + b, n) * Fraction(a + c, n) + Fraction(c + d, n) * Fraction(b + d, n)
    return (observed - expected) / (1 - expected)


def test_kappa_of_a_table_worked_by_hand() -> None:
    # 20 both, 5 and 10 one alone, 15 none: p_o 0.7, p_e 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    table = audited("r" * 25 + "w" * 25, "r" * 20 + "w" * 5 + "r" * 10 + "n" * 15).table(0, 1)
    assert table.right_or_rest() == (20, 5, 10, 15)
    assert table.agreement == 0.7 and table.kappa == pytest.approx(0.4)


@given(st.tuples(*[st.integers(0, 40)] * 4).filter(any))
@settings(deadline=None)
def test_kappa_is_the_defined_one_for_every_table(cells: tuple[int, int, int, int]) -> None:
    pairs: list[tuple[Outcome, Outcome]] = [
        ("right", "right"),
        ("right", "undecided"),
        ("failed", "right"),
        ("wrong", "no_answer"),
    ]
    table = Table(Counter(dict(zip(pairs, cells, strict=True))))
    expected = plain_kappa(*cells)
    kappa = table.kappa
    if kappa is None:
        assert expected is None
    else:
        assert expected is not None and kappa == pytest.approx(float(expected), abs=1e-12)
        assert -1 <= kappa <= 1


def test_kappa_is_undefined_where_a_column_says_one_thing_only() -> None:
    assert audited("rrrr", "rwrw").table(0, 1).kappa is None
    assert audited("wnuf", "rwrw").table(0, 1).kappa is None
    assert audited("wwww", "wwww").to_row()["pairs"][0]["kappa"] is None


@given(st.lists(st.text("rwnuf", min_size=3, max_size=3), min_size=1, max_size=60))
@settings(deadline=None)
def test_tables_counts_and_groups_all_add_up_to_the_rows(letters: list[str]) -> None:
    found = audited(*("".join(each) for each in zip(*letters, strict=True)))
    n = len(letters)
    assert found.rows == n == sum(seen.rows for seen in found.groups.values())
    split = sum(seen.rows for _, seen in found.disagreements())
    assert split == sum("r" in each and each != "rrr" for each in letters)
    for one, other, table in found.tables():
        assert table.outcomes.total() == n
        a, b, c, _ = table.right_or_rest()
        assert a + b == found.counts()[one].right and a + c == found.counts()[other].right
    _, b, c, _ = found.table(0, 1).right_or_rest()
    assert b + c == sum((each[0] == "r") != (each[1] == "r") for each in letters)


def test_the_cases_that_decide_most_rows_come_first_with_their_first_rows() -> None:
    answers = ["1", "2", "2", "1", "2", "2", "3"]
    found = audit(rows(7), [Said("a/1", "rrrrrrr", answers), Said("b/1", "wwwwwwr", answers)])
    assert [(g.answers, s.rows, s.first) for g, s in found.disagreements()] == [
        (("2", "2"), 4, ["1", "2", "4"]),
        (("1", "1"), 2, ["0", "3"]),
    ]
    assert [seen.end for _, seen in found.disagreements()] == ["text 1", "text 0"]


def test_less_than_two_checkers_twice_the_same_and_no_rows_are_refused() -> None:
    for columns in ([], [Said("a/1", "r")], [Said("a/1", "r"), Said("a/1", "r")]):
        with pytest.raises(ConfigError, match="two checkers or more"):
            audit(rows(1), columns)
    with pytest.raises(DataError, match="no rows"):
        audit([], [Said("a/1", ""), Said("b/1", "")])


@pytest.fixture
def split() -> Audit:
    """Four cases: a is right on 5 + 2 rows, b on 1; one more case is agreed on."""
    answers = ["5"] * 5 + ["6"] * 2 + ["8"] + [None] + ["9"]
    return audit(
        rows(10),
        [Said("a/1", "rrrrrrrwnr", answers), Said("b/1", "wwwwwuurrr", answers)],
    )


def test_labels_come_back_from_the_file_they_were_written_to(split: Audit, tmp_path: Path) -> None:
    path = tmp_path / "label.jsonl"
    assert export(split, path) == 4
    written = [row for _, row in read_rows(path)]
    assert [(row["rows"], row["answers"]["a/1"], row["label"]) for row in written] == [
        (5, "5", ""),
        (2, "6", ""),
        (1, "8", ""),
        (1, None, ""),
    ]
    fresh = score(split, read_labels(path)).to_row()
    assert (fresh["blank"], fresh["checkers"]["a/1"]["rows"]["agrees"]) == (4, 0)
    for row, label in zip(written, ("equal", "different", "unsure", " equal "), strict=True):
        row["label"] = label
    write_rows(path, written)
    row = score(split, read_labels(path)).to_row()
    assert (row["equal"], row["different"], row["unsure"], row["unused"]) == (2, 1, 1, 0)
    assert row["checkers"] == {
        "a/1": {  # right on the fives, wrong on the sixes, found nothing where there was
            "groups": {"agrees": 1, "differs": 2, "undecided": 0},
            "rows": {"agrees": 5, "differs": 3, "undecided": 0},
        },
        "b/1": {  # could not tell the sixes
            "groups": {"agrees": 1, "differs": 1, "undecided": 1},
            "rows": {"agrees": 1, "differs": 5, "undecided": 2},
        },
    }


def test_labels_score_a_checker_that_came_later(split: Audit, tmp_path: Path) -> None:
    path = tmp_path / "label.jsonl"
    export(split, path)
    write_rows(path, [row | {"label": "equal"} for _, row in read_rows(path)])
    answers = ["5"] * 5 + ["6"] * 2 + ["8"] + [None] + ["9"]
    columns = [
        Said("a/1", "rrrrrrrwnr", answers),
        Said("b/1", "wwwwwuurrr", answers),
        Said("c/1", "rrrrrrrrrr"),
    ]
    rescored = score(audit(rows(10), columns), read_labels(path))
    assert rescored.rows["c/1"].to_row() == {"agrees": 9, "differs": 0, "undecided": 0}
    with pytest.raises(DataError, match="this audit lacks b/1"):
        score(audit(rows(10), [columns[0], columns[2]]), read_labels(path))
    fewer = score(audit(rows(5), columns), read_labels(path))
    assert fewer.unused == 3


LINE = {"gold": "7", "answers": {"a/1": "5"}, "label": "equal"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "has no labels"),
        ([LINE | {"label": "maybe"}], "line 1: the label must be equal, .* got 'maybe'"),
        ([LINE | {"label": True}], "got True"),
        ([LINE, LINE | {"label": "different"}], "line 2: 'different', but a line before"),
        ([LINE, LINE | {"answers": {"b/1": "5"}}], "line 2: the answers are those of b/1"),
        ([{"gold": 7, "answers": {"a/1": "5"}}], "line 1: not a line of an export"),
        ([LINE | {"answers": {"a/1": 5}}], "not a line of an export"),
        ([LINE | {"answers": {}}], "not a line of an export"),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_the_line(
    lines: list[dict[str, Any]], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "label.jsonl"
    write_rows(path, lines)
    with pytest.raises(DataError, match=said):
        read_labels(path)


FAKE = """
import logging, os, time

def parse(text, *args, **kwargs):
    print("noise on stdout")
    if "HANG" in text: time.sleep(300)
    if "DIE" in text: os._exit(3)
    if "RAISE" in text: raise RuntimeError("no")
    if "SLOW" in text: logging.getLogger("math_verify.parser").warning("Timeout during parsing: x")
    said = text.strip("$").split()[-1:]
    return [] if said in ([], ["nothing"]) else [object(), said[0]]

def verify(gold, found):
    return gold[-1] == found[-1]
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package, so that its process is tested where it is not installed."""
    (tmp_path / "math_verify").mkdir()
    (tmp_path / "math_verify" / "__init__.py").write_text(FAKE)
    before = filter(None, [os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *before]))
    monkeypatch.syspath_prepend(str(tmp_path))


def outcomes(column: MathVerify, *texts: str, gold: str = "7") -> list[tuple[str, str | None]]:
    pairs = [(Generation(problem_id="p", text=each, finish="stop"), gold) for each in texts]
    return [(each.outcome, each.extracted) for each in column.verdicts(pairs)]


@pytest.mark.usefixtures("fake")
def test_math_verify_is_asked_in_a_process_that_lives_on() -> None:
    with MathVerify() as column:
        assert column.name.startswith("math-verify/")
        assert outcomes(column, "so 7", "so 8", "nothing", "SLOW nothing", "RAISE 7") == [
            ("right", "7"),
            ("wrong", "8"),
            ("no_answer", None),
            ("undecided", None),
            ("failed", None),
        ]
        assert outcomes(column, "so 7", gold="nothing") == [("failed", None)]
        failed = Generation(problem_id="p", finish="error", error="lost")
        [verdict] = column.verdicts([(failed, "7")])
        assert (verdict.outcome, verdict.note) == ("failed", "lost")


@pytest.mark.usefixtures("fake")
def test_math_verify_that_hangs_or_dies_is_replaced() -> None:
    begin = time.monotonic()
    with MathVerify(seconds=0.5) as column:
        assert outcomes(column, "HANG 7", "so 7", "DIE 7", "so 8") == [
            ("undecided", None),
            ("right", "7"),
            ("failed", None),
            ("wrong", "8"),
        ]
    assert time.monotonic() - begin < 60


def test_a_math_verify_that_is_broken_or_missing_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"pip install 'mmeval\[math-verify\]'$"):
        MathVerify()
    monkeypatch.undo()
    (tmp_path / "math_verify.py").write_text("raise ImportError('half installed')")
    before = filter(None, [os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *before]))
    monkeypatch.syspath_prepend(str(tmp_path))
    with MathVerify() as column, pytest.raises(MissingPackage, match="cannot be started"):
        outcomes(column, "7")


def test_the_real_math_verify_reads_a_text_and_gives_up_on_a_tower() -> None:
    pytest.importorskip("math_verify", reason="Math-Verify is not installed")
    with MathVerify() as column:
        assert outcomes(column, r"so it is $\frac{1}{2}$.", gold="0.5")[0][0] == "right"
        assert outcomes(column, r"so it is $\frac{1}{3}$.", gold="0.5")[0][0] == "wrong"
        assert outcomes(column, "none at all", gold="0.5")[0][0] == "no_answer"
        assert outcomes(column, r"$\boxed{9^{9^{9^9}}}$", gold="1")[0][0] in ("undecided", "wrong")
        assert outcomes(column, "so 7")[0][0] == "right", "alive after that"


def test_a_row_is_json_whatever_the_answers(split: Audit) -> None:
    row = json.loads(json.dumps(split.to_row()))
    assert (row["rows"], row["disagreeing_rows"], len(row["disagreements"])) == (10, 9, 4)
    assert row["pairs"][0]["outcomes"]["right"]["wrong"] == 5
    assert row["checkers"]["a/1"]["accuracy"] == 0.8
