"""`mmeval augment` as it is typed: the five augmentations by replayed outputs, and the rest."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import RunFailed
from mmeval.jsonl import Appender
from mmeval.records import Generation
from mmeval.run_folder import RunDir
from mmeval.training_data.rows import DataFile, read_file
from tests.builders.jsonl_files import read_rows, write_rows
from tests.builders.run_commands import Mmeval, typed

PENS = "Ada has 14 red pens and 9 blue pens. She gives away 5 pens. How many pens does she keep?"
EGGS = "A box holds 36 eggs. Ben buys 11 boxes. How many eggs does he buy?"
QUESTIONS = [
    {"question": PENS, "answer": "14+9=<<14+9=23>>23\n23-5=<<23-5=18>>18\n#### 18"},
    {"question": EGGS, "answer": "36*11=<<36*11=396>>396\n#### 396"},
]
REPHRASED = "Of 14 red and 9 blue pens Ada gives away 5. How many are left?"
RIGHT = "14 + 9 = 23 and 23 - 5 = 18.\nThe answer is 18."


@pytest.fixture
def mmeval(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Mmeval:
    """Runs `mmeval ARGS` in a folder with two questions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMEVAL_DATA", raising=False)
    write_rows(Path("questions.jsonl"), QUESTIONS)

    return partial(typed, monkeypatch, capfd)


def replayed(outputs: Sequence[tuple[str, str | None]]) -> list[str]:
    """Options by which (question, output) pairs are what a model says."""
    write_rows(Path("said.jsonl"), [{"question": q, "said": a} for q, a in outputs])
    return [
        *("--questions", "questions.jsonl", "--engine", "replay", "--model", "me"),
        *("--responses", "said.jsonl", "--text", "said", "--out", "made", "--allow-overlap"),
    ]


def test_answers_keep_what_is_right(mmeval: Mmeval) -> None:
    outputs = [(PENS, RIGHT), (PENS, "So 19.\nThe answer is 19."), (EGGS, ""), (EGGS, None)]
    said = mmeval("augment", "answers", *replayed(outputs))
    assert said.status == 0
    assert "1 rows of 4 answers; 25.0 % of the answers are right by mmeval/1." in said.out
    for reason in ("another answer", "empty", "the engine gave an error"):
        assert reason in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert read_rows(Path("made/rows.jsonl")) == [
        {
            "type": "GSM_AnsAug",
            "query": PENS,
            "original_question": PENS,
            "response": "14 + 9 = 23 and 23 - 5 = 18.\n#### 18\nThe answer is: 18",
        }
    ]
    [row] = read_file(DataFile(name="made", path=Path("made/rows.jsonl")))
    assert row.type == "GSM_AnsAug"


def test_rephrased_questions_are_answered_in_a_second_step(mmeval: Mmeval) -> None:
    outputs = [(PENS, REPHRASED), (EGGS, "???"), (REPHRASED, RIGHT)]
    said = mmeval("augment", "rephrase", *replayed(outputs), "--json")
    assert said.status == 0, said.err
    report = json.loads(said.out)
    assert ["rephrased questions", "kept", 1, 0.5] in report["rows"]
    [row] = read_rows(Path("made/rows.jsonl"))
    assert (row["type"], row["query"], row["original_question"]) == (
        "GSM_Rephrased",
        REPHRASED,
        PENS,
    )


def test_a_row_whose_rephrased_question_is_of_a_test_set_is_dropped(mmeval: Mmeval) -> None:
    write_rows(Path("tested.jsonl"), [{"question": REPHRASED, "answer": "18"}])
    again, eggs = f"Say: {EGGS}", "36 * 11 = 396.\nThe answer is 396."
    options = replayed([(PENS, REPHRASED), (EGGS, again), (REPHRASED, RIGHT), (again, eggs)])
    options.remove("--allow-overlap")
    said = mmeval("augment", "rephrase", *options, "--against", "./tested.jsonl", "--json")
    assert said.status == 0, said.err
    assert ["rows", "holds a problem of a test set", 1, 0.5] in json.loads(said.out)["rows"]
    assert [row["query"] for row in read_rows(Path("made/rows.jsonl"))] == [again]


