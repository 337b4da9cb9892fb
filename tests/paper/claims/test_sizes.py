"""One arm ahead of another at each size of data, and what the last step of size brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.paper.claims.sizes import AtEachSize, Saturates
from mmeval.paper.printed import Numbers, Printed
from mmeval.stats.intervals import difference_bounds
from tests.builders.seeded_runs import claimed, found_in, seeded

SATURATES = Saturates(
    series="AnsAug",
    benchmark="gsm8k",
    margin=1.0,
    pair=(("text", "80K"), ("text", "100K")),
    problems=1000,
)


def sized(folder: Path, arm: str, rows: int, letters: str, base: str = "tiny-1b") -> None:
    facts = {"rows": rows, "base": base, "response_tokens": rows * 100}
    seeded(folder, arm, 0, letters, facts=facts)


def test_two_arms_are_compared_at_equal_rows(tmp_path: Path) -> None:
    sized(tmp_path, "SFT", 200, "RRWW")
    sized(tmp_path, "SFT", 100, "RWWW")
    sized(tmp_path, "SFT", 400, "RRRR")  # AnsAug has no such size
    sized(tmp_path, "AnsAug", 100, "RRRW")
    sized(tmp_path, "AnsAug", 200, "RRRW")
    sized(tmp_path, "AnsAug", 200, "WWWW", base="tiny-2b")  # and SFT no such base
    claim = AtEachSize(better="AnsAug", worse="SFT", benchmark="gsm8k")
    assert [each.value for each in claim.measured(found_in(tmp_path))] == [50.0, 25.0]
    assert str(claim.region) == "above 0"
    assert claim.printed(Numbers(all=())) == []


def test_what_the_last_step_brings_is_that_of_the_two_largest_sizes(tmp_path: Path) -> None:
    for rows, letters in ((20_000, "RRWW"), (1_500, "RWWW"), (40_000, "RRRW")):
        sized(tmp_path, "AnsAug", rows, letters)
    sized(tmp_path, "AnsAug", 100, "WWWW", base="tiny-2b")  # a single size is no step
    (found,) = SATURATES.measured(found_in(tmp_path))
    assert (found.on, found.value, found.n) == ("tiny + AnsAug (20K to 40K)", 25.0, 4)
    assert str(SATURATES.region) == "below 1"


def test_what_was_printed_has_newcombes_interval_of_its_problems() -> None:
    printed = [
        Printed(element="text", model=model, metric="accuracy %", value=value)
        for model, value in (("80K", 64.2), ("100K", 64.5))
    ]
    (found,) = SATURATES.printed(Numbers(all=tuple(printed)))
    low, high = difference_bounds((642, 1000), (645, 1000))
    assert found.n == 1000
    assert found.value == pytest.approx(0.3)
    assert found.bounds is not None
    assert found.bounds(0.95) == pytest.approx((100 * low, 100 * high))
    assert SATURATES.printed(Numbers(all=tuple(printed[:1]))) == []


def test_seeds_are_no_sizes(tmp_path: Path) -> None:
    """Equal tokens are not equal rows: 98 rows and 104 are no step of size."""
    for seed, rows in ((0, 98), (1, 104)):
        seeded(tmp_path, "AnsAug", seed, "RW" * 50, facts={"rows": rows})
    assert claimed(tmp_path, "Answer augmentation saturates") == []


def test_a_hundredth_more_is_no_step_of_size(tmp_path: Path) -> None:
    """100K to 101K brought nothing, and that is no saturation."""
    sized(tmp_path, "AnsAug", 100_000, "RWWW")
    sized(tmp_path, "AnsAug", 101_000, "RWWW")
    assert SATURATES.measured(found_in(tmp_path)) == []
    sized(tmp_path, "AnsAug", 80_000, "WWWW")
    (found,) = SATURATES.measured(found_in(tmp_path))
    assert (found.on, found.value) == ("tiny + AnsAug (80K to 101K)", 25.0)


def test_data_that_keep_rising_gain_by_their_last_step(tmp_path: Path) -> None:
    for rows, right in ((20_000, 100), (40_000, 200), (80_000, 300)):
        sized(tmp_path, "all", rows, "R" * right + "W" * (400 - right))
    (row,) = claimed(tmp_path, "Bootstrapped data keep rising")
    assert (row.estimate.on, row.decision) == ("tiny + all (40K to 80K)", "supported")
    sized(tmp_path, "all", 160_000, "R" * 300 + "W" * 100)
    (row,) = claimed(tmp_path, "Bootstrapped data keep rising")
    assert row.decision == "not decided"
