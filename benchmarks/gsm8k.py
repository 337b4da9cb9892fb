r"""GSM8K: grade-school word problems of two to eight steps, with worked solutions.

A row as OpenAI publishes it; MetaMath's copy has the fields `query` and `response`:

    {"question": "... How many are left?",
     "answer": "He ate 3*2=<<3*2=6>>6.\nSo 10-6=<<10-6=4>>4 are left.\n#### 4"}
"""

from __future__ import annotations

import re

from mmeval.declare import Benchmark, Item, Row, Split

_CALCULATOR = re.compile(r"<<([^<>]*)>>")


def read(row: Row) -> Item:
    """The gold is what follows `####`, as published; the solution is what precedes it,
    without the calculator annotations, which no reader should imitate; they are in
    `calculation`, one a line."""
    fields = ("query", "response") if "query" in row else ("question", "answer")
    question, answer = (row[field] for field in fields)
    solution, marker, gold = answer.rpartition("####")
    if not marker:
        raise ValueError(f"no gold answer: {fields[1]!r} has no '####'")
    return Item(
        question=question,
        gold=gold.strip().split("\n", 1)[0],
        meta={
            "solution": _CALCULATOR.sub("", solution).rstrip(),
            "calculation": "\n".join(_CALCULATOR.findall(solution)) or None,
        },
    )


def _files(split: str) -> tuple[str, ...]:
    return (
        f"gsm8k/{split}.jsonl",
        f"grade_school_math/data/{split}.jsonl",
        f"data/test/GSM8K_{split}.jsonl",
        f"grade-school-math/grade_school_math/data/{split}.jsonl",
        f"GSM8K_{split}.jsonl",
        f"{split}.jsonl",
    )


BENCHMARK = Benchmark(
    name="gsm8k",
    title="grade-school word problems (Cobbe et al. 2021)",
    source="https://github.com/openai/grade-school-math",
    licence="MIT",
    splits={
        "test": Split(
            rows=1319,
            files=_files("test"),
            hub_files=("main/test-00000-of-00001.parquet",),
            content_sha256="c3a823b1b913f6b2fd3f3a335f0482d67b5946aa5e513d2457a6109dd20d5b95",
        ),
        "train": Split(
            rows=7473,
            files=_files("train"),
            hub_files=("main/train-00000-of-00001.parquet",),
            content_sha256="eae5c9a12484fe760d6f1134425c760c3a92736cba2a77beb02fd86f921ed384",
        ),
    },
    read=read,
    checkers=("metamath-gsm8k/1", "mmeval/1"),
    max_tokens=512,
    hub_id="openai/gsm8k",
    hub_revision="740312add88f781978c0658806c59bc2815b9866",
)
