"""Plans: what is asked, what is asked only once, and what a larger run keeps."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.records import Generation, Message, Prompt, Sampling
from mmeval.runs.plan import SEEDS, make_plan, shard_of


def prompts(*texts: str) -> list[Prompt]:
    return [Prompt(problem_id=f"t/{i}", text=text) for i, text in enumerate(texts)]


def test_greedy_asks_every_distinct_prompt_once_whatever_the_number_of_samples() -> None:
    plan = make_plan(prompts("a", "b", "a"), Sampling(n=3))
    assert [r.key for r in plan.requests] == [("t/0", 0), ("t/1", 0)]
    assert plan.size == 9
    rows = plan.rows(Generation(problem_id="t/0", text="18", finish="stop"))
    assert {row.key for row in rows} == {(p, s) for p in ("t/0", "t/2") for s in range(3)}
    assert [row.same_as for row in rows] == [None] + ["t/0#0"] * 5


def test_sampled_answers_are_asked_apart_but_not_for_the_same_prompt_and_sample() -> None:
    plan = make_plan(prompts("a", "b", "a"), Sampling(n=2, temperature=0.7))
    assert [r.key for r in plan.requests] == [("t/0", 0), ("t/1", 0), ("t/0", 1), ("t/1", 1)]
    assert [r.key for r in plan.copies["t/0", 1]] == [("t/2", 1)]
    assert len({r.seed for r in plan.requests}) == 4


def test_ten_samples_repeat_none_of_four() -> None:
    few = make_plan(prompts("a", "b"), Sampling(n=4, temperature=1, seed=5))
    many = make_plan(prompts("a", "b"), Sampling(n=10, temperature=1, seed=5))
    assert many.requests[: len(few.requests)] == few.requests
    assert len({r.seed for r in many.requests}) == 20


def test_another_run_seed_gives_other_request_seeds() -> None:
    one, two = (make_plan(prompts("a"), Sampling(temperature=1, seed=s)) for s in (0, 1))
    assert one.requests[0].seed != two.requests[0].seed


def test_a_chat_is_not_the_text_it_would_print_as() -> None:
    chat = Prompt(problem_id="t/1", messages=(Message(role="user", content="a"),))
    assert len(make_plan([*prompts("a"), chat], Sampling()).requests) == 2


@settings(deadline=None)
@given(
    texts=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12),
    n=st.integers(1, 4),
    temperature=st.sampled_from([0.0, 0.7]),
)
def test_requests_and_their_copies_are_exactly_the_samples_of_every_problem(
    texts: list[str], n: int, temperature: float
) -> None:
    plan = make_plan(prompts(*texts), Sampling(n=n, temperature=temperature))
    keys = [r.key for r in plan.requests]
    keys += [r.key for copies in plan.copies.values() for r in copies]
    assert sorted(keys) == sorted((f"t/{i}", s) for i in range(len(texts)) for s in range(n))
    assert len(keys) == plan.size
    assert all(0 <= r.seed < SEEDS for r in plan.requests)


@settings(deadline=None)
@given(items=st.lists(st.integers()), count=st.integers(1, 9))
def test_shards_part_the_problems(items: list[int], count: int) -> None:
    parts = [shard_of(items, i, count) for i in range(1, count + 1)]
    assert sorted(x for part in parts for x in part) == sorted(items)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
