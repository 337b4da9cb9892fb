"""`mmeval run` as it is typed: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmeval.run_folder import RunDir
from tests.builders.jsonl_files import write_rows
from tests.builders.run_commands import AGAIN, BENCHMARK, DOUBLES, REPLAY, Mmeval, N


def test_the_table_fits_80_columns_and_names_the_folder(mmeval: Mmeval) -> None:
    said = mmeval(*REPLAY, *DOUBLES, "--out", "run")
    assert said.status == 0
    assert "100.0 %" in said.out and "everything is in run" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_json_is_all_of_stdout_even_if_a_library_prints(mmeval: Mmeval, tmp_path: Path) -> None:
    noisy = 'import os\nprint("hello")\nos.write(1, b"from C\\n")\n' + BENCHMARK
    Path("noisy.py").write_text(noisy.replace("NAME", "noisy"))
    said = mmeval(*REPLAY, "--benchmark", "./noisy.py", "--out", "run", "--json")
    assert said.status == 0, said.err
    [summary] = json.loads(said.out)
    assert summary["path"] == "run"
    assert "hello" in said.err and "from C" in said.err


def test_what_a_model_says_neither_steers_the_terminal_nor_stops_the_table(
    mmeval: Mmeval,
) -> None:
    rows = [
        {"question": f"What is {i} plus {i}?", "said": "\x1b[2J\ud83d \u4f60 I think"}
        for i in range(N)
    ]
    write_rows(Path("responses.jsonl"), rows)
    said = mmeval(*REPLAY, *DOUBLES, "--out", "run")
    assert said.status == 0
    assert "found no answer in 100.0 %" in said.out
    assert "\x1b" not in said.out
    assert "I think" in said.out
    assert json.loads(mmeval(*REPLAY, *DOUBLES, "--out", "run", "--json").out)


def test_any_locale_shows_the_table(mmeval: Mmeval) -> None:
    rows = [{"question": f"What is {i} plus {i}?", "said": "\u4f60\u03c0"} for i in range(N)]
    write_rows(Path("responses.jsonl"), rows)
    done = subprocess.run(
        [sys.executable, "-m", "mmeval.cli", "run", *REPLAY, *DOUBLES, "--out", "run"],
        env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert rb"\u4f60\u03c0" in done.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--benchmark", "doubels"], "no benchmark is called 'doubels'"),
        (["--benchmark", "gsm9k"], "did you mean gsm8k"),
        ([*DOUBLES, "--prompt", "metamat"], "did you mean metamath"),
        ([*DOUBLES, "--checker", "metamath/1"], "no checker is called"),
        ([*DOUBLES, "--split", "dev"], "no split is called 'dev'"),
        ([*DOUBLES, "--engine", "vlm"], "did you mean vllm"),
        ([*DOUBLES, *DOUBLES], "named twice"),
        ([*DOUBLES, "--max-tokens", "0"], "max_tokens must be 1 or more"),
        ([*DOUBLES, "--shard", "3/2"], "1 <= I <= N"),
        ([*DOUBLES, "--shard", "13/13"], "only 12 problems"),
        ([*DOUBLES, "--out", "doubles.py"], "a file is in its place"),
        ([*DOUBLES, "--out", "doubles.py/below"], "cannot be the run folder"),
        ([*DOUBLES, "--responses", "none.jsonl"], "none.jsonl"),
        ([*DOUBLES, "--config", "none.yaml"], "none.yaml"),
        (["--resume", "nowhere"], "nowhere is not a run folder"),
        (["--merge", "nowhere"], "holds no shard"),
        (["--benchmark", "./filed.py", "--data", "nowhere"], "no folder at nowhere"),
        (["--benchmark", "./filed.py", "--data", "."], "no file of filed test in ."),
    ],
)
def test_what_the_user_must_fix_is_one_line_and_status_2(
    args: list[str], told: str, mmeval: Mmeval
) -> None:
    verb_alone = args[0] in ("--resume", "--merge")
    said = mmeval(*([] if verb_alone else REPLAY), *args)
    assert said.status == 2
    assert told in said.complaint
    assert said.complaint.count("\n") == 1
    assert said.out == ""


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (['{"question": "a", "gold": "1"}', '{"question": '], "test.jsonl, line 2: not JSON"),
        (['{"question": "a", "gold": "1"}', "[1]"], "line 2: expected a JSON object, found list"),
        (['{"question": "a", "gold": "1"}', '{"question": "b"}'], "line 2: no field 'gold'"),
        (['{"question": "a", "gold": " "}'], "line 1: the gold answer is empty"),
        (['{"question": "a", "gold": "1"}'], "expected 3 rows, found 1"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(rows: list[str], told: str, mmeval: Mmeval) -> None:
    Path("filed").mkdir()
    Path("filed/test.jsonl").write_text("\n".join(rows) + "\n")
    said = mmeval(*REPLAY, "--benchmark", "./filed.py", "--data", ".", "--out", "run")
    assert (said.status, told in said.complaint, said.complaint.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("./nowhere", "no folder ./nowhere"),
        ("smollm", "did you mean smollm2-135m"),
        (".", "config"),
    ],
)
def test_a_model_that_is_not_there_is_one_line(model: str, told: str, mmeval: Mmeval) -> None:
    pytest.importorskip("transformers", reason="hf engine: transformers is not installed")
    said = mmeval("--model", model, "--engine", "hf", *DOUBLES, "--out", "run")
    assert (said.status, told in said.complaint, said.complaint.count("\n")) == (2, True, 1)


def test_a_prompt_longer_than_the_context_is_named_before_anything_is_asked(
    mmeval: Mmeval, tiny: Path
) -> None:
    long = BENCHMARK.replace("NAME", "long").replace(
        '{"question": f"What is {i} plus {i}?"', '{"question": "one two " * (10 * i + 1)'
    )
    Path("long.py").write_text(long)
    Path("bare.txt").write_text("{question}")
    said = mmeval(
        *("--model", str(tiny), "--engine", "hf", "--prompt", "bare.txt", "--out", "run"),
        *(*DOUBLES, "--benchmark", "./long.py", "--max-tokens", "4"),
    )
    assert said.status == 2
    assert "the prompt of long/" in said.complaint and "context is 96" in said.complaint
    assert said.complaint.count("\n") == 1
    assert not Path("run/doubles/manifest.json").exists()


def test_a_folder_that_was_moved_goes_on_where_it_is(mmeval: Mmeval) -> None:
    assert mmeval(*REPLAY, *DOUBLES, "--out", "run").status == 0
    Path("moved").mkdir()
    Path("run").rename("moved/here")
    file = Path("moved/here/generations.jsonl")
    file.write_bytes(file.read_bytes()[:-30])
    Path("responses.jsonl").rename("moved/r.jsonl")
    again = ("--resume", "moved/here", "--responses", "moved/r.jsonl")
    refused = mmeval(*again)
    assert refused.status == 2 and "--benchmark=./doubles.py" in refused.complaint
    said = mmeval(*again, *DOUBLES)
    assert said.status == 0 and not Path("run").exists()
    assert RunDir(Path("moved/here")).done().count == N
    Path("moved/r.jsonl").write_text(Path("moved/r.jsonl").read_text().replace("Well", "Hm"))
    file.write_bytes(file.read_bytes()[:-30])
    said = mmeval(*again, *DOUBLES)
    assert said.status == 2 and "engine.responses_sha256 was" in said.complaint


@pytest.mark.parametrize("out", [("--out", "runs/both"), ()])
@pytest.mark.parametrize("shard", [(), ("--shard", "2/2")])
def test_several_benchmarks_resume_together_and_each_by_itself(
    out: tuple[str, ...], shard: tuple[str, ...], mmeval: Mmeval
) -> None:
    from mmeval.progress import Silent
    from mmeval.runs.config import make_config, read_config
    from mmeval.runs.prepare import prepare
    from mmeval.runs.resume import call_of
    from mmeval.runs.run import model_for

    assert mmeval(*REPLAY, *DOUBLES, *AGAIN, *out, *shard).status == 0
    folders = sorted(path.parent for path in Path("runs").rglob("manifest.json"))
    assert len(folders) == 2
    [kept] = [
        p for p in Path("runs").rglob("*.json") if p.name not in ("manifest.json", "summary.json")
    ]
    settings: dict[str, Any] = read_config(kept) | ({"shard": "2/2"} if shard else {})
    config = make_config(settings)
    model = model_for(config, "replay", Silent())
    tasks = prepare(config, model)
    command = call_of(config, model, tasks).resume_command(tasks[0].run)
    for folder in folders:
        file = folder / "generations.jsonl"
        whole = file.read_bytes()
        file.write_bytes(whole[:-30])
        own = AGAIN if "again" in str(folder) else DOUBLES
        assert mmeval("--resume", str(folder), *own).status == 0
        assert file.read_bytes() == whole
        file.write_bytes(whole[:-30])
    assert mmeval(*shlex.split(command)[2:]).status == 0
    assert all(RunDir(folder).done().count == N // (1 + bool(shard)) for folder in folders)
    assert sorted(path.parent for path in Path("runs").rglob("manifest.json")) == folders


def test_merge_joins_the_shards_of_every_benchmark(mmeval: Mmeval) -> None:
    for shard in ("1/2", "2/2"):
        said = mmeval(*REPLAY, *DOUBLES, *AGAIN, "--out", "run", "--shard", shard)
        assert said.status == 0, said.err
        assert f"(shard {shard[0]} of 2)" in said.out
    said = mmeval("--merge", "run", "--json")
    assert said.status == 0, said.err
    assert [row["path"] for row in json.loads(said.out)] == ["run/again", "run/doubles"]
    assert [row["problems"] for row in json.loads(said.out)] == [N, N]
    Path("run/doubles/shard-1-of-3").mkdir()
    Path("run/doubles/shard-1-of-3/manifest.json").write_text("{}")
    assert "shards of 2 and of 3 parts" in mmeval("--merge", "run").complaint


def test_an_option_beside_resume_or_merge_is_not_ignored(mmeval: Mmeval) -> None:
    assert (
        "it can only be combined with" in mmeval("--resume", "run", "--temperature", "1").complaint
    )
    assert "only be combined with --json" in mmeval("--merge", "run", "--samples", "2").complaint


def test_the_command_in_a_manifest_makes_the_same_run(mmeval: Mmeval) -> None:
    config = {"stop": [], "seed": 3, "any_data": True, "top_p": 0.5, "temperature": 1.0}
    Path("c.yaml").write_text(json.dumps(config))
    assert mmeval(*REPLAY, *DOUBLES, "--config", "c.yaml", "--out", "run").status == 0
    run = RunDir(Path("run"))
    words = shlex.split(run.manifest()["command"])
    assert words[:2] == ["mmeval", "run"]
    identity, asked = run.manifest()["identity"], run.manifest()["config"]
    for path in Path("run").rglob("*.json*"):
        path.unlink()
    assert mmeval(*words[2:]).status == 0
    assert (run.manifest()["identity"], run.manifest()["config"]) == (identity, asked)
    assert asked == asked | config
