"""Reward functions of a checker, in the forms that reinforcement-learning trainers call.

    from mmeval.rewards import trl_reward, verl_score

    GRPOTrainer(..., reward_funcs=trl_reward)             # TRL: a column `answer` holds the golds
    custom_reward_function.path=pkg://mmeval.rewards      # verl
    custom_reward_function.name=verl_score

A right answer is 1.0, a wrong one or none 0.0. What the checker cannot tell is not wrong: TRL
takes None for it and leaves the answer out; verl wants a number, `undecided`. Thread-safe, without
signals, and picklable by name; see docs/rewards.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmeval.errors import ConfigError
from mmeval.judging.judge import score
from mmeval.records import Verdict

GOLD_COLUMNS = ("answer", "gold", "ground_truth", "solution", "target")
"""Columns of a TRL data set that are taken for the golds, the first that is there."""


def reward(verdict: Verdict) -> float | None:
    """1.0 for right, 0.0 for wrong and for no answer, None for what could not be told."""
    if verdict.outcome in ("undecided", "failed"):
        return None
    return float(verdict.outcome == "right")


def trl_reward(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """A reward function of TRL's trainers; None where the checker cannot tell.

    `completions` are texts or chats, of which the last message counts. The golds are the data
    set's column `answer`, `gold`, `ground_truth`, `solution` or `target`, the bare answer.
    Raises ConfigError where there is none of them.
    """
    return rewards_of(completions, columns, "mmeval/1")


class TrlReward:
    """The same by another checker, or with the golds in another column; picklable.

    GRPOTrainer(..., reward_funcs=TrlReward(checker="metamath-gsm8k/1", gold="final"))
    """

    def __init__(self, checker: str = "mmeval/1", gold: str | None = None) -> None:
        self.checker = checker
        self.gold = gold
        self.__name__ = re.sub(r"\W+", "_", checker)  # TRL names its metrics after it

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """A reward a completion, as `trl_reward` gives it."""
        return rewards_of(completions, columns, self.checker, self.gold)


def rewards_of(
    completions: Sequence[Any], columns: Mapping[str, Any], checker: str, gold: str | None = None
) -> list[float | None]:
    """The rewards of texts or chats, given the columns of a data set."""
    named = GOLD_COLUMNS if gold is None else (gold,)
    golds = next((columns[name] for name in named if columns.get(name) is not None), None)
    if golds is None:
        raise ConfigError(
            f"the data set has no column {' or '.join(named)} with the golds; it has "
            f"{', '.join(sorted(columns)) or 'none'}; TrlReward(gold=...) names another"
        )
    texts = [text_of(each) for each in completions]
    return [reward(each) for each in score(texts, list(map(str, golds)), checker)]


def text_of(completion: Any) -> str:
    """The text of a completion: itself, or the last message of a chat."""
    if isinstance(completion, str):
        return completion
    content = completion[-1].get("content") if completion else ""
    if isinstance(content, list):  # parts of several kinds
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content or "")


def verl_score(  # noqa: PLR0913 - verl calls it so
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    checker: str = "mmeval/1",
    undecided: float = 0.0,
    **others: Any,
) -> dict[str, Any]:
    """A reward function of verl: `custom_reward_function.name=verl_score`.

    `checker` and `undecided`, the score of what cannot be told, are given in
    `custom_reward_function.reward_kwargs`. verl averages what else is in the result: `acc`, and
    `undecided`, the share that it says so little of.
    """
    del data_source, extra_info, others
    [verdict] = score([solution_str], [str(ground_truth)], checker)
    value = reward(verdict)
    return {
        "score": undecided if value is None else value,
        "acc": float(verdict.outcome == "right"),
        "undecided": float(value is None),
        "pred": verdict.extracted or "",
    }
