"""Records: frozen values, each one JSON object, readable by older and newer versions."""

from __future__ import annotations

import dataclasses
import inspect
import json
import typing
from collections.abc import Mapping
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import records
from mmeval.errors import ConfigError, DataError
from mmeval.jsonl import dumps
from mmeval.records import (
    Column,
    Fact,
    Finish,
    Generation,
    Message,
    Outcome,
    Problem,
    Prompt,
    Record,
    Report,
    Request,
    Sampling,
    Scalar,
    Scored,
    Verdict,
    as_setting,
    from_row,
    to_row,
)

RECORDS = [
    c
    for _, c in inspect.getmembers(records, dataclasses.is_dataclass)
    if c.__module__ == "mmeval.records"
]

TEXT = st.text(max_size=20)
COUNT = st.integers(0, 10**6)
FLOAT = st.floats(allow_nan=False)
SCALAR = st.none() | st.booleans() | st.integers() | FLOAT | TEXT
LOGPROBS = st.lists(FLOAT, max_size=4).map(tuple)
MESSAGES = st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=TEXT)
PROMPTS = st.builds(Prompt, problem_id=TEXT, text=TEXT, template_sha256=TEXT) | st.builds(
    Prompt, problem_id=TEXT, messages=st.lists(MESSAGES, min_size=1, max_size=3).map(tuple)
)
COLUMNS = st.builds(Column, name=TEXT, unit=TEXT)
FACTS = st.builds(
    Fact,
    model=TEXT,
    size=TEXT,
    benchmark=TEXT,
    value=st.floats(0, 1),
    group=TEXT,
    source=TEXT,
    link=TEXT,
    aliases=st.lists(TEXT, max_size=2).map(tuple),
)
STRATEGIES: dict[type[Any], st.SearchStrategy[Any]] = {
    Problem: st.builds(
        Problem, id=TEXT, question=TEXT, gold=TEXT, meta=st.dictionaries(TEXT, SCALAR, max_size=3)
    ),
    Message: MESSAGES,
    Prompt: PROMPTS,
    Sampling: st.builds(
        Sampling,
        temperature=st.floats(0, 2),
        top_p=st.floats(0, 1, exclude_min=True),
        max_tokens=st.integers(1, 10**6),
        n=st.integers(1, 100),
        seed=COUNT,
        stop=st.lists(st.text(min_size=1), max_size=3).map(tuple),
    ),
    Request: st.builds(Request, prompt=PROMPTS, sample=COUNT, seed=COUNT),
    Generation: st.builds(
        Generation,
        problem_id=TEXT,
        sample=COUNT,
        text=TEXT,
        finish=st.sampled_from(typing.get_args(Finish)),
        stop_string=st.none() | TEXT,
        prompt_tokens=st.none() | COUNT,
        tokens=st.none() | COUNT,
        error=st.none() | TEXT,
        same_as=st.none() | TEXT,
    ),
    Scored: st.builds(
        Scored,
        id=TEXT,
        prompt_logprobs=LOGPROBS,
        response_logprobs=LOGPROBS,
        bytes=COUNT,
        words=COUNT,
    ),
    Verdict: st.builds(
        Verdict,
        problem_id=TEXT,
        sample=COUNT,
        outcome=st.sampled_from(typing.get_args(Outcome)),
        extracted=st.none() | TEXT,
        span=st.none() | st.tuples(COUNT, COUNT),
        extract_rule=st.none() | TEXT,
        compare_rule=st.none() | TEXT,
        checker=TEXT,
        truncated=st.booleans(),
        stop_cut=st.booleans(),
        note=st.none() | TEXT,
    ),
    Column: COLUMNS,
    Fact: FACTS,
    Report: st.builds(
        Report,
        analysis=TEXT,
        columns=st.tuples(COLUMNS, COLUMNS),
        rows=st.lists(st.tuples(SCALAR, SCALAR), max_size=3).map(tuple),
        summary=TEXT,
        notes=st.lists(TEXT, max_size=2).map(tuple),
        published=st.lists(FACTS, max_size=2).map(tuple),
        sources=st.lists(TEXT, max_size=2).map(tuple),
    ),
}
ANY_RECORD = st.one_of(*STRATEGIES.values())


def test_every_record_is_tried_here_with_every_field() -> None:
    assert set(STRATEGIES) == set(RECORDS)


@settings(deadline=None, max_examples=400)
@given(record=ANY_RECORD)
def test_every_record_survives_json(record: Record) -> None:
    assert from_row(type(record), json.loads(dumps(to_row(record)))) == record


@settings(deadline=None)
@given(record=ANY_RECORD)
def test_the_keys_of_a_row_are_the_fields_in_their_order(record: Record) -> None:
    assert list(to_row(record)) == [field.name for field in dataclasses.fields(record)]


