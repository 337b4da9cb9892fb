"""Values of `KEY=VALUE` options."""

from __future__ import annotations

import json

from mmeval.records import Scalar


def parse_scalar(text: str) -> Scalar:
    """The value of `KEY=VALUE`: a JSON number or boolean where it is one, else the text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) or value is None else text