def test_fobar_asks_for_every_number(mmeval: Mmeval) -> None:
    masked = EGGS.replace("36", "x")
    asked = (
        f"{masked}\nIf we know the answer to the above question is 396, what is the value of "
        "unknown variable x?"
    )
    outputs = [(asked, "x * 11 = 396, so x = 396 / 11 = 36.\nThe value of x is 36.")]
    said = mmeval("augment", "fobar", *replayed(outputs))
    assert said.status == 0, said.err
    [row] = read_rows(Path("made/rows.jsonl"))
    assert (row["type"], row["query"], row["original_question"]) == ("GSM_FOBAR", asked, EGGS)
    assert row["response"].endswith("The value of x is 36.\n#### 36\nThe answer is: 36")


def test_self_verification_writes_a_statement_first(mmeval: Mmeval) -> None:
    question = "A box holds x eggs. Ben buys 11 boxes. He buys 396 eggs."
    outputs = [
        ("How many eggs does he buy? The answer is 396.", "He buys 396 eggs."),
        (
            f"{question} What is the value of unknown variable x?",
            "396/11 = 36. The value of x is 36",
        ),
    ]
    said = mmeval("augment", "self-verify", *replayed(outputs))
    assert said.status == 0, said.err
    [row] = read_rows(Path("made/rows.jsonl"))
    assert row["query"] == f"{question} What is the value of unknown variable x?"
    assert row["type"] == "GSM_SV"


def test_reject_keeps_distinct_paths(mmeval: Mmeval) -> None:
    outputs = [(PENS, RIGHT), (PENS, f"Well: {RIGHT}"), (PENS, "14 - 5 + 9 = 18.\n#### 18")]
    said = mmeval("augment", "reject", *replayed(outputs))
    assert said.status == 0, said.err
    assert [row["type"] for row in read_rows(Path("made/rows.jsonl"))] == ["GSM_RFT", "GSM_RFT"]
    # One more is right, and dropped: a path of the same equations is kept.
    assert "2 rows of 4 answers; 75.0 % of the answers are right by mmeval/1." in said.out


def test_the_same_command_again_asks_nothing_and_filters_again(mmeval: Mmeval) -> None:
    options = replayed([(PENS, RIGHT), (EGGS, "So 36 * 11 = 396.\nThe answer is: 396")])
    assert mmeval("augment", "answers", *options).status == 0
    run = RunDir(Path("made/steps/answers"))
    before = run.generations_file.read_bytes()
    paper = mmeval("augment", "answers", *options, "--checker", "metamath-gsm8k/1")
    assert paper.status == 0 and "by metamath-gsm8k/1" in paper.out
    assert run.generations_file.read_bytes() == before
    assert [row["query"] for row in read_rows(Path("made/rows.jsonl"))] == [
        EGGS
    ]  # "is 18" has no colon


def test_a_step_is_no_run_to_be_resumed_and_says_what_goes_on_with_it(mmeval: Mmeval) -> None:
    assert mmeval("augment", "answers", *replayed([(PENS, RIGHT)])).status == 0
    said = mmeval("run", "--resume", "made/steps/answers")
    assert said.status == 2
    assert "resume it with: mmeval augment answers --questions questions.jsonl" in said.err


def test_other_settings_are_another_run(mmeval: Mmeval) -> None:
    options = replayed([(PENS, RIGHT)])
    assert mmeval("augment", "answers", *options).status == 0
    said = mmeval("augment", "answers", *options, "--temperature", "0.5")
    assert said.status == 2 and "temperature was 0.7, now 0.5" in said.err


def test_a_test_split_is_refused_before_a_model_is_asked(mmeval: Mmeval) -> None:
    source = ("--benchmark", "wordproblems", "--limit", "4", "--model", "none", "--out", "made")
    said = mmeval("augment", "answers", *source, "--split", "test")
    assert said.status == 2 and "is the split that wordproblems is tested on" in said.err
    assert not Path("made").exists()


