"""Cells that several figures share: printed rows, runs beside them, and points of curves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from mmeval.paper.figures.figure import Cell
from mmeval.paper.figures.shared_cells import (
    OTHERS,
    Curves,
    curve_cells,
    name_of,
    other_rows,
    others,
    paper_role,
    printed_cells,
    table_cells,
)
from mmeval.paper.roles import Role
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import trained_run
from tests.builders.seeded_runs import found_in

T3 = "Table 3 (trained on MATH-derived data)"


def arm(folder: Path, name: str, letters: str, **facts: Any) -> None:
    trained_run(folder / name, letters, {"arm": name, "rows": 700, "base": "tiny-1b"} | facts)


def values(cells: list[Cell]) -> dict[tuple[str, str], float]:
    return {(each.series, each.x): each.measured.value for each in cells if each.measured}


def test_a_printed_row_is_played_by_the_papers_own_base(tmp_path: Path) -> None:
    nothing = found_in(tmp_path)
    assert paper_role(nothing, "MetaMath", "7B") == Role(
        series="MetaMath", size="7B", base="LLaMA-2-7B"
    )
    assert paper_role(nothing, "Rephrased", "7B", " on MATH").series == "Rephrasing on MATH"
    # what stands in brackets is no part of a model's name
    assert paper_role(nothing, "GPT-4 (text)", "") == Role(series="GPT-4")


def test_every_printed_number_has_a_cell_and_a_run_fills_its_own(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RRRW", model="MetaMath-7B", benchmark="gsm8k"))
    found = found_in(tmp_path)
    cells = printed_cells(found, "Table 2")
    assert [each.quoted for each in cells] == found.numbers.of("Table 2")
    (one,) = (each for each in cells if each.measured is not None)
    assert (one.panel, one.series, one.x) == ("GSM8K", "MetaMath", "7B")
    assert one.measured is not None and one.measured.value == 75
    assert {each.panel for each in printed_cells(found, "Table 2", "mine")} == {"mine"}


def test_a_place_that_a_table_left_empty_is_a_cell_without_a_number(tmp_path: Path) -> None:
    cells = table_cells(found_in(tmp_path), [(T3, "MATH", " on MATH")], ["gsm8k", "drop"])
    assert [each.x for each in cells[:2]] == ["GSM8K", "drop"]
    assert [each.quoted.value if each.quoted else None for each in cells[:2]] == [13.8, None]
    keys = [(each.series, each.x) for each in cells]
    assert len(set(keys)) == len(keys)


def test_other_models_are_those_that_no_cell_shows_each_once(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RRRW", model="MetaMath-7B", benchmark="gsm8k"))
    for name in "bc":
        make_run(tmp_path / name, Made(letters="RW", model="other", benchmark="gsm8k"))
    make_run(tmp_path / "d", Made(letters="RWWW", model="more", benchmark="drop"))
    found = found_in(tmp_path)
    known = printed_cells(found, "Table 2")
    assert [each.judged.model for each in others(found, "gsm8k", known)] == ["other"]
    assert len(others(found, "gsm8k", [])) == 2
    rows = other_rows(found, ["gsm8k", "drop"], known)
    assert [(each.panel, each.series, each.x) for each in rows] == [
        (OTHERS, name, x) for name in ("other (test/1)", "more (test/1)") for x in ("GSM8K", "drop")
    ]
    assert [each.measured.value if each.measured else None for each in rows] == [50, None, None, 25]


def test_runs_of_one_model_that_were_asked_otherwise_are_each_shown(tmp_path: Path) -> None:
    for name, prompt in (("a", "chat"), ("b", "plain"), ("c", "plain")):
        made = make_run(tmp_path / name, Made(letters="RW", model="other", benchmark="gsm8k"))
        made.write_manifest(made.manifest() | {"prompt": {"name": prompt}})
    found = found_in(tmp_path)
    names = {name_of(run, found) for run in others(found, "gsm8k", [])}
    assert names == {"other [prompt chat] (test/1)", "other [prompt plain] (test/1)"}


def test_a_run_is_named_by_arm_rows_and_the_base_that_others_do_not_share(tmp_path: Path) -> None:
    arm(tmp_path, "SFT", "RW")
    arm(tmp_path, "AnsAug", "RW", rows=12_000)
    found = found_in(tmp_path)
    assert {name_of(run, found) for run in found.runs} == {"SFT 700 rows", "AnsAug 12,000 rows"}
    arm(tmp_path, "RFT", "RW", base="tiny-2b", rows=None)
    found = found_in(tmp_path)
    assert {name_of(run, found) for run in found.runs} == {
        "SFT 700 rows, tiny-1b",
        "AnsAug 12,000 rows, tiny-1b",
        "RFT, tiny-2b",
    }


def test_a_curve_has_the_papers_points_and_then_all_others(tmp_path: Path) -> None:
    base = {"arm": "AnsAug", "base": "LLaMA-2-7B"}
    for rows, letters in ((20_000, "RRWW"), (1_500, "RWWW")):
        trained_run(tmp_path / f"r{rows}", letters, base | {"rows": rows})
    trained_run(tmp_path / "small", "RRRR", base | {"rows": 20_000, "base": "tiny-1b"})
    trained_run(tmp_path / "sft", "WWWW", base | {"arm": "SFT", "rows": 20_000})
    trained_run(tmp_path / "unknown", "WWWW", base | {"rows": None})
    found = found_in(tmp_path)
    curves = Curves(
        benchmark="gsm8k",
        arms=(("AnsAug", "augmented"),),
        sizes=("20K", "40K"),
        base="LLaMA-2-7B",
    )
    cells = curve_cells(found, curves)
    assert [(each.series, each.x) for each in cells] == [
        ("augmented", "20K"),
        ("augmented", "40K"),
        ("augmented", "1.5K"),
        ("augmented: tiny-1b", "20K"),
    ]
    assert values(cells) == {
        ("augmented", "20K"): 50,
        ("augmented", "1.5K"): 25,
        ("augmented: tiny-1b", "20K"): 100,
    }
    own = curve_cells(found, replace(curves, foreign=False))
    assert own == cells[:3]
