"""tests/ is the tree of mmeval/: a file is named after the module it tests, and drawn so."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders.source_tree import ROOT

APART = ("builders", "content", "golden", "plugin", "project", "whole")
"""Folders of tests/ that mirror nothing: see CONTRIBUTING.md."""
TESTS = [
    path.relative_to(ROOT / "tests")
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if path.relative_to(ROOT / "tests").parts[0] not in APART
]


class Through(NamedTuple):
    """Modules without a test file of their own, for one reason."""

    reason: str
    tests: str
    """The files that fail when one of these modules is broken."""
    modules: str


THROUGH = (
    Through(
        "types, protocols and words that are declared: nothing in them can be called",
        "answers/comparison/test_compare.py paper/test_from_runs.py problems/test_load.py "
        "training/test_plan.py project/test_public.py",
        "answers.checker declare paper.measured problems.benchmark training.recipe",
    ),
    Through(
        "content: each is loaded as users load it, whatever it declares",
        "training/test_settings.py",
        "training.recipes.ablation training.recipes.data_size training.recipes.metamath "
        "training.recipes.miniature training.recipes.qlora_70b training.recipes.rft "
        "training.recipes.rft_mix training.recipes.sft training.recipes.wrong_answers",
    ),
    Through(
        "commands and what they print: typed as users type them, beside what they are about",
        "answers/rules/test_mmeval_1.py content/test_analyses.py engines/models/test_embedded.py "
        "paper/claims/test_weigh.py paper/figures/test_make.py results/test_compare.py "
        "results/test_gate.py results/test_leaderboard.py "
        "training_data/diversity/test_measure.py training_data/perplexity/test_measure.py "
        "verbs/test_audit.py verbs/test_augment.py verbs/test_judge.py verbs/test_list.py "
        "verbs/test_train.py whole/test_study.py",
        "verbs.analyse verbs.augment.calls verbs.augment.data_sets verbs.augment.templates "
        "verbs.claims verbs.compare verbs.diversity verbs.equal verbs.figures verbs.gate "
        "verbs.leaderboard verbs.models verbs.perplexity verbs.shared.diversity_tables "
        "verbs.shared.measured_options verbs.shared.options verbs.shared.run_table "
        "verbs.shared.terminal verbs.show verbs.study",
    ),
    Through(
        "what needs a model, a server or another process: seen where one is opened",
        "engines/hf/test_engine.py engines/openai/test_answers.py "
        "engines/openai/test_endpoint.py engines/test_embedder.py "
        "engines/test_scorer.py training/test_train.py",
        "engines.encoding engines.endings engines.engine engines.hf.batching "
        "engines.hf.embedder engines.hf.scorer engines.openai.embedder engines.openai.served "
        "engines.vllm.scorer training.loop",
    ),
    Through(
        "steps of one call: their order and what they leave on the disk are what is tested",
        "runs/test_run.py verbs/test_augment.py whole/test_repeats.py whole/test_study.py",
        "augmenting.make runs.ask runs.manifest runs.places runs.prepare runs.repeats "
        "runs.resume runs.shards runs.task study.run",
    ),
    Through(
        "what a table, page or verdict is made of: compared whole, number by number",
        "results/site/test_folder.py results/site/test_make.py results/test_compare.py "
        "results/test_gate.py results/test_leaderboard.py",
        "results.analysis results.gate_reports results.leaderboard_formats results.pairing "
        "results.site.pages results.site.run_page",
    ),
)
"""A new module has a test file of its own, or belongs to one of these groups for its reason."""


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_a_test_file_is_named_after_a_module(path: Path) -> None:
    module = ROOT / "mmeval" / path.parent / path.name.removeprefix("test_")
    assert module.is_file() or (module.with_suffix("") / "__init__.py").is_file()


def test_every_module_has_a_test_or_is_listed_with_the_reason_why_not() -> None:
    mirrored = {path.with_name(path.name.removeprefix("test_")).as_posix() for path in TESTS}
    modules = {
        path.relative_to(ROOT / "mmeval").as_posix()
        for path in (ROOT / "mmeval").rglob("*.py")
        if path.name != "__init__.py"
    }
    listed = [f"{each.replace('.', '/')}.py" for group in THROUGH for each in group.modules.split()]
    assert sorted(listed) == sorted(modules - mirrored)
    tests = [each for group in THROUGH for each in group.tests.split()]
    assert [each for each in tests if not (ROOT / "tests" / each).is_file()] == []


def folders(root: Path) -> list[Path]:
    """The packages of a tree, itself included, in the order of `tree -d`."""
    below = [each for each in sorted(root.iterdir()) if (each / "__init__.py").is_file()]
    return [root] + [each for folder in below for each in folders(folder)]


def test_contributing_draws_the_tree_as_it_is() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawing = page[page.index("\nmmeval\n") :].split("```")[0]
    drawn = [line.strip("│├└─ ") for line in drawing.strip().splitlines()]
    real = [each.name for top in ("mmeval", "tests") for each in folders(ROOT / top)]
    unlisted = {"assets", "golden", "plugin"}  # no packages, or nothing to import
    assert [each for each in drawn if each not in unlisted] == [
        each for each in real if each not in unlisted
    ]
