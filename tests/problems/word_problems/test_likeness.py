"""How alike templates are: by their words without what is drawn, and by what they calculate."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.problems.word_problems import likeness
from mmeval.problems.word_problems import template as templates
from tests.builders.template_files import GOOD, write


def test_a_shape_is_what_is_left_without_what_is_drawn(tmp_path: Path) -> None:
    (one,) = templates.load(write(tmp_path, GOOD))
    assert likeness.shape(one) == (
        "@ bakes # trays of * # on each @ buys # of them how many * has @ left and is one * among "
        "@ own"
    )
    assert likeness.similarity(one, one) == 1.0


def test_templates_that_differ_only_in_what_is_drawn_are_found_out(tmp_path: Path) -> None:
    begin = GOOD.index("[[template]]")
    disguised = (
        GOOD[begin:]
        .replace('"trays"', '"pots"', 1)
        .replace("{trays}", "{pots}")
        .replace("{sold}", "{lost}")
        .replace("{cake", "{flower")
        .replace("trays =", "pots =")
        .replace("sold =", "lost =")
        .replace("cake =", "flower =")
        .replace("trays * each", "pots * each")
        .replace("total - sold", "total - lost")
    )
    first, second = templates.load(write(tmp_path, GOOD + disguised))
    assert likeness.shape(first) == likeness.shape(second)
    assert likeness.calculation(first) == likeness.calculation(second) == "# * # - #"
    assert [pair[2] for pair in likeness.overlap([first], [second])] == [1.0]
    lines = dict(likeness.describe({"one": [first], "two": [second]}))
    assert lines["overlap"] == "1 of 1 two templates are in one"


def test_a_reworded_template_is_still_near_enough_to_count(tmp_path: Path) -> None:
    other = GOOD[GOOD.index("[[template]]") :].replace('"trays"', '"again"', 1)
    reworded = other.replace("How many {cake} has {he} left", "How many {cake} does {he} keep")
    first, second = templates.load(write(tmp_path, GOOD + reworded))
    assert likeness.shape(first) != likeness.shape(second)
    assert len(list(likeness.overlap([first], [second]))) == 1


def test_a_similarity_is_the_share_of_trigrams_in_common(tmp_path: Path) -> None:
    begin = GOOD.index("[[template]]")
    other = GOOD[begin:].replace('"trays"', '"again"', 1).replace("bakes", "makes")
    first, second = templates.load(write(tmp_path, GOOD + other))
    # 27 words are 25 trigrams, of which `bakes`, the second word, is in two
    assert likeness.similarity(first, second) == pytest.approx(23 / 27)


def test_what_two_splits_have_in_common_is_told_in_lines(tmp_path: Path) -> None:
    (one,) = templates.load(write(tmp_path, GOOD))
    lines = dict(likeness.describe({"train": [one], "test": [one, one]}))
    assert lines["templates"] == "1 train, 2 test"
    assert lines["by steps"] == "2: 1 train, 2 test"
    assert lines["nearest"].startswith("1.00 of word trigrams")
    assert lines["formulas"].startswith("2 of 2 test templates calculate")
