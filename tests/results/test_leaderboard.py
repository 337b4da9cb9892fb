"""Leaderboards: every number with its checker, its interval and its ranks, in every format."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from huggingface_hub.repocard_data import ModelCardData, model_index_to_eval_results

from mmeval.cli import mmeval as cli
from mmeval.errors import ConfigError, DataError
from mmeval.results import leaderboard_formats as formats
from mmeval.results.analysis import load_runs
from mmeval.results.leaderboard import PUBLISHED, Head, Leaderboard, make_leaderboard
from mmeval.results.published import facts
from mmeval.run_folder import RunDir
from mmeval.stats.intervals import wilson
from tests.builders.made_runs import Made, make_run
from tests.builders.source_tree import ROOT

SUMS = Head("sums", "test", "test/1")
GSM8K = Head("gsm8k", "test", "test/1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three models on one benchmark, one of them on a second too."""
    for model, letters in (
        ("good", "R" * 90 + "W" * 10),
        ("fair", "R" * 89 + "WWWWUNFWWWW"),
    ):
        make_run(tmp_path / model, Made(letters=letters, model=model, benchmark="gsm8k"))
    make_run(tmp_path / "poor", Made(letters="RW" * 10 + "W" * 80, model="poor", benchmark="gsm8k"))
    make_run(tmp_path / "sums", Made(letters="RW", model="poor"))
    return tmp_path


def board(folder: Path, published: bool = False) -> Leaderboard:
    return make_leaderboard(load_runs([folder]), (), facts() if published else ())


def board_of(*folders: Path) -> Leaderboard:
    return make_leaderboard(load_runs(folders))


def test_rows_are_models_and_columns_are_tasks_with_their_checker(folder: Path) -> None:
    made = board(folder)
    assert made.heads == (GSM8K, SUMS)
    assert [entry.model for entry in made.entries] == ["good", "fair", "poor"]
    cell = made.entries[0].cells[GSM8K]
    assert (cell.accuracy, cell.n) == (0.9, 100)
    assert (cell.low, cell.high) == wilson(90, 100)
    assert SUMS not in made.entries[0].cells


def test_ranks_that_the_intervals_leave_open_are_ranges(folder: Path) -> None:
    ranks = {entry.model: entry.cells[GSM8K].ranks for entry in board(folder).entries}
    assert ranks == {"good": (1, 2), "fair": (1, 2), "poor": (3, 3)}


def test_runs_of_one_model_in_folders_of_one_name_are_two_rows(tmp_path: Path) -> None:
    for name, letters in (("old", "RRWW"), ("new", "RRRW")):
        make_run(tmp_path / name / "gsm8k", Made(letters=letters))
    entries = board_of(tmp_path / "old", tmp_path / "new").entries
    found = {entry.model: [cell.accuracy for cell in entry.cells.values()] for entry in entries}
    assert found == {"made [new/gsm8k]": [0.75], "made [old/gsm8k]": [0.5]}


def test_what_could_not_be_told_stands_beside(folder: Path) -> None:
    cell = board(folder).entries[1].cells[GSM8K]
    assert (cell.accuracy, cell.accuracy_high) == (0.89, 0.91)
    assert "≤ 91.0" in formats.markdown(board(folder))


def test_quoted_numbers_have_their_own_columns_and_rows(folder: Path) -> None:
    make_run(folder / "mm", Made(letters="RRW", model="MetaMath-7B", benchmark="gsm8k"))
    made = board(folder, published=True)
    quoted = Head("gsm8k", "test", PUBLISHED)
    assert made.heads == (GSM8K, quoted, SUMS)
    own = next(entry for entry in made.entries if entry.model == "MetaMath-7B")
    assert own.measured
    assert own.cells[quoted].accuracy == 0.665
    rows = [entry for entry in made.entries if not entry.measured]
    assert {head for entry in rows for head in entry.cells} == {quoted}
    assert all(cell.ranks is None and cell.source for e in rows for cell in e.cells.values())
    measured = [entry.measured for entry in made.entries]
    assert measured == sorted(measured, reverse=True)


