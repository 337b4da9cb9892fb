"""Code that only data name never runs: not by a run folder, a row, a config or a study."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.made_runs import Made, make_run
from tests.builders.run_commands import Said, typed

EVIL = "evil.py"
REPLAY = ["--engine", "replay", "--responses", "said.jsonl", "--text", "said", "--model", "me"]
ROW = {"question": "What is 1 + 1?", "gold": "2", "said": "The answer is: 2"}


def folder(**changes: Any) -> Path:
    """A run folder whose manifest has some keys otherwise."""
    run = make_run(Path("sent"), Made(letters="RRWW", samples=2, checkers=("mmeval/1",)))
    manifest = run.manifest()
    for key, value in changes.items():
        manifest[key] = (
            {**manifest[key], **value} if isinstance(value, dict) and (key in manifest) else value
        )
    run.write_manifest(manifest)
    return run.path


def judged_by_code() -> None:
    run = folder()
    summary = json.loads((run / "summary.json").read_text())
    summary["checkers"] = {EVIL: summary["checkers"]["mmeval/1"]}
    (run / "summary.json").write_text(json.dumps(summary))
    (run / "verdicts" / "mmeval@1.jsonl").rename(run / "verdicts" / f"{EVIL}.jsonl")
    named = run / "verdicts" / f"{EVIL}.jsonl"
    named.write_text(named.read_text().replace("mmeval/1", EVIL))


def rows(**more: Any) -> None:
    Path("rows.jsonl").write_text(json.dumps(ROW | more) + "\n")
    Path("said.jsonl").write_text(json.dumps(ROW) + "\n")


def config(**settings: Any) -> None:
    """The settings of a replay, in a run folder, in run.json and in a config file."""
    rows()
    whole = {"model": "me", "engine": "replay", "responses": "said.jsonl", "text": "said"}
    whole |= {"benchmark": ["rows.jsonl"]} | settings
    folder(config=whole)
    Path("several").mkdir()
    Path("several/run.json").write_text(json.dumps({"schema": 1, "config": whole}))
    Path("c.yaml").write_text(json.dumps(whole))
    Path("option.yaml").write_text(json.dumps(settings))


def study(step: str) -> None:
    rows()
    Path("study.yaml").write_text(json.dumps({"study": "s", "runs": {"a": step}}))


def one_of(**settings: Any) -> Callable[[], None]:
    return lambda: config(**settings)


ASKED = {"prompt": EVIL}, {"checker": [EVIL]}, {"benchmark": [EVIL]}, {"checker": ["./" + EVIL]}
WAYS: list[tuple[Callable[[], object], str]] = [
    *((judged_by_code, call) for call in ("report sent --out site", "analyse maj_at_k sent")),
    *((judged_by_code, call) for call in ("leaderboard sent", "compare sent sent", "judge sent")),
    *(
        (lambda: folder(identity={"benchmark": EVIL}), f"leaderboard sent --format {form}")
        for form in ("model-card", "lm-eval --out o", "markdown", "json")
    ),
    *(
        (lambda named=named: folder(checkers=[named]), call)
        for named in (EVIL, f"./{EVIL}", f"sent/../{EVIL}")
        for call in ("judge sent", "audit sent", "audit sent --math-verify")
    ),
    (lambda: folder(checkers=[EVIL], status="running"), "report sent --partial --out site"),
    (lambda: rows(checkers=[EVIL]), f"run --benchmark rows.jsonl {' '.join(REPLAY)}"),
    (lambda: rows(checkers=["mmeval/1", EVIL]), "show rows.jsonl"),
    (lambda: rows(checkers=[EVIL]), "augment fobar --questions rows.jsonl --out o.jsonl"),
    *(
        (one_of(**asked), call)
        for asked in ASKED
        for call in (
            *("run --resume sent", "run --resume several", "run --config c.yaml"),
            *("run --config sent/manifest.json", "run --config several/run.json"),
        )
    ),
    (one_of(trust_remote_code=True), "run --resume sent"),
    (one_of(engine="vllm", engine_args={"worker_cls": "evil.W"}), "run --resume sent"),
    (one_of(engine="vllm", engine_args={"anything": "evil:W"}), "run --config c.yaml"),
    (one_of(checker=[EVIL]), "judge sent --config option.yaml"),
    (one_of(checker=[EVIL]), "audit sent --config option.yaml"),
    (one_of(name=EVIL), "analyse sent --config option.yaml"),
    (one_of(benchmark=EVIL), "augment fobar --out o --config option.yaml"),
    (one_of(against=[EVIL]), "diversity --base a.jsonl --out o --config option.yaml"),
    (one_of(prompt=EVIL), "train sft --model m --data a=rows.jsonl --out o --config option.yaml"),
    *(
        (lambda step=step: study(step), f"study study.yaml {more}")
        for step in (
            f"run --benchmark {EVIL} {' '.join(REPLAY)}",
            f"run --benchmark=./{EVIL} {' '.join(REPLAY)}",
            f"run --benchmark rows.jsonl --checker {EVIL} {' '.join(REPLAY)}",
            f"train {EVIL} --model m --data a=rows.jsonl",
            "train sft --model m --data a=rows.jsonl --set prompt=evil.py",
            "run --benchmark rows.jsonl --model m --trust-remote-code",
            "run --benchmark rows.jsonl --model m --engine-arg worker_cls=evil.W",
        )
        for more in ("", "--plan")
    ),
]


Call = Callable[[str], Said]


@pytest.fixture
def mmeval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Call:
    """Types `mmeval CALL` in a folder with code that nobody asked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path(EVIL).write_text("open('pwned', 'w').close()\n")
    return lambda call: typed(monkeypatch, capfd, *call.split())


@pytest.mark.parametrize("place", range(len(WAYS)), ids=[call for _, call in WAYS])
def test_code_that_data_name_does_not_run(place: int, mmeval: Call) -> None:
    make, call = WAYS[place]
    make()
    done = mmeval(call)
    assert not Path("pwned").exists(), done.err


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        ({"checker": ["./own.py"]}, "--checker ./own.py"),
        ({"prompt": "./words.py"}, "--prompt ./words.py"),
    ],
)
def test_it_runs_where_the_command_line_names_it_again(
    asked: Any, again: str, mmeval: Call
) -> None:
    config(**asked)
    Path("own.py").write_text(
        "from mmeval.declare import Checker, Comparison, Extraction\n"
        "CHECKER = Checker(name='own/1', title='t', source='s',\n"
        "    extract=lambda text: Extraction(value=text[15:], span=None, rule='r'),\n"
        "    compare=lambda a, g: Comparison(outcome='right' if a == g else 'wrong', rule='r'))\n"
    )
    Path("words.py").write_text(
        "from mmeval.declare import PromptTemplate\n"
        "PROMPT = PromptTemplate(name='w', title='t', kind='text', text='{question}', source='s')\n"
    )
    refused = mmeval("run --config c.yaml --out new")
    assert again.replace(" ", "=") in refused.complaint and not Path("new").exists()
    done = mmeval(f"run --config c.yaml --out new {again}")
    assert done.status == 0, done.err
    assert "names code" in mmeval("run --resume new").complaint
    assert mmeval(f"run --resume new {again}").status == 0


def test_a_study_takes_its_code_again_on_the_command_line(mmeval: Call) -> None:
    study(f"run --benchmark {EVIL}")
    refused = mmeval("study study.yaml --plan")
    assert f"--code={EVIL}" in refused.complaint and not Path("pwned").exists()
    mmeval(f"study study.yaml --plan --code {EVIL}")
    assert Path("pwned").exists()
