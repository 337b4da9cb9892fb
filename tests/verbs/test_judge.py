"""`mmeval judge FILE`: what programs and people read, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mmeval.judging.judge_run import judge_run
from mmeval.run_folder import RunDir
from mmeval.verbs.judge import command
from mmeval.verbs.shared.run_table import print_summaries
from tests.builders.jsonl_files import read_rows, write_rows
from tests.builders.made_runs import Made, make_run

PAPER = "metamath-gsm8k/1"
ROWS = [
    {"out": ["so\nThe answer is: 18"], "gold": 18},
    {"out": ["The answer is: 17"], "gold": "18"},
    {"out": ["eighteen"], "gold": "18"},
    {"out": ["The answer is: 2/00"], "gold": "18"},
    {"out": ["The answer is: 1,234"], "gold": "1,234"},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "outputs.jsonl", ROWS)


def written(path: Path, rows: list[Any]) -> Path:
    return write_rows(path, rows)


def mmeval(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-W", "error", "-m", "mmeval.cli", "judge", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)


def fields(file: Path) -> list[str | Path]:
    return [file, "--text", "out.0", "--gold", "gold"]


def test_json_is_the_counts_by_checker_and_nothing_else(file: Path) -> None:
    done = mmeval(*fields(file), "--checker", PAPER, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        PAPER: {
            "n": 5,
            "right": 2,
            "wrong": 1,
            "no_answer": 1,
            "undecided": 0,
            "failed": 1,
            "accuracy": 0.4,
            "accuracy_high": 0.6,
        }
    }
    assert done.stdout.count("\n") == 1


def test_out_has_one_flat_line_per_row_and_checker_in_input_order(
    file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "verdicts.jsonl"
    named = ("--checker", PAPER, "--checker", "metamath-math/1")
    assert mmeval(*fields(file), *named, "--out", out, "--json").returncode == 0
    rows = read_rows(out)
    assert [(row["row"], row["checker"]) for row in rows] == [
        (number, name) for number in range(5) for name in named[1::2]
    ]
    assert [row["outcome"] for row in rows[::2]] == [
        "right",
        "wrong",
        "no_answer",
        "failed",
        "right",
    ]
    assert rows[0]["span"] == [18, 20]
    assert list(rows[0])[:4] == ["row", "problem_id", "sample", "outcome"]
    assert all(value is None or isinstance(value, str | int | list) for value in rows[0].values())


def test_without_a_checker_all_there_are_judge_and_a_repeated_one_judges_once(file: Path) -> None:
    every = json.loads(mmeval(*fields(file), "--json").stdout)
    assert {PAPER, "metamath-math/1"} <= set(every)
    named = mmeval(*fields(file), "--checker", PAPER, "--checker", "metamath-gsm8k", "--json")
    assert named.returncode == 0
    assert list(json.loads(named.stdout)) == [PAPER]


def test_people_get_a_table_of_80_columns_in_percent_with_an_interval(file: Path) -> None:
    done = mmeval(*fields(file))
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines()[1:4])) <= 80
    row = next(line for line in done.stdout.splitlines() if line.startswith(PAPER))
    assert row.split() == [PAPER, "40.00", "11.8-76.9", "60.00", "2", "1", "1", "0", "1"]
    assert f"{PAPER}: 1 of 5 failed; the first: the paper's script stops at '2/00'" in done.stdout
    assert "they end" not in done.stdout


def test_zero_because_no_answer_was_found_is_said_with_three_text_ends(tmp_path: Path) -> None:
    texts = [f"{'x' * 100}\x1b[31m{i} is it" for i in range(9)]
    path = written(tmp_path / "o.jsonl", [{"t": text, "g": "1"} for text in texts])
    done = mmeval(path, "--text", "t", "--gold", "g", "--checker", PAPER)
    assert done.returncode == 0
    assert f"{PAPER}: no answer found in 9 of 9 texts; they end:" in done.stdout
    shown = [line for line in done.stdout.splitlines() if line.startswith("  row ")]
    assert [line.split(":")[0] for line in shown] == ["  row 0", "  row 1", "  row 2"]
    assert all(line.endswith("is it'") and "\\x1b" in line for line in shown)
    assert "\x1b" not in done.stdout


def test_wrong_answers_are_not_called_missing(tmp_path: Path) -> None:
    rows = [{"t": "The answer is: 2", "g": "1"}] * 4
    done = mmeval(written(tmp_path / "o.jsonl", rows), "--text", "t", "--gold", "g")
    assert done.returncode == 0
    assert "no answer found" not in done.stdout


def test_half_a_surrogate_pair_in_a_text_is_written_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text('{"t": "The answer is: \\ud83d", "g": "\\ud83d"}\n', encoding="utf-8")
    options = ("--text", "t", "--gold", "g", "--out", tmp_path / "v.jsonl")
    done = mmeval(path, *options)
    assert (done.returncode, done.stderr) == (0, "")
    rows = read_rows(tmp_path / "v.jsonl")
    assert [row["extracted"] for row in rows if row["checker"] == "metamath-math/1"] == ["\ud83d"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--text", "out.0"], "so --text FIELD and --gold FIELD are needed; its first row has:"),
        (["--text", "out", "--gold", "gold"], "line 1: the field 'out' must be a string"),
        (["--text", "out.0", "--gold", "answer"], "no field 'answer'; the row has out.0, gold"),
        (["--text", "out.0", "--gold", "gold", "--checker", "metamat"], "did you mean metamath-"),
        (["--text", "out.0", "--gold", "gold", "--gold-after", "# "], "no '# ' in the gold"),
        (["--text", "out.0", "--gold", "gold", "--gold-after", ""], "--gold-after needs a string"),
    ],
)
def test_what_the_user_must_fix_is_one_line_and_exit_2(
    file: Path, options: list[str], said: str
) -> None:
    done = mmeval(file, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("mmeval: ") and done.stderr.count("\n") == 1


def test_an_empty_file_a_missing_one_and_a_folder_are_refused(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty.jsonl", [])
    for path, said in (
        (empty, "has no rows"),
        (tmp_path / "missing.jsonl", "no file at"),
        (tmp_path, "is not a run folder"),
    ):
        done = mmeval(path, "--text", "t", "--gold", "g")
        assert done.returncode == 2
        assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_bad_row_leaves_an_earlier_verdicts_file_as_it_was(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    assert mmeval(*fields(file), "--out", out).returncode == 0
    before = out.read_bytes()
    with file.open("a", encoding="utf-8") as more:
        more.write("{torn")
    done = mmeval(*fields(file), "--out", out)
    assert done.returncode == 2 and "line 6: not JSON" in done.stderr
    assert out.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["outputs.jsonl", "verdicts.jsonl"]


def test_out_never_replaces_the_file_that_is_judged(file: Path) -> None:
    before = file.read_bytes()
    done = mmeval(*fields(file), "--out", file)
    assert done.returncode == 2 and "name another file" in done.stderr
    assert file.read_bytes() == before


def test_json_needs_no_torch_no_pandas_and_no_rich(file: Path) -> None:
    code = (
        "import sys\nfrom mmeval.cli import mmeval\n"
        f"sys.argv[1:] = ['judge', {str(file)!r}, '--text', 'out.0', '--gold', 'gold', '--json']\n"
        "mmeval(standalone_mode=False)\n"
        "heavy = {'torch', 'pandas', 'rich', 'sympy', 'numpy', 'yaml', 'httpx', 'transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_option_has_its_help() -> None:
    assert all(each.help for each in command.params if isinstance(each, click.Option))


def test_the_papers_outputs_are_judged_as_the_paper_judges(data: Path) -> None:
    path = data / "outputs" / "gsm8k__metamath_7b__gsmplus.jsonl"
    done = mmeval(path, "--text", "completion", "--gold", "answer", "--checker", PAPER, "--json")
    assert json.loads(done.stdout)[PAPER] == {
        "n": 1319,
        "right": 881,
        "wrong": 433,
        "no_answer": 5,
        "undecided": 0,
        "failed": 0,
        "accuracy": 881 / 1319,
        "accuracy_high": 881 / 1319,
    }


def test_a_gold_that_reads_hash_18_fails_until_gold_after_cuts_it(tmp_path: Path) -> None:
    path = written(tmp_path / "o.jsonl", [{"t": "The answer is: 18", "g": "# 18"}] * 3)
    options = (path, "--text", "t", "--gold", "g", "--checker", PAPER)
    whole, cut = (mmeval(*options, "--json", *more) for more in ((), ("--gold-after", "# ")))
    assert json.loads(whole.stdout)[PAPER]["failed"] == 3
    assert json.loads(cut.stdout)[PAPER]["right"] == 3
    assert "the gold '# 18' is not an integer" in mmeval(*options).stdout


WITHOUT_UNIX = """
import os, sys
for name in ("fcntl", "resource", "termios", "pwd", "grp"):
    sys.modules[name] = None
