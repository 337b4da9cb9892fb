"""Numbers and untrusted strings as text: for a terminal, a table, a file that is kept.

Whatever a model, a server, a row or a run folder says may hold escape codes, formulas,
mentions and secrets. What makes them harmless is here, one function for each place that text
goes to: `Screen` (terminal), `shown` (one line), `markdown_cell`, `csv_cell`, and
`without_secrets` (whatever is kept or printed).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from reprlib import Repr
from typing import IO, Any


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
    """Text escaped for a cell of a markdown table: no column break, no markup, and nothing that
    a page acts on of itself: no mention, no address that becomes a link, no HTML entity."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", text)
    return shown(_LINKS.sub("\\g<0>\N{WORD JOINER}", escaped), kept="\N{WORD JOINER}")


_MARKDOWN = re.compile(r"[\\|`\[\]<>#*~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINKS = re.compile(r"@|#(?=\d)|://|(?i:gh)(?=-\d)|(?i:www)(?=\.)|(?i:mailto|xmpp):")
"""What becomes a mention or a link; an invisible character after it keeps it a text."""


def csv_cell(value: Any) -> Any:
    """A value for a CSV file: a text that a spreadsheet would calculate is quoted as one."""
    if not isinstance(value, str):
        return value
    text = escaped(value)
    begins = {text[:1], text.lstrip()[:1]}
    return f"'{text}" if begins & _FORMULA else text


_FORMULA = frozenset("=+-@\t\uff1d\uff0b\uff0d\uff20")

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def escaped(text: str) -> str:
    """The text with what acts on a terminal or turns its direction written out, `\\u001b`, as
    JSON does; line ends and tabs stay."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Screen:
    """A stream that people read, which takes no control character but those that mmeval draws
    its own progress with, on `raw`."""

    def __init__(self, raw: IO[str], name: str, needed: bool = True, drawing: bool = False) -> None:
        self.raw = raw
        self.name = name
        self.needed = needed
        """Whether it is an error that nothing can be written: a result must arrive, while
        remarks on stderr need not."""
        self._drawing = drawing

    def write(self, text: str) -> int:
        """Writes the text. Raises OSError that names the stream."""
        start = "\r" if text.startswith("\r") else ""  # as a bar does that is drawn anew
        harmless = text if self._drawing else start + escaped(text[len(start) :])
        self._do(lambda: self.raw.write(harmless))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes them one after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hands on what was written. Raises OSError that names the stream."""
        self._do(self.raw.flush)

    def _do(self, what: Callable[[], object]) -> None:
        try:
            what()
        except OSError as error:
            if self.needed:
                raise OSError(error.errno, error.strerror, self.name) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def drawn(stream: Any) -> Any:
    """The stream for what draws with escape codes of its own, and escapes what it is given."""
    if isinstance(stream, Screen):
        return Screen(stream.raw, stream.name, stream.needed, drawing=True)
    return stream


_SECRET = (
    r"(?:(?:api|access|private|secret)[-_]?key|token|secret|password|passwd|credentials?"
    r"|authorization|bearer)"
)
_SECRET_NAME = re.compile(rf"(?:^|[-_.]){_SECRET}$", re.IGNORECASE)
"""The names of settings that hold a secret; `max_num_batched_tokens`, `tokenizer_mode` and
`api_key_env`, the name of a variable, are none."""
_SECRET_VALUE = re.compile(rf"((?:\b|_){_SECRET}=)(?!\*\*\*)[^\s;,)]+", re.IGNORECASE)
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(\S+)")
_ADDRESS = re.compile(r"(?:^|[-_.])(?:url|uri|endpoint|proxy|server)$", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a setting of that name holds a secret."""
    return bool(_SECRET_NAME.search(name))


def is_locked(name: str) -> bool:
    """Whether a header or a part of a query (`header.NAME`, `query.NAME`) is a secret: only the
    name of an environment variable may be given for it."""
    beside = name.startswith(("header.", "query."))
    key = re.search(r"(key|cookie|auth|signature|sig|code)$", name, re.IGNORECASE)
    return is_secret(name) or (beside and key is not None)


def without_secrets(text: str) -> str:
    """A message without credentials and queries of the URLs in it, and without the values of
    settings that hold a secret."""
    return _SECRET_VALUE.sub(r"\1***", _URL.sub(lambda m: m[1] + _public(m[2]), text))


def clean_setting(name: str, value: str) -> str:
    """A setting as it is kept; the name may say that its value is a secret or an address."""
    scheme, separator, rest = value.partition("://")
    if separator:
        return f"{scheme}://{_public(rest)}"
    if is_secret(name) and not name.startswith(("header.", "query.")):  # a variable's name
        return "***"
    return _public(value) if _ADDRESS.search(name) else value


def clean_words(words: Iterable[str]) -> list[str]:
    """The words of a command as they are kept and printed, without secrets."""
    cleaned = []
    for word in words:
        option, value = _OPTION_VALUE.fullmatch(word).groups()  # type: ignore[union-attr]
        name = option.rstrip("=").rpartition("=")[2].lstrip("-")
        cleaned.append(option + clean_setting(name, value))
    return cleaned


_OPTION_VALUE = re.compile(r"((?:--?[A-Za-z][\w-]*=)?(?:[A-Za-z][\w.-]*=)?)(.*)", re.DOTALL)


def _public(rest: str) -> str:
    """What follows `://` without credentials, query and fragment, however badly written."""
    host = re.match(r"[^/?#]*", rest)[0]  # type: ignore[index]
    if "@" in host:
        rest = rest[len(host.rpartition("@")[0]) + 1 :]
    elif "@" in rest and not re.fullmatch(r"[^:]*|\[[^\]]*\]|(?:[^:]*|\[[^\]]*\]):\d*", host):
        rest = rest.rpartition("@")[2]  # a password with / or ? in it
    return re.match(r"[^?#]*", rest)[0]  # type: ignore[index]


def markdown_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0
) -> Iterator[str]:
    """The lines of a table whose cells are markdown already; the last `numbers` columns are
    right-aligned."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * (len(heads) - numbers) + "|---:" * numbers + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
