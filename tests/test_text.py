"""How other people's strings are shown: one rule for a terminal, a page and an XML file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmeval.results.site.markup import _visible
from mmeval.text import first_line, markdown_table, normalised, printable, shown

ESCAPE = "a\x1b[31m\n\u202eb\ud83dé"


def test_one_rule_says_what_is_shown_wherever_it_is_shown() -> None:
    assert shown(ESCAPE) == "a?[31m??b?é"
    assert printable(ESCAPE) == shown(ESCAPE).replace("?", "\ufffd")
    assert _visible(ESCAPE) == "a\ufffd[31m\n\ufffdb\ufffdé"
    assert shown(ESCAPE, kept="\n\t") == "a?[31m\n?b?é"


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_through_ascii_gives_what_the_long_one_does(text: str) -> None:
    assert normalised(text) == normalised(f"{text} \u00b5")[:-1].rstrip(" ")


@pytest.mark.parametrize(
    ("numbers", "rule"), [(0, "|---|---|"), (1, "|---|---:|"), (2, "|---:|---:|")]
)
def test_a_table_has_a_rule_and_a_line_for_each_row(numbers: int, rule: str) -> None:
    lines = list(markdown_table(("a", "b"), [("1", "2"), ("3", "4")], numbers))
    assert lines == ["| a | b |", rule, "| 1 | 2 |", "| 3 | 4 |"]


def test_an_error_without_a_message_is_its_type() -> None:
    assert first_line(ValueError("one\ntwo")) == "one"
    assert first_line(ValueError()) == "ValueError"
