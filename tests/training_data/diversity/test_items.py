"""Rows as items: what is embedded of one, which question it is of, and the sorted base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmeval.errors import DataError
from mmeval.training_data.diversity.items import (
    Items,
    gather,
    make_base,
    read_rows,
    text_of,
)
from mmeval.training_data.rows import DataFile, TrainingRow, original_key, row_id
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache
from tests.builders.jsonl_files import write_rows
from tests.builders.tiny_embedder import LetterEmbedder


def row(query: str, response: str = "z", original: str | None = None) -> TrainingRow:
    return TrainingRow(
        id=row_id(query, response), query=query, response=response, original_question=original
    )


def test_what_is_embedded_is_the_question_or_both() -> None:
    assert text_of(row("How?", "So."), "question") == "How?"
    assert text_of(row("How?", "So."), "question_answer") == "How?\nSo."


def test_a_larger_sample_keeps_a_smaller_one() -> None:
    items = Items(name="x", ids=[str(i) for i in range(50)])
    ranks = items.ranks(7)
    assert sorted(ranks) == list(range(50))
    turned = Items(name="x", ids=items.ids[::-1])
    assert [turned.ids[i] for i in turned.ranks(7)] == [items.ids[i] for i in ranks]


def test_rows_are_seen_once_and_equal_texts_have_one_embedding(tmp_path: Path) -> None:
    embedder = LetterEmbedder()
    rows = [row("aa", "x"), row("b", "x"), row("aa", "y", original="b")]
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as cache:
        store = TextStore(embedder, cache)
        items = gather("set", rows, ["question"], store)
        places = store.rows(items.keys["question"]).tolist()
    assert items.ids == [each.id for each in rows]
    assert (places, embedder.asked) == ([0, 1, 0], ["aa", "b"])
    assert items.questions == [original_key(each) for each in rows]
    assert items.questions[2] == items.questions[1]


def test_a_draw_is_the_same_in_any_order_and_needs_answers_where_they_are_asked_for(
    tmp_path: Path,
) -> None:
    made = [{"query": f"q{i}", "response": "r"} for i in range(30)]

    def drawn(rows: list[dict[str, str]], seed: int) -> list[str]:
        file = DataFile(name="x", path=write_rows(tmp_path / "rows.jsonl", rows))
        return [each.query for each in read_rows([file], answers=True, limit=7, seed=seed)]

    assert drawn(made, 1) == drawn(made[::-1], 1) != drawn(made, 2)
    assert len(drawn(made, 1)) == 7
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"query": "q"}\n')
    file = DataFile(name="bare", path=bare)
    assert [each.query for each in read_rows([file], answers=False)] == ["q"]
    with pytest.raises(DataError, match=r"bare\.jsonl, line 1"):
        list(read_rows([file], answers=True))


def test_a_base_is_sorted_by_id_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    embedder = LetterEmbedder()
    rows = [row(text) for text in ("b", "a", "b", "c", "dd")]
    bases = []
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "l") as cache:
        store = TextStore(embedder, cache)
        for order in (rows, rows[::-1]):
            items = gather("base", order, ["question"], store)
            bases.append(make_base(items, "question", store, seed=3))
    one, two = bases
    assert one.ids == two.ids == sorted(each.id for each in rows)
    assert one.rows.tolist() == two.rows.tolist()
    assert sorted(one.ranks.tolist()) == list(range(5))
    assert [one.ids[i] for i in one.ranks] == [two.ids[i] for i in two.ranks]
    distinct = one.distinct(np.arange(5))
    assert distinct.tolist() == sorted(distinct.tolist())
    assert len({one.rows[i] for i in distinct}) == len(distinct) == 4
    assert one.distinct(np.arange(5)[::-1]).tolist() == distinct.tolist(), "in whatever order"
    twice = [i for i, each in enumerate(one.ids) if each == rows[0].id]
    assert twice[0] in distinct and twice[1] not in distinct, "of copies the lowest"


def test_a_set_is_as_long_as_its_ids() -> None:
    assert len(Items(name="x", ids=["a", "b"])) == 2
