"""What is found below some paths, and the role that each run plays."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import ConfigError, MissingData
from mmeval.paper.claims.accuracy import paired
from mmeval.paper.from_runs import gained
from mmeval.paper.measurements import Search, search
from mmeval.paper.roles import Role, parse_label
from mmeval.paper.runs import on_one_rule
from mmeval.paper.sizes import rows_in, size_in
from mmeval.results.report_folder import ReportDir
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import RULE, trained_run

AT_20K = {"recipe": "ansaug", "arm": "AnsAug", "rows": 20_000, "base": "Llama-2-7b-hf"}


def role(path: Path, **asked: Any) -> Role:
    (run,) = search(Search(paths=(path,), **asked)).runs
    return run.role


def test_a_model_of_the_paper_is_known_by_its_name(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R", model="meta-math/MetaMath-7B-V1.0"))
    assert role(tmp_path) == Role(series="MetaMath", size="7B")


def test_what_mmeval_train_left_says_arm_rows_and_base(tmp_path: Path) -> None:
    trained_run(tmp_path / "a", "RW", AT_20K)
    assert role(tmp_path) == Role(series="AnsAug", size="7B", rows=20_000, base="LLaMA-2-7B")


def test_a_base_may_be_a_row_and_an_arm_may_be_the_recipe(tmp_path: Path) -> None:
    base = {"name": "smollm2-135m", "label": "SmolLM2"}
    trained_run(tmp_path / "a", "RW", {"recipe": "sft", "arm": None, "rows": 5, "base": base})
    assert role(tmp_path) == Role(series="SFT", size="135M", rows=5, base="smollm2-135m")


def test_a_set_that_is_mixed_in_does_not_count_as_size(tmp_path: Path) -> None:
    data = [{"name": "metamath", "rows": 20_000}, {"name": "RFT", "rows": 47_000}]
    mix = AT_20K | {"arm": "rft_mix", "rows": 67_000, "data": data}
    trained_run(tmp_path / "a", "RW", mix)
    assert role(tmp_path).rows == 20_000
    assert role(tmp_path).series == "MetaMathQA and RFT"


@pytest.mark.parametrize("training", [{}, [], "x", {"arm": 3}, {"recipe": None}])
def test_training_that_says_nothing_is_no_role(tmp_path: Path, training: Any) -> None:
    run = trained_run(tmp_path / "mine", "RW", {})
    manifest = run.manifest()
    manifest["model"]["training"] = training
    run.write_manifest(manifest)
    assert role(tmp_path) == Role(series="mine", known=False)


def test_a_label_goes_before_everything(tmp_path: Path) -> None:
    trained_run(tmp_path / "a", "RW", AT_20K)
    labels = (parse_label("a=Rephrased@40K@13B"),)
    assert role(tmp_path, labels=labels) == Role(series="Rephrasing", size="13B", rows=40_000)


def test_a_label_names_the_folder_of_all_benchmarks_of_a_call(tmp_path: Path) -> None:
    for benchmark in ("gsm8k", "gsm8k_backward"):
        make_run(tmp_path / "runs" / "mine" / benchmark, Made(letters="R", benchmark=benchmark))
    for name in ("mine", str(tmp_path / "runs" / "mine")):
        found = search(Search(paths=(tmp_path,), labels=(parse_label(f"{name}=RFT@7B"),)))
        assert [run.role for run in found.runs] == [Role(series="RFT", size="7B")] * 2


def test_a_label_that_no_run_has_is_told(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R"))
    with pytest.raises(ConfigError, match="--label b="):
        search(Search(paths=(tmp_path,), labels=(parse_label("b=SFT"),)))


@pytest.mark.parametrize("text", ["x", "=SFT", "x=", "x=SFT@big", "x=SFT@", "x=@7B"])
def test_a_label_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--label"):
        parse_label(text)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("meta-llama/Llama-2-7b-hf", "7B"),
        ("SmolLM2-135M-Instruct", "135M"),
        ("Qwen2.5-1.5B", "1.5B"),
        ("gpt-4o", ""),
        ("7bit", ""),
    ],
)
def test_a_size_is_read_from_a_name(name: str, size: str) -> None:
    assert size_in(name) == size


@pytest.mark.parametrize(
    ("text", "rows"), [("20K", 20_000), ("1.5k", 1_500), ("7", 7), ("1M", 10**6), ("all", None)]
)
def test_rows_are_read_from_a_size(text: str, rows: int | None) -> None:
    assert rows_in(text) == rows


def test_other_models_are_judged_by_the_second_rule(tmp_path: Path) -> None:
    """The paper's own finds no answer in what they write, and would say 0 %."""
    rules = (RULE, "mmeval/1")
    make_run(tmp_path / "a", Made(letters="R", model="other", checkers=rules))
    make_run(tmp_path / "b", Made(letters="R", model="MetaMath-7B", checkers=rules))
    found = {each.judged.model: each.checker for each in search(Search(paths=(tmp_path,))).runs}
    assert found == {"other": "mmeval/1", "MetaMath-7B": RULE}
    (one, two) = search(Search(paths=(tmp_path,), checker=RULE)).runs
    assert one.checker == two.checker == RULE


def test_what_cannot_be_taken_is_left_out_and_told(tmp_path: Path) -> None:
    make_run(tmp_path / "good", Made(letters="R"))
    unfinished = make_run(tmp_path / "unfinished", Made(letters="R"))
    unfinished.set_status("running")
    unjudged = make_run(tmp_path / "unjudged", Made(letters="R"))
    unjudged.summary_file.unlink()
    make_run(tmp_path / "train", Made(letters="R", identity={"split": "train"}))
    ReportDir(tmp_path / "half").start("diversity", {})
    found = search(Search(paths=(tmp_path,)))
    assert [each.judged.path.name for each in found.runs] == ["good"]
    assert [name in said for said, name in zip(found.left_out, NAMES, strict=True)] == [True] * 4


