"""Forms of an answer, sums over tokens, statistics of a set: by hand and a second way."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

from mmeval.records import Scored
from mmeval.training_data.perplexity.scores import (
    BARE,
    FORMS,
    answer_forms,
    closing_answer,
    perplexity,
    score_of,
    summarise,
)
from tests.builders.scored_rows import NLLS, row

np = pytest.importorskip("numpy", reason="perplexity: numpy is not installed")


# --- forms ---------------------------------------------------------------------------


def test_the_first_form_is_the_bare_gold() -> None:
    assert next(iter(FORMS)) == BARE
    assert answer_forms("1,450")[BARE] == "1,450"


def test_each_form_says_the_gold_and_nothing_of_the_template() -> None:
    for gold in ("7", r"\frac{1}{2}", "{gold}", "%s {0}"):
        assert answer_forms(gold)["The answer is: N"] == f"The answer is: {gold}"
        assert answer_forms(gold)["boxed N"] == f"\\boxed{{{gold}}}"


@pytest.mark.parametrize(
    ("response", "answer", "why"),
    [
        ("So 3.\n#### 3\nThe answer is: 3", "3", "MetaMathQA, GSM rows"),
        ("So it is.\nThe answer is: $x^2$", "$x^2$", "MetaMathQA, MATH rows"),
        ("He ate <<3*2=6>>6.\n#### 1,450", "1,450", "GSM8K: commas are kept"),
        ("The answer is 7.\nBut no.\nThe answer is 8.", "8", "the last one counts"),
        ("Thus.\nThe answer is: 2.5.", "2.5", "a full stop is no part of it"),
        ("### 5", None, "another mark"),
        ("The value of x is 5.", None, "GSM8K-Backward, gpt style: it does not close"),
        ("#### \nThe answer is: ", None, "nothing behind the mark"),
        ("", None, "nothing at all"),
    ],
)
def test_the_closing_answer(response: str, answer: str | None, why: str) -> None:
    assert closing_answer(response) == answer, why


# --- sums ----------------------------------------------------------------------------


def test_a_score_is_the_sum_over_tokens() -> None:
    scored = Scored(
        id="k",
        prompt_logprobs=(-0.25, -0.5),
        response_logprobs=(-1.0, -2.0, -3.0),
        bytes=12,
        words=2,
        truncated=True,
    )
    score = score_of(scored)
    assert (score.nll, score.tokens) == (6.0, 3)
    assert (score.whole_nll, score.whole_tokens) == (6.75, 5)
    assert (score.bytes, score.words, score.truncated, score.error) == (12, 2, True, None)


def test_an_item_without_numbers_is_an_error_and_no_zero() -> None:
    assert score_of(Scored(id="k", error="NaN")).error == "NaN"
    assert score_of(Scored(id="k", prompt_logprobs=(-1.0,))).error is not None


def test_perplexity_by_hand() -> None:
    assert perplexity(3 * math.log(2), 3) == pytest.approx(2)
    assert perplexity(0.0, 5) == 1
    assert perplexity(1e6, 1) == math.inf


# --- statistics ----------------------------------------------------------------------


@given(NLLS)
@settings(deadline=None)
def test_statistics_are_those_of_a_plain_loop(pairs: list[tuple[float, int]]) -> None:
    rows = [row(nll, tokens) for nll, tokens in pairs]
    found = summarise(rows)
    each = [math.exp(nll / tokens) for nll, tokens in pairs]
    total, tokens = sum(nll for nll, _ in pairs), sum(count for _, count in pairs)
    assert (found.n, found.tokens, found.failed) == (len(pairs), tokens, 0)
    wanted = {
        "median": float(np.median(each)),
        "mean": sum(each) / len(each),
        "min": min(each),
        "max": max(each),
        "q1": float(np.percentile(each, 25)),
        "q3": float(np.percentile(each, 75)),
        "token_perplexity": math.exp(total / tokens),
        "byte_perplexity": math.exp(total / (4 * tokens)),
        "bits_per_byte": total / (4 * tokens) / math.log(2),
        "word_perplexity": math.exp(total / sum(max(1, count // 2) for _, count in pairs)),
        "whole_token_perplexity": math.exp(2 * total / (2 * tokens + len(pairs))),
        "whole_median": float(np.median([math.exp(2 * n / (2 * t + 1)) for n, t in pairs])),
    }
    for name, value in wanted.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-9), name
    assert found.byte_perplexity == pytest.approx(2 ** (found.bits_per_byte or 0), rel=1e-9)


def test_a_failed_row_is_counted_and_in_no_number() -> None:
    rows = [row(10.0), row(20.0), row(0.0, 0, error="NaN")]
    found = summarise(rows)
    assert (found.n, found.failed) == (2, 1)
    assert found == replace(summarise(rows[:2]), failed=1)


def test_a_set_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        summarise([])
