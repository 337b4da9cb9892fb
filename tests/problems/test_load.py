"""Rows: found where they were said to be, counted, hashed, drawn by a seed, or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.declare import Benchmark, Item, Row, Split
from mmeval.errors import ConfigError, DataError, MissingData, UnknownName
from mmeval.problems.load import DataOptions, content_sha256, draw, load_problems, problem_id, rank
from mmeval.records import Problem

PAIRS = [(f"What is {n}+{n}?", str(2 * n)) for n in range(10)]


def read(row: Row) -> Item:
    return Item(question=row["question"], gold=row["answer"], twin_question=row.get("from"))


def sums(**changes: Any) -> Benchmark:
    """A benchmark of ten rows in `sums/test.jsonl` or `test.jsonl`."""
    split = Split(rows=10, files=("sums/test.jsonl", "test.jsonl"))
    plain = Benchmark(
        name="sums",
        title="sums",
        source="https://example.org/sums",
        licence="MIT",
        splits={"test": split},
        read=read,
        checkers=("metamath-gsm8k/1",),
        max_tokens=8,
    )
    return replace(plain, **changes)


def pinned(content: str) -> Benchmark:
    return sums(splits={"test": Split(rows=10, files=("sums/test.jsonl",), content_sha256=content)})


def rows(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"question": question, "answer": answer} for question, answer in pairs]


def write(folder: Path, lines: list[Any], name: str = "sums/test.jsonl") -> DataOptions:
    """A folder with one JSONL file; a line that is already text is written as it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return DataOptions(folder=folder)


def problems(pairs: list[tuple[str, str]]) -> list[Problem]:
    return [Problem(id=problem_id("sums", q), question=q, gold=a) for q, a in pairs]


HASH = content_sha256(problems(PAIRS))

# What is read ----------------------------------------------------------------------------


def test_rows_come_in_the_order_of_the_file_with_the_question_untouched(tmp_path: Path) -> None:
    pairs = [("  b?\n", "2"), ("a?", "1"), *PAIRS[:8]]
    found = load_problems(sums(), "test", write(tmp_path, rows(pairs)))
    assert [(p.question, p.gold) for p in found.problems] == pairs
    assert found.total == 10
    assert found.source == str(tmp_path / "sums/test.jsonl")
    assert not found.partial


def test_an_id_is_a_hash_of_the_question_without_white_space_at_its_ends(tmp_path: Path) -> None:
    by_hand = hashlib.sha256(b"a?").hexdigest()[:16]
    found = load_problems(sums(), "test", write(tmp_path, rows([(" a?\n", "1"), *PAIRS[:9]])))
    assert found.problems[0].id == f"sums/{by_hand}"


def test_a_repeated_question_gets_a_number_of_its_own(tmp_path: Path) -> None:
    pairs = [("a?", "1"), ("b?", "2"), ("a?", "3"), (" a?", "4"), *PAIRS[:6]]
    found = load_problems(sums(), "test", write(tmp_path, rows(pairs)))
    first = problem_id("sums", "a?")
    ids = [p.id for p in found.problems]
    assert [ids[0], ids[2], ids[3]] == [first, f"{first}-2", f"{first}-3"]
    assert len(set(ids)) == 10


def test_a_twin_is_the_id_of_the_forward_problem_in_the_parent(tmp_path: Path) -> None:
    lines = [{"question": "x?", "answer": "1", "from": "What is 1+1?"}, *rows(PAIRS[:9])]
    where = write(tmp_path, lines)
    of_parent = load_problems(sums(parent="forward"), "test", where).problems
    assert of_parent[0].meta["twin"] == problem_id("forward", "What is 1+1?")
    within = load_problems(sums(), "test", where).problems
    assert within[0].meta["twin"] == within[2].id
    assert "twin" not in within[1].meta


def test_what_is_not_known_has_no_key(tmp_path: Path) -> None:
    benchmark = sums(read=lambda row: Item(question="q", gold="g", meta={"level": None, "a": 0}))
    found = load_problems(benchmark, "test", write(tmp_path, [{}] * 10))
    assert dict(found.problems[0].meta) == {"a": 0}


# What is checked -------------------------------------------------------------------------


def test_the_content_hash_is_that_of_the_sorted_json_pairs() -> None:
    lines = b'["a \\"b\\"","1"]\n["\xc3\xa9","2"]\n'
    assert content_sha256(problems([("é", "2"), ('a "b"', "1")])) == (
        hashlib.sha256(lines).hexdigest()
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1))), st.randoms())
def test_the_content_hash_forgets_the_order_and_nothing_else(
    pairs: list[tuple[str, str]], random: Any
) -> None:
    pairs = [(q, a) for q, a in pairs if _writable(q + a)]
    shuffled = random.sample(pairs, len(pairs))
    assert content_sha256(problems(pairs)) == content_sha256(problems(shuffled))
    assert content_sha256(problems(pairs)) != content_sha256(problems([*pairs, ("q", "a")]))


