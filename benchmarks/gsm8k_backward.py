r"""GSM8K-Backward: GSM8K test questions with one number hidden and the answer given.

Rows come in two schemas, by the model whose answer was used to filter them; both have

    {"question": "He had $x$ and ate 6. ... 4 are left. What is the value of unknown variable x?",
     "answer": "10", "original_question": "He had 10 and ate 6. ..."}

and beside that either `output` (657 rows) or `original_answer`, `inv_question_pred_answer`
and `pred_inv_answer_cleaned` (613). What a model said is no worked solution and is not
read.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmeval.declare import Benchmark, Item, Row, Split


def read(row: Row) -> Item:
    """`style` says how the answer was given: appended as a condition (`fobar`), or woven
    into the question as a statement (`self_verification`)."""
    appended = "If we know the answer" in row["question"]
    return Item(
        question=row["question"],
        gold=row["answer"],
        meta={"style": "fobar" if appended else "self_verification"},
        twin_question=row["original_question"],
    )


def describe() -> Sequence[tuple[str, str]]:
    """What was measured on the published file, and matters when reading a score."""
    return (
        ("styles", "867 fobar, 403 self_verification"),
        ("twins", "each row has its own GSM8K test question; 49 of 1,319 have no row"),
        (
            "caution",
            "all but 7 rows ship with a model's answer that equals the gold as a string, so "
            "the set was filtered to what some model had solved: scores are optimistic",
        ),
    )


BENCHMARK = Benchmark(
    name="gsm8k_backward",
    title="GSM8K test questions asked backwards (Yu et al. 2023)",
    source="https://github.com/meta-math/MetaMath/tree/"
    "fe667b14f9a4c51bde9809adafb82b6b5d255800/data/test",
    licence="Apache-2.0",
    splits={
        "test": Split(
            rows=1270,
            files=(
                "gsm8k_backward/GSM8K_Backward.jsonl",
                "data/test/GSM8K_Backward.jsonl",
                "GSM8K_Backward.jsonl",
            ),
            # Neither the name of its file nor a commit could be confirmed from a second
            # source, so any is taken from `main` and the content hash decides.
            hub_files=("*.json*",),
            content_sha256="632f27cea51a02723181d97b8543ce94c0ce00806c7287370ce4b876f1101815",
        ),
    },
    read=read,
    checkers=("metamath-gsm8k/1", "mmeval/1"),
    max_tokens=512,
    hub_id="meta-math/GSM8K_Backward",
    parent="gsm8k",
    cluster="twin",
    describe=describe,
)
