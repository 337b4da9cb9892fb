"""Rewards, in the forms in which trainers call them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from mmeval.errors import ConfigError, UnknownName
from mmeval.records import Outcome, Verdict
from mmeval.rewards import TrlReward, reward, text_of, trl_reward, verl_score

SUM = r"\int_0^1 e^{x^2} \mathrm{d}x"


@pytest.mark.parametrize(
    ("outcome", "value"),
    [("right", 1.0), ("wrong", 0.0), ("no_answer", 0.0), ("undecided", None), ("failed", None)],
)
def test_what_could_not_be_told_has_no_reward(outcome: Outcome, value: float | None) -> None:
    assert reward(Verdict(problem_id="p", outcome=outcome, checker="c/1")) == value


@pytest.mark.parametrize("column", ["answer", "gold", "ground_truth", "solution", "target"])
def test_trl_calls_it_with_the_columns_of_its_data(column: str) -> None:
    texts = ["It is 18.", r"\boxed{19}", r"\boxed{x \odot y}"]
    golds = ["18", "18", SUM]
    given: dict[str, Any] = {"prompts": ["q"] * 3, "completion_ids": [[1]] * 3, column: golds}
    assert trl_reward(texts, **given) == [1.0, 0.0, None]


def test_of_a_chat_the_last_message_counts() -> None:
    chat = [{"role": "user", "content": "5?"}, {"role": "assistant", "content": "It is 18."}]
    assert trl_reward([chat], answer=["18"]) == [1.0]
    assert text_of([{"role": "assistant", "content": [{"type": "text", "text": "18"}]}]) == "18"
    assert text_of([]) == ""


def test_a_reward_of_another_checker_and_column() -> None:
    other = TrlReward(checker="metamath-gsm8k/1", gold="final")
    assert other(["The answer is: 18"], final=["18"], answer=["19"]) == [1.0]
    assert other.__name__ == "metamath_gsm8k_1"
    assert pickle.loads(pickle.dumps(other))(["The answer is: 18"], final=["18"]) == [1.0]
    with pytest.raises(UnknownName):
        TrlReward(checker="nobodys/9")(["18"], answer=["18"])


def test_a_data_set_without_golds_is_refused() -> None:
    with pytest.raises(ConfigError, match="no column answer or gold"):
        trl_reward(["18"], prompts=["q"])


def test_verl_calls_it_with_one_answer() -> None:
    found = verl_score("gsm8k", "It is 18.", 18, {"index": 0})
    assert found == {"score": 1.0, "acc": 1.0, "undecided": 0.0, "pred": "18"}
    unclear = verl_score("x", r"\boxed{x \odot y}", SUM, None, undecided=0.5)
    assert (unclear["score"], unclear["acc"], unclear["undecided"]) == (0.5, 0.0, 1.0)


def test_the_functions_are_picklable_by_name() -> None:
    for function in (trl_reward, verl_score):
        assert pickle.loads(pickle.dumps(function)) is function
