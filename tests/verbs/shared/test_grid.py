"""Tables on the terminal: they fit, no word is broken and no number is lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.cli import mmeval as cli
from mmeval.verbs.shared.grid import Grid, fits, grid_lines, names_hinder, terminal_width, wrapped
from tests.builders.made_runs import Made, make_run

MODELS = ("MetaMath-7B-V1.0", "somebody/a-model-with-a-long-name-7b", "c")
BENCHMARKS = ("gsm8k", "gsm8k_backward", "hendrycks_math")
WORDS = st.text("abcxyz", min_size=1, max_size=9)
CELLS = st.lists(WORDS, min_size=1, max_size=2).map("\n".join)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    columns = draw(st.integers(1, 8))
    names = draw(st.integers(0, min(2, columns)))
    name = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
    row = st.tuples(*(name if i < names else CELLS for i in range(columns)))
    return Grid(
        heads=draw(row),
        rows=draw(st.lists(row, max_size=4)),
        right=[draw(st.booleans()) for _ in range(columns)],
        names=names,
        gap=draw(st.integers(1, 2)),
    )


@settings(deadline=None)
@given(grid=grids(), width=st.integers(62, 90))
def test_every_line_fits_and_every_word_is_there_whole(grid: Grid, width: int) -> None:
    lines = list(grid_lines(grid, width))
    assert max(map(len, lines), default=0) <= width
    printed = Counter(" ".join(lines).split())
    for row in (grid.heads, *grid.rows):
        assert not Counter(" ".join(row).split()) - printed
    words = {word for row in (grid.heads, *grid.rows) for cell in row for word in cell.split()}
    assert set(printed) <= words


@settings(deadline=None)
@given(grid=grids(), width=st.integers(20, 90))
def test_a_table_that_fits_is_one_block_and_its_names_hinder_nothing(
    grid: Grid, width: int
) -> None:
    if fits(grid, width):
        assert "" not in list(grid_lines(grid, width))
        assert not names_hinder(grid, width)


def test_a_wide_table_is_cut_between_columns_and_repeats_the_names() -> None:
    grid = Grid(
        heads=["name", "first", "second"],
        rows=[["a", "1", "22"], ["b", "-", "3"]],
        right=[False, True, True],
    )
    assert list(grid_lines(grid, 12)) == [
        *("name  first", "a         1", "b         -"),
        "",
        *("name  second", "a         22", "b          3"),
    ]
    sparse = Grid(heads=grid.heads, rows=grid.rows, right=grid.right, sparse=True)
    assert list(grid_lines(sparse, 12))[:3] == ["name  first", "a         1", ""]


def test_a_letter_that_takes_two_places_is_counted_as_two() -> None:
    grid = Grid(heads=["n", "v"], rows=[["数学", "1"], ["ab", "2"]], right=[False, True])
    assert list(grid_lines(grid, 80)) == ["n     v", "数学  1", "ab    2"]


def test_a_sentence_is_never_broken_inside_a_word() -> None:
    assert wrapped("a state-of-the-art model", 8) == ["a", "state-of-the-art", "model"]
    assert wrapped("", 8) == [""]


@pytest.mark.parametrize(("told", "width"), [("132", 132), ("", 80), ("0", 80), ("wide", 80)])
def test_the_width_is_told_by_the_environment_else_80(
    told: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", told)
    assert terminal_width() == width


# --- the verbs -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models on three benchmarks, by two checkers each, backward twins linked."""
    folder = tmp_path_factory.mktemp("runs")
    for model in MODELS:
        for benchmark in BENCHMARKS:
            twins = {i: {"twin": f"gsm8k/{i:04x}", "style": "fobar"} for i in range(41)}
            made = Made(
                letters="RRWWN" * 8 + "U",
                model=model,
                benchmark=benchmark,
                checkers=("metamath-gsm8k/1", "mmeval/1"),
                meta=twins if benchmark == "gsm8k_backward" else {},
            )
            make_run(folder / model.replace("/", "_") / benchmark, made)
    return folder


def call(width: int, *args: object) -> str:
    done = CliRunner().invoke(
        cli, [*map(str, args)], catch_exceptions=False, env={"COLUMNS": str(width)}
    )
    assert done.exit_code == 0, done.output
    return done.output


ANALYSES = ("accuracy", "answer_health", "answer_length", "maj_at_k", "pass_at_k", "reversal_gap")
CALLS = [
    ("leaderboard",),
    ("leaderboard", "--published"),
    *(("analyse", name) for name in ANALYSES),
]


@pytest.mark.parametrize("args", CALLS, ids=" ".join)
def test_no_line_is_wider_than_80_and_no_name_is_broken(args: tuple[str, ...], runs: Path) -> None:
    text = call(80, *args, *sorted(runs.iterdir()))
    assert [line for line in text.splitlines() if len(line) > 80] == []
    about = BENCHMARKS[:2] if "reversal_gap" in args else BENCHMARKS
    for name in (*MODELS, *about, "metamath-gsm8k/1", "mmeval/1"):
        assert re.search(rf"(?<!\S){re.escape(name)}(?!\S)", text), name


@pytest.mark.parametrize("args", CALLS, ids=" ".join)
def test_a_narrow_table_has_the_numbers_of_a_wide_one(args: tuple[str, ...], runs: Path) -> None:
    def numbers(width: int) -> Counter[str]:
        text = call(width, *args, *sorted(runs.iterdir()))
        return Counter(re.findall(r"(?<!\S)\d+\.\d(?!\S)", text))

    assert numbers(80) == numbers(400)
    assert numbers(80).total() > 10


def test_a_wide_leaderboard_is_a_table_for_each_benchmark(runs: Path) -> None:
    text = call(80, "leaderboard", *sorted(runs.iterdir()))
    assert [line for line in text.splitlines() if line.endswith(" test")] == [
        f"{name} test" for name in BENCHMARKS
    ]
    rows = json.loads(call(80, "leaderboard", *sorted(runs.iterdir()), "--json"))["rows"]
    ranked = Counter(re.findall(r"(\d+\.\d) #", text))
    assert ranked == Counter(f"{100 * row['accuracy']:.1f}" for row in rows)


def test_a_wide_analysis_is_a_table_for_each_checker(runs: Path) -> None:
    text = call(80, "analyse", "accuracy", *sorted(runs.iterdir()))
    found = [line for line in text.splitlines() if line.startswith("checker: ")]
    assert found == ["checker: metamath-gsm8k/1", "checker: mmeval/1"]
