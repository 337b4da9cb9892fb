"""What a run stands for: rows without the sets that a paper adds, and labels as they are typed."""

from __future__ import annotations

from typing import Any

import pytest

from mmeval.paper.printed import Numbers
from mmeval.paper.roles import Label, Role, _trained_role, parse_label

ANOTHER_PAPER = Numbers(
    all=(),
    series={"Extra": ["extra rows"], "Mine": []},
    bases={"Base-1B": ["base-1b-hf"]},
    mixed_in=("Extra",),
)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ([{"name": "mine", "rows": 20}, {"name": "extra rows", "rows": 47}], 20),
        ([{"name": "mine", "rows": 20}, {"name": "other", "rows": 47}], 67),
        ([{"name": "extra rows", "rows": 67}], 67),  # alone it is mixed into nothing
        ("edited", 67),
    ],
)
def test_sets_that_a_paper_adds_to_others_are_not_counted(data: object, rows: int) -> None:
    trained: dict[str, Any] = {"arm": "mine", "base": "base-1b-hf", "rows": 67, "data": data}
    role = _trained_role(trained, ANOTHER_PAPER)
    assert role == Role(series="Mine", size="1B", rows=rows, base="Base-1B")


def test_a_paper_that_adds_nothing_counts_every_row() -> None:
    data = [{"name": "a", "rows": 20}, {"name": "RFT", "rows": 47}]
    role = _trained_role({"arm": "a", "rows": 67, "data": data}, Numbers(all=()))
    assert role.rows == 67


def test_a_label_has_a_size_of_model_and_of_data() -> None:
    role = Role(series="Mine", size="7B", rows=20_000)
    assert parse_label("runs/a=b=Mine@7b@20K") == Label(run="runs/a=b", role=role)