@settings(deadline=None)
@given(record=ANY_RECORD)
def test_keys_of_a_newer_version_are_ignored(record: Record) -> None:
    assert from_row(type(record), {**to_row(record), "of_version_9": [1]}) == record


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: str(kind.__name__))
def test_records_are_frozen_slotted_and_keyword_only(kind: type[Any]) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
    assert all(field.kw_only for field in dataclasses.fields(kind))
    assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(")


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        (Problem, {"id": "t/1", "question": "?"}, "gold"),
        (Verdict, {}, "problem_id"),
        (Verdict, {"problem_id": "t", "outcome": "right", "checker": "c", "span": 7}, "Verdict"),
        (Prompt, {"problem_id": "t", "messages": 5}, "Prompt"),
        (Prompt, {"problem_id": "t", "messages": [5]}, "messages[0]"),
        (Prompt, {"problem_id": "t", "text": "a", "messages": [{"role": "user"}]}, "content"),
        (Request, {"prompt": None}, "the field prompt"),
        (Generation, {"problem_id": 5, "finish": "stop"}, "the field problem_id"),
        (Generation, {"problem_id": "t", "finish": "weird"}, "'weird', in the field finish"),
        (Generation, {"problem_id": "t", "finish": "stop", "tokens": "many"}, "the field tokens"),
        (Generation, {"problem_id": "t", "finish": "stop", "tokens": True}, "got bool"),
        (Verdict, {"problem_id": "t", "outcome": "right", "checker": "c", "span": [1]}, "span"),
        (Problem, {"id": "t", "question": "?", "gold": "1", "meta": {"a": [1]}}, "meta"),
        (Scored, {"id": "t", "response_logprobs": [-1.0, "x"]}, "response_logprobs[1]"),
        (Report, {"analysis": "a", "columns": [{"name": 3}], "rows": [], "summary": ""}, "columns"),
        (Sampling, {"temperature": -1}, "got -1"),
        (Sampling, {"stop": 3}, "Sampling"),
    ],
)
def test_a_row_that_is_no_such_record_is_one_line(
    kind: type[Any], row: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError) as caught:
        from_row(kind, row)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"top_p": 1.1},
        {"max_tokens": 0},
        {"n": 0},
        {"stop": ("",)},
    ],
)
def test_sampling_refuses_what_makes_no_sense_and_says_what_it_got(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sampling: .*got "):
        Sampling(**wrong)


def test_a_prompt_is_text_or_messages() -> None:
    message = Message(role="user", content="?")
    with pytest.raises(ValueError, match="one of them"):
        Prompt(problem_id="t/1")
    with pytest.raises(ValueError, match="one of them"):
        Prompt(problem_id="t/1", text="?", messages=(message,))
    assert Prompt(problem_id="t/1", text="").text == ""


def test_greedy_is_temperature_0() -> None:
    assert Sampling().greedy
    assert not Sampling(temperature=0.01).greedy


def test_a_request_and_its_generation_share_a_key() -> None:
    request = Request(prompt=Prompt(problem_id="t/1", text="?"), sample=3)
    assert request.key == Generation(problem_id="t/1", sample=3, finish="stop").key == ("t/1", 3)


# ------------------------------------------------------------------------- settings from YAML


@pytest.mark.parametrize(
    ("value", "wanted", "read"),
    [
        (3, int, 3),
        (3, float, 3.0),
        ("1e-3", float, 0.001),  # YAML 1.1 reads a number without a point as a text
        ("Q:", tuple[str, ...], ("Q:",)),
        ("Q:", tuple[str, ...] | None, ("Q:",)),
        (["a", "b"], tuple[str, ...] | None, ("a", "b")),
        (None, tuple[str, ...] | None, None),
        ("null", str | None, "null"),  # a text stays one
        ("lora", Literal["full", "lora"], "lora"),
        ({"a": 1, "b": None}, Mapping[str, Scalar], {"a": 1, "b": None}),
    ],
)
def test_a_setting_is_read_as_its_type(value: Any, wanted: Any, read: object) -> None:
    setting = as_setting(value, wanted, "x")
    assert (type(setting), setting) == (type(read), read)


@pytest.mark.parametrize(
    ("value", "wanted", "words"),
    [
        (True, int, "a whole number"),
        (True, float, "a number"),
        ("3", int, "a whole number"),
        (1, bool, "true or false"),
        ("yes", bool, "true or false"),
        (7, str | None, "a text or nothing"),
        ([1], tuple[str, ...], "a text or a list of texts"),
        ("loar", Literal["full", "lora"], "full or lora"),
        ([1], Mapping[str, Scalar], "`key: value` pairs"),
    ],
)
def test_a_setting_of_another_type_is_refused_in_words(value: Any, wanted: Any, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        as_setting(value, wanted, "c.yaml: x")
    assert str(refused.value) == f"c.yaml: x must be {words}, got {value!r}"


def test_half_a_surrogate_pair_is_no_number() -> None:
    with pytest.raises(ConfigError, match=r"limit must be .*, got "):
        as_setting("\ud83d", int | None, "limit")
