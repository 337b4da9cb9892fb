"""Checkers: one answer rule a file, `<name>_<version>.py`, found by its name.

A file here declares one constant. This is a whole checker:

    from mmeval.declare import Checker, Comparison, Extraction

    def extract(text: str) -> Extraction | None:
        line = text.strip().rpartition("\\n")[2]
        return Extraction(value=line, span=None, rule="last line") if line else None

    def compare(answer: str, gold: str) -> Comparison:
        return Comparison(outcome="right" if answer == gold else "wrong", rule="same string")

    CHECKER = Checker(name="last-line/1", title="the last line, letter for letter",
                      source="docs/checkers.md", extract=extract, compare=compare)

A published rule is never edited: a better one is a second file.
"""
