r"""MATH: competition problems in seven subjects and five levels, with solutions in LaTeX.

A row as Hendrycks et al. publish it, one file a problem; MetaMath's copy has the fields
`instruction` and `output`:

    {"problem": "What is $1+1$?", "level": "Level 1", "type": "Prealgebra",
     "solution": "We have $1+1=\\boxed{2}$."}
"""

from __future__ import annotations

import hashlib

from mmeval.answers.extraction.boxed import boxed_token, last_boxed
from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.problems.fields import level_of

_SUBJECTS = (
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
)

# Two train problems, number_theory 7115 and 7117, are published with an empty box; both
# solutions prove that there are no such primes. Any other empty box stays an error.
_EMPTY_BOXES = {"34d3b36d1c419100": "0", "641a7ef94229c8ca": "0"}


def read(row: Row) -> Item:
    """The gold is the content of the last box of the solution, with or without braces.

    `level` is 1 to 5, and absent for the two train rows that say `Level ?`.
    """
    fields = ("instruction", "output") if "instruction" in row else ("problem", "solution")
    problem, solution = (row[field] for field in fields)
    gold = last_boxed(solution)
    if gold is None:
        gold = boxed_token(solution)
    if gold == "":
        gold = _EMPTY_BOXES.get(hashlib.sha256(problem.strip().encode()).hexdigest()[:16])
    if gold is None:
        raise ValueError(f"no gold answer: {fields[1]!r} has no \\boxed{{}} that closes")
    level = level_of(row.get("level"))
    return Item(
        question=problem,
        gold=gold,
        meta={
            "subject": row.get("type"),
            "level": level if level in (1, 2, 3, 4, 5) else None,
            "solution": solution,
        },
    )


def _files(split: str) -> tuple[str, ...]:
    return (
        f"math/{split}.jsonl",
        f"MATH/{split}/*/*.json",
        f"data/test/MATH_{split}.jsonl",
        f"MATH_{split}.jsonl",
        f"{split}/*/*.json",
        f"{split}.jsonl",
    )


def _hub_files(split: str) -> tuple[str, ...]:
    return tuple(f"{subject}/{split}-00000-of-00001.parquet" for subject in _SUBJECTS)


BENCHMARK = Benchmark(
    name="hendrycks_math",
    title="competition mathematics, the MATH data set (Hendrycks et al. 2021)",
    source="https://github.com/hendrycks/math",
    licence="MIT",
    splits={
        "test": Split(
            rows=5000,
            files=_files("test"),
            hub_files=_hub_files("test"),
            content_sha256="8dc637ed8cb76f17067125772eaff92b8e6b75ca86b4aa7072c4c71c0006616b",
        ),
        "train": Split(
            rows=7500,
            files=_files("train"),
            hub_files=_hub_files("train"),
            content_sha256="b21100bdcecfec93eff332a6ee23013974ab82caaceec9a8af7f9c4d3d565b94",
        ),
    },
    read=read,
    checkers=("metamath-math/1", "mmeval/1"),
    max_tokens=2048,
    hub_id="EleutherAI/hendrycks_math",
    hub_revision="21a5633873b6a120296cce3e2df9d5550074f4a3",
)
