"""Rows against test sets: each once under its gravest kind, and what only its embedding finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mmeval.problems.load import DataOptions, problem_id
from mmeval.records import Problem
from mmeval.training_data.overlap import report
from mmeval.training_data.overlap.find import OverlapIndex, OverlapRule
from mmeval.training_data.overlap.report import Inspector, load_test_sets, overlap_report
from mmeval.training_data.rows import TrainingRow, row_id
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache
from tests.builders.backward_texts import FOBAR, FORWARD
from tests.builders.tiny_embedder import LetterEmbedder

PROBLEM = Problem(id="t/1", question=FORWARD, gold="600")


def row(query: str, response: str = "We see.\nThe answer is: 7") -> TrainingRow:
    return TrainingRow(id=row_id(query, response), query=query, response=response)


@pytest.fixture
def tests() -> list[report.TestSet]:
    """One test set of two problems, one of another."""
    rule = OverlapRule()
    legs = Problem(id="t/2", question="How many legs have nine spiders in a box?", gold="72")
    return [
        report.TestSet(name=name, index=OverlapIndex(problems, rule), content_sha256=name[0] * 64)
        for name, problems in (("one test", [PROBLEM, legs]), ("two test", [legs]))
    ]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[VectorCache]:
    """An empty one, of an embedder that counts letters."""
    info = LetterEmbedder().info
    with VectorCache(CacheOptions(folder=tmp_path), info.fingerprint, info.name) as opened:
        yield opened


def inspected(tests: list[report.TestSet], cache: VectorCache, *rows: TrainingRow) -> Inspector:
    inspector = Inspector(name="mine", tests=tests, store=TextStore(LetterEmbedder(), cache))
    assert list(inspector.watch(rows)) == list(rows), "they pass as they are"
    return inspector


def test_rows_are_counted_by_set_and_kind(tests: list[report.TestSet], cache: VectorCache) -> None:
    backward, same = row(FOBAR, "The answer is: 1500"), row(FORWARD, "So 600.\n#### 600")
    clean = row("What is two and two?")
    found = inspected(tests, cache, backward, same, clean, clean)
    assert found.n == 3, "a row that comes twice is one"
    made = overlap_report([found], tests)
    assert [each[:6] for each in made.rows] == [
        ("mine", "one test", "backward", 1, 1, 1),
        ("mine", "one test", "question", 1, 1, 1),
    ]
    assert [each[6] for each in made.rows] == [backward.id, same.id]
    assert made.summary == "2 of 3 distinct rows hold a problem of one test or two test."
    assert made.sources == (f"one test {'o' * 16}", f"two test {'t' * 16}")


def test_what_only_the_embedding_finds_is_added_and_the_rest_is_marked(
    tests: list[report.TestSet], cache: VectorCache
) -> None:
    turned = row(" ".join(FORWARD.split()[::-1]))  # the same letters, no eight words in a row
    same = row(FORWARD)
    found = inspected(tests, cache, turned, same, row("Quite another matter."))
    assert [overlap.row_id for _, overlap in found.overlaps] == [same.id]
    found.add_near(cache, near=0.0)
    by_row = {overlap.row_id: overlap for _, overlap in found.overlaps}
    assert set(by_row) == {turned.id, same.id}
    assert by_row[turned.id].kind == "embedding" and by_row[turned.id].gives_answer is None
    assert by_row[same.id].evidence == ("question", "ngram", "embedding")
    assert by_row[same.id].kind == "question" and by_row[same.id].distance == 0.0


def test_a_backward_question_is_looked_up_by_what_it_was_made_from(
    tests: list[report.TestSet], cache: VectorCache
) -> None:
    # filled with 1500 the letters are those of the forward question
    found = inspected(tests, cache, row(FOBAR, "The answer is: 1500"))
    found.add_near(cache, near=0.0)
    (only,) = (overlap for _, overlap in found.overlaps)
    assert (only.kind, only.distance) == ("backward", 0.0)


def test_the_test_sets_are_the_default_splits() -> None:
    (found,) = load_test_sets(["wordproblems"], DataOptions(limit=5), OverlapRule())
    assert found.name == "wordproblems test"
    assert len(found.index.problems) == 5 and len(found.content_sha256) == 64


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
