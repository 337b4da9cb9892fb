"""`mmeval perplexity` from the command to the report folder, on the tiny model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmeval.cli import mmeval
from mmeval.errors import (
    ConfigError,
    DataError,
    EngineError,
    MmevalError,
    PromptTooLong,
    RunInterrupted,
    RunMismatch,
    UnknownName,
)
from mmeval.records import Scored
from mmeval.results.report_folder import find_reports
from mmeval.training_data.perplexity.measure import measure
from mmeval.training_data.perplexity.prepare import PerplexityConfig
from tests.builders.jsonl_files import read_rows, write_rows
from tests.builders.training_rows import typed_rows

pytest.importorskip("torch", reason="perplexity: torch is not installed; make hf")
pytest.importorskip("transformers", reason="perplexity: transformers is not installed; make hf")

from mmeval.engines.hf.scorer import HfScorer


@pytest.fixture
def config(tiny: Path, tmp_path: Path) -> dict[str, Any]:
    """A small measurement at float32; the tiny model reads no digits."""
    made = [
        {
            **row,
            "query": f"one two {i}",
            "original_question": f"one two {i}",
            "response": f"three four five\nThe answer is: {('one', 'two', 'three', 'four')[i % 4]}",
        }
        for i, row in enumerate([*typed_rows(4, "A"), *typed_rows(3, "B")])
    ]
    return {
        "model": str(tiny),
        "data": (f"m={write_rows(tmp_path / 'm.jsonl', made)}",),
        "prompt": "plain",
        "dtype": "float32",
        "resamples": 100,
        "out": str(tmp_path / "out"),
    }


def test_a_measurement_is_a_report_folder(config: dict[str, Any], tmp_path: Path) -> None:
    found = measure(PerplexityConfig(**config, by_type=True, answer_only=("m",)))
    [folder] = find_reports([tmp_path], "perplexity")
    assert folder == found.folder
    told = folder.measurement()
    assert told["status"] == "finished"
    assert told["identity"]["engine.prefix"] == "none"
    assert told["sets"][0]["name"] == "m/A" and len(told["sets"][0]["sha256"]) == 64
    assert [each["texts"] for each in told["sessions"]] == [len(_lines(folder.path))]
    table = list(folder.rows())
    assert {(row["set"], row["form"]) for row in table if row["form"] == "response"} == {
        ("m/A", "response"),
        ("m/B", "response"),
    }
    report = folder.report()
    assert [column.name for column in report.columns][:4] == ["set", "form", "n", "failed"]
    mine = [row for row in table if row["set"] == "m/A"]
    middle = sorted(math.exp(row["nll"] / row["tokens"]) for row in mine)
    assert report.rows[0][:4] == ("m/A", "response", 4, 0)
    assert found.summaries[0].median == pytest.approx((middle[1] + middle[2]) / 2)
    assert any("prefix token: none" in note for note in report.notes)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return read_rows(folder / "scores.jsonl")


def test_equal_texts_are_scored_once(config: dict[str, Any]) -> None:
    path = config["data"][0].partition("=")[2]
    found = measure(PerplexityConfig(**(config | {"data": (f"m={path}", f"again={path}")})))
    lines = _lines(found.folder.path)
    assert len({line["key"] for line in lines}) == len(lines) <= 7
    one, again = found.summaries
    assert one.n == again.n == 7
    assert (again.difference, again.low, again.high) == (0, 0, 0)


def test_one_row_is_above_nothing(config: dict[str, Any], tmp_path: Path) -> None:
    """Two sets of a row each were told apart, with an interval of width 0."""
    one = [{"query": "one two", "response": "three four"}]
    two = [{"query": "one two", "response": "five six five"}]
    data = (
        f"a={write_rows(tmp_path / 'a.jsonl', one)}",
        f"b={write_rows(tmp_path / 'b.jsonl', two)}",
    )
    found = measure(PerplexityConfig(**(config | {"data": data})))
    [_, b] = found.summaries
    report = found.folder.report()
    assert b.difference and (b.low, b.high) == (None, None)
    assert not {"Above", "Below"} & set(report.summary.replace(".", "").split())
    assert any(note.startswith("Undecided") and note.endswith(": b.") for note in report.notes)


def test_nothing_stands_between_prompt_and_response_unless_asked(
    config: dict[str, Any], tmp_path: Path
) -> None:
    """As in training; a folder of a version that put a space there is not mixed with it."""
    found = measure(PerplexityConfig(**config))
    assert any("then nothing" in note for note in found.folder.report().notes)
    identity = found.folder.measurement()["identity"]
    assert (identity["scoring.join"], identity["scoring.together"]) == ("", True)
    with pytest.raises(RunMismatch, match=r"scoring\.join was '', now ' '"):
        measure(PerplexityConfig(**config, join=" "))
    with pytest.raises(ConfigError, match="--join stands behind a text prompt"):
        measure(PerplexityConfig(**(config | {"prompt": "none"}), join=" "))
    file = found.folder.path / "measurement.json"
    earlier = json.loads(file.read_text())
    del earlier["identity"]["scoring.together"]
    file.write_text(json.dumps(earlier))
    assert found.folder.report().rows
    with pytest.raises(RunMismatch, match=r"scoring\.together was False"):
        measure(PerplexityConfig(**config))


def test_a_stopped_measurement_goes_on_where_it_was(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = measure(PerplexityConfig(**(config | {"out": str(tmp_path / "whole")})))
    score = HfScorer.score

    def stopped(self: HfScorer, items: Any) -> Iterator[Scored]:
        for count, each in enumerate(score(self, items)):
            if count == 2:
                raise KeyboardInterrupt
            yield each

    monkeypatch.setattr(HfScorer, "score", stopped)
    with pytest.raises(RunInterrupted, match=r"2 scores are kept .*the same command"):
        measure(PerplexityConfig(**config))
    scores = Path(config["out"]) / "scores.jsonl"
    with scores.open("a") as file:
        file.write('{"key": "torn')
    monkeypatch.setattr(HfScorer, "score", score)
    found = measure(PerplexityConfig(**config))
    sessions = found.folder.measurement()["sessions"]
    assert sum(each["texts"] for each in sessions) < len(_lines(found.folder.path))
    for name in ("rows.jsonl", "report.json"):
        ours, theirs = (f.folder.path / name for f in (found, whole))
        assert ours.read_bytes() == theirs.read_bytes()
    monkeypatch.setattr(HfScorer, "score", lambda *_: pytest.fail("scored again"))
    assert measure(PerplexityConfig(**config)).summaries == whole.summaries


def test_an_engine_that_dies_keeps_the_scores(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(self: HfScorer, items: Any) -> Iterator[Scored]:
        raise RuntimeError("kernel")
        yield

    monkeypatch.setattr(HfScorer, "score", dead)
    with pytest.raises(EngineError, match=r"RuntimeError: kernel; .*\n0 scores are kept"):
        measure(PerplexityConfig(**config))


@pytest.mark.parametrize(
    "change",
    [{"count_eos": True}, {"prompt": "none"}, {"limit": 2}, {"dtype": "bfloat16"}],
    ids=str,
)
def test_a_folder_of_another_measurement_is_refused(
    config: dict[str, Any], change: dict[str, Any]
) -> None:
    measure(PerplexityConfig(**config))
    with pytest.raises(RunMismatch):
        measure(PerplexityConfig(**(config | change)))


def test_long_texts_are_refused_before_any_is_scored(
    config: dict[str, Any], tmp_path: Path
) -> None:
    made: list[dict[str, object]] = [*typed_rows(3), {"query": "one", "response": "two " * 200}]
    data = (f"m={write_rows(tmp_path / 'long.jsonl', made)}",)
    with pytest.raises(PromptTooLong, match=r"texts are longer than the 96 tokens.*--truncate"):
        measure(PerplexityConfig(**(config | {"data": data})))
    assert not (Path(config["out"]) / "scores.jsonl").exists()
    found = measure(PerplexityConfig(**(config | {"data": data, "truncate": True})))
    assert found.summaries[0].truncated == 1 == sum(r["truncated"] for r in found.folder.rows())
    assert "1 of 4 rows were cut" in " ".join(found.folder.report().notes)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"data": ()}, ConfigError, "at least one --data"),
        ({"limit": 0}, ConfigError, "--limit"),
        ({"resamples": 5}, ConfigError, "--resamples"),
        ({"dtype": "int8"}, ConfigError, "--dtype"),
        ({"max_length": 1}, ConfigError, "--max-length"),
        ({"reference": "other"}, ConfigError, "available: m"),
        ({"prompt": "nothing"}, UnknownName, "nothing"),
        ({"engine": "openai"}, UnknownName, "hf, vllm"),
        ({"prefix": "bos"}, ConfigError, "no such token"),
        ({"answer_only": ("m", "m")}, ConfigError, "named twice"),
    ],
    ids=str,
)
def test_what_the_user_must_fix(
    config: dict[str, Any], change: dict[str, Any], error: type[MmevalError], says: str
) -> None:
    with pytest.raises(error, match=says):
        measure(PerplexityConfig(**(config | change)))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"query": "q"}, "no question and answer found"),
        ({"query": "q", "response": " "}, "'response' must hold the answer, found an empty"),
        ({"query": "q", "response": None}, "must hold the answer, found NoneType"),
    ],
    ids=str,
)
def test_a_row_without_an_answer_is_named(
    config: dict[str, Any], tmp_path: Path, row: dict[str, object], says: str
) -> None:
    data = (f"m={write_rows(tmp_path / 'bad.jsonl', [row])}",)
    with pytest.raises(DataError, match=f"bad.jsonl, line 1.*{says}"):
        measure(PerplexityConfig(**(config | {"data": data})))


def test_an_empty_file_is_refused(config: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row"):
        measure(
            PerplexityConfig(**(config | {"data": (f"m={write_rows(tmp_path / 'e.jsonl', [])}",)}))
        )


# --- the command ---------------------------------------------------------------------


Caught = pytest.CaptureFixture[str]


def call(config: dict[str, Any], *more: str) -> object:
    """The exit status of the command, as `mmeval.cli.main` sees it."""
    words = ["perplexity"]
    for key, value in config.items():
        for each in value if isinstance(value, tuple) else (value,):
            words += [f"--{key.replace('_', '-')}", str(each)]
    return mmeval.main([*words, *more], prog_name="mmeval", standalone_mode=False)


def test_the_command_prints_json_alone(config: dict[str, Any], capfd: Caught) -> None:
    assert not call(config, "--json", "--by-type")
    told = json.loads(capfd.readouterr().out)
    assert list(told) == ["m/A", "m/B"]
    assert {"n", "tokens", "median", "mean", "q1", "q3", "low", "high"} <= told["m/B"].keys()


def test_the_table_fits_80_columns(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capfd: Caught
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert not call(config, "--answer-only", "m")
    out = capfd.readouterr().out
    lines = [line for line in out.splitlines() if not line.startswith("everything is in")]
    assert max(map(len, lines)) <= 80
    assert "The answer is: N" in out and "Difference: of medians, to m" in out


def test_rows_that_could_not_be_scored_end_in_exit_1(
    config: dict[str, Any], tmp_path: Path, capfd: Caught
) -> None:
    made: list[dict[str, object]] = [*typed_rows(3), {"query": "one " * 200, "response": "two"}]
    changed = config | {"data": (f"m={write_rows(tmp_path / 'long.jsonl', made)}",)}
    assert call(changed, "--truncate", "--json") == 1
    told = capfd.readouterr()
    assert json.loads(told.out)["m"]["failed"] == 1
    assert "1 rows could not be scored" in told.err
