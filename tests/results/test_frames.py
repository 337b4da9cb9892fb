"""Frames: the same columns and dtypes whatever a run knows."""

from __future__ import annotations

from dataclasses import MISSING
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import NODEFAULT, structs

import mmeval
from mmeval import jsonl
from mmeval.errors import DataError
from mmeval.records import Verdict
from mmeval.results import frames
from mmeval.results.frames import COLUMNS, degenerate
from mmeval.results.judged import JudgedRun, load_judged
from mmeval.results.verdict_rows import VerdictRow
from tests.builders.made_runs import Made, make_run

META = {
    0: {"subject": "Algebra", "level": 3, "solution": "One.\n\nTwo."},
    1: {"style": "fobar", "twin": "other/0001", "steps": 2, "determined": True},
}


def made(path: Path, **fields: object) -> JudgedRun:
    return load_judged(make_run(path, Made(**fields)).path)  # type: ignore[arg-type]


@pytest.mark.parametrize("meta", [{}, META], ids=["nothing known", "all known"])
@pytest.mark.parametrize("letters", ["RWNUF", "R", "F"])
def test_columns_and_dtypes_are_fixed(
    letters: str, meta: dict[int, dict[str, str]], tmp_path: Path
) -> None:
    frame = frames.answers([made(tmp_path / "a", letters=letters, meta=meta)])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        name: dtype for name, (dtype, _) in COLUMNS.items()
    }
    assert len(frame) == len(letters)


def test_a_frame_says_what_the_records_say(tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="RWNUF", meta=META)
    frame = mmeval.load_run(run.path).frame()
    assert frame["outcome"].tolist() == ["right", "wrong", "no_answer", "undecided", "failed"]
    assert frame["right"].tolist() == [True, False, False, False, False]
    assert frame["told"].tolist() == [True, True, True, False, False]
    assert frame["finish"].tolist() == ["stop"] * 4 + ["error"]
    assert frame["level"].tolist()[:1] == [3]
    assert frame["solution_lines"].tolist()[:1] == [2]
    assert frame["twin"].tolist()[1] == "other/0001"
    assert frame["determined"].tolist()[1] is True
    assert frame["subject"].isna().tolist() == [False, True, True, True, True]
    assert frame["empty"].tolist() == [False] * 5
    assert frame["characters"].tolist() == [16, 16, 16, 16, 0]


def test_the_frame_of_verdicts_is_a_part_of_the_frame_of_answers(tmp_path: Path) -> None:
    runs = [
        made(tmp_path / "a", letters="RWNUF", checkers=("one/1", "two/1")),
        made(tmp_path / "b", letters="RRRRWW", samples=2, model="b"),
    ]
    whole, part = frames.answers(runs), frames.verdicts(runs)
    pd.testing.assert_frame_equal(whole[list(part.columns)], part)
    assert len(part) == 5 * 2 + 6


def test_texts_stand_in_their_rows_however_often_they_occur(tmp_path: Path) -> None:
    found = [["7", "8", "7", "8"], ["9", "7", "\ud83d", "9"]]
    runs = [
        made(tmp_path / name, letters="RWNR", extracted=texts, model=name)
        for name, texts in zip("ab", found, strict=True)
    ]
    frame = frames.verdicts(runs)
    assert frame["model"].tolist() == ["a"] * 4 + ["b"] * 4
    expected = ["7", "8", None, "8", "9", "7", None, "9"]
    assert [None if pd.isna(each) else each for each in frame["extracted"]] == expected


def test_rows_have_the_fields_of_the_record() -> None:
    kinds = get_type_hints(Verdict)
    assert get_type_hints(VerdictRow).items() <= kinds.items()
    for each in structs.fields(VerdictRow):
        default = Verdict.__dataclass_fields__[each.name].default
        assert each.default is (NODEFAULT if default is MISSING else default)


def test_runs_with_one_label_are_told_apart(tmp_path: Path) -> None:
    runs = [made(tmp_path / name, letters="RW", model="m") for name in ("one", "two")]
    assert frames.verdicts(runs)["model"].unique().tolist() == ["m [one]", "m [two]"]


def test_the_named_checkers_alone(tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="RW", checkers=("one/1", "two/1"))
    assert set(frames.verdicts([run], ["two/1"])["checker"]) == {"two/1"}
    with pytest.raises(DataError, match="was judged by one/1, two/1, not by three/1"):
        frames.answers([run], ["three/1"])


def test_no_runs_make_no_frame() -> None:
    with pytest.raises(DataError, match="no runs"):
        frames.answers([])


def test_a_verdict_on_an_answer_that_is_not_there_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="RWR")
    rows = [row for _, row in jsonl.read_rows(run.run.generations_file)]
    jsonl.write_rows(run.run.generations_file, rows[:2])
    with pytest.raises(DataError, match="has a verdict on sums/0002, of which it has no answer"):
        frames.answers([run])


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="RW", meta={0: {"steps": "many"}})
    with pytest.raises(DataError, match=r"'steps' .* not Int64"):
        frames.answers([run])


