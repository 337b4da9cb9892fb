"""What one comparison may cost in all, whatever its items are: counted, not timed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from mmeval.answers.comparison import exact_values, polynomials, refute
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.exact_values import Values
from mmeval.answers.comparison.policies import PRESETS
from mmeval.answers.comparison.polynomials import Budget, Total, UsedUp
from mmeval.answers.comparison.quotients import Exact
from mmeval.answers.comparison.refute import differ
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.tree import Node, TooLarge

COSTLY = {
    # found by atheris, 22 November 2026: each pair had a budget of its own, and a list of 20
    # against another took 50 s
    "powers of sums": "(x+y+N)^{21}",
    "equations of them": "(x+y+N)^{21}=0",
    "inequalities of them": "(x+y+N)^{21}>0",
    "values that only numbers refute": r"Nx\sin(Ny)+1",
}


def listed(item: str, first: int, count: int, form: str = "{}") -> str:
    """Items with `count` numbers in N's place, as one answer."""
    return form.format(",".join(item.replace("N", str(n)) for n in range(first, first + count)))


@pytest.mark.parametrize("policies", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("item", COSTLY.values(), ids=COSTLY)
def test_a_long_list_of_costly_items_ends_as_size_both_ways(item: str, policies: object) -> None:
    a, b = listed(item, 2, 50), listed(item, 52, 50)
    found = compare(a, b, policies), compare(b, a, policies)  # type: ignore[arg-type]
    assert found[0] == found[1]
    assert (found[0].outcome, found[0].reason) == ("undecided", "size")


@pytest.mark.parametrize("item", list(COSTLY.values())[:3], ids=list(COSTLY)[:3])
def test_a_short_one_is_decided(item: str) -> None:
    """As it was when every pair had its own budget."""
    a, b = listed(item, 2, 4), listed(item, 52, 4)
    assert compare(a, b).outcome == compare(b, a).outcome == "different"
    turned = ",".join(reversed(a.split(",")))
    assert compare(a, turned.replace("x+y", "y+x")).outcome == "equal"


def test_a_value_is_worked_out_once_in_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counter[str]()
    power = polynomials.power

    def counted(a: polynomials.Poly, exponent: int, budget: Budget) -> polynomials.Poly:
        asked[polynomials.text_of(a)] += exponent == 5
        return power(a, exponent, budget)

    monkeypatch.setattr("mmeval.answers.comparison.quotients.polynomials.power", counted)
    a, b = listed("(x+N)^5", 2, 6), listed("(x+N)^5", 12, 6)
    assert compare(a, b).outcome == "different"
    assert len(asked) == 13, "12 sums, and the denominator 1"
    assert set(asked.values()) <= {1, 12}


def test_what_one_pair_may_cost_does_not_depend_on_those_before() -> None:
    """A value that is known already counts for each pair as if it was worked out for it."""
    large, small = parse("(x+y+z)^{24}"), parse("(x+y+z)^{24}+1")
    alone = Values()
    assert alone.same(large, small) is False
    cost = polynomials.TOTAL - alone.total.left
    assert 10_000 < cost < polynomials.STEPS
    for values in (Values(), alone):
        budget = Budget(cost // 2)
        with pytest.raises(TooLarge, match="exact algebra takes too many steps"):
            values.both(large, small, budget)


def test_a_pair_costs_the_same_either_way_round() -> None:
    pairs = [("x^2+2x+1", "(x+1)^2"), (r"\frac{x}{y+1}", "x-y"), (r"\sqrt{8}", r"2\sqrt2+x+y")]
    for a, b in pairs:
        left, right = parse(a), parse(b)
        costs = []
        for one, other in ((left, right), (right, left)):
            values = Values()
            values.same(one, other)
            costs.append(values.total.left)
        assert costs[0] == costs[1], (a, b)


def test_what_has_no_value_comes_before_what_is_too_large_both_ways() -> None:
    large, nothing = parse("(x+y+z+w+v)^{300}"), parse(r"\frac{1}{0}")
    for pair in ((large, nothing), (nothing, large)):
        with pytest.raises(polynomials.Undefined):
            Values().same(*pair)


def test_using_up_the_whole_ends_every_step_of_it() -> None:
    values = Values()
    values.total.left = 10
    one, other = parse("(x+1)^9"), parse("(x+2)^9")
    with pytest.raises(UsedUp):
        values.same(one, other)
    with pytest.raises(UsedUp):
        differ(parse(r"\sin x"), parse(r"\cos x"), Total(10))


@pytest.mark.parametrize(
    ("exponent", "kind"), [(2, int), (Fraction(4, 2), int), (Fraction(1, 2), None)]
)
def test_a_whole_exponent_is_an_int(exponent: polynomials.Exponent, kind: type | None) -> None:
    [mono] = polynomials.generator((1, "x"), exponent)
    assert type(mono[0][1]) is (kind or Fraction)
    assert polynomials.generator((1, "x"), exponent) == {(((1, "x"), Fraction(exponent)),): 1}


def test_roots_that_multiply_to_whole_powers_are_the_same_as_those_powers() -> None:
    def value(text: str) -> Exact:
        node: Node = parse(text)
        return exact_values.evaluate(node, Budget())

    assert value(r"\sqrt{x}\sqrt{x}x") == value("x^2")
    assert value(r"\sqrt{2}\sqrt{2}i^2") == value("-2")


def test_threads_do_not_share_mpmath_s_precision() -> None:
    """mpmath changes the precision of a context while it works."""
    near = parse(r"\sin 1 + \frac{1}{10^{60}}"), parse(r"\sin 1 + \frac{2}{10^{60}}")
    far = parse(r"\cos 2"), parse(r"\cos 3")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda pair: differ(*pair), [near, far] * 50))
    assert found == [differ(*near), differ(*far)] * 50
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(refute._context, 40).result() is not refute._context(40)