def _writable(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def test_the_published_rows_are_said_to_be(tmp_path: Path) -> None:
    where = write(tmp_path, rows(PAIRS[::-1]))
    assert load_problems(pinned(HASH), "test", where).as_published is True
    assert load_problems(sums(), "test", where).as_published is None


@pytest.mark.parametrize(
    "pairs",
    [PAIRS[:9], [*PAIRS[:9], ("What is 9+9?", "19")], [*PAIRS, ("one?", "more")]],
    ids=["a row less", "another gold", "a row more"],
)
def test_other_rows_are_refused_with_what_was_expected_and_found(
    tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    where = write(tmp_path, rows(pairs))
    with pytest.raises(DataError) as caught:
        load_problems(pinned(HASH), "test", where)
    message = str(caught.value)
    found = content_sha256(problems(pairs))
    for part in ("sums/test.jsonl", "10 rows", HASH[:16], f"{len(pairs)} rows", found[:16]):
        assert part in message
    assert "--any-data" in message
    assert "\n" not in message


def test_any_data_takes_other_rows_and_marks_them(tmp_path: Path) -> None:
    where = replace(write(tmp_path, rows(PAIRS[:7])), allow_any=True)
    found = load_problems(pinned(HASH), "test", where)
    assert found.as_published is False
    assert found.total == len(found.problems) == 7


def test_without_a_pinned_hash_the_rows_are_still_counted(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected 10 rows, found 9 rows"):
        load_problems(sums(), "test", write(tmp_path, rows(PAIRS[:9])))


# What is refused -------------------------------------------------------------------------

BAD_ROWS: list[tuple[str, Any, str]] = [
    ("no gold", {"question": "q"}, "no field 'answer'; the row has question"),
    ("no question", {"answer": "1"}, "no field 'question'; the row has answer"),
    ("an empty gold", {"question": "q", "answer": " "}, "the gold answer is empty"),
    ("an empty question", {"question": "", "answer": "1"}, "the question is empty"),
    ("a gold that is no text", {"question": "q", "answer": 5}, "'int' object"),
    ("a null", {"question": "q", "answer": None}, "'NoneType' object"),
    ("half a surrogate pair", {"question": "\ud83d", "answer": "1"}, "surrogates not allowed"),
    ("a list", ["q", "1"], "expected a JSON object, found list"),
    ("a torn line", '{"question": "wha', "not JSON"),
    ("no JSON", "question: what?", "not JSON"),
]


@pytest.mark.parametrize(("bad", "reason"), [b[1:] for b in BAD_ROWS], ids=[b[0] for b in BAD_ROWS])
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, bad: Any, reason: str) -> None:
    where = write(tmp_path, [*rows(PAIRS[:3]), bad, *rows(PAIRS[4:])])
    with pytest.raises(DataError) as caught:
        load_problems(sums(), "test", where)
    assert f"{tmp_path / 'sums/test.jsonl'}, line 4: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_first_row_is_named_when_there_is_no_other_file(tmp_path: Path) -> None:
    where = write(tmp_path, [{"question": "q"}, *rows(PAIRS)])
    with pytest.raises(DataError, match=r"sums/test\.jsonl, line 1: no field 'answer'"):
        load_problems(sums(), "test", where)


def test_another_sets_file_of_the_same_name_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, [{"problem": "p", "solution": "s"}], "sums/test.jsonl")
    where = write(tmp_path, rows(PAIRS), "test.jsonl")
    assert load_problems(sums(), "test", where).source == str(tmp_path / "test.jsonl")


def test_a_file_that_breaks_later_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, [*rows(PAIRS[:5]), "{"], "sums/test.jsonl")
    where = write(tmp_path, rows(PAIRS), "test.jsonl")
    with pytest.raises(DataError, match="line 6: not JSON"):
        load_problems(sums(), "test", where)


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"sums/test\.jsonl: the file has no rows"):
        load_problems(sums(), "test", write(tmp_path, []))