def test_a_part_of_the_problems_is_marked(folder: Path) -> None:
    run = RunDir(folder / "good")
    run.write_manifest(run.manifest() | {"data": run.manifest()["data"] | {"total": 1319}})
    text = formats.markdown(board(folder))
    assert "90.0†" in text
    assert "† not all problems" in text


def test_a_zero_of_a_rule_that_reads_none_of_the_answers_is_marked(tmp_path: Path) -> None:
    for model, letters in (("mute", "N" * 6 + "RWWW"), ("half", "N" * 5 + "RWWWW")):
        make_run(tmp_path / model, Made(letters=letters, model=model))
    made = board(tmp_path)
    shares = {entry.model: entry.cells[SUMS].no_answer for entry in made.entries}
    assert shares == {"mute": 0.6, "half": 0.5}
    text = formats.markdown(made)
    assert "| mute | 10.0‡ (" in text
    assert "| half | 10.0 (" in text
    assert "‡ the checker found no answer" in text
    assert "10.0‡" in call(tmp_path)


def test_markdown_has_a_table_for_each_task_and_folds_what_is_only_quoted(folder: Path) -> None:
    text = formats.markdown(board(folder, published=True))
    tasks, quoted = text.split("<details>")
    assert [line for line in tasks.splitlines() if line.startswith("###")] == [
        "### gsm8k test",
        "### sums test",
    ]
    assert "| model | test/1 | published |" in tasks
    assert "GPT-4" not in tasks
    assert "| *GPT-4* | closed-source | *92.0* |" in quoted
    assert "| good |" not in quoted
    for table in text.split("\n\n"):
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) <= 1


README = ROOT / "README.md"


def folded(readme: str) -> dict[str, dict[str, str]]:
    """The folded table of the README, `| LLaMA-2 7B, 13B | *14.6*, *28.7* | ...`, a row a model."""
    body = readme.partition("The paper's Table 2")[2].partition("</details>")[0]
    lines = [line for line in body.splitlines() if line.startswith("|")]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    found: dict[str, dict[str, str]] = {}
    for name, *cells in rows:
        family, _, size = name.partition(", ")[0].rpartition(" ")
        labels = [name.partition(", ")[0], *(f"{family} {s}" for s in name.split(", ")[1:])]
        assert size and found.keys().isdisjoint(labels)
        for benchmark, cell in zip(head[1:], cells, strict=True):
            numbers = cell.split(", ") if cell else ["–"] * len(labels)
            for label, number in zip(labels, numbers, strict=True):
                if number != "–":
                    found.setdefault(label, {})[benchmark.removesuffix(" test")] = number
    return found


def test_the_readme_quotes_every_number_of_the_papers_table_and_no_other() -> None:
    expected: dict[str, dict[str, str]] = {}
    for fact in facts():
        if "Table 2" in fact.source:
            label = f"{fact.model} {fact.size}".strip()
            expected.setdefault(label, {})[fact.benchmark] = f"*{100 * fact.value:.1f}*"
    readme = README.read_text(encoding="utf-8")
    assert folded(readme) == expected
    assert f"quoted, not measured: {len(expected)} models" in readme


def test_the_readme_sets_each_other_published_number_beside_a_measured_one() -> None:
    beside = re.findall(r"\| (\*[0-9.]+\*) \|$", README.read_text("utf-8"), re.MULTILINE)
    others = [fact for fact in facts() if "Table 2" not in fact.source]
    assert others
    assert {f"*{100 * fact.value:.1f}*" for fact in others} <= set(beside)


def test_the_rows_of_a_task_are_best_first_by_their_best_checker(tmp_path: Path) -> None:
    checkers = ("strict/1", "kind/1")
    for model, letters in (("a", "RRWW"), ("b", "RWWW"), ("c", "RRRW")):
        make_run(tmp_path / model, Made(letters=letters, model=model, checkers=checkers))
    lines = formats.markdown(board(tmp_path)).splitlines()
    assert [line[2] for line in lines if line[:2] == "| " and line[3] == " "] == ["c", "a", "b"]


