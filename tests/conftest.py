"""Fixtures that more than one test file uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mmeval.errors import MissingPackage, ModelNotFound
from mmeval.models import Model, find_model
from mmeval.records import Outcome, Verdict

LETTERS: dict[str, Outcome] = {
    "R": "right",
    "W": "wrong",
    "N": "no_answer",
    "U": "undecided",
    "F": "failed",
}


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the public data sets; without it the full-data tests are skipped."""
    named = os.environ.get("MMEVAL_DATA")
    if not named:
        pytest.skip("full data: MMEVAL_DATA names no folder with the public data sets")
    folder = Path(named)
    assert folder.is_dir(), f"MMEVAL_DATA={named} is no folder"
    return folder.resolve()


@pytest.fixture(scope="session")
def smollm2() -> Model:
    """The embedded model, fetched and converted on first use."""
    pytest.importorskip("torch", reason="real model: torch is not installed; make hf")
    try:
        return find_model("smollm2-135m")
    except (ModelNotFound, MissingPackage) as error:
        pytest.skip(f"real model: {error}")


@pytest.fixture(scope="session")
def verdicts() -> Callable[[str], list[Verdict]]:
    """`verdicts("RRWN")`: one verdict a letter, on problems `t/0`, `t/1`, ..."""

    def build(letters: str) -> list[Verdict]:
        return [
            Verdict(problem_id=f"t/{i}", outcome=LETTERS[letter], checker="test/1")
            for i, letter in enumerate(letters)
        ]

    return build
