"""Groups of answers: shares with intervals, and thirds by length."""

from __future__ import annotations

import pandas as pd
import pytest

from mmeval.errors import DataError
from mmeval.results.groups import mean_of, share, thirds


def test_what_could_not_be_told_is_not_right_but_could_be() -> None:
    frame = pd.DataFrame(
        {"problem_id": list("abcd"), "right": [1, 0, 0, 1], "told": [True, True, False, True]}
    )
    found = share(frame)
    assert (found.problems, found.answers) == (4, 4)
    assert (found.accuracy, found.accuracy_high) == (0.5, 0.75)
    assert found.low < 0.5 < found.high


def test_nothing_measured_is_no_accuracy() -> None:
    with pytest.raises(DataError, match="no answers"):
        share(pd.DataFrame({"problem_id": [], "right": [], "told": []}))
    with pytest.raises(DataError, match="no problems"):
        mean_of([], [])


def test_ties_of_length_go_by_place_and_parts_differ_by_one_at_most() -> None:
    frame = pd.DataFrame(
        {"problem_id": list("abcdeabcde"), "length": [5] * 10, "position": [0, 1, 2, 3, 4] * 2}
    )
    parts = thirds(frame, "length")
    assert list(parts.values()) == ["short", "medium", "medium", "long", "long"]
    assert list(parts) == list("abcde")
