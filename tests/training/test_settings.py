"""Settings of a training, and the recipes that declare them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmeval import catalog
from mmeval.declare import Recipe
from mmeval.errors import ConfigError, DataError
from mmeval.training.settings import Settings, changed


def recipe(name: str) -> Recipe:
    found: Recipe = catalog.load("recipes", name)
    return found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"learning_rat": 1}, "no setting is called 'learning_rat'"),
        ({"epoch": 1}, "did you mean epochs"),
        ({"lr": 0}, "lr must be above 0"),
        ({"lr": "fast"}, "lr must be a number"),
        ({"epochs": -1}, "epochs must be above 0"),
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"batch_size": 1.5}, "batch_size must be a whole number"),
        ({"batch_size": True}, "batch_size must be a whole number"),
        ({"warmup": 1}, "warmup must be in [0, 1)"),
        ({"schedule": "cosin"}, "schedule must be cosine or linear or constant"),
        ({"compile": "yes"}, "compile must be true or false"),
        ({"rows": 0}, "rows must be 1 or more"),
        ({"prompt": None}, "prompt must be a text"),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_is_right(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        changed(Settings(), changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("lr", "2e-5", 2e-5),  # YAML 1.1 reads it, without a point, as a text
        ("epochs", 1, 1.0),
        ("batch-size", 64, 64),
        ("rows", None, None),
        ("compile", True, True),
    ],
)
def test_a_setting_is_taken_as_its_field_wants_it(key: str, value: Any, expected: Any) -> None:
    found = getattr(changed(Settings(), {key: value}), key.replace("-", "_"))
    assert found == expected and type(found) is type(expected)


def test_the_defaults_are_those_of_the_papers_7b_models() -> None:
    """Appendix B, run.sh and the README of the paper's repository."""
    default = Settings()
    assert (default.lr, default.epochs, default.batch_size) == (2e-5, 3, 128)
    assert (default.schedule, default.warmup, default.weight_decay) == ("cosine", 0.03, 0)
    assert (default.max_length, default.seed, default.precision) == (512, 42, "bf16")


def test_the_70b_recipe_is_the_papers() -> None:
    chosen = changed(Settings(), recipe("qlora_70b").settings)
    assert (chosen.method, chosen.lr, chosen.warmup) == ("qlora", 1e-4, 0)
    assert (chosen.lora_rank, chosen.lora_alpha, chosen.lora_dropout) == (96, 16, 0.05)


@pytest.mark.parametrize("name", catalog.names("recipes"))
def test_every_arm_of_every_recipe_has_settings_that_hold_and_parts_that_exist(name: str) -> None:
    found = recipe(name)
    settings = changed(Settings(), found.settings)
    for arm in found.arms.values():
        changed(settings, arm.settings)
        assert set(arm.parts) <= set(found.parts)
    used = {part for arm in found.arms.values() for part in arm.parts}
    assert not found.arms or used == set(found.parts)


def test_there_is_a_recipe_for_every_training_of_the_paper() -> None:
    """Table 2's systems, Tables 3, 4 and 9, Figures 2, 5 and 8 to 10, and the 70B models."""
    assert {
        "sft",
        "rft",
        "metamath",
        "ablation",
        "wrong_answers",
        "data_size",
        "rft_mix",
        "qlora_70b",
    } <= set(catalog.names("recipes"))
    assert set(recipe("ablation").arms) == {
        "SFT",
        "AnsAug",
        "Rephrased",
        "SV",
        "FOBAR",
        "AnsAug+Rephrased",
        "all",
    }


def test_a_users_recipe_with_a_misspelt_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from mmeval.declare import Recipe\n"
        'RECIPE = Recipe(name="mine", title="", source="", settings={"epoch": 1})\n'
    )
    with pytest.raises(ConfigError, match="recipe mine: no setting is called 'epoch'"):
        changed(Settings(), recipe(str(path)).settings, "recipe mine")


def test_a_recipe_without_its_constant_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("X = 1\n")
    with pytest.raises(DataError, match="must declare RECIPE = Recipe"):
        recipe(str(path))
