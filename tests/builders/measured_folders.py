"""Folders of measurements for tests: runs of trained models, perplexity and diversity reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmeval.records import Column, Report, Scalar
from mmeval.results.report_folder import ReportDir
from mmeval.run_folder import RunDir
from tests.builders.made_runs import Made, make_run

RULE = "metamath-gsm8k/1"


def trained_run(path: Path, letters: str, training: Mapping[str, Any], **made: Any) -> RunDir:
    """A judged run on GSM8K whose model folder says what it was trained on."""
    made = {"model": path.name, "benchmark": "gsm8k", "checkers": (RULE,)} | made
    run = make_run(path, Made(letters=letters, **made))
    manifest = run.manifest()
    manifest["model"]["training"] = dict(training)
    run.write_manifest(manifest)
    return run


def both_directions(folder: Path, model: str, letters: Sequence[str]) -> None:
    """A run forward and one backward, each backward question linked to its forward one."""
    forward, backward = letters
    make_run(
        folder / f"{model}-forward",
        Made(letters=forward, model=model, benchmark="gsm8k", checkers=(RULE,)),
    )
    twins = {i: {"twin": f"gsm8k/{i:04x}"} for i in range(len(backward))}
    make_run(
        folder / f"{model}-backward",
        Made(
            letters=backward,
            model=model,
            benchmark="gsm8k_backward",
            checkers=(RULE,),
            meta=twins,
        ),
    )


def perplexity_report(folder: Path, sets: Mapping[tuple[str, str], Sequence[float]]) -> ReportDir:
    """(set, form) -> nats per sample, one token each; quartiles by Python's own statistics."""
    report = ReportDir(folder)
    report.start("perplexity", {"model": {"name": "tiny", "label": "tiny"}})
    rows = []
    table: list[tuple[Scalar, ...]] = []
    for (name, form), nats in sets.items():
        rows += [
            {"set": name, "form": form, "id": f"{i}", "original": f"q{i}", "nll": nll, "tokens": 1}
            | {"error": None}
            for i, nll in enumerate(nats)
        ]
        quartiles = np.quantile([math.exp(each) for each in nats], [0.25, 0.5, 0.75])
        table.append((name, form, len(nats), *map(float, quartiles)))
    report.write_rows(rows)
    columns = [Column(name=each) for each in ("set", "form", "n", "q1", "median", "q3")]
    report.finish(
        Report(analysis="perplexity", columns=tuple(columns), rows=tuple(table), summary="made")
    )
    return report


def diversity_report(folder: Path, sets: Mapping[str, Sequence[float]]) -> ReportDir:
    """Set -> squared distances, the same for both kinds of text."""
    report = ReportDir(folder)
    report.start("diversity", {"embedder": {"name": "words", "label": "words"}})
    rows, table = [], []
    for text in ("question", "question_answer"):
        for name, values in sets.items():
            rows += [
                {"set": name, "text": text, "id": f"{i}", "question_key": f"q{i}", "distance": each}
                for i, each in enumerate(values)
            ]
            mean = sum(values) / len(values)
            table.append((name, text, len(values), mean, mean - 0.01, mean + 0.01))
    report.write_rows(rows)
    columns = [Column(name=each) for each in ("set", "text", "n", "gain", "low", "high")]
    report.finish(
        Report(analysis="diversity", columns=tuple(columns), rows=tuple(table), summary="made")
    )
    return report
