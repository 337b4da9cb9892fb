"""Outputs of a part of a benchmark: replayed as such with --only-replayed, and never shown, or
weighed against another run, as if they were the whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import mmeval
from mmeval.cli import mmeval as cli
from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.progress import Silent
from mmeval.results import leaderboard_formats as formats
from mmeval.results.analysis import analyse, load_runs
from mmeval.results.compare import compare
from mmeval.results.gate import Allowance, gate
from mmeval.results.gate_reports import markdown, remarks
from mmeval.results.leaderboard import make_leaderboard
from mmeval.results.pairing import Terms
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig, make_config, read_config
from mmeval.runs.shards import merge
from mmeval.verbs.shared.run_table import headline
from tests.builders.jsonl_files import write_rows
from tests.builders.run_commands import write_doubles

N = 12
PART = "5 of 12 problems, those in the file"


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    """A replay of problems 2 to 6, all right but 6."""
    return RunConfig(
        model="part",
        benchmark=(str(write_doubles(tmp_path)),),
        engine="replay",
        responses=str(answers(tmp_path / "part.jsonl", range(2, 7), wrong={6})),
        text="said",
        only_replayed=True,
        out=str(tmp_path / "part"),
    )


def answers(path: Path, asked: range, wrong: set[int] | None = None) -> Path:
    rows = [
        {
            "asked": f"What is {i} plus {i}?",
            "said": f"The answer is: {2 * i + (i in (wrong or ()))}",
        }
        for i in asked
    ]
    return write_rows(path, rows)


def run(config: RunConfig, name: str, asked: range | None = None, **more: object) -> RunDir:
    """The run of another model, on other problems where `asked` says so."""
    out = Path(str(config.out)).parent / name
    new = replace(config, model=name, out=str(out), **more)  # type: ignore[arg-type]
    if asked is not None:
        new = replace(new, responses=str(answers(out.with_suffix(".jsonl"), asked)))
    [made] = mmeval.run(new)
    return made


# --- the run ---------------------------------------------------------------------------


def test_only_the_problems_of_the_file_are_asked(config: RunConfig) -> None:
    [made] = mmeval.run(config)
    counts = made.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["n"], counts["right"], counts["failed"]) == (5, 4, 0)
    assert [each.question for each in made.problems()] == [
        f"What is {i} plus {i}?" for i in range(2, 7)
    ]


def test_without_the_option_the_others_count_as_failed(config: RunConfig) -> None:
    [made] = mmeval.run(replace(config, only_replayed=False))
    counts = made.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["n"], counts["right"], counts["failed"]) == (N, 4, N - 5)


def test_it_says_so_in_manifest_identity_summary_and_headline(config: RunConfig) -> None:
    [made] = mmeval.run(config)
    manifest = made.manifest()
    data = {"problems": 5, "total": N, "partial": True, "subset": "replayed"}
    assert data.items() <= manifest["data"].items()
    assert manifest["identity"]["subset"] == "replayed"
    assert manifest["config"]["only_replayed"] is True
    assert "--only-replayed" in manifest["command"]
    assert headline(made.read_summary()) == (
        "doubles test: 5 of 12 problems (partial: those in the file)"
    )


def test_a_file_of_all_problems_makes_a_whole_run(config: RunConfig) -> None:
    made = run(config, "whole", range(N))
    data = made.manifest()["data"]
    assert (data["partial"], data["subset"]) == (False, None)
    assert "subset" not in made.manifest()["identity"]
    assert headline(made.read_summary()) == "doubles test: 12 problems"


def test_an_answer_that_is_null_is_a_row_and_counts_as_failed(config: RunConfig) -> None:
    path = Path(str(config.responses))
    path.write_text(path.read_text() + '{"asked": "What is 9 plus 9?", "said": null}\n')
    [made] = mmeval.run(config)
    counts = made.summary()["checkers"]["metamath-gsm8k/1"]
    assert (counts["n"], counts["failed"]) == (6, 1)


def test_it_is_another_run_than_one_of_the_whole(config: RunConfig) -> None:
    mmeval.run(config)
    with pytest.raises(RunMismatch, match="problems_sha256"):
        mmeval.run(replace(config, only_replayed=False))


def test_it_resumes_by_its_manifest(config: RunConfig) -> None:
    [made] = mmeval.run(config)
    made.generations_file.write_bytes(made.generations_file.read_bytes()[:200])
    settings = read_config(made.manifest_file) | {"out": str(made.path)}
    [again] = mmeval.run(make_config(settings))
    assert again.summary()["checkers"]["metamath-gsm8k/1"]["n"] == 5


def test_shards_of_it_joined_are_the_undivided_run(config: RunConfig, tmp_path: Path) -> None:
    [whole] = mmeval.run(config)
    for shard in ("1/2", "2/2"):
        mmeval.run(replace(config, out=str(tmp_path / "parts"), shard=shard))
    [joined] = merge(tmp_path / "parts", Silent())
    assert list(joined.problems()) == list(whole.problems())
    assert headline(joined.read_summary()) == headline(whole.read_summary())


@pytest.mark.parametrize("other", [{"limit": 3}, {"engine": "hf"}], ids=["limit", "engine"])
def test_what_it_cannot_go_with_is_refused(config: RunConfig, other: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="--only-replayed asks the problems of the --responses"):
        mmeval.run(replace(config, **other))  # type: ignore[arg-type]


def test_a_file_of_other_questions_is_refused(config: RunConfig, tmp_path: Path) -> None:
    path = answers(tmp_path / "other.jsonl", range(50, 60))
    with pytest.raises(DataError, match="no field of 10 sampled rows holds a question"):
        mmeval.run(replace(config, responses=str(path)))
    with pytest.raises(DataError, match="has no row for any of the 12 problems"):
        mmeval.run(replace(config, responses=str(path), question="asked"))


# --- what is made of it ----------------------------------------------------------------


def test_a_leaderboard_has_a_column_for_it_and_ranks_it_with_no_other(config: RunConfig) -> None:
    part, same, whole = run(config, "part"), run(config, "same"), run(config, "whole", range(N))
    board = make_leaderboard(load_runs([part.path, same.path, whole.path]))
    assert [head.part for head in board.heads] == ["", PART]
    ranks = {
        entry.model: {head.part: cell.ranks for head, cell in entry.cells.items()}
        for entry in board.entries
    }
    assert ranks == {"whole": {"": (1, 1)}, "part": {PART: (1, 2)}, "same": {PART: (1, 2)}}
    text = formats.markdown(board)
    assert f"### doubles test: {PART}\n" in text
    assert "† not all problems of the published split." in text
    table = CliRunner().invoke(cli, ["leaderboard", str(part.path.parent)], env={"COLUMNS": "60"})
    assert table.exit_code == 0, table.output
    assert PART in table.output


def test_as_many_other_problems_have_a_column_of_their_own(config: RunConfig) -> None:
    one, other = run(config, "part"), run(config, "other", range(5))
    heads = make_leaderboard(load_runs([one.path, other.path])).heads
    assert len({head.part for head in heads}) == 2
    assert all(head.part.startswith(f"{PART} (") for head in heads)


def test_csv_json_and_a_model_card_name_the_part(config: RunConfig) -> None:
    board = make_leaderboard(load_runs([run(config, "part").path]))
    assert f'"{PART}"' in formats.csv_text(board)
    assert json.loads(formats.json_text(board))["rows"][0]["part"] == PART
    assert f"part: {PART}" in formats.model_card(board)


def test_two_of_the_same_problems_are_compared_and_gated_as_a_part(config: RunConfig) -> None:
    a, b = run(config, "part"), run(config, "better", range(2, 7))
    [result] = compare(a.path, b.path)
    assert (result.n, result.part, result.gained[0][:8]) == (5, PART, "doubles/")
    said = CliRunner().invoke(cli, ["compare", str(a.path), str(b.path)]).output
    assert f"not the whole split: {PART}" in said
    [gated] = gate(a.path, b.path, Allowance(max_drop=0.5))
    assert f"They are not the whole split: {PART}." in remarks(gated)
    assert PART in markdown([gated])


@pytest.mark.parametrize("verb", ["compare", "gate"])
def test_it_is_not_weighed_against_a_whole_run_unasked(config: RunConfig, verb: str) -> None:
    part, whole = run(config, "part"), run(config, "whole", range(N))
    said = "5 problems of doubles test, .* 12; 5 in both; --common compares those"
    with pytest.raises(DataError, match=said):
        _weigh(verb, part, whole, Terms())
    assert _weigh(verb, part, whole, Terms(common=True)) == PART
    assert _weigh(verb, whole, part, Terms(common=True)) == PART


def _weigh(verb: str, a: RunDir, b: RunDir, terms: Terms) -> str | None:
    if verb == "compare":
        return compare(a.path, b.path, terms)[0].part
    return gate(a.path, b.path, Allowance(max_drop=0.1, terms=terms))[0].part


def test_an_analysis_names_the_part_among_its_sources(config: RunConfig) -> None:
    [source] = analyse("accuracy", [run(config, "part").path]).sources
    assert f"part, doubles test, {PART}, " in source