NAMES = ("train", "unfinished", "unjudged", "half")


def test_a_folder_of_links_to_runs_is_as_good_as_the_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "far" / "a", Made(letters="R"))
    together = tmp_path / "together"
    together.mkdir()
    (together / "a").symlink_to(tmp_path / "far" / "a")
    (together / "round").symlink_to(together)
    found = search(Search(paths=(together,)))
    assert [each.judged.path for each in found.runs] == [together / "a"]


def test_repeats_of_a_run_are_no_runs_of_their_own(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R"))
    make_run(tmp_path / "a" / "repeats" / "1", Made(letters="W"))
    make_run(tmp_path / "deep" / "er" / "b", Made(letters="R"))
    found = search(Search(paths=(tmp_path, tmp_path / "a")))
    assert sorted(each.judged.path.name for each in found.runs) == ["a", "b"]


def test_of_several_runs_the_whole_one_with_the_most_rows_is_taken(tmp_path: Path) -> None:
    for rows in (20_000, 80_000, 40_000):
        trained_run(tmp_path / f"r{rows}", "RW", AT_20K | {"rows": rows})
    found = search(Search(paths=(tmp_path,)))
    best = found.find("gsm8k", Role(series="AnsAug", size="7B"))
    assert best is not None and best.role.rows == 80_000
    exact = found.find("gsm8k", Role(series="AnsAug", rows=40_000))
    assert exact is not None and exact.role.rows == 40_000
    assert found.find("gsm8k", Role(series="AnsAug", size="13B")) is None


def test_one_base_is_not_taken_for_another(tmp_path: Path) -> None:
    trained_run(tmp_path / "a", "RW", AT_20K | {"arm": "MetaMath", "base": "Mistral-7B-v0.1"})
    found = search(Search(paths=(tmp_path,)))
    assert found.find("gsm8k", Role(series="MetaMath", size="7B", base="LLaMA-2-7B")) is None
    assert found.find("gsm8k", Role(series="MetaMath", size="7B", base="Mistral-7B")) is not None


def test_another_benchmark_may_stand_in(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R", benchmark="wordproblems"))
    found = search(Search(paths=(tmp_path,), stand_ins={"gsm8k": "wordproblems"}))
    assert len(found.on("gsm8k")) == 1


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no folder at"):
        search(Search(paths=(tmp_path / "none",)))


def test_what_augment_asked_is_no_run_of_its_own(tmp_path: Path) -> None:
    made = tmp_path / "rft"
    ReportDir(made).start("augmentation", {})
    make_run(made / "steps" / "paths", Made(letters="RW"))
    make_run(tmp_path / "run", Made(letters="RW"))
    found = search(Search(paths=(tmp_path,)))
    assert [each.judged.path.name for each in found.runs] == ["run"]
    assert not any("paths" in each for each in found.left_out)


# --- the rule that reads -------------------------------------------------------------------


def two_rules(path: Path, paper: str, own: str, **facts: Any) -> None:
    """A trained run that two checkers judged, the paper's own first."""
    run = trained_run(path, own, facts, checkers=("paper/1", "own/1"))
    other = trained_run(path.with_name(f"{path.name}-mute") / "x", paper, {}, checkers=("paper/1",))
    run.verdicts_file("paper/1").write_bytes(other.verdicts_file("paper/1").read_bytes())
    summary = run.summary()
    summary["checkers"]["paper/1"] = other.summary()["checkers"]["paper/1"]
    run.write_summary(summary)
    shutil.rmtree(other.path.parent)


def test_a_role_is_judged_by_a_rule_that_reads_it(tmp_path: Path) -> None:
    """SFT ends in `#### 18`: 80 % right, and nothing by the paper's rule."""
    two_rules(tmp_path / "sft", "N" * 10, "RRRRRRRRWW", arm="SFT", rows=8, base="b")
    two_rules(tmp_path / "all", "RRRWWWWWWW", "RRRWWWWWWW", arm="MetaMath", rows=8, base="b")
    found = search(Search(paths=(tmp_path,)))
    assert {run.role.series: run.checker for run in found.runs} == {
        "SFT": "own/1",
        "MetaMath": "paper/1",
    }
    sft, mixture = (found.find("gsm8k", Role(series=name)) for name in ("SFT", "MetaMath"))
    assert sft is not None and mixture is not None
    same = on_one_rule(sft, mixture)
    assert same is not None
    assert [each.checker for each in same] == ["own/1", "own/1"]
    estimate = paired(mixture, sft)
    assert estimate is not None and estimate.value == pytest.approx(-50.0)


def test_runs_that_no_rule_reads_are_not_compared(tmp_path: Path) -> None:
    two_rules(tmp_path / "sft", "N" * 10, "NNNNNNNNWW", arm="SFT", rows=8, base="b")
    two_rules(tmp_path / "all", "RRRWWWWWWW", "RRRWWWWWWW", arm="MetaMath", rows=8, base="b")
    found = search(Search(paths=(tmp_path,)))
    sft, mixture = (found.find("gsm8k", Role(series=name)) for name in ("SFT", "MetaMath"))
    assert sft is not None and mixture is not None
    assert on_one_rule(sft, mixture) is None
    assert paired(mixture, sft) is None
    assert gained(sft, mixture) is None
