"""Figures: drawn with and without runs, the same bytes again, and checked number by number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mmeval import catalog, cli
from mmeval.errors import UnknownName
from mmeval.paper.figures.figure import Cell, Sheet
from mmeval.paper.figures.make import check, chosen, draw, filled_sheets
from mmeval.paper.figures.style import style
from mmeval.paper.measurements import Search, search
from mmeval.paper.printed import numbers
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import (
    RULE,
    both_directions,
    diversity_report,
    perplexity_report,
    trained_run,
)

pytest.importorskip("matplotlib", reason="figures: matplotlib is not installed")

NAMES = catalog.names("figures")
NOTHING = search(Search())
Run = Callable[..., "object"]


def sheet(name: str, *paths: Path, **asked: object) -> Sheet:
    """A figure filled with what is below some paths."""
    found = search(Search(paths=paths, **asked))  # type: ignore[arg-type]
    (one,) = filled_sheets(chosen([name]), found)
    return one


def cell(drawn: Sheet, series: str, x: str, panel: str | None = None) -> Cell:
    (one,) = (
        each
        for each in drawn.cells
        if (each.series, each.x) == (series, x) and panel in (None, each.panel)
    )
    return one


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with a run of MetaMath-7B, one of another model, and reports on data."""
    folder = tmp_path / "runs"
    both_directions(folder, "MetaMath-7B", ("R" * 60 + "W" * 40, "R" * 20 + "W" * 30))
    make_run(folder / "other", Made(letters="RRW", model="other", benchmark="gsm8k"))
    perplexity_report(
        folder / "ppl",
        {
            ("answer-only", "N"): [3.0, 4.0, 5.0],
            ("answer-only", "#### N"): [2.0, 2.0, 2.5],
            ("GSM8K", "response"): [1.0, 1.5, 2.0],
            ("mm/GSM_AnsAug", "response"): [0.5, 0.6, 0.7],
        },
    )
    diversity_report(folder / "div", {"AnsAug": [0.1, 0.2], "SV": [0.4, 0.6]})
    return folder


def mmeval(*args: object) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of `mmeval ARGS`."""
    done = CliRunner().invoke(cli.mmeval, list(map(str, args)), prog_name="mmeval")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


# --- what there is ---------------------------------------------------------------------


def test_figures_1_to_10_and_the_tables_with_numbers_are_there() -> None:
    labels = [catalog.load("figures", name).label for name in NAMES]
    tables = (1, 2, 3, 4, 6, 7, 8, 9, 10)
    assert labels == [f"Figure {i}" for i in range(1, 11)] + [f"Table {i}" for i in tables]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("3", "figure_03_perplexity"),
        ("03", "figure_03_perplexity"),
        ("figure 10", "figure_10_mistral_7b"),
        ("Fig. 6", "figure_06_reversal"),
        ("table 2", "table_02_accuracy"),
        ("table10", "table_10_drop"),
        ("reversal", "figure_06_reversal"),
        ("figure_06_reversal", "figure_06_reversal"),
    ],
)
def test_a_figure_is_named_by_number_or_by_name(asked: str, name: str) -> None:
    assert [each.name for each in chosen([asked, asked])] == [name]


@pytest.mark.parametrize("asked", ["11", "table 5", "reversl", ""])
def test_an_unknown_figure_names_those_there_are(asked: str) -> None:
    with pytest.raises(UnknownName, match="available: figure_01_overview"):
        chosen([asked])


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_without_runs_is_quoted_or_never_published(name: str) -> None:
    drawn = sheet(name)
    assert drawn.cells
    assert {each.state for each in drawn.cells} <= {"quoted", "never published"}
    keys = [(each.panel, each.series, each.x) for each in drawn.cells]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_quoted_is_in_the_table_of_printed_numbers(name: str) -> None:
    known = numbers().all
    assert all(each.quoted in known for each in sheet(name).cells if each.quoted is not None)


QUOTED = {
    "figure_01_overview": 21,
    "figure_02_data_size": 2,
    "figure_04_diversity": 5,
    "figure_06_reversal": 4,
    "table_01_samples": 15,
    "table_02_accuracy": 79,
    "table_03_augmentations": 20,
    "table_04_incorrect_answers": 3,
    "table_06_game_of_24": 3,
    "table_07_game_of_n": 3,
    "table_08_base_models": 16,
    "table_09_augmentations_13b": 10,
    "table_10_drop": 8,
}
"""Numbers that each printed; a figure that is not named printed none."""


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_quotes_all_that_was_printed_and_no_more(name: str) -> None:
    quoted = [each for each in sheet(name).cells if each.quoted is not None]
    assert len(quoted) == QUOTED.get(name, 0)


# --- drawn -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All figures drawn without a run, by the command."""
    out = tmp_path_factory.mktemp("figures")
    status, said, _ = mmeval("figures", "--out", out)
    assert status == 0
    assert said.count(".{png,pdf,svg,json}") == len(NAMES)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_without_runs_every_figure_is_drawn(name: str, without_runs: Path) -> None:
    starts = {"png": b"\x89PNG", "pdf": b"%PDF-", "svg": b"<?xml"}
    for kind, start in starts.items():
        written = (without_runs / f"{name}.{kind}").read_bytes()
        assert written.startswith(start) and len(written) > 5_000
        assert name.encode() in written, "no provenance"
        assert not re.search(rb"<dc:date>|CreationDate|ModDate", written)