def test_a_folder_without_the_file_tells_both_ways_to_get_it(tmp_path: Path) -> None:
    benchmark = sums(hub_id="someone/sums")
    with pytest.raises(MissingData) as caught:
        load_problems(benchmark, "test", DataOptions(folder=tmp_path))
    message = str(caught.value)
    for part in (str(tmp_path), "sums/test.jsonl or test.jsonl", "--data DIR", "MMEVAL_DATA"):
        assert part in message
    for part in ("someone/sums", "HF_HUB_OFFLINE", "pip install"):
        assert part in message
    assert "\n" not in message


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"no folder at .*nowhere; give a folder with"):
        load_problems(sums(), "test", DataOptions(folder=tmp_path / "nowhere"))


def test_a_set_without_a_hub_needs_a_folder() -> None:
    with pytest.raises(MissingData, match="sums test is not on the hub; give a folder with"):
        load_problems(sums(), "test", DataOptions())


def test_an_unknown_split_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="sums: no split is called 'tset'; did you mean test"):
        load_problems(sums(), "tset", DataOptions())


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ConfigError, match=f"--limit must be at least 1, got {limit}"):
        load_problems(sums(), "test", DataOptions(limit=limit))


# What is drawn ---------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5), st.randoms())
def test_a_draw_grows_keeps_the_order_and_does_not_see_the_order_of_the_file(
    small: int, large: int, seed: int, random: Any
) -> None:
    small, large = sorted((small, large))
    all_of_them = problems([(f"question {n}", "1") for n in range(30)])
    few, many = draw(all_of_them, small, seed), draw(all_of_them, large, seed)
    assert len(few) == min(small, 30)
    assert {p.id for p in few} <= {p.id for p in many}
    assert few == [p for p in all_of_them if p in few]
    shuffled = random.sample(all_of_them, 30)
    assert {p.id for p in draw(shuffled, small, seed)} == {p.id for p in few}


def test_two_seeds_draw_differently_and_one_draws_alike() -> None:
    many = problems([(f"question {n}", "1") for n in range(1000)])
    assert draw(many, 50, 0) == draw(many, 50, 0)
    assert draw(many, 50, 0) != draw(many, 50, 1)


def test_every_problem_is_drawn_about_equally_often() -> None:
    many = problems([(f"question {n}", "1") for n in range(20)])
    counts = dict.fromkeys((p.id for p in many), 0)
    for seed in range(2000):
        for drawn in draw(many, 5, seed):
            counts[drawn.id] += 1
    # 500 expected, standard deviation 19.4: five of them either way.
    assert all(400 < count < 600 for count in counts.values())


def test_a_limit_makes_the_run_partial_and_the_hash_stays_that_of_the_split(
    tmp_path: Path,
) -> None:
    where = write(tmp_path, rows(PAIRS))
    some = load_problems(pinned(HASH), "test", replace(where, limit=3))
    assert (len(some.problems), some.total, some.partial) == (3, 10, True)
    assert (some.content_sha256, some.as_published) == (HASH, True)
    enough = load_problems(pinned(HASH), "test", replace(where, limit=10))
    assert not enough.partial


# What is made ----------------------------------------------------------------------------


def make(split: str, size: int, seed: int) -> Iterator[Row]:
    for n in range(size):
        yield {"question": f"{split} {seed} {n}?", "answer": str(n)}


def test_a_made_set_is_the_same_for_every_seed_until_a_limit_asks_for_a_size() -> None:
    made = sums(make=make)
    whole = load_problems(made, "test", DataOptions(seed=7))
    assert [p.question for p in whole.problems][:2] == ["test 0 0?", "test 0 1?"]
    assert (whole.total, whole.source, whole.partial, whole.as_published) == (
        10,
        "embedded",
        False,
        None,
    )
    some = load_problems(made, "test", DataOptions(limit=3, seed=7))
    assert [p.question for p in some.problems] == ["test 7 0?", "test 7 1?", "test 7 2?"]
    assert (some.total, some.partial) == (10, True)
    more = load_problems(made, "test", DataOptions(limit=25))
    assert (len(more.problems), more.total, more.partial) == (25, 25, False)


def test_a_made_row_that_is_wrong_is_named() -> None:
    made = sums(make=lambda split, size, seed: iter([{"question": "q"}]))
    with pytest.raises(DataError, match="made row 1: no field 'answer'"):
        load_problems(made, "test", DataOptions())


def test_every_draw_from_data_ranks_by_one_recipe() -> None:
    """Published draws hang on these bytes: a changed recipe would draw other rows."""
    assert rank(0, "gsm8k/1").hex() == hashlib.sha256(b"0 gsm8k/1").hexdigest()
    assert rank(3, "q", 17).hex() == hashlib.sha256(b"3 q 17").hexdigest()
    assert rank("3", 0, "t/1", separator="\0").hex() == hashlib.sha256(b"3\x000\x00t/1").hexdigest()
