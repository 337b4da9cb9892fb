"""What one checker said about the answers to a problem, between its two bounds."""

from __future__ import annotations

import msgspec
import pytest

from mmeval.records import OUTCOMES
from mmeval.results.verdict_rows import ONE, Answers, VerdictKey, VerdictRow


@pytest.mark.parametrize(
    ("answers", "low", "high"),
    [
        (Answers(4, 1, 0, 0), 0.25, 0.25),
        (Answers(4, 1, 1, 2), 0.25, 1.0),
        (Answers(1, 0, 0, 1), 0.0, 1.0),
    ],
)
def test_what_is_not_decided_lies_between_two_shares(
    answers: Answers, low: float, high: float
) -> None:
    assert (answers.low, answers.high) == (low, high)


def test_one_answer_is_counted_by_its_outcome_and_several_add_up() -> None:
    assert set(ONE) == set(OUTCOMES)
    assert ONE["right"] == (1, 1, 0, 0)
    assert ONE["wrong"] == ONE["no_answer"] == (1, 0, 0, 0)
    assert ONE["undecided"] == (1, 0, 1, 0)
    assert ONE["failed"] == (1, 0, 0, 1)
    both = ONE["right"].plus(ONE["failed"])
    assert both == Answers(2, 1, 0, 1) and isinstance(both, Answers)


def test_a_verdict_is_read_with_as_much_as_is_asked_for() -> None:
    line = b'{"problem_id": "a", "outcome": "right", "extracted": "5", "other": 1}'
    assert msgspec.json.decode(line, type=VerdictKey) == VerdictKey(problem_id="a", outcome="right")
    assert msgspec.json.decode(line, type=VerdictRow).extracted == "5"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"problem_id": "a", "outcome": "good"}', type=VerdictKey)
