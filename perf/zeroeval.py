"""The rule by which ZeroEval's authors graded GSM8K, to find the rows where others differ.

The first number in the `answer` field of the last JSON object of an output, `$` and commas
gone, is compared with that of the gold; without such an object there is no answer. Behaviour of
`zeroeval`'s evaluation script for GSM8K, written anew; it gives both published figures exactly.
"""

from __future__ import annotations

import json
import re

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FIELD = re.compile(r'"answer":\s*("[^"]*"|[^,{}\s]+)')


def zeroeval_right(text: str, gold: str) -> bool:
    """Whether that rule calls an output right."""
    answer = _answer(text)
    if answer is None:
        return False
    said, wanted = (each.replace("$", "").replace(",", "").strip() for each in (answer, gold))
    first, second = _NUMBER.search(said), _NUMBER.search(wanted)
    return said == wanted or bool(first and second and float(first[0]) == float(second[0]))


def _answer(text: str) -> str | None:
    found, opened = None, []
    for at, sign in enumerate(text):
        if sign == "{":
            opened.append(at)
        elif sign == "}" and opened and not (start := opened.pop(), opened)[1]:
            try:
                found = json.loads(text[start : at + 1].replace("\n", ""))
            except ValueError:
                continue
    if isinstance(found, dict) and found.get("answer") is not None:
        return str(found["answer"])
    fields = _FIELD.findall(text)
    return fields[-1].strip("\"'") if fields else None
