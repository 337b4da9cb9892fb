"""tests/ is the tree of mmeval/: a file is named after the module it tests, and drawn so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.source_tree import ROOT

APART = ("builders", "content", "golden", "plugin", "project", "whole")
"""Folders of tests/ that mirror nothing: see CONTRIBUTING.md."""
TESTS = [
    path.relative_to(ROOT / "tests")
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if path.relative_to(ROOT / "tests").parts[0] not in APART
]


THROUGH = {
    "answers/comparison/test_compare.py": (
        "answers.checker answers.comparison.cyclotomic answers.comparison.groups "
        "answers.comparison.match answers.comparison.matcher answers.comparison.policies "
        "answers.comparison.relations answers.comparison.sympy_proof"
    ),
    "answers/comparison/test_polynomials.py": (
        "answers.comparison.exact_values answers.comparison.quotients answers.comparison.refute"
    ),
    "answers/comparison/test_pool.py": ("answers.comparison.many answers.comparison.worker"),
    "answers/extraction/test_extract.py": (
        "answers.extraction.fallbacks answers.extraction.regions answers.extraction.spans "
        "answers.extraction.statements"
    ),
    "answers/grammar/test_parser.py": (
        "answers.grammar.normalise answers.grammar.shape answers.grammar.tokens "
        "answers.grammar.tree answers.grammar.units answers.grammar.vocabulary "
        "answers.grammar.written_numbers"
    ),
    "answers/rules/test_metamath_gsm8k_1.py": ("answers.rules.metamath_math_1"),
    "answers/rules/test_mmeval_1.py": ("verbs.equal"),
    "content/test_analyses.py": ("verbs.analyse"),
    "engines/hf/test_engine.py": ("engines.engine engines.hf.batching engines.hf.loading"),
    "engines/models/test_embedded.py": ("verbs.models"),
    "engines/openai/test_answers.py": ("engines.endings"),
    "engines/openai/test_engine.py": ("engines.openai.background"),
    "engines/test_embedder.py": ("engines.hf.embedder engines.openai.embedder"),
    "engines/test_scorer.py": ("engines.encoding engines.hf.scorer engines.vllm.scorer"),
    "judging/test_audit.py": ("judging.labels judging.mathverify judging.mathverify_worker"),
    "paper/claims/test_weigh.py": ("verbs.claims"),
    "paper/figures/test_legends.py": ("paper.measured"),
    "paper/figures/test_make.py": ("verbs.figures verbs.shared.measured_options"),
    "problems/test_hub.py": ("problems.benchmark"),
    "project/test_public.py": ("declare"),
    "results/site/test_folder.py": ("results.site.run_page"),
    "results/site/test_make.py": (
        "results.analysis results.leaderboard_formats results.site.pages"
    ),
    "results/test_compare.py": ("results.pairing verbs.compare"),
    "results/test_gate.py": ("results.gate_reports verbs.gate"),
    "results/test_leaderboard.py": ("verbs.leaderboard"),
    "runs/test_run.py": (
        "runs.ask runs.manifest runs.places runs.prepare runs.resume runs.shards runs.task"
    ),
    "stats/test_several_answers.py": ("judging.merge_answers"),
    "training/test_examples.py": ("training.recipe"),
    "training/test_settings.py": (
        "training.loop training.recipes.ablation training.recipes.data_size "
        "training.recipes.metamath training.recipes.miniature training.recipes.qlora_70b "
        "training.recipes.rft training.recipes.rft_mix training.recipes.sft "
        "training.recipes.wrong_answers"
    ),
    "training_data/diversity/test_measure.py": ("verbs.diversity verbs.shared.diversity_tables"),
    "training_data/perplexity/test_measure.py": ("verbs.perplexity"),
    "verbs/test_audit.py": ("verbs.shared.terminal"),
    "verbs/test_augment.py": (
        "augmenting.make verbs.augment.calls verbs.augment.data_sets verbs.augment.templates"
    ),
    "verbs/test_judge.py": ("verbs.shared.run_table"),
    "verbs/test_list.py": ("verbs.show"),
    "verbs/test_train.py": ("verbs.shared.options"),
    "whole/test_frozen_runs.py": ("judging.judge_run"),
    "whole/test_repeats.py": ("runs.repeats"),
    "whole/test_study.py": ("study.run verbs.study"),
}
"""Modules without a test file of their own, under the one that fails when they do: a record or
a table alone, a part of what its caller's test goes through, a verb that is tested with what it
shows. A new module has its own."""


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_a_test_file_is_named_after_a_module(path: Path) -> None:
    module = ROOT / "mmeval" / path.parent / path.name.removeprefix("test_")
    assert module.is_file() or (module.with_suffix("") / "__init__.py").is_file()


def test_every_module_has_a_test_or_is_listed_with_the_one_that_covers_it() -> None:
    mirrored = {path.with_name(path.name.removeprefix("test_")).as_posix() for path in TESTS}
    modules = {
        path.relative_to(ROOT / "mmeval").as_posix()
        for path in (ROOT / "mmeval").rglob("*.py")
        if path.name != "__init__.py"
    }
    listed = [
        f"{each.replace('.', '/')}.py" for names in THROUGH.values() for each in names.split()
    ]
    assert sorted(listed) == sorted(modules - mirrored)
    assert [each for each in THROUGH if not (ROOT / "tests" / each).is_file()] == []


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
