"""How numbers and other people's strings are shown where runs are weighed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence


def percent(share: float | None) -> str:
    """A fraction for people; `-` for none."""
    return "-" if share is None else f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of fractions in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"  # + 0.0: never -0.0


def shown(text: str, kept: str = "", instead: str = "?") -> str:
    """Somebody's text, on one line: what a terminal could obey, or not show, or a file not
    hold, becomes `instead`, apart from the characters `kept`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in kept else instead for each in text)


def quoted(text: str | None, most: int = 70) -> str:
    """An answer on one line, control characters escaped; `-` for none."""
    return "-" if text is None else repr(text if len(text) <= most else text[:most] + "...")


_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"'))


def normalised(text: str) -> str:
    """The text with one kind of quotes, NFKC, and single spaces for all white space."""
    if text.isascii():  # the same result, twenty times as fast
        return " ".join(text.replace("`", "'").split())
    # Quotes first: NFKC makes two characters of a double prime and a space of an accent.
    folded = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return " ".join(folded.split())


def printable(text: str) -> str:
    """The text without what would steer the terminal: a model may say escape codes too."""
    return shown(text, instead="\N{REPLACEMENT CHARACTER}")


def markdown_cell(text: str) -> str:
    """Text that markdown neither breaks a table at nor takes for markup of its own."""
    escaped = "".join(f"\\{each}" if each in "\\|`[]<>#" else each for each in text)
    return shown(escaped)


def markdown_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0
) -> Iterator[str]:
    """The lines of a table of cells that are markdown already; the last `numbers` columns
    stand to the right."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * (len(heads) - numbers) + "|---:" * numbers + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
