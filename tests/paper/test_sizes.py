"""Sizes of models and data, as names and people write them."""

from __future__ import annotations

import pytest

from mmeval.paper.sizes import in_thousands, rows_in, size_in


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Llama-2-7b-hf", "7B"),
        ("smollm2-135m", "135M"),
        ("qwen2.5-1.5B", "1.5B"),
        ("4bit-model", ""),
        ("v7bx", ""),
    ],
)
def test_a_size_is_a_word_of_the_name(name: str, size: str) -> None:
    assert size_in(name) == size


@pytest.mark.parametrize(("text", "rows"), [("20K", 20_000), ("1.5m", 1_500_000), ("700", 700)])
def test_rows_are_read_as_they_are_written(text: str, rows: int) -> None:
    assert rows_in(text) == rows


def test_what_is_no_number_is_no_size() -> None:
    assert rows_in("20 K") is None
    assert in_thousands(None) == ""
    assert in_thousands(1_500) == "1.5K"
