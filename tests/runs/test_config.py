"""A config: from YAML, from a manifest and from options, checked by name and type."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from mmeval.errors import ConfigError, MissingData, UserError
from mmeval.runs.config import RunConfig, config_row, make_config, parse_shard, read_config
from mmeval.verbs.shared.options import parse_scalar

ALL: dict[str, Any] = {
    "model": "m",
    "benchmark": ("a", "b"),
    "split": "train",
    "revision": "main",
    "engine": "hf",
    "engine_args": {"batch_size": 8, "eager": True, "name": "x", "share": 0.5, "none": None},
    "dtype": "float32",
    "prompt": "plain",
    "shots": 2,
    "limit": 5,
    "seed": 7,
    "samples": 3,
    "repeats": 2,
    "temperature": 1e-05,
    "top_p": 0.5,
    "top_k": 5,
    "min_p": 0.1,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "sampling": "model",
    "system": "Be brief.",
    "chat_args": {"enable_thinking": False},
    "reasoning_effort": "low",
    "thinking_budget": 64,
    "max_tokens": 9,
    "stop": ("\n\n", "https://a@b/?c", "\x7f\u2028"),
    "checker": ("c/1",),
    "out": "o",
    "data": "d",
    "any_data": True,
    "shard": "1/2",
    "trust_remote_code": True,
    "use_generation_config": True,
    "opens_thought": "yes",
    "unfinished_thought": "read",
    "responses": "r.jsonl",
    "text": "output.0",
    "question": "q",
    "finish": "f",
    "thought": "t",
    "by_order": True,
    "only_replayed": True,
}


def written(tmp_path: Path, text: str, name: str = "c.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_survives_a_manifest(tmp_path: Path) -> None:
    assert list(ALL) == [each.name for each in fields(RunConfig)]
    config = RunConfig(**ALL)
    assert all(getattr(config, f.name) != f.default for f in fields(RunConfig)), (
        "nothing by default"
    )
    manifest = json.dumps({"schema": 1, "config": config_row(config)}, ensure_ascii=False)
    assert make_config(read_config(written(tmp_path, manifest, "manifest.json"))) == config


@pytest.mark.parametrize("stop", [None, ()])
def test_no_stop_strings_and_those_of_the_prompt_are_told_apart(
    stop: tuple[str, ...] | None, tmp_path: Path
) -> None:
    config = RunConfig(model="m", benchmark=("a",), stop=stop)
    path = written(tmp_path, json.dumps(config_row(config)), "c.json")
    assert make_config(read_config(path)).stop == stop


def test_yaml_as_people_write_it(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "model: m\nbenchmark: gsm8k\nmax-tokens: 64\ntemperature: 1\ntop_p: 5e-1\nstop: [a]\n"
        "any-data: yes\nengine_args:\n  batch_size: 8\n",
    )
    assert make_config(read_config(path)) == RunConfig(
        model="m",
        benchmark=("gsm8k",),
        max_tokens=64,
        temperature=1.0,
        top_p=0.5,
        stop=("a",),
        any_data=True,
        engine_args={"batch_size": 8},
    )
    assert type(read_config(path)["temperature"]) is float


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("modle: m", "did you mean model"),
        ("limit: many", "limit must be a whole number or nothing, got 'many'"),
        ("limit: 1.5", "limit must be a whole number or nothing, got 1.5"),
        ("limit: true", "limit must be a whole number or nothing, got True"),
        ("seed:", "seed must be a whole number, got None"),
        ("model: 7", "model must be a text, got 7"),
        ("split: 2024-01-01", "split must be a text or nothing, got datetime.date(2024, 1, 1)"),
        ("benchmark: {a: b}", "benchmark must be a text or a list of texts"),
        ("stop: [1]", "stop must be a text or a list of texts"),
        ("temperature: warm", "temperature must be a number, got 'warm'"),
        ("any_data: 1", "any_data must be true or false, got 1"),
        ("engine_args: [a]", "engine_args must be `key: value` pairs"),
        ("top_p: 1\ntop-p: 0.5", "top_p appears twice"),
        ("- a", "must hold `key: value` lines, found list"),
        ("a: [", "is not YAML"),
        ("", "found NoneType"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_the_file(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(written(tmp_path, text))
    assert told in str(refused.value) and "c.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no config file at"):
        read_config(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match=r"c\.json is not JSON"):
        read_config(written(tmp_path, "model: m", "c.json"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"benchmark": ()}, "benchmark needs at least one name"),
        ({"benchmark": "gsm8k"}, "benchmark must be a list of texts, got 'gsm8k'"),
        ({"shots": -1}, "shots must be 0 or more"),
        ({"limit": 0}, "limit must be 1 or more"),
        ({"samples": 0}, "samples must be 1 or more"),
        ({"max_tokens": 0}, "max_tokens must be 1 or more"),
        ({"dtype": "bf16"}, "dtype must be auto"),
        ({"shard": "0/2"}, "shard must be I/N"),
        ({"engine_args": {"a": [1]}}, "--engine-arg a: the value must be one text"),
        ({"engine_args": {1: "a"}}, "--engine-arg 1"),
    ],
)
def test_values_that_make_no_sense(change: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as refused:
        RunConfig(**({"model": "m", "benchmark": ("a",)} | change))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("api_key", True),
        ("apikey", True),
        ("API-KEY", True),
        ("hf_token", True),
        ("token", True),
        ("password", True),
        ("aws_secret_access_key", True),
        ("Authorization", True),
        ("tokenizer_mode", False),
        ("stop_token_ids", False),
        ("max_num_batched_tokens", False),
        ("api_key_env", False),
        ("batch_size", False),
    ],
)
def test_a_setting_that_holds_a_secret_is_known_by_its_name(key: str, secret: bool) -> None:
    def config() -> RunConfig:
        return RunConfig(model="m", benchmark=("a",), engine_args={key: "hunter2"})

    if not secret:
        assert config().engine_args == {key: "hunter2"}
        return
    with pytest.raises(ConfigError, match="a secret must not appear") as refused:
        config()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("missing", ["model", "benchmark"])
def test_a_model_and_a_benchmark_are_needed(missing: str) -> None:
    settings = {"model": "m", "benchmark": ("a",)}
    del settings[missing]
    with pytest.raises(ConfigError, match=f"--{missing} is missing"):
        make_config(settings)


DEEP = [(text, text) for text in ("[" * 100_000, "9" * 5000)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("x", "x"),
        ("[1]", "[1]"),
        ("", ""),
        *DEEP,
    ],
)
def test_an_engine_arg_is_a_number_where_it_reads_like_one(text: str, value: object) -> None:
    assert parse_scalar(text) == value and type(parse_scalar(text)) is type(value)


@pytest.mark.parametrize("text", ["", "1", "0/1", "3/2", "1/2/3", "-1/2", "a/b", "1/0"])
def test_a_shard_is_one_of_its_parts(text: str) -> None:
    assert parse_shard("2/4") == (2, 4)
    with pytest.raises(ConfigError, match="for example 2/4"):
        parse_shard(text)


def test_a_config_holds_nothing_that_is_no_json() -> None:
    json.dumps(asdict(RunConfig(**ALL)))


@pytest.mark.parametrize("key", ["opens_thought", "unfinished_thought"])
def test_a_choice_that_there_is_not_is_named(key: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"model: m\nbenchmark: a\n{key}: maybe\n")
    with pytest.raises(ConfigError, match=f"{key} must be .* or "):
        make_config(read_config(path))
    with pytest.raises(ConfigError, match=f"{key} must be .* or "):
        make_config({"model": "m", "benchmark": ("a",), key: "maybe"})
