r"""The last `\boxed{}` of a text: where MATH solutions, and many models, put the answer."""

from __future__ import annotations

_COMMANDS = ("\\boxed", "\\fbox")


def last_boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{...}`, or of the last `\fbox{...}` where there is none.

    `\boxed 5$` without braces, which two MATH train solutions have, reads up to the dollar
    or the end of the line. None when there is no box, or when its braces never close. As
    hendrycks/math `util.last_boxed_only_string` finds it, save that an escaped brace
    (`\boxed{\left\{1\right.}`) does not count as one; over all of MATH the two agree.
    """
    for command in _COMMANDS:
        start = text.rfind(command)
        if start >= 0:
            return _argument(text, start + len(command))
    return None


def _argument(text: str, at: int) -> str | None:
    """What a command takes whose name ends at `at`."""
    while at < len(text) and text[at] == " ":
        at += 1
    if at < len(text) and text[at] == "{":
        end = closing_brace(text, at)
        return None if end is None else text[at + 1 : end]
    bare = text[at:].split("$", 1)[0].split("\n", 1)[0].strip()
    return bare or None


def closing_brace(text: str, at: int) -> int | None:
    """Where the brace that opens at `at` closes; None when it never does."""
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1  # skips what it escapes: \{ and \} are printed, and \\ hides no brace
        elif text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None
