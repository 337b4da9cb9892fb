"""Rows of a perplexity measurement, and the numbers that property tests draw for them."""

from __future__ import annotations

from hypothesis import strategies as st

from mmeval.training_data.perplexity.scores import WHOLE, Row

NLLS = st.lists(st.tuples(st.floats(0, 200), st.integers(1, 60)), min_size=1, max_size=40)
"""(nats of a response, its tokens)."""


def row(nll: float, tokens: int = 10, **more: object) -> Row:
    """A scored row of one set, each of a question of its own."""
    given: dict[str, object] = {
        "set": "s",
        "form": WHOLE,
        "id": f"{nll}/{tokens}",
        "original": f"{nll}/{tokens}",
        "nll": nll,
        "tokens": tokens,
        "bytes": 4 * tokens,
        "words": max(1, tokens // 2),
        "whole_nll": 2 * nll,
        "whole_tokens": 2 * tokens + 1,
        "truncated": False,
    }
    return Row(**(given | more))  # type: ignore[arg-type]