@pytest.mark.parametrize("name", ["reversal", "diversity", "perplexity"])
def test_drawn_again_from_the_same_runs_the_bytes_are_the_same(
    name: str, runs: Path, tmp_path: Path
) -> None:
    for out in ("one", "two"):
        draw(sheet(name, runs), tmp_path / out)
    files = sorted((tmp_path / "one").iterdir())
    assert len(files) == 4
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_the_users_own_style_changes_nothing(tmp_path: Path) -> None:
    import matplotlib

    draw(sheet("6"), tmp_path / "one")
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "savefig.dpi": 30}):
        draw(sheet("6"), tmp_path / "two")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_runs_and_hashes_are_in_the_metadata(runs: Path, tmp_path: Path) -> None:
    from PIL import Image

    drawn = sheet("6", runs)
    png, pdf, svg, numbers_file = draw(drawn, tmp_path / "out")
    with Image.open(png) as image:
        said = json.loads(image.text["Description"])  # type: ignore[attr-defined]
    assert said["figure"] == "figure_06_reversal"
    names = [each["name"] for each in said["sources"]]
    assert names == ["MetaMath-7B-backward", "MetaMath-7B-forward"]
    for each in said["sources"]:
        assert each["sha256"].encode() in pdf.read_bytes().replace(b"\\\n", b"")
        assert each["sha256"].encode() in svg.read_bytes()
        assert each["sha256"] in numbers_file.read_text()
    assert str(runs) not in png.read_bytes().decode("latin-1"), "a path of this machine"


def test_a_size_fits_one_or_two_columns_of_a_journal(without_runs: Path) -> None:
    from PIL import Image

    for name in NAMES:
        with Image.open(without_runs / f"{name}.png") as image:
            assert image.width / 200 <= 6.9 and image.height / 200 <= 9.0, name


def test_what_is_missing_says_which_command_makes_it(without_runs: Path) -> None:
    status, said, _ = mmeval("figures", "7", "--out", without_runs)
    assert status == 0
    assert "not measured: mmeval run --model MODEL --benchmark gsm8k" in said


# --- filled ----------------------------------------------------------------------------


def test_a_run_fills_the_bar_of_its_model(runs: Path) -> None:
    drawn = sheet("1", runs)
    bar = cell(drawn, "MetaMath", "7B", "GSM8K")
    assert bar.state == "measured and quoted"
    assert bar.quoted is not None and bar.quoted.value == 66.5
    assert bar.measured is not None and bar.measured.value == pytest.approx(60)
    other = cell(drawn, "other models", "other (test/1)")
    assert other.state == "measured"


def test_the_reversal_gap_is_of_linked_problems(runs: Path) -> None:
    gap = cell(sheet("6", runs), "gap on linked problems", "MetaMath 7B").measured
    assert gap is not None and gap.n == 50
    assert gap.value == pytest.approx(100 * (50 - 20) / 50)
    assert gap.low is not None and gap.high is not None and gap.low < gap.value < gap.high


def test_thirds_average_to_the_whole(runs: Path) -> None:
    drawn = sheet("7", runs)
    thirds = [cell(drawn, "MetaMath 7B", part).measured for part in ("short", "medium", "long")]
    total = sum(each.value * each.n for each in thirds if each is not None)
    assert total / 100 == pytest.approx(60)


def test_a_box_is_the_reports_own(runs: Path) -> None:
    from math import exp

    drawn = sheet("3", runs)
    box = cell(drawn, "AnsAug", "AnsAug").measured
    assert box is not None and box.box is not None
    assert box.value == box.box.median == pytest.approx(exp(0.6))
    assert box.box.whisker_low == pytest.approx(exp(0.5) + 0.1 * (exp(0.6) - exp(0.5)))
    assert cell(drawn, "answer-only", "answer-only: #### N").measured is not None
    assert cell(drawn, "SV", "SV").state == "never published"


def test_a_diversity_gain_is_the_reports_own(runs: Path) -> None:
    gain = cell(sheet("4", runs), "question", "SV").measured
    assert gain is not None and gain.value == pytest.approx(0.5)