def test_runs_are_found_one_and_two_folders_down_and_repeats_are_none(tmp_path: Path) -> None:
    for place in ("near", "model/far", "near/repeats/1", "near/shard-1-of-2", "a/b/too-far"):
        make_run(tmp_path / place, Made(letters="RW", model=place))
    found = [run.path.relative_to(tmp_path).as_posix() for run in load_runs([tmp_path])]
    assert found == ["model/far", "near"]


def test_two_runs_of_one_model_are_two_rows(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / name, Made(letters="RW", model="same"))
    assert [e.model for e in board(tmp_path).entries] == ["same [one]", "same [two]"]


def test_verdicts_that_were_edited_are_refused(folder: Path) -> None:
    path = RunDir(folder / "good").verdicts_file("test/1")
    path.write_text(path.read_text().replace('"wrong"', '"right"', 1))
    with pytest.raises(DataError, match="edited or cut"):
        board(folder)


def test_no_run_of_a_checker_makes_no_leaderboard(folder: Path) -> None:
    with pytest.raises(DataError, match="no run was judged by other/1"):
        make_leaderboard(load_runs([folder]), ("other/1",))


# --- formats ---------------------------------------------------------------------------


def call(*args: object) -> str:
    done = CliRunner().invoke(cli, ["leaderboard", *map(str, args)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("name", ["table", "markdown", "csv", "json", "model-card"])
def test_the_same_runs_give_the_same_bytes(name: str, folder: Path, tmp_path: Path) -> None:
    once, again = (call(folder, "--published", "--format", name) for _ in range(2))
    assert once == again
    if name != "table":
        out = tmp_path / "out"
        assert call(folder, "--published", "--format", name, "--out", out) == ""
        assert out.read_text(encoding="utf-8") == once


def test_csv_and_json_hold_every_number_as_a_fraction(folder: Path) -> None:
    made = board(folder, published=True)
    rows = list(csv.DictReader(io.StringIO(formats.csv_text(made))))
    stored = json.loads(formats.json_text(made))["rows"]
    assert len(rows) == len(stored) == len(formats.numbers(made))
    for row, other in zip(rows, stored, strict=True):
        assert float(row["accuracy"]) == other["accuracy"]
        assert row["measured"] == str(other["measured"])
        assert (row["low"] == "") == (other["low"] is None) == (row["checker"] == PUBLISHED)


def test_a_label_breaks_neither_the_table_nor_the_terminal(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RW", model="a|b*\x1b[31m\n# c"))
    text = call(tmp_path, "--format", "markdown")
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == 2
    assert "\x1b" not in text + call(tmp_path)
    assert yaml.safe_load(call(tmp_path, "--format", "model-card"))


def test_the_model_card_is_read_by_the_hubs_own_library(folder: Path) -> None:
    index = yaml.safe_load(formats.model_card(board(folder, published=True)))["model-index"]
    assert [each["name"] for each in index] == ["good", "fair", "poor"]
    name, results = model_index_to_eval_results(index[2:])
    assert name == "poor"
    assert [(each.dataset_type, each.metric_value) for each in results] == [
        ("openai/gsm8k", 10.0),
        ("sums", 50.0),
    ]
    assert results[0].dataset_split == "test"
    card = ModelCardData(model_name=name, eval_results=results)
    assert "model-index" in card.to_yaml()


def test_the_lm_eval_file_has_the_keys_its_viewers_read(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    [path] = [
        Path(line)
        for line in call(folder, "--format", "lm-eval", "--out", out).splitlines()
        if "poor" in line
    ]
    assert path.parent.name == "poor"
    found = json.loads(path.read_text())
    tasks = {"gsm8k", "sums"}
    for key in ("results", "configs", "versions", "n-shot", "higher_is_better", "n-samples"):
        assert set(found[key]) == tasks, key
    row = found["results"]["gsm8k"]
    assert row["exact_match,test/1"] == 0.1
    low, high = wilson(10, 100)
    assert row["exact_match_stderr,test/1"] == pytest.approx((high - low) / 2 / 1.959964, rel=1e-5)
    assert found["n-samples"]["gsm8k"] == {"original": 100, "effective": 100}
    # its own table reads each metric as `name,filter`, and its error as `name_stderr,filter`
    for task, metrics in found["results"].items():
        for name in set(metrics) - {"alias"}:
            metric, comma, _ = name.partition(",")
            assert comma
            assert metric.removesuffix("_stderr") in found["higher_is_better"][task]


def test_an_lm_eval_file_needs_a_folder_and_one_run_of_each_task(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / name, Made(letters="RW", model="same"))
    runner = CliRunner()
    for args, said in (
        ((), "name a folder with --out"),
        (("--out", str(tmp_path / "out")), "several runs of one task"),
    ):
        with pytest.raises(ConfigError, match=said):
            runner.invoke(
                cli,
                ["leaderboard", str(tmp_path), "--format", "lm-eval", *args],
                catch_exceptions=False,
            )


@pytest.mark.parametrize(
    ("model", "name"), [("org/a b", "org_a_b"), ("..", "model"), ("a-1.5", "a-1.5")]
)
def test_a_label_becomes_a_safe_folder(model: str, name: str) -> None:
    assert formats.sanitized(model) == name


# --- what may be ranked ------------------------------------------------------------------


def column(tmp_path: Path, runs: dict[str, Made]) -> dict[str, tuple[int, int] | None]:
    for name, made in runs.items():
        make_run(tmp_path / name, replace(made, model=name))
    entries = make_leaderboard(load_runs([tmp_path])).entries
    return {each.model: next(iter(each.cells.values())).ranks for each in entries}


def test_runs_that_were_asked_different_problems_are_not_ranked(tmp_path: Path) -> None:
    """Two draws of `--limit`: one may hold the easy problems."""
    runs = {"a": Made(letters="R" * 200), "b": Made(letters="W" * 200, first=300)}
    assert column(tmp_path, runs) == {"a": None, "b": None}


def test_a_run_that_the_checker_did_not_read_has_no_rank(tmp_path: Path) -> None:
    runs = {"a": Made(letters="R" * 200), "b": Made(letters="N" * 200)}
    assert column(tmp_path, runs) == {"a": (1, 1), "b": None}


def test_undecided_answers_may_be_right_before_a_rank_is_denied(tmp_path: Path) -> None:
    runs = {"a": Made(letters="R" * 150 + "W" * 50), "b": Made(letters="W" * 50 + "U" * 150)}
    assert column(tmp_path, runs) == {"a": (1, 2), "b": (1, 2)}


def test_with_many_equal_models_hardly_ever_a_rank_is_wrongly_denied(tmp_path: Path) -> None:
    """Twenty models of one true accuracy: unadjusted, some pair is torn apart in 37 % of draws
    of independent runs."""
    rng, wrong = random.Random(3), 0
    for draw in range(12):
        runs = {
            f"m{i:02}": Made(letters="".join(rng.choice("RW") for _ in range(60)))
            for i in range(20)
        }
        found = column(tmp_path / str(draw), runs)
        wrong += any(ranks != (1, 20) for ranks in found.values())
    assert wrong <= 2  # 0.6 are expected of 12 at 5 %


def test_a_table_says_by_what_its_intervals_are_clustered(tmp_path: Path) -> None:
    meta = {i: {"template": f"t{i // 20}"} for i in range(100)}
    make_run(tmp_path / "a", Made(letters="RW" * 50, meta=meta))
    made = make_leaderboard(load_runs([tmp_path]))
    (cell,) = made.entries[0].cells.values()
    assert cell.clustered == "by template"
    assert any("clustered by template" in line for line in formats.legend(made))
    make_run(tmp_path / "b" / "c", Made(letters="RW" * 50))
    assert not any(
        "clustered" in line
        for line in formats.legend(make_leaderboard(load_runs([tmp_path / "b"])))
    )
