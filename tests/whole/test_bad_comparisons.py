"""Runs that say little or nothing about each other, made and compared at the command line: each
has a clear answer, and never a certain one."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from mmeval.cli import main
from tests.builders.jsonl_files import write_rows

ANN = "Ann has {} pens and buys {}. How many has she?"
QUESTIONS = [(ANN.format(i, i + 1), 2 * i + 1) for i in range(40)]
UNREADABLE = "The answer is: 12 34"


class Done(NamedTuple):
    """A command that ended."""

    exit_code: int
    said: str
    """What it printed, white space apart."""


def call(*arguments: object) -> Done:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:  # the terminal wants its number
        with (
            mock.patch.object(sys, "argv", ["mmeval", *map(str, arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        out.seek(0)
        return Done(int(ended.value.code or 0), " ".join(out.read().split()))


def ask(folder: Path, name: str, *options: str, **how: Any) -> Path:
    """A run folder of outputs that were there: `texts` answers each, of the first `n` problems."""
    texts, n, add = how.get("texts", 1), how.get("n", 40), how.get("add", 0)
    meta = how.get("meta", {})
    bench, out = folder / name / "pens.jsonl", folder / name / "out.jsonl"
    bench.parent.mkdir()
    golds = QUESTIONS[:n]
    write_rows(bench, [{"question": q, "answer": str(g + add)} | meta for q, g in golds])
    text = how.get("text", "The answer is: {}")
    asked = [texts] * n if isinstance(texts, int) else texts
    rows = [
        {"question": q, "out": [text.format(g + add)] * k}
        for (q, g), k in zip(golds, asked, strict=True)
    ]
    write_rows(out, rows)
    run = folder / name / "run"
    made = call(
        *("run", "--engine", "replay", "--responses", out, "--text", "out", "--model", name),
        *("--benchmark", bench, "--out", run, *options),
    )
    assert (run / "summary.json").is_file(), made.said
    return run


def gate(a: Path, b: Path) -> Done:
    return call("gate", "--baseline", a, "--candidate", b, "--max-drop", 1)


SETTINGS: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "another prompt": (("--prompt", "chat"), {}, "Asked otherwise: prompts differ"),
    "more answers": ((), {"texts": 2}, "Asked otherwise: answers a problem: 1 and 2"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_was_asked_otherwise_is_said(name: str, tmp_path: Path) -> None:
    options, how, words = SETTINGS[name]
    a, b = ask(tmp_path, "a"), ask(tmp_path, "b", *options, **how)
    done = gate(a, b)
    assert done.exit_code == 3 and words in done.said
    assert words.removeprefix("Asked otherwise: ") in call("compare", a, b).said


OTHERS: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "a part of the problems": ((), {"n": 12}, "12 in both; --common compares those"),
    "other golds": ((), {"add": 1}, "they were judged on other data"),
    "another checker": (("--checker", "metamath-gsm8k/1"), {}, "no checker judged both"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("verb", ["gate", "compare"])
def test_runs_on_other_data_or_by_other_rules_are_not_compared(
    verb: str, name: str, tmp_path: Path
) -> None:
    options, how, words = OTHERS[name]
    a, b = ask(tmp_path, "a"), ask(tmp_path, "b", *options, **how)
    done = gate(a, b) if verb == "gate" else call("compare", a, b)
    assert done.exit_code == 2 and words in done.said


FEW: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "one problem": ({"n": 1}, {"n": 1}, "at least -100.0 and at most +100.0"),
    "one problem, 16 answers": ({"n": 1, "texts": 16}, {"n": 1, "texts": 16}, "at most +100.0"),
    "one cluster": (
        {"meta": {"template": "pens"}},
        {"meta": {"template": "pens"}},
        "at least -100.0 and at most +100.0",
    ),
    "no discordant pair": ({}, {}, "0 of them differ"),
    "no discordant pair, 4 answers": ({"texts": 4}, {"texts": 4}, "0 of them differ"),
    "all undecided": ({"text": UNREADABLE}, {"text": UNREADABLE}, "-100.0 and +100.0 points"),
    "all of the candidate undecided": ({}, {"text": UNREADABLE}, "-100.0 and +0.0 points"),
    "all of the baseline undecided": ({"text": UNREADABLE}, {}, "+0.0 and +100.0 points"),
}


@pytest.mark.parametrize("name", FEW)
def test_what_says_nothing_cannot_be_told(name: str, tmp_path: Path) -> None:
    first, second, words = FEW[name]
    a, b = ask(tmp_path, "a", **first), ask(tmp_path, "b", **second)
    done = gate(a, b)
    assert done.exit_code == 3 and words in done.said
    if "all" in name:
        assert "is called regressed" not in done.said
    compared = call("compare", a, b)
    assert compared.exit_code == 0 and "p = 1 " in compared.said


@pytest.mark.parametrize("analysis", ["pass_at_k", "maj_at_k"])
def test_k_goes_to_the_fewest_answers_of_a_problem(analysis: str, tmp_path: Path) -> None:
    uneven = ask(tmp_path, "a", texts=[2] + [4] * 39)
    done = call("analyse", analysis, uneven)
    assert done.exit_code == 0
    assert "has 2 to 4 answers a problem: k goes to 2, the fewest" in done.said
    assert f"{analysis[:4]}@2".replace("_", "") in done.said
