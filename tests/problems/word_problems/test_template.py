"""Template files are read whole or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.errors import DataError, MissingData
from mmeval.problems.word_problems import template as templates
from tests.builders.template_files import GOOD, write


def test_a_template_file_is_read_with_its_wordings_and_words(tmp_path: Path) -> None:
    (template,) = templates.load(write(tmp_path, GOOD))
    assert template.id == "trays"
    assert [step.name for step in template.steps] == ["total", "left"]
    assert [len(step.says) for step in template.steps] == [2, 1]
    assert len(template.wordings) == 2
    assert template.answered is not None
    assert list(template.numbers["each"]) == list(range(6, 25, 2))
    assert {role.base: role.count for role in template.roles} == {"name": 2, "cake": 1}
    assert {role.base: role.entries for role in template.roles}["cake"] == (
        ("muffins", "muffin"),
        ("rolls", "rolls"),
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[names]", "[names", "not TOML"),
        ("[[template]]", "[[templates]]", r"no \[\[template\]\]"),
        ('id = "trays"', "", "number 1.*'id' is missing"),
        ('ask = "', 'aks = "', "unknown keys aks"),
        ("trays * each", "trays ** each", "cannot be read"),
        ("trays * each", "trays * every", "known values"),
        ("trays * each", "each * 2", "never used in a step: trays"),
        ("left = total - sold", "rest = 9 * sold", "never used in a step: total"),
        ("left = total - sold", "total = total - sold", "new name"),
        ("total - sold", "", "cannot be read"),
        ("left = total - sold", "total - sold", "must be 'name = formula'"),
        ('"{He} has {=} left."', '"{He} has some left."', "one {=}"),
        ("{sold} of them", "all of them", "question: number 'sold' must appear once, not 0"),
        ("{sold} of them", "{sold} of {sold}", "appear once, not 2"),
        ("sold = [5, 20]", "sold = [1, 20]", "at least 2"),
        ("sold = [5, 20]", "sold = [20, 5]", "at least 2"),
        ("sold = [5, 20]", "sold = [5]", "index"),
        ("sold = [5, 20]", "sold = 5", "subscriptable"),
        ("{name} bakes {trays}", "{baker} bakes {trays}", "unknown placeholder {baker}"),
        ("{name} bakes {trays}", "{name4} bakes {trays}", "'name' needs 4 entries"),
        ("{name} bakes {trays}", "{na-me} bakes {trays}", "unknown placeholder {na-me}"),
        ("{name} bakes {trays}", "{name bakes {trays}", "lone braces"),
        ("How many", "Of 12, how many", "no digits"),
        ("How many", "How many\u00e9", "non-ASCII"),
        ("trays with {each} each", "trays", "paraphrase 1: number 'each' must appear once, not 0"),
        ("Less {sold}?", "Less {sold}, {left}?", "paraphrase 1: gives away .* worked out: left"),
        ("Less {sold}?", "Less {sold} is {=}?", "may not hold {=}"),
        ("Less {sold}?", "Less {sold} for {name3}?", "names 'name' 3, which the first do not"),
        ('"That makes {=} {cake}."', '"That makes {=} {pie}."', "names 'pie' 1"),
        ("{name} has {=} {cake} left.", "{name} has some left.", "must state the answer"),
        ("{=} {cake} left.", "{=} of {trays} left.", "answered: number 'trays' must appear once"),
        ('each.", ask = ', 'each.", aks = ', "the key 'ask' is missing"),
        ('"left >= 5"', '"left"', "must compare"),
        ('"left >= 5"', '"left >= 5; 1"', "cannot be read"),
        ('"left >= 5"', '"rest >= 5"', "requirement .* the unknown rest"),
        ('id = "trays"', 'id = "trays"\nsmall = 1', "small must be true or false, not 1"),
    ],
)
def test_a_wrong_template_is_refused_with_file_and_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(DataError, match=reason) as refused:
        templates.load(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_templates_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="another template has this id"):
        templates.load(write(tmp_path, GOOD + GOOD[GOOD.index("[[template]]") :]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"nowhere\.toml"):
        templates.load(tmp_path / "nowhere.toml")