def test_questions_of_a_test_set_are_refused(mmeval: Mmeval) -> None:
    source = ("--benchmark", "wordproblems", "--limit", "3")
    assert mmeval("augment", "backward", *source, "--out", "b.jsonl").status == 0
    rows = [{"question": r["original_question"], "answer": "5"} for r in read_rows(Path("b.jsonl"))]
    write_rows(Path("questions.jsonl"), rows[:1])
    options = replayed([(PENS, RIGHT)])
    options.remove("--allow-overlap")
    said = mmeval("augment", "answers", *options, "--against", "./tested.jsonl")
    assert said.status == 2  # no such file
    write_rows(Path("tested.jsonl"), rows)
    said = mmeval("augment", "answers", *options, "--against", "./tested.jsonl")
    assert said.status == 2 and "1 of 1 questions are in tested test" in said.err
    said = mmeval("augment", "answers", *options)
    assert said.status == 2 and "name the test sets that must not be in the data" in said.err


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"q": "?", "a": "5"}, "line 1: no field for the question; looked for question, query"),
        ({"question": "?"}, "line 1: no field for the answer"),
        ({"question": "?", "answer": 5}, "the field 'answer' must hold the answer, found int"),
        ({"question": " ", "answer": "5"}, "the field 'question' must hold the question"),
        ({"question": "?", "answer": "well, " * 20}, "line 1: no gold answer in"),
    ],
)
def test_rows_in_another_schema_are_named(
    mmeval: Mmeval, row: dict[str, Any], complaint: str
) -> None:
    write_rows(Path("questions.jsonl"), [row])
    said = mmeval(
        "augment", "fobar", "--questions", "questions.jsonl", "--out", "f.jsonl", "--no-answers"
    )
    assert said.status == 2 and complaint in said.err and "questions.jsonl" in said.err


def test_a_generator_that_says_nothing_gives_no_rows_and_says_why(mmeval: Mmeval) -> None:
    said = mmeval("augment", "rephrase", *replayed([(PENS, ""), (EGGS, "")]))
    assert said.status == 2 and "no rephrased question was produced" in said.err
    said = mmeval("augment", "answers", *replayed([(PENS, ""), (EGGS, "")]))
    assert (said.status, read_rows(Path("made/rows.jsonl"))) == (0, [])


@pytest.mark.parametrize(("wording", "word"), [("to", "to"), ("of", "of")])
def test_backward_questions_alone_need_no_model(mmeval: Mmeval, wording: str, word: str) -> None:
    options = ("--questions", "questions.jsonl", "--out", "f.jsonl", "--no-answers")
    said = mmeval("augment", "fobar", *options, "--wording", wording)
    assert (said.status, said.err) == (0, "")
    rows = read_rows(Path("f.jsonl"))
    assert [(row["masked"], row["masked_at"], row["gold"]) for row in rows] == [
        ("14", 8, "14"),
        ("9", 24, "9"),
        ("5", 52, "5"),
        ("36", 12, "36"),
        ("11", 30, "11"),
    ]
    assert all(f"the answer {word} the above question" in row["query"] for row in rows)
    assert list(rows[0]) == ["query", "gold", "original_question", "masked", "masked_at"]


def test_a_made_backward_set_is_a_benchmark_with_twins(mmeval: Mmeval) -> None:
    assert (
        mmeval(
            *("augment", "backward", "--benchmark", "wordproblems", "--limit", "6"),
            *("--per-question", "1", "--out", "turned.jsonl"),
        ).status
        == 0
    )
    rows = read_rows(Path("turned.jsonl"))
    assert {row["determined"] for row in rows} <= {True, False, None}
    assert any(row["determined"] for row in rows)
    right = [
        {"question": r["question"], "said": f"Well.\nThe answer is: {r['answer']}"} for r in rows
    ]
    write_rows(Path("said.jsonl"), right)
    said = mmeval(
        *("run", "--benchmark", "./turned.jsonl", "--engine", "replay", "--model", "me"),
        *("--responses", "said.jsonl", "--text", "said", "--out", "back", "--json"),
    )
    assert said.status == 0, said.err
    [summary] = json.loads(said.out)
    assert summary["benchmark"] == "turned"
    assert summary["checkers"]["mmeval/1"]["accuracy"] == 1.0
    asked = list(RunDir(Path("back")).problems())
    assert [problem.meta["twin"] for problem in asked] == [row["twin"] for row in rows]


def test_the_reversal_gap_reads_which_are_determined(mmeval: Mmeval) -> None:
    pytest.importorskip("pandas", reason="analyse: pandas is not installed")
    source = ("--benchmark", "wordproblems", "--limit", "5")
    backward = ("augment", "backward", *source, "--per-question", "1", "--out", "turned.jsonl")
    assert mmeval(*backward).status == 0
    rows = read_rows(Path("turned.jsonl"))
    both = [(r["original_question"], r["original_answer"]) for r in rows]
    both += [(r["question"], r["answer"]) for r in rows]
    write_rows(
        Path("said.jsonl"), [{"question": q, "said": f"The answer is: {a}"} for q, a in both]
    )
    replay = ("--engine", "replay", "--model", "me", "--responses", "said.jsonl", "--text", "said")
    assert mmeval("run", *source, *replay, "--out", "forward").status == 0
    assert mmeval("run", "--benchmark", "./turned.jsonl", *replay, "--out", "back").status == 0
    said = mmeval("analyse", "reversal_gap", "forward", "back", "--checker", "mmeval/1", "--csv")
    assert said.status == 0, said.err
    assert ",determined,yes," in said.out


