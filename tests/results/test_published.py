"""Numbers that others printed: read whole or refused, and found by any name of a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.errors import DataError
from mmeval.results.published import about, facts, folded

FILE = """
[[table]]
source = "X, Table 1"
link = "https://x.org"

[[table.rows]]
model = "M"
size = "7B"
aliases = ["org/M-7B-V1"]
accuracy = { gsm8k = 66.5, hendrycks_math = 0 }

[[table.rows]]
model = "N"
accuracy = { gsm8k = 100 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "published.toml"
    path.write_text(text)
    return path


def test_a_row_is_a_fact_a_benchmark_as_a_fraction(tmp_path: Path) -> None:
    found = facts(written(tmp_path, FILE))
    assert [(f.model, f.size, f.benchmark, f.value) for f in found] == [
        ("M", "7B", "gsm8k", 0.665),
        ("M", "7B", "hendrycks_math", 0.0),
        ("N", "", "gsm8k", 1.0),
    ]
    assert {(f.source, f.link) for f in found} == {("X, Table 1", "https://x.org")}


@pytest.mark.parametrize(
    "text",
    [
        "x = [",
        "a = 1",
        FILE.replace("66.5", "166.5"),
        FILE.replace("66.5", "-1"),
        FILE.replace("66.5", "'many'"),
        FILE.replace('model = "N"', ""),
        FILE.replace("source", "s"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a file of published values"):
        facts(written(tmp_path, text))


@pytest.mark.parametrize(
    ("model", "benchmark", "value"),
    [
        ("M 7B", "gsm8k", 0.665),
        ("m-7b", "gsm8k", 0.665),
        ("other-org/m-7b-v1", "gsm8k", 0.665),
        ("M-7B", "hendrycks_math", 0.0),
        ("N", "gsm8k", 1.0),
        ("M", "gsm8k", None),  # of no known size
        ("M-13B", "gsm8k", None),
        ("N", "hendrycks_math", None),
    ],
)
def test_a_model_is_found_by_the_letters_and_digits_of_its_names(
    model: str, benchmark: str, value: float | None, tmp_path: Path
) -> None:
    found = about(model, benchmark, facts(written(tmp_path, FILE)))
    assert (None if found is None else found.value) == value


def test_a_name_is_folded_without_its_organisation() -> None:
    assert folded("meta-math/MetaMath-7B-V1.0") == folded("metamath 7b v1.0") == "metamath7bv10"
