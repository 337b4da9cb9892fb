"""Numbers and untrusted strings as text for a terminal or a markdown table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from reprlib import Repr


def percent(share: float | None) -> str:
    """A fraction for people; `-` for none."""
    return "-" if share is None else f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of fractions in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"  # + 0.0: never -0.0


def shown(text: str, kept: str = "", instead: str = "?") -> str:
    """Untrusted text on one line: every character that is not printable becomes `instead`,
    apart from those in `kept`. So no escape code reaches a terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in kept else instead for each in text)


def quoted(text: str | None, most: int = 70) -> str:
    """An answer on one line, control characters escaped; `-` for none."""
    return "-" if text is None else repr(text if len(text) <= most else text[:most] + "...")


_BRIEF = Repr()
_BRIEF.maxlevel, _BRIEF.maxstring, _BRIEF.maxother = 2, 80, 80
_BRIEF.maxlist = _BRIEF.maxtuple = _BRIEF.maxdict = _BRIEF.maxset = 4


def brief(value: object) -> str:
    """The value as an error names it, however large it is: a few lines of YAML can hold what
    has 10^10 items when it is written out."""
    try:
        return _BRIEF.repr(value)
    except ValueError:  # a number of more digits than Python writes
        return f"a {type(value).__name__} too long to be written"


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"'))


def normalised(text: str) -> str:
    """The text with one kind of quotes, NFKC, and single spaces for all white space."""
    if text.isascii():  # the same result, twenty times as fast
        return " ".join(text.replace("`", "'").split())
    # Quotes first: NFKC makes two characters of a double prime and a space of an accent.
    folded = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return " ".join(folded.split())


def printable(text: str) -> str:
    """The text with escape codes and the like replaced: a model may write them too."""
    return shown(text, instead="\N{REPLACEMENT CHARACTER}")


def markdown_cell(text: str) -> str:
    """Text escaped for a cell of a markdown table: no column break, no markup."""
    escaped = "".join(f"\\{each}" if each in "\\|`[]<>#" else each for each in text)
    return shown(escaped)


def markdown_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0
) -> Iterator[str]:
    """The lines of a table whose cells are markdown already; the last `numbers` columns are
    right-aligned."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * (len(heads) - numbers) + "|---:" * numbers + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
