"""What a figure says of its measured numbers where its own names say something else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mmeval import catalog
from mmeval.paper.figures.figure import Sheet
from mmeval.paper.figures.make import draw, filled_sheets
from mmeval.paper.measurements import Measurements, Search, search
from mmeval.report_folder import ReportDir
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import perplexity_report, trained_run


def trained(folder: Path, *arms: tuple[str, str]) -> None:
    """Runs of arms, (arm, base) each, on wordproblems_small."""
    for arm, base in arms:
        facts = {"arm": arm, "rows": 700, "base": base}
        trained_run(folder / f"{arm}-{base}", "RW" * 20, facts, benchmark="wordproblems_small")


def found_in(folder: Path, **stand_ins: str) -> Measurements:
    return search(Search(paths=(folder,), stand_ins=stand_ins, checker="metamath-gsm8k/1"))


def sheet_of(name: str, found: Measurements) -> Sheet:
    [sheet] = filled_sheets([catalog.load("figures", name)], found)
    return sheet


def test_a_stand_in_and_the_base_that_all_arms_share_are_told_once(tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"), ("AnsAug", "tiny-1b"))
    sheet = sheet_of("figure_01_overview", found_in(tmp_path, gsm8k="wordproblems_small"))
    assert list(sheet.remarks) == [
        "Measured on wordproblems_small, which stands in for gsm8k.",
        "Arms whose base is not named were trained from tiny-1b.",
    ]
    names = {each.x for each in sheet.cells if each.measured is not None}
    assert names == {"SFT 700 rows", "AnsAug 700 rows"}
    assert json.loads(draw(sheet, tmp_path)[-1].read_text())["remarks"] == list(sheet.remarks)
    drawn = (tmp_path / "figure_01_overview.svg").read_text()
    assert "stands in for gsm8k" in drawn and "trained from tiny-1b" in drawn


def test_arms_of_two_bases_keep_theirs(tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"), ("AnsAug", "tiny-2b"))
    sheet = sheet_of("figure_01_overview", found_in(tmp_path, gsm8k="wordproblems_small"))
    assert {each.x for each in sheet.cells if each.measured is not None} == {
        "SFT 700 rows, tiny-1b",
        "AnsAug 700 rows, tiny-2b",
    }
    assert list(sheet.remarks) == ["Measured on wordproblems_small, which stands in for gsm8k."]


@pytest.mark.parametrize("name", catalog.names("figures"))
def test_a_figure_without_measured_runs_has_none(name: str, tmp_path: Path) -> None:
    trained(tmp_path, ("SFT", "tiny-1b"))
    assert list(sheet_of(name, found_in(tmp_path)).remarks) == []


def test_what_augment_asked_is_no_run_of_its_own(tmp_path: Path) -> None:
    made = tmp_path / "rft"
    ReportDir(made).start("augmentation", {})
    make_run(made / "steps" / "paths", Made(letters="RW"))
    make_run(tmp_path / "run", Made(letters="RW"))
    found = search(Search(paths=(tmp_path,)))
    assert [each.judged.path.name for each in found.runs] == ["run"]
    assert not any("paths" in each for each in found.left_out)


@pytest.mark.parametrize(
    ("nats", "shown", "not_shown"),
    [((1.0, 1.1, 1.3, 1.5), "4", "40"), ((0.5, 2.0, 5.0, 9.0), "1000", "400")],
    ids=["within a decade", "over several"],
)
def test_a_logarithmic_axis_has_plain_numbers(
    nats: tuple[float, ...], shown: str, not_shown: str, tmp_path: Path
) -> None:
    perplexity_report(tmp_path / "ppl", {("sft", ""): nats * 10})
    sheet = sheet_of("figure_03_perplexity", search(Search(paths=(tmp_path,))))
    draw(sheet, tmp_path)
    svg = (tmp_path / "figure_03_perplexity.svg").read_text()
    assert "mathdefault" not in svg
    texts = set(re.findall(r"<!-- ([^>]*?) -->", svg))
    assert shown in texts
    assert not_shown not in texts
