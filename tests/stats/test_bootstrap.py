"""The bootstrap by original question: against plain loops, what it must not depend on, how
and how often it holds the truth."""

from __future__ import annotations

import itertools
import operator
import random
from collections.abc import Callable
from statistics import fmean
from statistics import median as plain_median
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmeval.stats.bootstrap import Bootstrap, Sample, Statistic, bootstrap, mean, median

np = pytest.importorskip("numpy", reason="bootstrap: numpy is not installed")

PAIRS = st.lists(st.tuples(st.floats(1, 1e6), st.sampled_from("abcdefgh")), min_size=1, max_size=30)
STATISTICS = [(mean, fmean), (median, plain_median)]


def sample(pairs: list[tuple[float, str]]) -> Sample:
    return Sample(values=[value for value, _ in pairs], origins=[origin for _, origin in pairs])


def difference(
    new: Sample, reference: Sample, statistic: Statistic = median, **asked: Any
) -> Bootstrap:
    return bootstrap((new, reference), statistic, operator.sub, **asked)


def ends(new: Sample, reference: Sample, **asked: Any) -> tuple[float, float]:
    return difference(new, reference, **asked).bounds()


ONE = sample([(3.0, "a"), (1.0, "a"), (2.0, "b"), (9.0, "c"), (4.0, "c")])
TWO = sample([(1.5, "b"), (2.5, "c"), (8.0, "d"), (7.0, "d")])


# --- against plain loops ----------------------------------------------------------------


@pytest.mark.parametrize(("statistic", "plain"), STATISTICS)
@pytest.mark.parametrize("contrast", [operator.truediv, operator.sub])
def test_a_draw_is_the_statistic_of_the_rows_of_the_questions_drawn(
    statistic: Statistic, plain: Callable[[list[float]], float], contrast: Any
) -> None:
    """The same draws by a loop over lists: only `d`, then b before c, then only `a`."""
    rng = np.random.default_rng(7)
    strata = [
        rng.multinomial(len(names), [1 / len(names)] * len(names), size=500)
        for names in ("d", "bc", "a")
    ]
    expected = []
    for counts in np.concatenate(strata, axis=1):
        times = dict(zip("dbca", counts, strict=True))
        one, two = (
            plain(
                [v for v, o in zip(s.values, s.origins, strict=True) for _ in range(times[str(o)])]
            )
            for s in (ONE, TWO)
        )
        expected.append(contrast(one, two))
    found = bootstrap((ONE, TWO), statistic, contrast, seed=7, resamples=500)
    assert sorted(found.resampled.tolist()) == pytest.approx(sorted(expected))
    assert found.value == pytest.approx(contrast(plain([*ONE.values]), plain([*TWO.values])))


@given(PAIRS, PAIRS)
@settings(deadline=None, max_examples=20)
def test_the_interval_is_that_of_questions_drawn_one_by_one(
    new: list[tuple[float, str]], reference: list[tuple[float, str]]
) -> None:
    """Each question by itself, none taken together with those that are alike: the mean and the
    spread of the resamples, within the noise of 2,000."""
    one, two = sample(new), sample(reference)
    ours, theirs = set(one.origins), set(two.origins)
    strata = [sorted(map(str, s)) for s in (ours - theirs, ours & theirs, theirs - ours)]
    rng = np.random.default_rng(3)
    plain = []
    for _ in range(2_000):
        drawn = [s[i] for s in strata if s for i in rng.integers(0, len(s), len(s))]
        sides = [
            [
                v
                for v, o in zip(s.values, s.origins, strict=True)
                for _ in range(drawn.count(str(o)))
            ]
            for s in (one, two)
        ]
        plain.append(fmean(sides[0]) - fmean(sides[1]))
    found = difference(one, two, mean, resamples=2_000).resampled
    spread = max(np.std(plain), np.std(found))
    assert np.mean(found) == pytest.approx(np.mean(plain), abs=0.15 * spread + 1e-9)
    assert np.std(found) == pytest.approx(np.std(plain), abs=0.15 * spread + 1e-9)