def test_runs_of_sized_arms_make_a_curve(tmp_path: Path) -> None:
    base = {"recipe": "x", "arm": "AnsAug", "base": "LLaMA-2-7B"}
    trained_run(tmp_path / "a", "RRWW", base | {"rows": 20_000})
    trained_run(tmp_path / "b", "RRRW", base | {"rows": 40_000})
    trained_run(tmp_path / "c", "RWWW", base | {"rows": 500, "base": "SmolLM2-135M"})
    for figure in ("2", "8"):
        drawn = sheet(figure, tmp_path)
        name = "without bootstrapping"
        values = [cell(drawn, name, x, "accuracy").measured for x in ("20K", "40K")]
        assert [each and each.value for each in values] == [50, 75]
        small = cell(drawn, f"{name}: SmolLM2-135M", "0.5K").measured
        assert small is not None and small.value == 25
    assert {each.state for each in sheet("10", tmp_path).cells} == {"never published"}
    draw(sheet("8", tmp_path), tmp_path / "out")


def test_a_model_trained_from_another_base_has_its_own_row(tmp_path: Path) -> None:
    base = {"recipe": "metamath", "arm": "MetaMath", "rows": 395_000, "base": "Mistral-7B-v0.1"}
    trained_run(tmp_path / "a", "RRRW", base)
    drawn = sheet("table 8", tmp_path)
    mistral = cell(drawn, "Mistral +MetaMathQA 7B", "GSM8K").measured
    assert mistral is not None and mistral.value == 75
    assert cell(drawn, "LLaMA-2 +MetaMathQA 7B", "GSM8K").measured is None
    assert cell(drawn, "Llemma +MetaMathQA 7B", "GSM8K").measured is None


# --- checked ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["1", "3", "4", "6", "7", "table 2"])
def test_a_check_of_good_numbers_finds_nothing(name: str, runs: Path, tmp_path: Path) -> None:
    drawn = sheet(name, runs)
    draw(drawn, tmp_path / "out")
    findings = check(drawn, numbers().all, tmp_path / "out")
    assert [each.wrong for each in findings if each.wrong] == []
    assert len(findings) == len(drawn.cells)


def test_a_check_finds_a_quoted_number_that_was_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text(
        "table_or_figure,model,size,benchmark,metric,value,source\n"
        "Table 4,SFT on GSM8K train,7B,GSM8K,accuracy %,41.7,x\n"
    )
    status, said, told = mmeval("figures", "table 4", "--check", "--numbers", path)
    assert status == 1
    assert said.count("DISAGREES") == 3
    assert "quoted 41.6, printed 41.7" in told
    assert "quoted 43.6, which is not in the file of printed numbers" in told


