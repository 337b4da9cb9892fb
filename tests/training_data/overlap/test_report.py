"""Overlap by embedding: every test question is looked at, whatever the cache holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmeval.problems.load import problem_id
from mmeval.records import Problem
from mmeval.training_data.overlap import report
from mmeval.training_data.overlap.find import OverlapIndex, OverlapRule
from mmeval.training_data.overlap.report import Inspector
from mmeval.training_data.rows import TrainingRow, row_id
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache
from tests.builders.tiny_embedder import LetterEmbedder

QUESTIONS = ("aaa bb", "cc dddd", "eeeee f", "ggg hhh iii", "jj")


def made_set(name: str, questions: tuple[str, ...]) -> report.TestSet:
    problems = tuple(Problem(id=problem_id(name, q), question=q, gold="1") for q in questions)
    index = OverlapIndex(problems, OverlapRule())
    return report.TestSet(name=name, index=index, content_sha256="0")


def reworded(questions: tuple[str, ...]) -> list[TrainingRow]:
    """Rows of the same letters in another order, and one that is far from all."""
    queries = [*(q[::-1] + "!" for q in questions), "zzzzzzzzzzzz"]
    return [TrainingRow(id=row_id(q, "r"), query=q, response="r") for q in queries]


@pytest.mark.parametrize("tests", [1, 2])
@pytest.mark.parametrize("sets", [1, 2])
def test_every_test_question_is_found_with_a_cold_cache(
    sets: int, tests: int, tmp_path: Path
) -> None:
    """They were never embedded for the first set, and had the place of the cache's last vector."""
    embedder = LetterEmbedder()
    against = [made_set("first", QUESTIONS), made_set("second", QUESTIONS[:3])][:tests]
    info = embedder.info
    for _ in ("cold", "warm"):
        with VectorCache(CacheOptions(folder=tmp_path), info.fingerprint, "letters") as cache:
            store = TextStore(embedder, cache)
            inspectors = [
                Inspector(name=f"set {i}", tests=against, store=store) for i in range(sets)
            ]
            for each in inspectors:
                assert len(list(each.watch(reworded(QUESTIONS)))) == len(QUESTIONS) + 1
            for each in inspectors:
                each.add_near(cache, near=0.0)
        wanted = [
            (row.id, problem.id)
            for test in against
            for row, problem in zip(reworded(QUESTIONS), test.index.problems, strict=False)
        ]
        for each in inspectors:
            assert [(o.row_id, o.problem_id) for _, o in each.overlaps] == wanted
            assert all(o.kind == "embedding" and o.distance == 0.0 for _, o in each.overlaps)
