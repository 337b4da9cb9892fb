"""Many findings as one: a difference decides, an open point leaves it open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmeval.answers.comparison.match import Match, every

FINDINGS = st.lists(st.sampled_from([True, False, None]), max_size=8)


@given(FINDINGS)
def test_every_is_false_before_open_before_true(findings: list[bool | None]) -> None:
    expected = False if False in findings else None if None in findings else True
    assert every((Match(each, "item") for each in findings), "list") == Match(expected, "list")


def test_nothing_after_the_first_difference_is_compared() -> None:
    def findings() -> Iterator[Match]:
        yield Match(None, "item")
        yield Match(False, "item")
        pytest.fail("compared on")

    assert every(findings(), "list").same is False
