"""A file of word problem templates."""

from __future__ import annotations

from pathlib import Path

from mmeval.problems.word_problems import template as templates

GOOD = """
[names]
she = ["Ada", "Bea"]
he = ["Cem"]

[[template]]
id = "trays"
story = "{name} bakes {trays} trays of {cake}, {each} on each. {name2} buys {sold} of them."
ask = "How many {cake} has {he} left, and is one {cake.one} among {his} own?"
numbers = { trays = [3, 9], each = [6, 24, 2], sold = [5, 20] }
words = { cake = ["muffin|muffins", "rolls"] }
require = ["left >= 5"]
steps = [
  ["total = trays * each", "{name} bakes {=} {cake}.", "That makes {=} {cake}."],
  ["left = total - sold", "{He} has {=} left."],
]
paraphrases = [{ story = "{name} has {trays} trays with {each} each.", ask = "Less {sold}?" }]
answered = "{name} has {=} {cake} left."
"""


def write(folder: Path, text: str) -> Path:
    """The text as a template file."""
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    templates.load.cache_clear()
    return path
