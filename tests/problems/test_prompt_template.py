"""A template is its text file, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.errors import DataError, UnknownName
from mmeval.problems.prompt_template import read_text


def test_a_text_file_is_a_template_named_after_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes("Q: {question}\r\nÄ {x}\n".encode())
    template = read_text(file)
    assert (template.name, template.text) == ("mine.txt", "Q: {question}\r\nÄ {x}\n")
    assert (template.kind, template.stop) == ("text", ())


def test_a_file_that_is_not_there_or_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no prompt at .*none\.txt"):
        read_text(tmp_path / "none.txt")
    file = tmp_path / "latin.txt"
    file.write_bytes("Ä {question}".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.txt is not UTF-8"):
        read_text(file)
