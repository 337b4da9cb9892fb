"""How numbers and other people's strings are shown where runs are weighed."""

from __future__ import annotations


def percent(share: float | None) -> str:
    """A fraction for people; `-` for none."""
    return "-" if share is None else f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of fractions in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"  # + 0.0: never -0.0


def shown(text: str) -> str:
    """A label on one line: what a terminal could obey or not show becomes a `?`."""
    return "".join(each if each.isprintable() else "?" for each in text)


def quoted(text: str | None, most: int = 70) -> str:
    """An answer on one line, control characters escaped; `-` for none."""
    return "-" if text is None else repr(text if len(text) <= most else text[:most] + "...")