def test_mix_by_type_from_the_command_line(mmeval: Mmeval) -> None:
    outputs = [(PENS, RIGHT), (EGGS, "So 396. The answer is 396")]
    assert mmeval("augment", "answers", *replayed(outputs)).status == 0
    said = mmeval("augment", "mix", "made/rows.jsonl", "--allow-overlap", "--out", "train.json")
    assert said.status == 0, said.err
    assert "GSM_AnsAug               2" in said.out and "2 rows are in train.json" in said.out
    assert len(json.loads(Path("train.json").read_text())) == 2
    said = mmeval("augment", "mix", "made/rows.jsonl", "--allow-overlap", "--check", "--json")
    assert json.loads(said.out)["types"] == {"GSM_AnsAug": 2}


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("--check",), "name the test sets that must not be in the data"),
        (("--allow-overlap",), "say --out FILE to write a set, or --check"),
        (("--check", "--allow-overlap", "--preset", "metamath"), "no preset is called 'metamath'"),
        (("--check", "--allow-overlap", "--count", "SV"), "--count SV: must be TYPE=N"),
        (("--check", "--allow-overlap", "--scale", "2"), "--scale must be in (0, 1], got 2.0"),
        (("--out", "o", "--allow-overlap", "--preset", "metamathqa"), "there are too few rows"),
    ],
)
def test_a_mix_that_cannot_be_meant_is_refused(
    mmeval: Mmeval, args: tuple[str, ...], complaint: str
) -> None:
    said = mmeval("augment", "mix", "questions.jsonl", *args)
    assert said.status == 2 and complaint in said.err


def test_a_mix_says_what_a_comparison_by_text_alone_lets_pass(mmeval: Mmeval) -> None:
    write_rows(Path("some.jsonl"), [{"query": "How many?", "response": "The answer is: 5"}])
    against = ("--against", "wordproblems", "--embedder", "none")
    said = mmeval("augment", "mix", "some.jsonl", "--check", *against)
    assert said.status == 0, said.err
    assert "left out for overlap: 0 (against wordproblems test)\n" in said.out
    assert "compared by text alone, so that most copies with" in said.out
    row = json.loads(mmeval("augment", "mix", "some.jsonl", "--check", *against, "--json").out)
    assert (row["embedder"], len(row["caveats"])) == (None, 1)


def test_a_mix_complains_of_files_first_and_of_its_own_options(mmeval: Mmeval) -> None:
    said = mmeval("augment", "mix", "nowhere.jsonl", "--check")
    assert said.status == 2 and "no file at nowhere.jsonl" in said.err
    write_rows(Path("bare.jsonl"), [{"text": "How many?"}])
    said = mmeval("augment", "mix", "bare.jsonl", "--check", "--allow-overlap")
    assert said.status == 2 and "the row has text; rename the file's fields" in said.err
    assert "--question" not in said.err and "--answer" not in said.err


def test_a_full_disk_names_the_command_that_goes_on(
    mmeval: Mmeval, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replayed([(PENS, RIGHT), (EGGS, "So 36 * 11 = 396.\nThe answer is 396.")])
    whole = Appender.append

    def full(self: Appender, generation: Generation) -> None:
        if generation.text.startswith("So"):
            raise RunFailed("generations.jsonl cannot be written: No space left on device")
        whole(self, generation)

    monkeypatch.setattr(Appender, "append", full)
    said = mmeval("augment", "answers", *options)
    assert said.status == 1 and "No space left on device" in said.err
    assert "1 of 2 answers are kept in made/steps/answers" in said.err
    command = said.err.rpartition("resume with: mmeval ")[2]
    monkeypatch.setattr(Appender, "append", whole)
    said = mmeval(*shlex.split(command))
    assert said.status == 0 and len(read_rows(Path("made/rows.jsonl"))) == 2


def test_a_step_that_another_was_made_from_is_not_asked_again(mmeval: Mmeval) -> None:
    options = replayed([(PENS, REPHRASED), (EGGS, None), (REPHRASED, RIGHT)])
    assert mmeval("augment", "rephrase", *options).status == 0
    first = RunDir(Path("made/steps/rephrase"))
    before = first.generations_file.read_bytes()
    assert mmeval("augment", "rephrase", *options).status == 0  # what failed stays failed
    assert first.generations_file.read_bytes() == before
