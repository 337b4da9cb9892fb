"""A study file becomes steps that depend on each other; a slip in it is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mmeval.errors import ConfigError
from mmeval.study.read import Step, parse_seeds, parse_study
from mmeval.study.steps import expand, fingerprints

FILE: dict[str, Any] = {
    "study": "tiny",
    "seeds": [0, 1],
    "common": {"tests": "--benchmark {set} --limit 5", "set": "wordproblems"},
    "data": {
        "sft.jsonl": "augment templates wordproblems --arm sft",
        "rft": "augment reject --model {model.sft} --questions {data.sft.jsonl}",
    },
    "models": {
        "sft": "train sft --data sft={data.sft.jsonl} --set seed={seed}",
        "rft": "train sft --data sft={data.sft.jsonl} --data rft={data.rft}/rows.jsonl "
        "--set seed={seed}",
    },
    "runs": {"start": "run --model base {tests}", "trained": "run --model {model.*} {tests}"},
    "measurements": {"ppl": "perplexity --model base --data sft={data.sft.jsonl} --json"},
    "results": {
        "board.md": "leaderboard {runs} --format markdown",
        "claims": "claims --runs {out} --json",
    },
}


def takes_out(argv: Sequence[str]) -> bool:
    """As the verbs are: what writes a file or a folder."""
    return argv[0] in {"augment", "train", "run", "perplexity", "leaderboard"}


def steps_of(**changes: Any) -> dict[str, Step]:
    """The steps of the file with some sections changed, by id."""
    study = parse_study({**FILE, **changes}, "tiny.yaml")
    return {step.id: step for step in expand(study, takes_out)}


def test_steps_come_in_an_order_that_works_and_once_for_each_seed_that_they_depend_on() -> None:
    steps = steps_of()
    assert list(steps) == [
        "data/sft.jsonl",
        "models/sft-seed0",
        "data/rft-seed0",
        "models/sft-seed1",
        "data/rft-seed1",
        "models/rft-seed0",
        "models/rft-seed1",
        "runs/start",
        "runs/sft-seed0",
        "runs/sft-seed1",
        "runs/rft-seed0",
        "runs/rft-seed1",
        "measurements/ppl",
        "results/board.md",
        "results/claims",
    ]
    done: set[str] = set()
    for step in steps.values():
        assert set(step.needs) <= done
        done.add(step.id)


def test_a_step_reads_what_another_of_its_own_seed_makes() -> None:
    steps = steps_of()
    assert steps["data/rft-seed1"].argv == (
        *("augment", "reject", "--model", "studies/tiny/models/sft-seed1"),
        *("--questions", "studies/tiny/data/sft.jsonl"),
        *("--out", "studies/tiny/data/rft-seed1"),
    )
    assert steps["data/rft-seed1"].needs == ("models/sft-seed1", "data/sft.jsonl")
    assert "sft=studies/tiny/data/sft.jsonl" in steps["models/rft-seed0"].argv
    assert "rft=studies/tiny/data/rft-seed0/rows.jsonl" in steps["models/rft-seed0"].argv
    assert "seed=0" in steps["models/rft-seed0"].argv


def test_common_texts_are_filled_in_and_may_hold_each_other() -> None:
    assert steps_of()["runs/start"].argv == (
        *("run", "--model", "base", "--benchmark", "wordproblems", "--limit", "5"),
        *("--out", "studies/tiny/runs/start"),
    )


def test_a_result_that_reads_the_whole_folder_waits_for_all_that_is_put_there() -> None:
    steps = steps_of()
    before = {name for name in steps if not name.startswith("results/")}
    assert "runs/rft-seed1" in before and "measurements/ppl" in before
    assert set(steps["results/claims"].needs) == before
    retrained = steps_of(models={**FILE["models"], "rft": FILE["models"]["sft"]})
    now, then = (fingerprints(list(each.values())) for each in (steps, retrained))
    assert now["results/claims"] != then["results/claims"]


@pytest.mark.parametrize("name", ["gsm8k_train", "two-sets", "Base", "7b"])
def test_a_common_text_has_any_name_that_the_file_takes(name: str) -> None:
    step = steps_of(common={name: "x.jsonl"}, runs={"a": f"run --data a={{{name}}}"})["runs/a"]
    assert step.argv[:3] == ("run", "--data", "a=x.jsonl")


def test_what_is_printed_is_kept_where_there_is_no_out() -> None:
    steps = steps_of()
    board, claims = steps["results/board.md"], steps["results/claims"]
    runs = ["start", "sft-seed0", "sft-seed1", "rft-seed0", "rft-seed1"]
    assert board.argv[1:6] == tuple(f"studies/tiny/runs/{name}" for name in runs)
    assert (board.makes, board.captured) == ("studies/tiny/results/board.md", False)
    assert (claims.makes, claims.captured) == ("studies/tiny/results/claims.json", True)
    assert claims.command.endswith("--json > studies/tiny/results/claims.json")
    assert steps["measurements/ppl"].makes == "studies/tiny/measurements/ppl"


def test_the_seed_goes_before_the_suffix_of_a_file() -> None:
    steps = steps_of(data={**FILE["data"], "x.jsonl": "augment mix {data.rft}/rows.jsonl"})
    assert steps["data/x-seed1.jsonl"].makes == "studies/tiny/data/x-seed1.jsonl"


def test_a_change_changes_the_fingerprints_of_what_depends_on_it_and_no_other() -> None:
    before, after = steps_of(), steps_of(data={**FILE["data"], "rft": "augment reject --model m"})
    one, two = fingerprints(list(before.values())), fingerprints(list(after.values()))
    assert one["data/sft.jsonl"] == two["data/sft.jsonl"]
    assert one["models/sft-seed0"] == two["models/sft-seed0"]
    assert one["models/rft-seed0"] != two["models/rft-seed0"]
    assert one["runs/rft-seed1"] != two["runs/rft-seed1"]
    assert one["results/board.md"] != two["results/board.md"]


def test_more_seeds_leave_the_steps_of_the_first_as_they_were() -> None:
    few = fingerprints(list(steps_of(seeds=[0]).values()))
    many = fingerprints(list(steps_of(seeds=[0, 1, 2]).values()))
    assert {k: v for k, v in few.items() if "results" not in k}.items() <= many.items()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"study": "a b"}, "`study` must be a name"),
        ({"study": None}, "`study` must be a name"),
        ({"runz": {}}, "no key of a study is called 'runz'.*runs"),
        ({"runs": ["run"]}, "`runs` must hold"),
        ({"runs": {"a b": "run"}}, "runs: 'a b' is not a name"),
        ({"runs": {"a": 5}}, "runs.a: expected a command, got 5"),
        ({"seeds": []}, "seeds must be"),
        ({"seeds": [0, 0]}, "seeds must be different"),
        ({"seeds": ["x"]}, "seeds must be"),
        ({"common": {"a": "{b}", "b": "{a}"}, "runs": {"x": "run {a}"}}, "refers to itself"),
        (
            {"runs": {"x": "run --model {model.sfd}"}},
            "runs.x: no step of models is called 'sfd'.*sft",
        ),
        ({"runs": {"x": "run --model {modl.sft}"}}, "runs.x: no kind is called 'modl'.*model"),
        ({"runs": {"x": "run {nothing}"}}, r"runs.x: there is no {nothing}"),
        ({"runs": {"x": "run {gsm8k}"}}, r"runs.x: there is no {gsm8k}"),
        ({"runs": {"x": "run 'open"}}, "runs.x: not a command that a shell would take"),
        ({"runs": {}}, r"results.board.md: {runs} in a study without runs"),
        ({"models": {"sft": "train {data.rft}"}}, "need each other: .*data.rft.*model.sft"),
        (
            {"runs": {"sft": "run --seed {seed}", "t": "run {model.*}"}},
            "two .* make runs/sft-seed0",
        ),
        ({"runs": {"t": "run {model.*} {data.*}"}}, "one .* to a command"),
    ],
)
def test_a_slip_is_named(changes: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as refused:
        steps_of(**changes)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_study_is_named() -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: a study is .* found list"):
        parse_study([], "x.yaml")
    with pytest.raises(ConfigError, match="no step in it"):
        parse_study({"study": "a"}, "x.yaml")


@pytest.mark.parametrize(
    ("value", "seeds"), [([0, 1], (0, 1)), (3, (3,)), ("0,1, 2", (0, 1, 2)), ("7", (7,))]
)
def test_seeds_are_a_list_or_a_text(value: object, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(value) == seeds
