"""Contingency, kappa and groups: each against a second way."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.errors import ConfigError, DataError
from mmeval.judging.audit import Audit, Table, audit
from mmeval.records import Outcome
from tests.builders.audits import Said, rows, split_audit


def audited(*letters: str) -> Audit:
    columns = [Said(f"c{at}/1", each) for at, each in enumerate(letters)]
    return audit(rows(len(letters[0])), columns)


def plain_kappa(a: int, b: int, c: int, d: int) -> Fraction | None:
    """(p_o - p_e) / (1 - p_e), as it is defined."""
    n = a + b + c + d
    if 0 in (a + b, c + d, a + c, b + d):
        return None
    observed = Fraction(a + d, n)
    expected = Fraction(a + b, n) * Fraction(a + c, n) + Fraction(c + d, n) * Fraction(b + d, n)
    return (observed - expected) / (1 - expected)


def test_kappa_of_a_table_worked_by_hand() -> None:
    # 20 both, 5 and 10 one alone, 15 none: p_o 0.7, p_e 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    table = audited("r" * 25 + "w" * 25, "r" * 20 + "w" * 5 + "r" * 10 + "n" * 15).table(0, 1)
    assert table.right_or_rest() == (20, 5, 10, 15)
    assert table.agreement == 0.7 and table.kappa == pytest.approx(0.4)


@given(st.tuples(*[st.integers(0, 40)] * 4).filter(any))
@settings(deadline=None)
def test_kappa_is_the_defined_one_for_every_table(cells: tuple[int, int, int, int]) -> None:
    pairs: list[tuple[Outcome, Outcome]] = [
        ("right", "right"),
        ("right", "undecided"),
        ("failed", "right"),
        ("wrong", "no_answer"),
    ]
    table = Table(Counter(dict(zip(pairs, cells, strict=True))))
    expected = plain_kappa(*cells)
    kappa = table.kappa
    if kappa is None:
        assert expected is None
    else:
        assert expected is not None and kappa == pytest.approx(float(expected), abs=1e-12)
        assert -1 <= kappa <= 1


def test_kappa_is_undefined_where_a_column_says_one_thing_only() -> None:
    assert audited("rrrr", "rwrw").table(0, 1).kappa is None
    assert audited("wnuf", "rwrw").table(0, 1).kappa is None
    assert audited("wwww", "wwww").to_row()["pairs"][0]["kappa"] is None


@given(st.lists(st.text("rwnuf", min_size=3, max_size=3), min_size=1, max_size=60))
@settings(deadline=None)
def test_tables_counts_and_groups_all_add_up_to_the_rows(letters: list[str]) -> None:
    found = audited(*("".join(each) for each in zip(*letters, strict=True)))
    n = len(letters)
    assert found.rows == n == sum(seen.rows for seen in found.groups.values())
    split = sum(seen.rows for _, seen in found.disagreements())
    assert split == sum("r" in each and each != "rrr" for each in letters)
    for one, other, table in found.tables():
        assert table.outcomes.total() == n
        a, b, c, _ = table.right_or_rest()
        assert a + b == found.counts()[one].right and a + c == found.counts()[other].right
    _, b, c, _ = found.table(0, 1).right_or_rest()
    assert b + c == sum((each[0] == "r") != (each[1] == "r") for each in letters)


def test_the_cases_that_decide_most_rows_come_first_with_their_first_rows() -> None:
    answers = ["1", "2", "2", "1", "2", "2", "3"]
    found = audit(rows(7), [Said("a/1", "rrrrrrr", answers), Said("b/1", "wwwwwwr", answers)])
    assert [(g.answers, s.rows, s.first) for g, s in found.disagreements()] == [
        (("2", "2"), 4, ["1", "2", "4"]),
        (("1", "1"), 2, ["0", "3"]),
    ]
    assert [seen.end for _, seen in found.disagreements()] == ["text 1", "text 0"]


def test_less_than_two_checkers_twice_the_same_and_no_rows_are_refused() -> None:
    for columns in ([], [Said("a/1", "r")], [Said("a/1", "r"), Said("a/1", "r")]):
        with pytest.raises(ConfigError, match="two checkers or more"):
            audit(rows(1), columns)
    with pytest.raises(DataError, match="no rows"):
        audit([], [Said("a/1", ""), Said("b/1", "")])


def test_a_row_is_json_whatever_the_answers() -> None:
    row = json.loads(json.dumps(split_audit().to_row()))
    assert (row["rows"], row["disagreeing_rows"], len(row["disagreements"])) == (10, 9, 4)
    assert row["pairs"][0]["outcomes"]["right"]["wrong"] == 5
    assert row["checkers"]["a/1"]["accuracy"] == 0.8
