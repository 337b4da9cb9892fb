"""Training sets to analyse, made from public files: what the perplexity page measures.

    MMEVAL_DATA=./data python examples/real_sets.py ../realsets

The paper's own 395,000 rows are not needed: the same four kinds of data can be had from
what models said to public questions. One JSON line a row, with MetaMathQA's fields
`query`, `response`, `type`, `original_question`, and `generator`:

    ansaug.jsonl       right answers of MetaMath-7B to GSM8K test (checker metamath-gsm8k/1)
    rephrased.jsonl    rewritten GSM8K train questions with their rewritten answers, those
                       that end in the original answer
    fobar.jsonl        GSM8K-Backward, the condition appended, with the solutions in it
    sv.jsonl           GSM8K-Backward, the answer woven in as a statement, likewise
    gsm8k_cot.jsonl    GSM8K test and train as published, calculator annotations and all
    base.jsonl         the same questions and solutions: what diversity is a gain over
    metamathqa.jsonl   the real MetaMathQA rows there are, by their types; responses of the
                       derived sample were reformatted by others (generator: derived)

FOR ANALYSIS ONLY. Most of these rows are made from GSM8K's test split: never train on
them. The solutions in GSM8K-Backward come from two models, told apart by `generator` and
in `type`: `FOBAR_metamath_style` (closes with `The answer is:`) and `FOBAR_gpt_style`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmeval import DataOptions, catalog, load_problems
from mmeval.declare import Benchmark, Checker
from mmeval.jsonl import read_rows, write_rows

Rows = Iterator[dict[str, Any]]
GENERATORS = {"output": "metamath_style", "inv_question_pred_answer": "gpt_style"}
"""Field of a GSM8K-Backward row that holds a solution -> who seems to have written it."""


def row(
    query: str, response: str, original: str | None, kind: str, generator: str
) -> dict[str, Any]:
    """One training row; line breaks around a model's answer are no part of it, and None
    says that nobody knows which question it was made from."""
    return {
        "query": query,
        "response": response.strip(),
        "original_question": original,
        "type": kind,
        "generator": generator,
    }


def ansaug(data: Path) -> Rows:
    """MetaMath-7B's answers to GSM8K test, the right ones."""
    benchmark: Benchmark = catalog.load("benchmarks", "gsm8k")
    checker: Checker = catalog.load("checkers", "metamath-gsm8k/1")
    golds = {
        problem.question.strip(): problem.gold
        for problem in load_problems(benchmark, "test", DataOptions(folder=data)).problems
    }
    for _, answer in read_rows(data / "outputs" / "gsm8k__metamath_7b__gsmplus.jsonl"):
        question = answer["input"].partition("### Instruction:\n")[2]
        question = question.rpartition("\n\n### Response:")[0]
        said = checker.extract(answer["completion"])
        if said and checker.compare(said.value, golds[question.strip()]).outcome == "right":
            yield row(question, answer["completion"], question, "AnsAug", "metamath-7b")


def rephrased(data: Path) -> Rows:
    """Three rewordings of each of 3,000 train questions, those with the right answer."""
    for _, each in read_rows(data / "metamathqa" / "gsm8k_train_rewritten_3x3000.jsonl"):
        gold = closing(each["answer"])
        for new in each["rewritten"]:
            if gold and closing(new["rewritten_answer"]) == gold:
                question, answer = new["rewritten_question"], new["rewritten_answer"]
                yield row(question.strip(), answer, each["question"], "Rephrased", "benbench")


def closing(answer: str) -> str:
    """The answer behind the last `####`, without commas; empty where there is none."""
    _, marker, gold = answer.rpartition("####")
    return gold.strip().rstrip(".").replace(",", "") if marker else ""


def backward(data: Path, kind: str) -> Rows:
    """One style of GSM8K-Backward with the solution that each row carries."""
    for _, each in read_rows(data / "gsm8k_backward" / "GSM8K_Backward.jsonl"):
        style = "FOBAR" if "If we know the answer" in each["question"] else "SV"
        if style == kind:
            field, generator = next(pair for pair in GENERATORS.items() if pair[0] in each)
            original = each["original_question"]
            name = f"{kind}_{generator}"
            yield row(each["question"], each[field], original, name, generator)


def gsm8k(data: Path) -> Rows:
    """Both splits as published."""
    for split in ("test", "train"):
        for _, each in read_rows(data / "gsm8k" / f"{split}.jsonl"):
            question = each["question"]
            yield row(question, each["answer"], question, f"GSM8K_{split}", "people")


def metamathqa(data: Path) -> Rows:
    """The real rows, and those of a published derivative whose type is known."""
    for _, each in read_rows(data / "metamathqa" / "fixture_28_rows.jsonl"):
        texts = each["query"], each["response"], each["original_question"]
        yield row(*texts, each["type"], "metamathqa")
    for _, each in read_rows(data / "metamathqa" / "derived_sample_442_rows.jsonl"):
        kind = each["derived_type"] or "unknown"
        original = each["query"] if kind.endswith("AnsAug") else None
        yield row(each["query"], each["response"], original, f"{kind}_derived", "derived")


def main(out: Path) -> None:
    """Writes all files into a folder and prints their sizes."""
    data = Path(os.environ["MMEVAL_DATA"])
    sets = {
        "ansaug": ansaug(data),
        "rephrased": rephrased(data),
        "fobar": backward(data, "FOBAR"),
        "sv": backward(data, "SV"),
        "gsm8k_cot": gsm8k(data),
        "base": gsm8k(data),
        "metamathqa": metamathqa(data),
    }
    for name, rows in sets.items():
        made = list(rows)
        write_rows(out / f"{name}.jsonl", made)
        print(f"{len(made):6,} rows in {out / name}.jsonl")


if __name__ == "__main__":
    if len(sys.argv) != 2 or "MMEVAL_DATA" not in os.environ:
        sys.exit("usage: MMEVAL_DATA=FOLDER python examples/real_sets.py OUT")
    main(Path(sys.argv[1]))