def test_a_check_finds_a_number_that_its_run_no_longer_says(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert mmeval("figures", "1", "--runs", runs, "--out", out)[0] == 0
    assert mmeval("figures", "1", "--runs", runs, "--out", out, "--check")[0] == 0
    file = out / "figure_01_overview.json"
    file.write_text(file.read_text().replace('"measured": 60.0', '"measured": 61.0'))
    status, said, told = mmeval("figures", "1", "--runs", runs, "--out", out, "--check")
    assert (status, said.count("DISAGREES")) == (1, 1)
    assert "drawn with measured 61.0, now 60" in told


def test_a_check_counts_a_report_again(runs: Path) -> None:
    report = runs / "div" / "report.json"
    report.write_text(report.read_text().replace("0.5", "0.55"))
    status, _, told = mmeval("figures", "4", "--runs", runs, "--check")
    assert status == 1
    assert "measured 0.55, but div counted again gives 0.5" in told


def test_a_check_prints_the_state_of_every_element(runs: Path) -> None:
    status, said, _ = mmeval("figures", "6", "--runs", runs, "--check")
    assert status == 0
    lines = said.splitlines()
    states = {line[:41].strip(): line[60:].strip() for line in lines if line.startswith("  ")}
    assert states["forward, SFT 7B"] == "quoted"
    assert states["backward, SFT 7B"] == "never published"
    assert states["forward, MetaMath 7B"] == "measured and quoted"
    assert states["backward, MetaMath 7B"] == "measured"
    assert len(states) == 13, "twelve elements and the head"
    assert max(map(len, lines)) <= 80
    assert "12 elements" in said and "0 disagree" in " ".join(said.split())


def test_the_numbers_come_as_json(runs: Path, tmp_path: Path) -> None:
    _, said, _ = mmeval("figures", "1", "--runs", runs, "--out", tmp_path / "o", "--json")
    (row,) = json.loads(said)
    assert row["figure"] == "figure_01_overview"
    assert row["states"]["measured and quoted"] == 1
    assert len(row["cells"]) == 22
    assert RULE in {each["by"] for each in row["cells"]}


def test_a_sidecar_that_was_edited_is_told(tmp_path: Path) -> None:
    (tmp_path / "table_04_incorrect_answers.json").write_text("{")
    from mmeval.errors import DataError

    with pytest.raises(DataError, match="draw it again"):
        check(sheet("table 4"), None, tmp_path)


def test_what_could_not_be_told_is_shown_as_what_could_be(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RWFF", model="MetaMath-7B", benchmark="gsm8k"))
    bar = cell(sheet("1", tmp_path), "MetaMath", "7B", "GSM8K").measured
    assert bar is not None and (bar.value, bar.most) == (25, 75)
    _, _, svg, said = draw(sheet("table 2", tmp_path), tmp_path / "out")
    assert svg.is_file() and '"most": 75.0' in said.read_text()


@pytest.mark.parametrize(
    "label", ["$x_{", "a $5 and $6", "\\frac{", "\x1b[31m", "\ud800", "模型" * 30]
)
def test_a_models_label_is_drawn_as_it_is_whatever_it_holds(label: str, tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RRW", model=label, benchmark="gsm8k"))
    drawn = sheet("1", tmp_path)
    assert [each.state for each in drawn.cells].count("measured") == 1
    assert len(draw(drawn, tmp_path / "out")) == 4


def test_a_run_of_a_part_of_the_problems_is_marked(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", Made(letters="RRW", model="MetaMath-7B", benchmark="gsm8k"))
    manifest = run.manifest()
    manifest["data"] |= {"partial": True, "total": 1319}
    run.write_manifest(manifest)
    drawn = sheet("1", tmp_path)
    bar = cell(drawn, "MetaMath", "7B", "GSM8K").measured
    assert bar is not None and bar.partial
    with style():
        picture = drawn.figure.draw(drawn)
    said = [text.get_text() for axes in picture.axes for text in axes.texts]
    assert "66.7†" in said


# --- what a figure's own names do not say ------------------------------------------------


def trained(folder: Path, *arms: tuple[str, str]) -> None:
    """Runs of arms, (arm, base) each, on wordproblems_small."""
    for arm, base in arms:
        facts = {"arm": arm, "rows": 700, "base": base}
        trained_run(folder / f"{arm}-{base}", "RW" * 20, facts, benchmark="wordproblems_small")


def standing_in(name: str, folder: Path, **stand_ins: str) -> Sheet:
    """A figure with some benchmarks in the place of others."""
    return sheet(name, folder, stand_ins=stand_ins, checker=RULE)


def test_a_stand_in_and_the_base_that_all_arms_share_are_told_once(tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"), ("AnsAug", "tiny-1b"))
    filled = standing_in("1", tmp_path, gsm8k="wordproblems_small")
    assert list(filled.remarks) == [
        "Measured on wordproblems_small, which stands in for gsm8k.",
        "Arms whose base is not named were trained from tiny-1b.",
    ]
    names = {each.x for each in filled.cells if each.measured is not None}
    assert names == {"SFT 700 rows", "AnsAug 700 rows"}
    assert json.loads(draw(filled, tmp_path)[-1].read_text())["remarks"] == list(filled.remarks)
    drawn = (tmp_path / "figure_01_overview.svg").read_text()
    assert "stands in for gsm8k" in drawn and "trained from tiny-1b" in drawn


def test_arms_of_two_bases_keep_theirs(tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"), ("AnsAug", "tiny-2b"))
    filled = standing_in("1", tmp_path, gsm8k="wordproblems_small")
    assert {each.x for each in filled.cells if each.measured is not None} == {
        "SFT 700 rows, tiny-1b",
        "AnsAug 700 rows, tiny-2b",
    }
    assert list(filled.remarks) == ["Measured on wordproblems_small, which stands in for gsm8k."]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_without_measured_runs_has_no_remark(name: str, tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"))
    assert list(standing_in(name, tmp_path).remarks) == []


@pytest.mark.parametrize(
    ("nats", "shown", "not_shown"),
    [((1.0, 1.1, 1.3, 1.5), "4", "40"), ((0.5, 2.0, 5.0, 9.0), "1000", "400")],
    ids=["within a decade", "over several"],
)
def test_a_logarithmic_axis_has_plain_numbers(
    nats: tuple[float, ...], shown: str, not_shown: str, tmp_path: Path
) -> None:
    perplexity_report(tmp_path / "ppl", {("sft", ""): nats * 10})
    draw(sheet("3", tmp_path), tmp_path)
    svg = (tmp_path / "figure_03_perplexity.svg").read_text()
    assert "mathdefault" not in svg
    texts = set(re.findall(r"<!-- ([^>]*?) -->", svg))
    assert shown in texts
    assert not_shown not in texts
