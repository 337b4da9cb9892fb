"""Sizes of models and of data, read from names and written for people."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(?<![a-z0-9])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
_ROWS = re.compile(r"(\d+(?:\.\d+)?)([km]?)", re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


def size_in(name: str) -> str:
    """`7B` of `Llama-2-7b-hf`; empty where the name tells none."""
    match = _SIZE.search(name)
    return f"{match[1]}{match[2].upper()}" if match else ""


def rows_in(text: str) -> int | None:
    """20000 of `20K`; None where it is no number."""
    match = _ROWS.fullmatch(text)
    return round(float(match[1]) * _TIMES[match[2].lower()]) if match else None


def in_thousands(rows: int | None) -> str:
    """`20K`, `1.5K`; empty for none."""
    return "" if rows is None else f"{rows / 1000:g}K"
