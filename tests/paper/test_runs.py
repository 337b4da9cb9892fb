"""Runs of one training with several seeds are one measurement; two arms meet seed by seed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mmeval.paper.measurements import Search, search
from mmeval.paper.runs import Run, matched, same_model
from tests.builders.made_runs import Made, make_run
from tests.builders.seeded_runs import found_in, seeded, the_run


def arm(folder: Path, name: str, *seeds: int | None, rows: int = 100) -> Run:
    """The run of an arm that was trained with some seeds."""
    for seed in seeds:
        facts = {"seed": seed, "rows": rows}
        seeded(folder, name, 0 if seed is None else seed, "RW", facts=facts)
    return the_run(folder, name)


# --- what is one training ---------------------------------------------------------------


def test_seeds_of_one_training_are_one_run(tmp_path: Path) -> None:
    for seed, rows, tokens in ((2, 104, 45_093), (0, 98, 45_011), (1, 101, 45_700)):
        seeded(tmp_path, "SFT", seed, "RW", facts={"rows": rows, "response_tokens": tokens})
    (run,) = found_in(tmp_path).runs
    assert [each.judged.path.name[:5] for each in run.seeds] == ["SFT-0", "SFT-1", "SFT-2"]
    assert run.role.rows == 101
    assert "3 seeds" in run.source.about


@pytest.mark.parametrize(
    "other",
    [
        {"facts": {"seed": 0}},
        {"facts": {"seed": None}},
        {"facts": {"arm": "AnsAug"}},
        {"facts": {"recipe": "rft"}},
        {"facts": {"base": "tiny-2b"}},
        {"facts": {"data": [{"name": "other", "rows": 100}]}},
        {"facts": {"response_tokens": 90_000, "rows": 200}},
        {"letters": "RWW"},
        {"benchmark": "gsm8k_backward"},
        {"identity": {"prompt": "another"}},
    ],
    ids=str,
)
def test_what_differs_by_more_than_the_seed_is_a_run_of_its_own(
    other: dict[str, Any], tmp_path: Path
) -> None:
    seeded(tmp_path, "SFT", 0, "RW")
    told = dict(other)
    seeded(tmp_path, "SFT", 1, told.pop("letters", "RW"), **told)
    assert [each.others for each in found_in(tmp_path).runs] == [(), ()]


def test_sizes_without_told_tokens_are_told_apart_by_rows(tmp_path: Path) -> None:
    for seed, rows in ((0, 20_000), (1, 20_000), (0, 40_000), (1, 40_000)):
        seeded(tmp_path, "AnsAug", seed, "RW", facts={"rows": rows, "response_tokens": None})
    found = [(run.role.rows, len(run.seeds)) for run in found_in(tmp_path).runs]
    assert sorted(found) == [(20_000, 2), (40_000, 2)]


@pytest.mark.parametrize("data", [3, "x", [3], [{}], {"name": "x"}])
def test_data_that_was_told_in_no_known_form_does_no_harm(data: object, tmp_path: Path) -> None:
    for seed in (0, 1):
        seeded(tmp_path, "SFT", seed, "RW", facts={"data": data})
    assert len(found_in(tmp_path).runs) == 1


def test_models_that_were_not_trained_here_are_not_pooled(tmp_path: Path) -> None:
    for name in "ab":
        make_run(tmp_path / name, Made(letters="RW", model="same", benchmark="gsm8k"))
    assert len(found_in(tmp_path).runs) == 2


def test_a_budget_is_met_within_two_percent(tmp_path: Path) -> None:
    for name, tokens in (("SFT", 45_890), ("AnsAug", 46_010)):  # 1.98 % and 2.2 % of the larger
        seeded(tmp_path, name, 0, "RW")
        seeded(tmp_path, name, 1, "RW", facts={"response_tokens": tokens})
    assert len(the_run(tmp_path, "SFT").seeds) == 2
    assert len(the_run(tmp_path, "AnsAug").seeds) == 1


# --- what a run says of itself ------------------------------------------------------------


def test_the_hash_of_a_run_is_that_of_its_verdicts_and_of_seeds_that_of_all(
    tmp_path: Path,
) -> None:
    pooled = arm(tmp_path, "SFT", 0, 1)
    digests = [
        hashlib.sha256(each.judged.run.verdicts_file(each.checker).read_bytes()).digest()
        for each in pooled.seeds
    ]
    assert pooled.seeds[0].source.sha256 == digests[0].hex()
    assert pooled.source.sha256 == hashlib.sha256(b"".join(digests)).hexdigest()


def test_a_part_of_the_problems_says_of_how_many(tmp_path: Path) -> None:
    whole = make_run(tmp_path / "a", Made(letters="RRW", model="m", benchmark="gsm8k"))
    (run,) = search(Search(paths=(tmp_path,))).runs
    assert (run.partial, run.benchmark) == (False, "gsm8k")
    assert run.source.about == "m, gsm8k test, 3 problems, test/1"
    manifest = whole.manifest()
    manifest["data"] |= {"partial": True, "total": 1319}
    whole.write_manifest(manifest)
    (run,) = search(Search(paths=(tmp_path,))).runs
    assert run.partial
    assert run.source.about == "m, gsm8k test, 3 of 1,319 problems, test/1"


# --- two runs side by side ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "pairs"),
    [
        ((0,), (0,), [(0, 0)]),
        ((0, 1, 2), (2, 1, 7), [(1, 1), (2, 2)]),  # those that both have, and no other
        ((0,), (1,), [(0, 1)]),
        ((0, 1), (2, 3), [(0, 2), (1, 3)]),  # none in common: in their order
        ((0, 1), (2, 3, 4), [(0, 2), (1, 3)]),
        ((None,), (0, 1), [(None, 0), (None, 1)]),  # one without a seed, beside each
        ((0, 1), (None,), [(0, None), (1, None)]),
    ],
)
def test_two_arms_stand_side_by_side_by_their_seeds(
    one: tuple[int | None, ...],
    two: tuple[int | None, ...],
    pairs: list[tuple[int | None, int | None]],
    tmp_path: Path,
) -> None:
    sides = arm(tmp_path, "SFT", *one), arm(tmp_path, "AnsAug", *two)
    found = [(a.judged.seed, b.judged.seed) for a, b in matched(*sides)]
    assert found == pairs
    assert all(a.judged.model == "tiny + SFT" for a, _ in matched(*sides))


def test_a_model_is_the_same_where_label_checker_and_seeds_agree(tmp_path: Path) -> None:
    def both(name: str, forward: tuple[int, ...], backward: tuple[int, ...]) -> tuple[Run, Run]:
        for seeds, benchmark in ((forward, "gsm8k"), (backward, "gsm8k_backward")):
            for seed in seeds:
                seeded(tmp_path, name, seed, "RW", benchmark=benchmark)
        return the_run(tmp_path, name), the_run(tmp_path, name, "gsm8k_backward")

    assert same_model(*both("SFT", (0,), (0,)))
    assert same_model(*both("AnsAug", (0, 1), (1, 2)))
    assert not same_model(*both("RFT", (0, 1), (2, 3))), "no seed was asked both"
    assert not same_model(the_run(tmp_path, "SFT"), the_run(tmp_path, "AnsAug"))
