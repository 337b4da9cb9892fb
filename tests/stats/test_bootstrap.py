"""Bootstrap of a difference of medians, questions being drawn."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.stats.bootstrap import Difference, Sample, median_difference

np = pytest.importorskip("numpy", reason="bootstrap: numpy is not installed")

PAIRS = st.lists(st.tuples(st.floats(1, 1e6), st.sampled_from("abcdefgh")), min_size=1, max_size=30)


def sample(pairs: list[tuple[float, str]]) -> Sample:
    return Sample(values=[value for value, _ in pairs], origins=[origin for _, origin in pairs])


def by_hand(new: Sample, reference: Sample, resamples: int) -> Difference:
    """The same, by repeating values as often as their origin is drawn."""
    ours, theirs = set(new.origins), set(reference.origins)
    strata = [sorted(ours - theirs), sorted(ours & theirs), sorted(theirs - ours)]
    generator = np.random.default_rng(0)

    def median(side: Sample, drawn: list[str]) -> float:
        each = zip(side.values, side.origins, strict=True)
        return float(np.median([v for v, o in each for _ in range(drawn.count(o))]))

    values = []
    for _ in range(resamples):
        drawn = [s[i] for s in strata if s for i in generator.integers(0, len(s), len(s))]
        values.append(median(new, drawn) - median(reference, drawn))
    low, high = np.quantile(values, [0.025, 0.975])
    value = float(np.median(new.values) - np.median(reference.values))
    return Difference(value=value, low=low, high=high, shared=len(strata[1]))


@given(PAIRS, PAIRS)
@settings(deadline=None, max_examples=40)
def test_it_is_what_repeating_the_rows_of_drawn_questions_gives(
    new: list[tuple[float, str]], reference: list[tuple[float, str]]
) -> None:
    found = median_difference(sample(new), sample(reference), resamples=20)
    wanted = by_hand(sample(new), sample(reference), 20)
    for name in ("value", "low", "high", "shared"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-12, abs=1e-9)


@given(PAIRS, PAIRS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_rows_changes_nothing(
    new: list[tuple[float, str]], reference: list[tuple[float, str]], shuffle: random.Random
) -> None:
    before = median_difference(sample(new), sample(reference), resamples=20)
    shuffle.shuffle(new)
    shuffle.shuffle(reference)
    assert median_difference(sample(new), sample(reference), resamples=20) == before


def test_a_set_against_itself_differs_by_nothing() -> None:
    one = sample([(float(i), str(i)) for i in range(50)])
    found = median_difference(one, one)
    assert (found.value, found.low, found.high, found.shared) == (0, 0, 0, 50)


def test_rows_of_one_question_are_no_independent_evidence() -> None:
    # 40 values of 4 questions: as 40 questions the interval would be far narrower.
    draw = random.Random(0)
    levels = [draw.gauss(5, 2) for _ in range(4)]
    values = [levels[i % 4] + draw.gauss(0, 0.1) for i in range(40)]
    base = sample([(1.0, "base")])
    few = median_difference(Sample(values=values, origins=[str(i % 4) for i in range(40)]), base)
    many = median_difference(Sample(values=values, origins=[str(i) for i in range(40)]), base)
    assert few.high - few.low > 1.3 * (many.high - many.low)


def test_shared_questions_make_the_difference_paired() -> None:
    # The questions differ much, the sets by 1: only drawing them together can see it.
    levels = [float(i * i) for i in range(60)]
    one = Sample(values=levels, origins=[str(i) for i in range(60)])
    other = Sample(values=[v + 1 for v in levels], origins=[str(i) for i in range(60)])
    apart = Sample(values=[v + 1 for v in levels], origins=[f"other {i}" for i in range(60)])
    paired, unpaired = median_difference(other, one), median_difference(apart, one)
    assert (paired.low, paired.high) == (1, 1)
    assert unpaired.low < 0 < unpaired.high


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    draw, held = np.random.default_rng(1), 0
    for trial in range(200):
        new, old = draw.normal(1, 1, 60), draw.normal(0, 1, 60)
        sides = [
            Sample(values=v.tolist(), origins=[f"{n}{i}" for i in range(60)])
            for n, v in (("a", new), ("b", old))
        ]
        found = median_difference(sides[0], sides[1], seed=trial, resamples=200)
        held += found.low <= 1 <= found.high
    assert 0.90 <= held / 200 <= 0.99


def test_an_empty_set_is_refused() -> None:
    one = sample([(1.0, "a")])
    for pair in ((one, sample([])), (sample([]), one)):
        with pytest.raises(ValueError, match="values in both sets"):
            median_difference(*pair)
