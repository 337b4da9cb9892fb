"""The process of Math-Verify: JSON lines in, JSON lines out, nothing else on its output."""

from __future__ import annotations

import io
import json
import logging
import sys
from types import ModuleType
from typing import Any

import pytest

from mmeval.judging import mathverify_worker


def stand_in() -> ModuleType:
    """A `math_verify` that reads the last word, prints, gives up and breaks on demand."""

    def parse(text: str) -> list[Any]:
        print("noise")
        if "SLOW" in text:
            logging.getLogger("math_verify").warning("Timeout during parsing: %s", text)
        if "RAISE" in text or "MEMORY" in text:
            raise MemoryError if "MEMORY" in text else RuntimeError("no")
        word = text.strip("$").split()[-1]
        return [] if word == "nothing" else [object(), word]

    module = ModuleType("math_verify")
    module.parse = parse  # type: ignore[attr-defined]
    module.verify = lambda gold, found: gold[-1] == found[-1]  # type: ignore[attr-defined]
    return module


def answers(monkeypatch: pytest.MonkeyPatch, *requests: tuple[str, str]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"text": text, "gold": gold}) + "\n" for text, gold in requests)
    output = io.StringIO()
    monkeypatch.setitem(sys.modules, "math_verify", stand_in())
    monkeypatch.setattr(mathverify_worker, "_limit_memory", lambda: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    logger = logging.getLogger("math_verify")
    before = list(logger.handlers)
    try:
        mathverify_worker.main()
    finally:
        logger.handlers = before
    ready, *rows = [json.loads(line) for line in output.getvalue().splitlines()]
    assert ready == {"ready": True}
    return rows


@pytest.mark.parametrize(
    ("text", "gold", "outcome", "note"),
    [
        ("so 7", "7", "right", None),
        ("so 8", "7", "wrong", None),
        ("nothing", "7", "no_answer", None),
        ("so 7", "nothing", "failed", "does not read the gold"),
        ("SLOW 8", "7", "undecided", "its own limit"),
        ("SLOW 7", "7", "right", None),  # it gave up on one step and was right by another
        ("RAISE 7", "7", "failed", "raised RuntimeError"),
        ("MEMORY 7", "7", "undecided", "memory"),
    ],
)
def test_a_row_has_an_outcome_and_its_reason(
    text: str, gold: str, outcome: str, note: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = answers(monkeypatch, (text, gold))
    assert row["outcome"] == outcome
    assert (note or "") in (row.get("note") or "") and (note is None) == (row.get("note") is None)


def test_a_limit_that_was_met_is_the_row_s_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answers(monkeypatch, ("SLOW 8", "7"), ("so 8", "7"))
    assert [row["outcome"] for row in rows] == ["undecided", "wrong"]


def test_a_long_answer_is_cut_for_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    [row] = answers(monkeypatch, ("so " + "9" * 1000, "7"))
    assert row["extracted"] == "9" * mathverify_worker.SHOWN
