"""What makes a run itself: every difference is named, and no secret is kept."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from mmeval.engines.engine import EngineInfo, engine_identity
from mmeval.errors import RunMismatch
from mmeval.problems.load import REPLAYED, ProblemSet
from mmeval.records import Problem, Prompt
from mmeval.run_folder import problems_sha256, require_same
from mmeval.runs.config import RunConfig, command_line, config_row
from mmeval.runs.identity import task_identity

STORED: dict[str, Any] = {
    "benchmark": "gsm8k",
    "weights_sha256": "aa",
    "temperature": 0.0,
    "engine": "hf",
    "engine_version": "5.19",
    "dtype": "float32",
    "mode": "eager",
    "engine.batch_size": 32,
}


def problem(number: int, **more: Any) -> Problem:
    return Problem(**({"id": f"t/{number}", "question": f"{number}?", "gold": "1"} | more))


@pytest.mark.parametrize("key", STORED)
def test_each_difference_is_named_with_both_values(key: str) -> None:
    with pytest.raises(RunMismatch, match="run1 holds another run") as refused:
        require_same(STORED, STORED | {key: "new"}, "run1")
    assert f"{key} was {STORED[key]!r}, now 'new'" in str(refused.value)


def test_all_differences_are_named_at_once() -> None:
    with pytest.raises(RunMismatch, match=r"dtype was .*; mode was "):
        require_same(STORED, STORED | {"dtype": "bfloat16", "mode": "compiled"}, "run1")


def test_an_engine_setting_that_was_taken_away_or_added_is_a_difference() -> None:
    less = {key: value for key, value in STORED.items() if key != "engine.batch_size"}
    with pytest.raises(RunMismatch, match=r"engine\.batch_size was 32, now None"):
        require_same(STORED, less, "run1")
    with pytest.raises(RunMismatch, match=r"engine\.batch_size was None, now 32"):
        require_same(less, STORED, "run1")


def test_what_is_not_known_yet_is_no_difference() -> None:
    require_same(STORED, {"benchmark": "gsm8k"}, "run1")
    require_same(STORED, {"engine": "hf"}, "run1")
    require_same(STORED, STORED | {"new_fact": 1}, "an older run")
    require_same(STORED, dict(STORED), "run1")


def test_the_problems_hash_holds_order_question_and_gold() -> None:
    base = [problem(1), problem(2)]
    changed = [
        base[::-1],
        base[:1],
        [problem(1, gold="2"), problem(2)],
        [problem(1, question="x"), problem(2)],
        [problem(1, id="t/9"), problem(2)],
    ]
    hashes = {problems_sha256(each) for each in (base, *changed)}
    assert len(hashes) == 1 + len(changed)
    assert problems_sha256([problem(1, meta={"level": 1}), problem(2)]) == problems_sha256(base)


def test_the_identity_of_a_task_follows_the_prompts_byte_for_byte() -> None:
    def prompts(text: str) -> dict[str, Any]:
        return task_identity("b", "test", asked(), [Prompt(problem_id="t/1", text=text)])

    assert prompts("1?") == prompts("1?") != prompts("1? ")


def test_the_identity_of_a_task_says_by_what_a_subset_was_chosen() -> None:
    prompt = Prompt(problem_id="t/1", text="1?")
    whole, part = (task_identity("b", "test", asked(each), [prompt]) for each in (None, REPLAYED))
    assert part == whole | {"subset": REPLAYED}


def asked(subset: str | None = None) -> ProblemSet:
    return ProblemSet(
        problems=(problem(1),),
        total=9,
        content_sha256="d",
        source="x",
        partial=True,
        as_published=True,
        subset=subset,
    )


def test_only_bound_settings_of_an_engine_are_identity() -> None:
    info = EngineInfo(
        name="e", version="1", dtype="d", mode="m", device="cpu",
        settings={"a": 1, "b": 2}, bound=("a",),
    )  # fmt: skip
    identity = engine_identity(info)
    assert identity["engine.a"] == 1 and "engine.b" not in identity


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://me:pw@host:1/v1", "http://host:1/v1"),
        ("http://me:p@w@host/v1", "http://host/v1"),
        ("http://pw@host", "http://host"),
        ("https://host/v1?key=pw&a=b", "https://host/v1"),
        ("http://host/a@b", "http://host/a@b"),
        ("http://host:1/v1", "http://host:1/v1"),
    ],
)
def test_urls_are_kept_without_credentials_and_queries(url: str, kept: str) -> None:
    config = RunConfig(model="m", benchmark=("a",), engine_args={"base_url": url})
    assert config_row(config)["engine_args"] == {"base_url": kept}
    assert shlex.split(command_line(config))[-1] == f"--engine-arg=base_url={kept}"


def test_the_kept_config_has_nothing_that_is_a_default() -> None:
    config = RunConfig(model="m", benchmark=("a",), seed=0, temperature=0.5)
    assert config_row(config) == {"model": "m", "benchmark": ["a"], "temperature": 0.5}


def test_the_command_line_quotes_what_a_shell_would_read() -> None:
    config = RunConfig(model="my model", benchmark=("a", "b"), stop=(), any_data=True, limit=3)
    assert command_line(config) == (
        "mmeval run '--model=my model' --benchmark=a --benchmark=b --limit=3 --stop= --any-data"
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ([["sft", "1a"]], [["sft", "1a"], ["FOBAR", "2b"]], "sets: now FOBAR;"),
        ([["sft", "1a"], ["SV", "2b"]], [["sft", "1a"]], "sets: was SV;"),
        ([["sft", "1a"]], [["sft", "9f"]], "sets: now sft; was sft;"),
        ([["a", "1"], ["b", "2"]], [["b", "2"], ["a", "1"]], "sets: in another order;"),
        (["x"], ["y"], r"sets was \['x'\], now \['y'\];"),
        ([], "none", r"sets was \[\], now 'none';"),
    ],
)
def test_of_lists_of_rows_only_what_differs_is_told(was: object, now: object, said: str) -> None:
    with pytest.raises(RunMismatch, match=f"run1 holds another run: {said} give this one its own"):
        require_same({"sets": was}, {"sets": now}, "run1")