@pytest.mark.parametrize(
    ("levels", "column"),
    [
        (["Level 3", "Level 1", "Level ?", None], [3, 1, None, None]),
        ([3, "4", 5.0, "level 2"], [3, 4, 5, 2]),
        (["high", 2, "Level 1", None], ["high", "2", "1", None]),
        ([2.5, 10**30, True, " "], ["2.5", "1" + "0" * 30, "True", None]),
    ],
)
def test_levels_are_numbers_where_they_can_be_and_texts_else(
    levels: list[Any], column: list[Any], tmp_path: Path
) -> None:
    meta = {i: {"level": level} for i, level in enumerate(levels)}
    run = made(tmp_path / "a", letters="RWRW", meta=meta)
    frame = frames.answers([run])
    assert [None if pd.isna(each) else each for each in frame["level"]] == column
    assert str(frame["level"].dtype) == ("str" if isinstance(column[0], str) else "Int64")
    other = made(tmp_path / "b", letters="RW", meta={0: {"level": 7, "subject": 3}})
    both = frames.answers([run, other])
    assert both["level"].tolist()[-2] == ("7" if isinstance(column[0], str) else 7)
    assert both["subject"].tolist()[-2] == "3"
    groups = [str(part) for part, _ in both.groupby("level")]
    assert len(groups) == len({str(each) for each in [*column, 7] if each is not None})


def test_half_a_surrogate_pair_is_kept_as_its_escape(tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="WR", extracted=["\ud83d", "7"])
    assert frames.answers([run])["extracted"].tolist() == ["\\ud83d", "7"]


EDITS = {
    "a text": ("generations.jsonl", '"text": "The', '"text": {}, "was": "The'),
    "a problem id": ("generations.jsonl", '"problem_id": "sums/0000"', '"problem_id": {}'),
    "a question": ("problems.jsonl", '"question": "What', '"question": null, "was": "What'),
    "what is known": ("problems.jsonl", '"meta": {}', '"meta": 3.5'),
    "an id": ("problems.jsonl", '"id"', '"name"'),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_field_of_another_type_is_refused(name: str, tmp_path: Path) -> None:
    run = made(tmp_path / "a", letters="RW")
    file, old, new = EDITS[name]
    text = (run.path / file).read_text()
    assert old in text
    (run.path / file).write_text(text.replace(old, new, 1))
    with pytest.raises(DataError, match=r"edited|line 1: not a (Problem|Generation)"):
        frames.answers([run])


# --- degenerate endings ----------------------------------------------------------------

CASES = [
    (r"So it is \boxed{}. " * 20, True, "one sentence again and again"),
    ("Let me think. " + "0" * 200, True, "one character"),
    ("x = 1, y = 2; " * 9, True, "a period of fourteen"),
    ("a" * 119, False, "too short to tell"),
    ("She has 3 apples and buys 4 more, so she has 7. " * 3, False, "three times is a habit"),
    ("The answer is: 18", False, "an answer"),
    (" " * 300, False, "white space is empty, not degenerate"),
    ("1 2 3 4 5 6 7 8 9 " + " ".join(map(str, range(10, 80))), False, "counting"),
    ("ab" * 100 + " The answer is: 7 because of all that was said before.", False, "it got out"),
]


@pytest.mark.parametrize(("text", "expected", "why"), CASES)
def test_degenerate_endings(text: str, expected: bool, why: str) -> None:
    assert degenerate(text) is expected, why


@given(piece=st.text(min_size=1, max_size=60), times=st.integers(4, 40), head=st.text(max_size=40))
@settings(deadline=None)
def test_what_repeats_to_the_end_is_degenerate(piece: str, times: int, head: str) -> None:
    text = head + piece * times
    if len(piece) * times >= frames.REPEATED and text[-frames.REPEATED :].strip():
        assert degenerate(text)


@given(text=st.text(max_size=500))
@settings(deadline=None)
def test_it_is_what_a_search_of_all_periods_finds(text: str) -> None:
    tail = text[-frames.TAIL :]

    def repeats(period: int) -> bool:
        length = max(frames.REPEATED, 4 * period)
        return len(tail) >= length and all(
            tail[i] == tail[i - period] for i in range(len(tail) - length + period, len(tail))
        )

    expected = bool(tail[-frames.REPEATED :].strip()) and any(map(repeats, range(1, 101)))
    assert degenerate(text) is expected


def test_a_thought_is_no_part_of_the_answer(tmp_path: Path) -> None:
    texts = ["7? 8?</think>It is 9.", "7? 8?", "no marks"]
    frame = made(tmp_path / "a", letters="RWN", texts=texts).run.frame()
    assert frame["thought_state"].tolist() == ["closed", "open", "open"]
    assert frame["thought_characters"].tolist() == [5, 5, 8]
    assert frame["characters"].tolist() == [8, 0, 0]
    assert frame["empty"].tolist() == [False] * 3
    plain = made(tmp_path / "b", letters="R").run.frame()
    assert plain["thought_state"].isna().tolist() == [True]
