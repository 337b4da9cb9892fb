"""A study's steps: an order that works, one for each seed, and a hash of all they depend on."""

from __future__ import annotations

from mmeval.study.steps import fingerprints
from tests.builders.study_files import FILE, steps_of


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


def test_a_result_that_reads_the_whole_folder_waits_for_all_that_is_put_there() -> None:
    steps = steps_of()
    before = {name for name in steps if not name.startswith("results/")}
    assert "runs/rft-seed1" in before and "measurements/ppl" in before
    assert set(steps["results/claims"].needs) == before
    retrained = steps_of(models={**FILE["models"], "rft": FILE["models"]["sft"]})
    now, then = (fingerprints(list(each.values())) for each in (steps, retrained))
    assert now["results/claims"] != then["results/claims"]


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


def test_a_fingerprint_is_of_the_command_and_of_what_it_needs() -> None:
    steps = list(steps_of().values())
    assert fingerprints(steps) == fingerprints(steps)
    assert len(set(fingerprints(steps).values())) == len(steps)
    assert all(len(each) == 16 for each in fingerprints(steps).values())


def test_a_suffix_says_what_is_printed() -> None:
    results = {
        "a": "show gsm8k",
        "b": "list --json",
        "c": "compare x y --format csv",
        "d": "compare x y --format markdown",
        "e.txt": "compare x y --format csv",
    }
    made = [step.makes for name, step in steps_of(results=results).items() if "results/" in name]
    assert made == [
        f"studies/tiny/results/{name}" for name in ("a.txt", "b.json", "c.csv", "d.md", "e.txt")
    ]
