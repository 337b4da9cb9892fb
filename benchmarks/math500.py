r"""MATH-500: the 500 problems of the MATH test set that PRM800K holds out.

A row as OpenAI's prm800k and the hub publish it:

    {"problem": "What is $1+1$?", "solution": "We have $1+1=\\boxed{2}$.", "answer": "2",
     "subject": "Prealgebra", "level": 1, "unique_id": "test/prealgebra/1.json"}
"""

from __future__ import annotations

from mmeval.declare import Benchmark, Item, Row, Split


def read(row: Row) -> Item:
    """The gold is the field `answer`; it equals the last box of every solution."""
    return Item(
        question=row["problem"],
        gold=row["answer"],
        meta={
            "subject": row.get("subject"),
            "level": row.get("level"),
            "solution": row.get("solution"),
        },
    )


BENCHMARK = Benchmark(
    name="math500",
    title="500 problems of the MATH test set (Lightman et al. 2023)",
    source="https://github.com/openai/prm800k",
    licence="MIT",
    splits={
        "test": Split(
            rows=500,
            files=(
                "math/math500.jsonl",
                "prm800k/math_splits/test.jsonl",
                "math_splits/test.jsonl",
                "math500.jsonl",
                "test.jsonl",
            ),
            hub_files=("test.jsonl",),
            content_sha256="969e00a92c601b71e4ce5c5b910af40089057fb3ecb2edb53a869a90b4b1dfbf",
        ),
    },
    read=read,
    checkers=("metamath-math/1", "mmeval/1"),
    max_tokens=2048,
    hub_id="HuggingFaceH4/MATH-500",
    hub_revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
    parent="hendrycks_math",
)
