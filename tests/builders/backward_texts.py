"""A word problem, and the backward questions that are made of it."""

from __future__ import annotations

FORWARD = (
    "A baker buys 12 sacks of flour for $1,500 and sells half of them again at the market "
    "for 150 dollars each. How much money has she left to pay for the sacks that she kept?"
)
MASKED = FORWARD.replace("$1,500", "$x")
FOBAR = (
    f"{MASKED}\nIf we know the answer to the above question is 600, what is the value of "
    "unknown variable x?"
)
SV = (
    f"{MASKED.rpartition('. ')[0]}. She has 600 dollars left to pay for the sacks. What is the "
    "value of unknown variable x? What is the value of unknown variable x?"
)