del os.sysconf, os.sched_getaffinity
from mmeval.cli import main
main()
"""


def test_judging_needs_nothing_that_only_unix_has(file: Path) -> None:
    """Not Windows itself, but its gaps: missing modules, and functions that os lacks."""
    options = (
        "judge",
        str(file),
        "--text",
        "out.0",
        "--gold",
        "gold",
        "--checker",
        PAPER,
        "--json",
    )
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[PAPER]["n"] == len(ROWS)


def test_a_run_says_by_what_its_intervals_are_clustered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meta: dict[int, dict[str, str]] = {i: {"twin": "t"} for i in range(4)}
    made = make_run(tmp_path / "a", Made(letters="R" * 8, meta=meta))
    checker = "metamath-gsm8k/1"
    judge_run(made, [checker])
    assert made.read_summary().clustered == "by original question"
    print_summaries([made], as_json=False)
    assert "intervals are clustered by original question" in capsys.readouterr().out


def test_a_run_that_is_written_to_is_skipped_with_a_line(tmp_path: Path) -> None:
    for name in "abc":
        make_run(tmp_path / name, Made(letters="RRWW", checkers=(PAPER,)))
    with RunDir(tmp_path / "b").locked():
        done = mmeval(tmp_path, "--checker", PAPER, "--json")
        alone = mmeval(tmp_path / "b", "--checker", PAPER, "--json")
    assert done.returncode == 1
    assert [Path(each).name for each in json.loads(done.stdout)] == ["a", "c"]
    assert done.stderr.startswith("not judged: ") and str(tmp_path / "b") in done.stderr
    assert (alone.returncode, alone.stdout) == (2, "")


THINKING = [
    {"out": "7?</think>The answer is: 9", "gold": "9"},
    {"out": "The answer is: 9, or is it 7", "gold": "9"},
    {"out": None, "why": "It is 9. But", "gold": "9"},
    {"out": "9", "why": "7?", "gold": "9"},
]


@pytest.mark.parametrize(
    ("options", "right", "no_answer"),
    [
        ((), 2, 2),
        (("--opens-thought", "no"), 3, 1),
        (("--opens-thought", "yes"), 2, 2),
        (("--unfinished-thought", "read"), 4, 0),
    ],
)
def test_a_file_of_thoughts_is_judged_by_its_answers(
    options: Sequence[str], right: int, no_answer: int, tmp_path: Path
) -> None:
    file = tmp_path / "said.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in THINKING))
    call = [str(file), "--text", "out", "--gold", "gold", "--thought", "why"]
    done = CliRunner().invoke(command, [*call, "--checker", "mmeval/1", "--json", *options])
    counts = json.loads(done.stdout)["mmeval/1"]
    assert (counts["right"], counts["no_answer"], counts["n"]) == (right, no_answer, 4)
    said = CliRunner().invoke(command, [*call, "--checker", "mmeval/1", *options]).output
    assert "thought unfinished in" in said
    assert ("their prompts opened it" in said) == ("no" not in options)


def test_a_run_of_unfinished_thoughts_is_read_where_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["7?</think>The answer is: 0", "The answer is: 2", "8?</think>The answer is: 5"]
    run = make_run(tmp_path / "a", Made(letters="RRW", texts=texts))
    call = [str(run.path), "--checker", "mmeval/1", "--json"]
    for options, right in (((), 1), (("--unfinished-thought", "read"), 2), ((), 1)):
        done = CliRunner().invoke(command, [*call, *options])
        assert json.loads(done.stdout)["mmeval/1"]["right"] == right, done.output
        summary = run.read_summary()
        assert summary.unfinished_thought == ("read" if options else "no_answer")
        assert not options or list(summary.checkers) == ["mmeval/1"], "judged by another rule"
        print_summaries([run], as_json=False)
        told = capsys.readouterr().out
        assert "thought 100.0 %, thought unfinished 33.3 %" in told
        assert (", and read for answers" in told) == bool(options)


@pytest.mark.parametrize(("finish", "told"), [(None, False), ("why", True)])
def test_a_replay_says_nothing_of_endings_that_its_file_does_not_tell(
    finish: str | None, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "a", Made(letters="RW"))
    manifest = run.manifest()
    config = {"finish": finish} if finish else {}
    run.write_manifest(
        manifest | {"engine": {"name": "replay", "mode": "replay"}, "config": config}
    )
    print_summaries([run], as_json=False)
    out = capsys.readouterr().out
    assert ("truncated 0.0 %" in out) == told
    assert ("truncated not told (--finish FIELD), empty" in out) != told


@pytest.mark.parametrize(("known", "told"), [(3, "thought 100.0 % (12 tokens each), "), (2, None)])
def test_the_length_of_thoughts_is_told_where_all_are_known(
    known: int, told: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["7?</think>0", "7?</think>2", "7?</think>4"]
    run = make_run(tmp_path / "a", Made(letters="RRR", texts=texts))
    rows = [json.loads(line) for line in run.generations_file.read_text().splitlines()]
    for row in rows[:known]:
        row["thought_tokens"] = 12
    write_rows(run.generations_file, rows)
    judge_run(run, ["mmeval/1"])
    print_summaries([run], as_json=False)
    assert (told or "thought 100.0 %, thought unfinished") in capsys.readouterr().out
