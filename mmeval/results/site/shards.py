"""Rows -> scripts that a page opened from disk may load.

`fetch` is refused there, `<script src>` is not. So a shard is a script with one call, whose
argument is the base64 of a gzip of JSON: nothing in it can be anything but data.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

SHARD_BYTES = 4_000_000
"""JSON in a shard before it is compressed: about 1 MB on disk, and read in a blink."""


def packed(key: str, content: bytes) -> str:
    """The script that hands some JSON over as `key`. The same JSON gives the same bytes."""
    squeezed = gzip.compress(content, compresslevel=9, mtime=0)
    return f'mmeval.arrived("{key}","{base64.b64encode(squeezed).decode()}");\n'


def encoded(value: Any) -> bytes:
    """Compact JSON in UTF-8; in ASCII where half a surrogate pair has no UTF-8.

    Raises ValueError for a number that JSON has no word for.
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def batches(rows: Iterable[Any], most: int = SHARD_BYTES) -> Iterator[tuple[int, bytes]]:
    """(how many, their JSON as a list) of the rows in their order, each list of at most
    `most` bytes or of one row."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        line = encoded(row)
        if held and size + len(line) + 3 > most:
            yield len(held), _listed(held)
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield len(held), _listed(held)


def _listed(rows: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"