def test_a_median_of_many_rows_is_numpys() -> None:
    """More rows than are held at a time, in one resample after the other."""
    rng = np.random.default_rng(0)
    one = Sample(
        values=rng.lognormal(size=50_000).tolist(), origins=[i // 9 for i in range(50_000)]
    )
    found = bootstrap((one,), median, resamples=90)
    assert found.value == np.median(one.values)
    assert len(found.resampled) == 90
    assert np.mean(found.resampled) == pytest.approx(found.value, abs=0.02)


# --- what it does not depend on ---------------------------------------------------------


@given(PAIRS, PAIRS, st.randoms(use_true_random=False), st.sampled_from([mean, median]))
@settings(deadline=None, max_examples=40)
def test_neither_the_order_of_rows_nor_the_names_of_questions_change_anything(
    new: list[tuple[float, str]],
    reference: list[tuple[float, str]],
    shuffle: random.Random,
    statistic: Statistic,
) -> None:
    before = difference(sample(new), sample(reference), statistic, resamples=20)
    shuffle.shuffle(new)
    shuffle.shuffle(reference)
    names = shuffle.sample("stuvwxyz", 8)
    renamed = [[(v, names["abcdefgh".index(o)]) for v, o in each] for each in (new, reference)]
    one, two = map(sample, renamed)
    after = difference(one, two, statistic, resamples=20)
    assert after.resampled.tolist() == before.resampled.tolist()
    assert after.value == before.value


@given(PAIRS, PAIRS, st.sampled_from([mean, median]))
@settings(deadline=None, max_examples=40)
def test_the_other_way_round_it_is_the_same_interval_with_the_other_sign(
    new: list[tuple[float, str]], reference: list[tuple[float, str]], statistic: Statistic
) -> None:
    one, two = sample(new), sample(reference)
    assume(sorted(one.values) != sorted(two.values))
    forward = difference(one, two, statistic, resamples=20)
    back = difference(two, one, statistic, resamples=20)
    assert back.resampled.tolist() == (-forward.resampled).tolist()


def test_a_generator_is_as_good_as_its_seed() -> None:
    assert ends(ONE, TWO, seed=5) == ends(ONE, TWO, seed=np.random.default_rng(5))
    five, six = (difference(ONE, TWO, mean, seed=seed).resampled for seed in (5, 6))
    assert five.tolist() != six.tolist()


def test_intervals_of_higher_levels_hold_those_of_lower_ones() -> None:
    found = difference(ONE, TWO, mean)
    bounds = [found.bounds(level) for level in (0.5, 0.9, 0.99, 0.999)]
    assert all(a[0] >= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(bounds))


# --- what it says -----------------------------------------------------------------------


def test_a_set_against_itself_differs_by_nothing() -> None:
    one = sample([(float(i), str(i)) for i in range(50)])
    found = difference(one, one)
    assert (found.value, *found.bounds()) == (0, 0, 0)


def test_rows_of_one_question_are_no_independent_evidence() -> None:
    # 40 values of 4 questions: as 40 questions the interval would be far narrower.
    draw = random.Random(0)
    levels = [draw.gauss(5, 2) for _ in range(4)]
    values = [levels[i % 4] + draw.gauss(0, 0.1) for i in range(40)]
    base = sample([(1.0, "base")])
    few = ends(Sample(values=values, origins=[str(i % 4) for i in range(40)]), base)
    many = ends(Sample(values=values, origins=[str(i) for i in range(40)]), base)
    assert few[1] - few[0] > 1.3 * (many[1] - many[0])


def test_shared_questions_make_the_difference_paired() -> None:
    # The questions differ much, the sets by 1: only drawing them together can see it.
    levels = [float(i * i) for i in range(60)]
    one = Sample(values=levels, origins=[str(i) for i in range(60)])
    other = Sample(values=[v + 1 for v in levels], origins=[str(i) for i in range(60)])
    apart = Sample(values=[v + 1 for v in levels], origins=[f"other {i}" for i in range(60)])
    assert ends(other, one) == (1, 1)
    low, high = ends(apart, one)
    assert low < 0 < high


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    draw, held = np.random.default_rng(1), 0
    for trial in range(200):
        new, old = draw.normal(1, 1, 60), draw.normal(0, 1, 60)
        sides = [
            Sample(values=v.tolist(), origins=[f"{n}{i}" for i in range(60)])
            for n, v in (("a", new), ("b", old))
        ]
        low, high = ends(sides[0], sides[1], seed=trial, resamples=200)
        held += low <= 1 <= high
    assert 0.90 <= held / 200 <= 0.99


def test_drawing_questions_holds_the_truth_where_drawing_rows_would_not() -> None:
    """Twenty rows of one question say hardly more than one: 60 data sets, truth 0."""
    rng = random.Random(5)
    held = narrow = 0
    for _ in range(60):
        sets = []
        for name in ("x", "y"):
            rows = []
            for question in range(25):
                level = rng.gauss(0, 1)
                rows += [(level + rng.gauss(0, 0.1), f"{name}{question}") for _ in range(20)]
            sets.append(sample(rows))
        low, high = ends(sets[0], sets[1], statistic=mean)
        held += bool(low <= 0 <= high)
        error = (np.var(sets[0].values) / 500 + np.var(sets[1].values) / 500) ** 0.5
        narrow += bool(abs(fmean(sets[0].values) - fmean(sets[1].values)) <= 1.96 * error)
    assert held >= 52, "95 % of 60 is 57; 52 is three standard errors below"
    assert narrow < 30


def test_an_empty_set_is_refused() -> None:
    for pair in ((ONE, sample([])), (sample([]), ONE)):
        with pytest.raises(ValueError, match="values in every set"):
            difference(*pair)
