"""The sentences of backward questions, byte for byte as MetaMathQA and GSM8K-Backward have them.

    ... for $x ... How much ...?
    If we know the answer to the above question is 70000, what is the value of unknown
    variable x?

What writes them (augmenting, the embedded benchmarks) and what finds them again in training
data (overlap) have them from here. Source: paper section 3.3.
"""

from __future__ import annotations

import re
from typing import Literal

Wording = Literal["to", "of"]
"""`to` is what MetaMathQA's training rows have, `of` what GSM8K-Backward has."""

ASKED = re.compile(
    r"\s*what is the value of (?:the )?unknown variable \$?([xX])\$?\s*\?\s*\Z", re.IGNORECASE
)
"""What a self-verification question ends in; its first group is the variable."""
CONDITION = re.compile(
    r"\s*(?:#+\s*)?If we know the answer (?:to|of) the above question is (.{1,400}?),"
    + ASKED.pattern,
    re.DOTALL | re.IGNORECASE,
)
"""What a FOBAR question ends in: the answer, the variable. Rows of MATH begin it by `###`."""


def condition(answer: str, variable: str = "x", wording: Wording = "to") -> str:
    """The last line of a FOBAR question: the answer as a condition, and what is asked."""
    return (
        f"If we know the answer {wording} the above question is {answer}, "
        f"what is the value of unknown variable {variable}?"
    )


def ask_for(variable: str = "x") -> str:
    """The sentence that a self-verification question ends in."""
    return f"What is the value of unknown variable {variable}?"
