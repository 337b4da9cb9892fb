"""A report in words and cells for people."""

from __future__ import annotations

import pytest

from mmeval.records import Column, Fact, Report, Scalar
from mmeval.results.report_words import cell, words


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("fraction", 0.6651, "66.5 %"),
        ("nats", 1234.56, "1,234.6"),
        ("rows", 12345, "12,345"),
        ("fraction", None, "-"),
    ],
)
def test_a_value_is_said_for_people(unit: str, value: Scalar, said: str) -> None:
    assert cell(Column(name="x", unit=unit), value) == said


def test_a_name_of_somebody_elses_moves_no_cursor() -> None:
    said = cell(Column(name="x"), "a\x1b[31m\nb")
    assert said.startswith("a") and said.endswith("b")
    assert "\x1b" not in said and "\n" not in said


def test_the_words_are_the_summary_the_notes_and_what_was_published() -> None:
    facts = (
        Fact(model="M", size="7B", benchmark="gsm8k", value=0.665, source="T. 2"),
        Fact(model="N", benchmark="gsm8k", value=0.5, source="T. 3"),
    )
    report = Report(
        analysis="a", columns=(), rows=(), summary="So.", notes=("One.", "Two."), published=facts
    )
    assert list(words(report)) == [
        "So.",
        "One.",
        "Two.",
        "published: M 7B on gsm8k 66.5 % (T. 2)",
        "published: N on gsm8k 50.0 % (T. 3)",
    ]
