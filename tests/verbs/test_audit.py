"""`mmeval audit`: what it prints, writes and refuses, on files, runs and real outputs."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mmeval
from mmeval import catalog
from mmeval.errors import ConfigError, MissingPackage, UnknownName
from mmeval.judging.judge import judge_pairs
from mmeval.judging.output_files import OutputFile
from mmeval.runs.config import RunConfig
from mmeval.verbs.audit import command
from tests.builders.jsonl_files import read_rows, write_rows
from tests.builders.made_runs import Made, make_run

ROWS = [
    {"said": "The answer is: 18", "gold": "18"},
    {"said": "The answer is: 12.5", "gold": "12"},
    {"said": "The answer is: 12.5", "gold": "12"},
    {"said": "#### 1,450,000", "gold": "1,450,000"},
    {"said": "The answer is: 4 \x1b[2J\x1b]0;owned\x07" + "x" * 200, "gold": "4"},
    {"said": "The answer is: 9", "gold": "10"},
]
TWO = ("--checker", "metamath-gsm8k/1", "--checker", "mmeval/1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.jsonl"
    write_rows(path, ROWS)
    return path


def audit(path: Path, *more: str | Path) -> Result:
    fields = () if path.is_dir() else ("--text", "said", "--gold", "gold")
    return CliRunner().invoke(command, [str(path), *fields, *map(str, more)])


def row_of(path: Path, *more: str | Path) -> dict[str, Any]:
    done = audit(path, *more, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_a_file_gives_is_shown_within_80_columns_and_without_escape_codes(file: Path) -> None:
    done = audit(file, *TWO)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert max(map(len, lines[1:])) <= 80  # the first names the file
    assert all(line.isprintable() for line in lines), "a model's escape codes were printed"
    assert "  agree on 2 of 6 rows, kappa -0.200" in lines
    assert "right for some and not for others: 4 of 6 rows, 3 distinct" in lines
    first = lines.index("2 rows, the first 1; gold: 12")
    assert lines[first + 1].split() == ["metamath-gsm8k/1", "right", "12.5"]
    assert lines[first + 2].split() == ["mmeval/1", "wrong", "12.5"]


def test_json_is_one_line_and_all_checkers_are_asked_without_names(file: Path) -> None:
    row = row_of(file)
    assert list(row["checkers"]) == catalog.names("checkers")
    assert (row["rows"], row["disagreeing_rows"]) == (
        6,
        sum(d["rows"] for d in row["disagreements"]),
    )
    count = len(row["checkers"])
    assert len(row["pairs"]) == count * (count - 1) / 2


def test_labels_are_exported_filled_in_and_scored(file: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    done = audit(file, *TWO, "--export", labels)
    assert "3 lines to be labelled" in done.stdout
    rows = read_rows(labels)
    assert [row["rows"] for row in rows] == [2, 1, 1]
    for row in rows:
        row["label"] = "different" if row["gold"] == "12" else "equal"
    write_rows(labels, rows)
    scored = row_of(file, *TWO, "--labels", labels)["labels"]
    ours, theirs = (scored["checkers"][name]["rows"] for name in ("mmeval/1", "metamath-gsm8k/1"))
    assert ours["agrees"] == 3 and theirs == {"agrees": 1, "differs": 3, "undecided": 0}
    shown = audit(file, *TWO, "--labels", labels).stdout
    assert "labels: 2 equal, 1 different, 0 unsure, 0 blank" in shown
    assert max(map(len, shown.splitlines()[1:])) <= 80


def test_nothing_that_is_read_is_replaced(file: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    audit(file, *TWO, "--export", labels)
    for target in (file, labels, tmp_path):
        before = labels.read_bytes(), file.read_bytes()
        done = audit(file, *TWO, "--labels", labels, "--export", target)
        assert isinstance(done.exception, ConfigError), done.output
        assert (labels.read_bytes(), file.read_bytes()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--checker", "mmeval/1"), "two checkers or more"),
        (("--gold-after", ""), "--gold-after needs"),
    ],
)
def test_what_makes_no_sense_is_refused(file: Path, arguments: tuple[str, ...], said: str) -> None:
    done = audit(file, *arguments)
    assert isinstance(done.exception, ConfigError) and said in str(done.exception)


def test_a_file_needs_its_fields_named(file: Path) -> None:
    done = CliRunner().invoke(command, [str(file)])
    assert isinstance(done.exception, ConfigError) and "--text FIELD" in str(done.exception)


def test_math_verify_that_is_not_installed_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = audit(file, "--math-verify")
    assert isinstance(done.exception, MissingPackage)
    assert "pip install 'mmeval[math-verify]'" in str(done.exception)


def test_a_run_is_audited_and_left_as_it_is(file: Path, tmp_path: Path) -> None:
    run = replayed(file, tmp_path / "runs" / "one")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    row = row_of(run)
    assert list(row["checkers"]) == catalog.names("checkers"), "it has one checker of its own"
    assert row["disagreements"][0]["gold"] == "12" and row["rows"] == 6
    assert list(row_of(run, *TWO)["checkers"]) == [*TWO[1::2]]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert row_of(run.parent) == row
    refused = CliRunner().invoke(command, [str(run), "--text", "said"])
    assert isinstance(refused.exception, ConfigError)
    replayed(file, tmp_path / "runs" / "two")
    assert "of one run" in str(audit(run.parent).exception)


def test_a_checker_that_is_a_file_is_named_again_on_the_command_line(
    file: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from mmeval.declare import Checker, Comparison, Extraction\n"
        "CHECKER = Checker(name='own/1', title='t', source='s',\n"
        "    extract=lambda text: Extraction(value=text, span=None, rule='r'),\n"
        "    compare=lambda a, g: Comparison(outcome='right' if a == g else 'wrong', rule='r'))\n"
    )
    run = replayed(file, tmp_path / "run", str(own))
    refused = audit(run)
    assert isinstance(refused.exception, UnknownName), "code that data name"
    assert f"--checker={own}" in str(refused.exception)
    assert list(row_of(run, *TWO[:2], "--checker", str(own))["checkers"]) == [TWO[1], "own/1"]


def replayed(file: Path, out: Path, *checkers: str) -> Path:
    """The run folder of a benchmark whose questions are the rows of a file."""
    lines = file.read_text().splitlines()
    rows = [json.loads(line) | {"question": f"q{i}"} for i, line in enumerate(lines)]
    said = file.with_name("said.jsonl")
    write_rows(said, rows)
    bench = file.with_name("asked.py")
    bench.write_text(
        "from mmeval.declare import Benchmark, Item, Split\n"
        f"ROWS = {[(row['question'], row['gold']) for row in rows]!r}\n"
        "BENCHMARK = Benchmark(name='asked', title='t', source='s', licence='MIT',\n"
        "    splits={'test': Split(rows=6)}, read=lambda row: Item(**row),\n"
        "    make=lambda split, size, seed: ({'question': q, 'gold': g} for q, g in ROWS),\n"
        "    checkers=('metamath-gsm8k/1',), max_tokens=64)\n"
    )
    config = RunConfig(
        model="m",
        benchmark=(str(bench),),
        engine="replay",
        responses=str(said),
        text="said",
        checker=checkers,
        out=str(out),
    )
    [run] = mmeval.run(config)
    return run.path


@pytest.mark.parametrize(
    ("name", "text", "rule", "split"),
    [
        ("gsm8k__metamath_7b__gsmplus", "completion", "metamath-gsm8k/1", 1),
        ("math500__qwen2.5-math-7b__skythought", "code.0", "metamath-math/1", 266),
    ],
)
def test_real_outputs_split_the_checkers_as_often_as_single_verdicts_say(
    data: Path, name: str, text: str, rule: str, split: int
) -> None:
    path = data / "outputs" / f"{name}.jsonl"
    names = [rule, "mmeval/1"]
    arguments = [str(path), "--text", text, "--gold", "answer", "--checker", rule, *TWO[2:]]
    done = CliRunner().invoke(command, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["disagreeing_rows"] == split
    # a second way: the verdicts of both, row by row
    source = OutputFile(path=path, text=text, gold="answer")
    checkers = [catalog.load("checkers", each) for each in names]
    rights: dict[str, set[str]] = {each.name: set() for each in checkers}
    outcomes: Counter[tuple[str, str]] = Counter()
    for verdict in judge_pairs(source.pairs(), checkers):
        outcomes[verdict.checker, verdict.outcome] += 1
        if verdict.outcome == "right":
            rights[verdict.checker].add(verdict.problem_id)
    assert len(rights[rule] ^ rights["mmeval/1"]) == split
    for each in checkers:
        assert found["checkers"][each.name]["wrong"] == outcomes[each.name, "wrong"]


@pytest.mark.parametrize("status", ["interrupted", "running", "failed"])
def test_an_audit_of_a_part_of_a_run_says_so(status: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", Made(letters="RRWN"))
    assert "not finished" not in audit(run.path, *TWO).stdout
    assert "asked" not in row_of(run.path, *TWO)
    rows = run.generations_file.read_text().splitlines(keepends=True)
    run.generations_file.write_text("".join(rows[:3]))
    run.set_status(status)
    head = audit(run.path, *TWO).stdout.splitlines()[0]
    assert head == f"3 rows of {run.path}, not finished: 3 of 4 answers"
    found = row_of(run.path, *TWO)
    assert (found["rows"], found["asked"]) == (3, 4)
