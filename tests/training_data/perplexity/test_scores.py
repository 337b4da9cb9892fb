"""Forms of an answer, sums over tokens, statistics of a set: by hand and a second way."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import UnknownName
from mmeval.records import Report, Scored, from_row, to_row
from mmeval.training_data.perplexity.report import as_json, make_report, summaries
from mmeval.training_data.perplexity.scores import (
    BARE,
    FORMS,
    WHOLE,
    Row,
    answer_forms,
    closing_answer,
    perplexity,
    score_of,
    summarise,
)

np = pytest.importorskip("numpy", reason="perplexity: numpy is not installed")


def row(nll: float, tokens: int = 10, **more: object) -> Row:
    given: dict[str, object] = {
        "set": "s",
        "form": WHOLE,
        "id": f"{nll}/{tokens}",
        "original": f"{nll}/{tokens}",
        "nll": nll,
        "tokens": tokens,
        "bytes": 4 * tokens,
        "words": max(1, tokens // 2),
        "whole_nll": 2 * nll,
        "whole_tokens": 2 * tokens + 1,
        "truncated": False,
    }
    return Row(**(given | more))  # type: ignore[arg-type]


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

NLLS = st.lists(st.tuples(st.floats(0, 200), st.integers(1, 60)), min_size=1, max_size=40)


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


@given(NLLS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_the_order_of_rows_changes_no_bit(
    pairs: list[tuple[float, int]], shuffle: random.Random
) -> None:
    rows = [row(nll, tokens, set=f"s{i % 2}") for i, (nll, tokens) in enumerate(pairs)]
    before = {(e.set, e.form): e for e in summaries(rows, "s0", resamples=100)}
    shuffle.shuffle(rows)
    assert {(e.set, e.form): e for e in summaries(rows, "s0", resamples=100)} == before


def test_a_failed_row_is_counted_and_in_no_number() -> None:
    rows = [row(10.0), row(20.0), row(0.0, 0, error="NaN")]
    found = summarise(rows)
    assert (found.n, found.failed) == (2, 1)
    assert found == replace(summarise(rows[:2]), failed=1)
    report = make_report([found])
    assert "1 rows could not be scored" in " ".join(report.notes)


def test_a_set_that_failed_whole_has_no_numbers_and_the_others_do() -> None:
    rows = [row(10.0), row(0.0, 0, set="t", error="NaN")]
    good, bad = summaries(rows)
    assert (bad.n, bad.failed, bad.median, bad.difference) == (0, 1, None, None)
    assert good.median is not None
    assert make_report([bad]).summary == "No row of any set could be scored."


def test_a_set_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        summarise([])


def test_the_reference_of_an_answer_only_set_is_its_bare_form() -> None:
    rows = [row(10.0), row(30.0, set="a", form=BARE), row(20.0, set="a", form="#### N")]
    found = {(each.set, each.form): each for each in summaries(rows, "a")}
    assert found["a", BARE].difference is None
    assert found["s", WHOLE].difference == pytest.approx(math.exp(1) - math.exp(3))


def test_an_unknown_reference_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="available: s"):
        summaries([row(1.0)], "t")


# --- report --------------------------------------------------------------------------


def test_the_report_survives_json_and_says_which_differences_are_sure() -> None:
    low = [row(float(i), original=str(i)) for i in range(5, 15)]
    high = [row(float(i), set="t", original=str(i)) for i in range(40, 50)]
    report = make_report(summaries(high + low, "t"), ["note"], ["source"])
    assert from_row(Report, to_row(report)) == report
    assert "Lowest median perplexity: s, 2.59. Below t: s." in report.summary
    assert report.columns[0].unit == "" and len(report.rows) == 2


def test_json_has_one_object_a_set_and_the_forms_below_it() -> None:
    rows = [row(10.0), row(20.0, set="a", form="#### N"), row(30.0, set="a", form=BARE)]
    told = as_json(summaries(rows))
    assert list(told) == ["s", "a"]
    assert {"n", "tokens", "median", "mean", "q1", "q3", "low", "high"} <= told["s"].keys()
    assert told["a"]["form"] == BARE
    assert told["a"]["median"] == told["a"]["forms"][BARE]["median"] == pytest.approx(math.e**3)
    assert told["a"]["forms"]["#### N"]["median"] == pytest.approx(math.e**2)
