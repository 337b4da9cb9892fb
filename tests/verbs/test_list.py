"""`mmeval list` and `mmeval show`: what there is, told whether or not the rows are here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mmeval import catalog
from mmeval.engines.engine import ENGINES
from mmeval.verbs import list as list_verb
from mmeval.verbs import show

ROWS = [
    {"question": f"How many is {n}+{n}?", "answer": f"{n}+{n}={2 * n}. Question\n#### {2 * n}"}
    for n in range(4)
]
EXAMPLES = [
    {"question": f"What is {n}+1?", "answer": f"{n}+1=<<{n}+1={n + 1}>>{n + 1}\n#### {n + 1}"}
    for n in range(9)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few rows where GSM8K's would be."""
    (tmp_path / "gsm8k").mkdir()
    for split, rows in (("test", ROWS), ("train", EXAMPLES)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "gsm8k" / f"{split}.jsonl").write_text(text)
    return tmp_path


def shown(*arguments: str | Path) -> str:
    run = CliRunner(env={"MMEVAL_DATA": None})
    result = run.invoke(show.command, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def shown_json(*arguments: str | Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(shown(*arguments, "--json"))
    return facts


# list ------------------------------------------------------------------------------------


def test_list_names_everything_in_eighty_columns() -> None:
    text = CliRunner().invoke(list_verb.command, [], catch_exceptions=False).stdout
    for kind in catalog.KINDS:
        for name in catalog.names(kind):
            assert f"  {name} " in text
    for name in ENGINES:
        assert f"  {name} " in text
    assert "test 1,319" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_list_as_json_is_one_line_with_every_kind() -> None:
    result = CliRunner().invoke(list_verb.command, ["--json"], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout)
    kinds = ["benchmarks", "prompts", "checkers", "analyses", "figures", "claims", "recipes"]
    assert list(found) == [*kinds, "engines"]
    for kind in ("benchmarks", "prompts", "checkers", "analyses"):
        assert [each["name"] for each in found[kind]] == catalog.names(kind)
    gsm8k = next(each for each in found["benchmarks"] if each["name"] == "gsm8k")
    assert gsm8k["splits"] == {"test": 1319, "train": 7473}
    assert {each["name"]: type(each["installed"]) for each in found["engines"]} == dict.fromkeys(
        ENGINES, bool
    )


def test_list_tells_how_to_install_an_engine_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_verb, "find_spec", lambda package: None)
    text = CliRunner().invoke(list_verb.command, [], catch_exceptions=False).stdout
    assert "not installed: pip install 'mmeval[vllm]'" in text
    assert "needs no package" in text


# show ------------------------------------------------------------------------------------


def test_show_tells_source_licence_sizes_hash_problem_and_prompt(folder: Path) -> None:
    text = shown("gsm8k", "--data", folder)
    pinned = catalog.load("benchmarks", "gsm8k")
    for part in (
        pinned.source,
        "MIT",
        pinned.hub_revision,
        "1,319 rows",
        pinned.splits["test"].content_sha256,
        "metamath-gsm8k/1",
        "at most 512 new tokens",
        str(folder / "gsm8k/test.jsonl"),
        "gold        0",
        "### Instruction:\nHow many is 0+0?\n\n### Response: Let's think step by step.",
        "'Question:', 'Question', 'USER:'",
        "4 of 4 reference solutions hold a stop string",
    ):
        assert part in text


def test_rows_that_are_not_the_published_ones_are_said_not_to_be(folder: Path) -> None:
    assert "NOT the published ones" in shown("gsm8k", "--data", folder)
    data = shown_json("gsm8k", "--data", folder)["data"]
    assert (data["rows"], data["as_published"], data["missing"]) == (4, False, None)


def test_show_as_json_holds_the_same(folder: Path) -> None:
    facts = shown_json("gsm8k", "--data", folder)
    assert facts["splits"]["train"]["rows"] == 7473
    assert facts["problem"]["question"] == "How many is 0+0?"
    assert facts["problem"]["meta"]["solution"] == "0+0=0. Question"
    assert facts["prompt"]["text"].endswith("Let's think step by step.")
    assert (facts["prompt"]["cut_solutions"], facts["prompt"]["solutions"]) == (4, 4)


def test_show_fills_the_prompt_and_the_examples_that_are_asked_for(folder: Path) -> None:
    facts = shown_json("gsm8k", "--data", folder, "--prompt", "plain", "--shots", "2")
    prompt = facts["prompt"]
    assert len(prompt["shots"]) == 2
    assert prompt["text"].count("Question: What is ") == 2
    assert prompt["text"].endswith("Question: How many is 0+0?\nAnswer:")
    assert "<<" not in prompt["text"]
    other = shown_json(
        "gsm8k", "--data", folder, "--prompt", "plain", "--shots", "2", "--seed", "1"
    )
    assert other["prompt"]["shots"] != prompt["shots"]


def test_show_prints_the_turns_of_a_chat(folder: Path) -> None:
    text = shown("gsm8k", "--data", folder, "--prompt", "chat", "--shots", "1")
    assert text.count("[user]\n") == 2
    assert text.count("[assistant]\n") == 1
    assert "stops at    nothing but the end" in text


def test_show_takes_the_folder_from_the_environment(folder: Path) -> None:
    result = CliRunner(env={"MMEVAL_DATA": str(folder)}).invoke(show.command, ["gsm8k"])
    assert result.exit_code == 0, result.output
    assert str(folder / "gsm8k/test.jsonl") in result.stdout


def test_show_without_rows_tells_the_rest_and_how_to_get_them(tmp_path: Path) -> None:
    text = shown("gsm8k", "--data", tmp_path)
    assert "none here: no file of gsm8k test in" in text
    assert "gsm8k/test.jsonl" in text
    assert "Hugging Face hub" in text
    assert "### Instruction:\n{question}\n\n### Response:" in text
    facts = shown_json("gsm8k", "--data", tmp_path)
    assert facts["problem"] is None
    assert facts["prompt"]["template_sha256"]
    assert facts["data"]["missing"].startswith("no file of gsm8k test in")


def test_show_without_a_train_split_here_still_shows_the_problem(folder: Path) -> None:
    (folder / "gsm8k" / "train.jsonl").unlink()
    text = shown("gsm8k", "--data", folder, "--shots", "1")
    assert "How many is 0+0?" in text
    assert "examples    none here: no file of gsm8k train in" in text


@pytest.mark.parametrize("name", ["gsm8k_backward", "hendrycks_math", "math500"])
def test_every_published_benchmark_can_be_shown_without_its_rows(tmp_path: Path, name: str) -> None:
    declared = catalog.load("benchmarks", name)
    text = shown(name, "--data", tmp_path)
    assert declared.source in text
    for label, value in declared.describe() if declared.describe else ():
        assert f"{label:<10}  {value}" in text


def test_a_hub_without_a_pinned_commit_is_said_to_have_none(tmp_path: Path) -> None:
    assert "no commit pinned; the hash decides" in shown("gsm8k_backward", "--data", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gsm8"], "no benchmark is called 'gsm8'; did you mean gsm8k"),
        (["gsm8k", "--split", "tset"], "gsm8k: no split is called 'tset'; did you mean test"),
        (["gsm8k", "--prompt", "metamth"], "no prompt is called 'metamth'; did you mean metamath"),
    ],
)
def test_an_unknown_name_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    command = [sys.executable, "-m", "mmeval.cli", "show", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_torn_row_is_named_and_exit_2(folder: Path) -> None:
    with (folder / "gsm8k/test.jsonl").open("a") as file:
        file.write('{"question": "wh')
    command = [sys.executable, "-m", "mmeval.cli", "show", "gsm8k", "--data", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "gsm8k/test.jsonl, line 5: not JSON" in done.stderr


def test_the_real_rows_are_shown_as_published(data: Path) -> None:
    assert "as published" in shown("gsm8k", "--data", data)
    facts = shown_json("math500", "--data", data, "--shots", "3")
    assert facts["data"]["as_published"] is True
    assert all(each.startswith("hendrycks_math/") for each in facts["prompt"]["shots"])
