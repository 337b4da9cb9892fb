"""What is refused before an engine starts, and what makes a measurement another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError
from mmeval.progress import Silent
from mmeval.training_data.perplexity.prepare import Job, PerplexityConfig, prepare
from mmeval.training_data.perplexity.scores import Score
from tests.builders.jsonl_files import write_rows
from tests.builders.training_rows import typed_rows

MODEL = Model(name="me", path=Path("me"), weights_sha256="w" * 64)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PerplexityConfig:
    """Four rows of type A and three of B, and a model that is not opened."""
    monkeypatch.setattr("mmeval.training_data.perplexity.prepare.find_model", lambda *_: MODEL)
    file = write_rows(tmp_path / "m.jsonl", [*typed_rows(4, "A"), *typed_rows(3, "B")])
    return PerplexityConfig(model="me", data=(f"m={file}",), out=str(tmp_path / "out"))


def job(config: PerplexityConfig, **changed: Any) -> Job:
    return prepare(replace(config, **changed), Silent())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"data": ()}, "at least one --data"),
        ({"limit": 0}, "--limit must be 1 or more: 0"),
        ({"max_length": 1}, "--max-length must be 2 or more"),
        ({"dtype": "int8"}, "--dtype must be one of auto, bfloat16"),
        ({"resamples": 99}, "--resamples must be 100 or more: 99"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(changed: dict[str, Any], says: str) -> None:
    good: dict[str, Any] = {"model": "m", "data": ("x=y",)}
    with pytest.raises(ConfigError, match=says):
        PerplexityConfig(**(good | changed))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"answer_only": ("m", "m")}, "a set is named twice: m, m-answers, m-answers"),
        ({"reference": "other"}, "--reference other: no such set; available: m$"),
    ],
)
def test_names_of_sets_are_checked(
    config: PerplexityConfig, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigError, match="named twice" if "twice" in says else says):
        job(config, **changed)


def test_a_file_is_split_by_type_and_answers_are_scored_beside(config: PerplexityConfig) -> None:
    found = job(config, by_type=True, answer_only=("bare=m",))
    assert [(each.name, each.answers_alone) for each in found.sets] == [
        ("m/A", False),
        ("m/B", False),
        ("bare", True),
    ]


def test_an_entry_is_put_as_the_model_was_tuned_and_without_a_prompt_it_stands_alone(
    config: PerplexityConfig,
) -> None:
    alpaca, plain = job(config), job(config, prompt="none")
    (entry, item), *_ = alpaca.pending({})
    assert item.prompt.text is not None and entry.query in item.prompt.text
    assert "### Instruction:" in item.prompt.text
    assert (item.response, alpaca.scoring.join) == (entry.response, "")
    bare = plain.item(entry)
    assert (bare.prompt.text, plain.scoring.join) == ("", "")
    assert bare.id != item.id, "another prompt is another text"
    assert alpaca.item(entry).id == item.id


def test_what_was_scored_is_not_asked_again_and_equal_texts_once(config: PerplexityConfig) -> None:
    twice = (*config.data, config.data[0].replace("m=", "again=", 1))
    found = job(config, data=twice)
    asked = [item.id for _, item in found.pending({})]
    assert len(asked) == len(set(asked)) == 7
    score = Score(key=asked[0], nll=1.0, tokens=1, bytes=1, words=1, whole_nll=1.0, whole_tokens=1)
    assert [item.id for _, item in found.pending({asked[0]: score})] == asked[1:]


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "none"},
        {"count_eos": True},
        {"max_length": 50},
        {"truncate": True},
        {"limit": 3},
        {"limit": 3, "seed": 1},
        {"by_type": True},
        {"dtype": "float32"},
    ],
    ids=str,
)
def test_another_setting_is_another_measurement(
    config: PerplexityConfig, changed: dict[str, Any]
) -> None:
    assert job(config, **changed).identity != job(config).identity


def test_another_draw_is_another_measurement(config: PerplexityConfig) -> None:
    drawn = [job(config, limit=3, seed=seed).identity for seed in (0, 1)]
    assert drawn[0] != drawn[1]


def test_where_a_file_lies_and_how_much_is_drawn_anew_make_no_other(
    config: PerplexityConfig, tmp_path: Path
) -> None:
    far = tmp_path / "far.jsonl"
    far.write_bytes((tmp_path / "m.jsonl").read_bytes())
    same = {"data": (f"m={far}",), "resamples": 200, "seed": 7, "out": str(tmp_path / "o")}
    assert job(config, **same).identity == job(config).identity
    assert job(config).scores_file == tmp_path / "out" / "scores.jsonl"
