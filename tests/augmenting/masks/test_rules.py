"""Masking rules by name, and what every rule keeps to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.augmenting.masks.improved import improved_masks
from mmeval.augmenting.masks.published import masks
from mmeval.augmenting.masks.rules import RULES, rule_named
from tests.builders.number_texts import TEXT


def test_a_rule_goes_by_its_name() -> None:
    assert rule_named("published") is masks
    assert rule_named("improved") is improved_masks
    with pytest.raises(KeyError):
        rule_named("better")


@settings(deadline=None)
@given(TEXT, st.sampled_from(sorted(RULES)))
def test_only_the_token_is_changed(question: str, name: str) -> None:
    for mask in rule_named(name)(question, "GSM"):
        assert question[mask.at : mask.to] == mask.token
        assert mask.question.startswith(question[: mask.at])
        assert mask.question.endswith(question[mask.to :])
        assert "x" in mask.question[mask.at :]
