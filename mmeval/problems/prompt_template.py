"""What a prompt declares, and a template read from a plain text file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmeval.errors import DataError, UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """How a question is put to a model.

    `text` holds `{question}` once, filled by literal replacement: LaTeX has braces, so
    never `str.format`. A solved example is `text` with its question, then `shot` with
    `{solution}` and `{gold}` filled, and the examples stand before the question.
    """

    name: str
    title: str
    text: str
    kind: Literal["text", "chat"] = "text"
    """`chat`: `text` is the user's turn, and the model's own template is applied."""
    shot: str = " {solution}\nThe answer is: {gold}\n\n"
    stop: tuple[str, ...] = ()
    """Strings that end an answer under this prompt."""
    source: str = ""
    """A link to where the prompt was published."""


def read_text(path: Path) -> PromptTemplate:
    """The template that a text file is, named after it. Raises UnknownName or DataError."""
    if not path.is_file():
        raise UnknownName(f"no prompt at {path}: there is no such file")
    try:
        text = path.read_bytes().decode()  # read_text would turn \r\n into \n in silence
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from None
    return PromptTemplate(name=path.name, title=f"from {path.name}", text=text)
