"""What the problem browser lists and shows of a run: spans, cuts, flags, and texts left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import DataError
from mmeval.jsonl import write_rows
from mmeval.records import Scalar
from mmeval.results.judged import load_judged
from mmeval.results.site.make import Wishes, make_site
from mmeval.results.site.rows import ANSWER_CHARACTERS, TITLE, RunRows, brief, load_rows_of
from tests.builders.made_runs import Made, make_run
from tests.builders.report_sites import shards


def loaded(path: Path, made: Made, text: bool = True) -> RunRows:
    return load_rows_of(load_judged(make_run(path, made).path), "slug", text)


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [(None, 5, None), ("12345", 5, "12345"), ("123456", 5, "12345\u2026"), ("", 5, "")],
)
def test_a_long_text_is_its_beginning(text: str | None, most: int, said: str | None) -> None:
    assert brief(text, most) == said


def test_answers_come_by_sample_and_problems_in_their_order(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(6)]
    run = make_run(tmp_path, Made(letters="RWNUFR", samples=2, texts=texts))
    lines = run.generations_file.read_text().splitlines(keepends=True)
    run.generations_file.write_text("".join(lines[::-1]))  # as they were finished
    rows = list(load_rows_of(load_judged(run.path), "slug", text=True).rows())
    assert [row["id"] for row in rows] == ["sums/0000", "sums/0001", "sums/0002"]
    assert [[a["sample"] for a in row["answers"]] for row in rows] == [[0, 1]] * 3
    assert [[a["text"] for a in row["answers"]] for row in rows] == [
        ["text 0", "text 3"],
        ["text 1", ""],
        ["text 2", "text 5"],
    ]
    outcomes = [[a["verdicts"][0]["outcome"] for a in row["answers"]] for row in rows]
    assert outcomes == [["right", "undecided"], ["wrong", "failed"], ["no_answer", "right"]]


def test_an_entry_has_what_problems_are_filtered_by_and_flags(tmp_path: Path) -> None:
    meta: dict[int, dict[str, Scalar]] = {
        0: {"subject": "Algebra", "level": 5, "twin": "t/1", "other": "x"}
    }
    first, second, third = loaded(
        tmp_path, Made(letters="RWF", texts=["so R", " ", ""], meta=meta)
    ).index()
    assert first == {
        "id": "sums/0000",
        "gold": "0",
        "subject": "Algebra",
        "level": "5",
        "twin": "t/1",
        "title": "What is 0 + 0?",
        "answers": [{"outcomes": ["right"], "extracted": ["R"]}],
    }
    assert second["answers"][0]["flags"] == ["empty"]
    assert "flags" not in third["answers"][0], "a failed answer is no empty one"


def test_without_texts_neither_questions_nor_answers_are_there(tmp_path: Path) -> None:
    long = "7" * 300
    made = Made(letters="R", texts=["secret"], extracted=[long], meta={0: {"solution": "secret"}})
    shown = loaded(tmp_path, made, text=False)
    said = json.dumps([list(shown.rows()), shown.index()])
    assert "secret" not in said and "What is" not in said
    (row,) = shown.rows()
    assert row["answers"][0]["verdicts"][0]["extracted"] == "7" * 80 + "\u2026"
    assert row["answers"][0]["characters"] == 6
    (whole,) = loaded(tmp_path, made).rows()
    assert whole["solution"] == "secret"
    assert whole["answers"][0]["verdicts"][0]["extracted"] == long


def test_a_title_is_one_line_of_the_question(tmp_path: Path) -> None:
    run = make_run(tmp_path, Made(letters="R"))
    (row,) = (json.loads(line) for line in run.problems_file.read_text().splitlines())
    row["question"] = "so  it\nis " + "x" * 300
    run.problems_file.write_text(json.dumps(row) + "\n")
    (entry,) = load_rows_of(load_judged(run.path), "slug", text=True).index()
    assert entry["title"] == ("so it is " + "x" * 300)[:TITLE] + "\u2026"


@pytest.mark.parametrize("change", [{"problem_id": 5}, {"sample": "x"}, {"outcome": "good"}])
def test_a_verdict_that_was_edited_is_told(change: dict[str, Any], tmp_path: Path) -> None:
    run = make_run(tmp_path, Made(letters="R"))
    file = run.verdicts_file("test/1")
    file.write_text(json.dumps(json.loads(file.read_text()) | change) + "\n")
    with pytest.raises(DataError):
        load_rows_of(load_judged(run.path), "slug", text=True)


@pytest.mark.parametrize(
    ("text", "span", "shown"),
    [
        ("so 18.", [3, 5], [3, 5]),
        ("\U0001f986 so 18.", [5, 7], [6, 8]),  # a duck is two UTF-16 units
        ("\ud83d 18", [2, 4], [2, 4]),  # half a surrogate pair is one
        ("so 18.", [3, 99], None),
        ("so 18.", [-1, 2], None),
        ("so 18.", ["3", 5], None),
        ("so 18.", [3], None),
        ("so 18.", None, None),
    ],
)
def test_the_marked_span_counts_as_browsers_do(
    text: str, span: object, shown: object, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "run", Made(letters="R", texts=[text]))
    file = run.verdicts_file("test/1")
    row = json.loads(file.read_text())
    file.write_text(json.dumps(row | {"span": span}) + "\n")
    make_site([tmp_path / "run"], tmp_path / "site", Wishes())
    [row] = shards(tmp_path / "site", "run-made-sums-test")
    assert row["answers"][0]["verdicts"][0]["span"] == shown


def test_an_endless_answer_is_cut_and_says_how_long_it_was(tmp_path: Path) -> None:
    make_run(tmp_path / "run", Made(letters="R", texts=["\U0001f986" * 1_200_000]))
    make_site([tmp_path / "run"], tmp_path / "site", Wishes())
    [row] = shards(tmp_path / "site", "run-made-sums-test")
    answer = row["answers"][0]
    assert (len(answer["text"]), answer["characters"]) == (ANSWER_CHARACTERS, 1_200_000)


def test_a_thought_stands_beside_the_answer_and_spans_count_in_the_answer(tmp_path: Path) -> None:
    texts = ["7?</think>\n\n🦆 so R", "7?"]
    run = make_run(tmp_path, Made(letters="RN", texts=texts))
    file = run.verdicts_file("test/1")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[0]["span"] = [texts[0].index("R"), len(texts[0])]
    write_rows(file, rows)
    loaded_rows = load_rows_of(load_judged(run.path), "slug", text=True)
    closed, cut = (row["answers"][0] for row in loaded_rows.rows())
    assert (closed["thought"], closed["text"]) == ("7?", "🦆 so R")
    assert (closed["thought_state"], closed["characters"]) == ("closed", 6)
    assert closed["verdicts"][0]["span"] == [6, 7]
    assert (cut["thought"], cut["text"], cut["thought_state"]) == ("7?", "", "open")
    flags = [entry["answers"][0].get("flags") for entry in loaded_rows.index()]
    assert flags == [None, ["unfinished"]]
    hidden = load_rows_of(load_judged(run.path), "slug", text=False)
    assert not any("thought" in row["answers"][0] for row in hidden.rows())


def test_a_long_thought_is_cut_and_says_how_long_it_was(tmp_path: Path) -> None:
    text = "7" * ANSWER_CHARACTERS + "</think>R"
    [row] = loaded(tmp_path, Made(letters="R", texts=[text])).rows()
    [answer] = row["answers"]
    assert (answer["text"], len(answer["thought"])) == ("R", ANSWER_CHARACTERS - 1)
    assert answer["thought_characters"] == ANSWER_CHARACTERS
