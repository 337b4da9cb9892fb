"""Every edit of a file of a run folder: each key gone or of another type, cuts, flipped bits."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

DEEP: Any = "[" * 3000 + "]" * 3000
"""A list in lists, deeper than any reader goes."""
VALUES = (
    "null", "true", "-1", "7", "1.5", "NaN", "1e999", "9" * 400, '""', '"x"', '"\\ud83d"',
    "[]", "[null]", "[[1]]", "{}", '{"x": null}', DEEP,
)  # fmt: skip
"""What stands for a value, as JSON writes it: one of each type, and the odd ones."""
GONE = "gone"


class Edit(NamedTuple):
    """One edited text, and what was done to it."""

    name: str
    text: str | bytes


def paths(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where each value of a JSON document stands; of a list only its first two."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = list(enumerate(value))[:2]
    for key, each in items:
        yield (*above, key)
        yield from paths(each, (*above, key))


def key_edits(text: str) -> Iterator[Edit]:
    """The JSON object with each key gone, and with each of `VALUES` in its place; and each of
    them for the whole."""
    row = json.loads(text)
    for value in VALUES:
        yield Edit(f"the whole is {value[:20]}", value + "\n")
    for path in paths(row):
        for value in (GONE, *VALUES):
            changed = copy.deepcopy(row)
            place = changed
            for key in path[:-1]:
                place = place[key]
            if value == GONE:
                del place[path[-1]]
            else:
                place[path[-1]] = MARK
            edited = json.dumps(changed).replace(json.dumps(MARK), value)
            yield Edit(f"{'.'.join(map(str, path))} is {value[:20]}", edited + "\n")


MARK = "\x00here\x00"


def row_edits(text: str, line: int = 0) -> Iterator[Edit]:
    """The JSONL with each key of one of its rows edited."""
    lines = text.splitlines(keepends=True)
    for edit in key_edits(lines[line]):
        assert isinstance(edit.text, str)
        edited = "".join([*lines[:line], edit.text, *lines[line + 1 :]])
        yield Edit(f"line {line + 1}: {edit.name}", edited)


def cuts_and_flips(content: bytes, count: int, rng: random.Random) -> Iterator[Edit]:
    """`count` of each: cut at a random byte, one random bit flipped."""
    for _ in range(count):
        place = rng.randrange(len(content))
        yield Edit(f"cut at {place}", content[:place])
        place, bit = rng.randrange(len(content)), 1 << rng.randrange(8)
        flipped = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        yield Edit(f"bit {bit} of byte {place} flipped", flipped)
