"""How a response of a MetaMathQA row must end, and what is wrong with it."""

from __future__ import annotations

import re

_GSM_END = re.compile(r"\n#### ([^\n]+)\nThe answer is: ([^\n]+)\s*\Z")
_MARKER = "The answer is: "


def fault(kind: str | None, response: str) -> str | None:
    """What is wrong with the end of a response; None where nothing is.

    Word problems end in `#### N` and `The answer is: N` with the same N, mathematics in
    `The answer is: ...` alone. Rows of another type are asked for the marker only.
    """
    tail = response[-600:]
    if kind is not None and kind.startswith("GSM_"):
        end = _GSM_END.search(tail)
        if end is None:
            return "it does not end in '#### N' and 'The answer is: N'"
        if end[1].strip() != end[2].strip():
            return "its '#### N' and its 'The answer is: N' differ"
        return None
    rest = response.rpartition(_MARKER)
    if not rest[1] or not rest[2].strip():
        return "it does not end in 'The answer is: ...'"
    return None
