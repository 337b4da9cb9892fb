"""A password, the query of a URL and a key are in no file and on no stream, of any verb."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders.made_runs import Made, make_run
from tests.builders.servers import MODEL, FakeServer, Reply, completion

PASSWORD, QUERY, KEY = "hunter2-password", "query-0123456789", "sk-key-0123456789"
SECRETS = (PASSWORD, QUERY, KEY, base64.b64encode(f"somebody:{PASSWORD}".encode()).decode())
ROWS = [{"question": f"What is {n} plus {n}?", "answer": f"#### {2 * n}"} for n in range(3)]


def reply(path: str, body: dict[str, Any], before: int) -> Reply:
    if path.endswith("/embeddings"):
        texts = body["input"]
        data = [{"index": i, "embedding": [1.0, float(i)]} for i in range(len(texts))]
        return Reply(body={"data": data, "model": MODEL, "usage": {"prompt_tokens": 1}})
    return completion("The answer is: 2")


@pytest.fixture
def url(no_openai_environment: None) -> Iterator[str]:
    pytest.importorskip("openai", reason="openai engine: the package is not installed")
    with FakeServer(reply) as server:
        yield server.url.replace("://", f"://somebody:{PASSWORD}@") + f"?token={QUERY}"


def calls(url: str) -> list[list[str]]:
    arg = "--engine-arg"
    engine = [*("--engine", "openai", "--model", MODEL, arg, "max_retries=0")]
    served = [*engine, arg, f"base_url={url}"]
    wrong = [*engine, arg, f"base_url={url.replace('http', 'hxxp')}"]
    dead = [*engine, arg, f"base_url={url.replace('127.0.0.1', 'nobody.invalid')}"]
    rows = ["--benchmark", "rows.jsonl"]
    questions = ["--questions", "rows.jsonl", "--allow-overlap", "--embedder", "none"]
    embedder = ["--embedder", f"openai:{MODEL}", "--engine-arg", f"base_url={url}"]
    sets = ["--base", "rows.jsonl", "--new", "n=rows.jsonl"]
    return [
        ["run", *served, *rows, "--out", "run"],
        ["run", "--resume", "run"],
        ["run", *served, *rows, *rows, "--out", "twice"],
        ["run", *wrong, *rows, "--out", "wrong"],
        ["run", *dead, *rows, "--out", "dead"],
        ["run", *served, arg, f"api_key={KEY}", *rows, "--out", "key"],
        ["run", "--config", "c.yaml", "--out", "by-config"],
        *(
            ["augment", kind, *each, *questions, "--out", f"{kind}{number}"]
            for kind in ("answers", "rephrase")
            for number, each in enumerate((served, wrong, dead, [*served, arg, f"api_key={KEY}"]))
        ),
        ["study", "study.yaml"],
        *(["study", "study.yaml", each] for each in ("--plan", "--commands", "--json")),
        ["study", "bad.yaml", "--plan"],
        ["diversity", *sets, *embedder, "--out", "diversity"],
        ["perplexity", *served, "--data", "n=rows.jsonl", "--out", "perplexity"],
        ["perplexity", "--model", "m", arg, f"api_key={KEY}", "--data", "n=rows.jsonl"],
        ["judge", "run", "--config", "unknown.yaml"],
        ["report", "run", "--out", "site"],
        ["leaderboard", "run", "--json"],
        [
            *("train", "sft", "--model", "m", "--data", "n=rows.jsonl", "--out", "m"),
            *("--eval-every", "5", "--eval-benchmark", "rows.jsonl"),
            *("--eval-arg", f"base_url={url}"),
        ],
    ]


def test_secrets_are_in_no_file_and_on_no_stream(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path / "cache"))
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    step = f"run --engine openai --model {MODEL} --engine-arg 'base_url={url}'"
    given = {
        "study.yaml": {
            "study": "s",
            "common": {"server": f"--engine openai --engine-arg base_url={url}"},
            "runs": {"a": f"{step} --benchmark rows.jsonl"},
            "data": {
                "b": f"augment answers --model {MODEL} {{server}} "
                "--questions rows.jsonl --allow-overlap --embedder none"
            },
        },
        "bad.yaml": {"study": "s", "runs": {"a": f"run --no-such --engine-arg=base_url={url}"}},
        "unknown.yaml": {f"api_key={KEY}": url},
        "c.yaml": {
            **{"model": MODEL, "engine": "openai", "benchmark": ["rows.jsonl"]},
            "engine_args": {"base_url": url},
        },
    }
    for name, value in given.items():
        Path(name).write_text(json.dumps(value))
    make_run(Path("made"), Made(letters="R"))
    leaks = []
    worked = 0
    for words in calls(url):
        done = subprocess.run(
            [sys.executable, "-m", "mmeval.cli", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        worked += done.returncode == 0
        streams = {"stdout": done.stdout, "stderr": done.stderr}
        leaks += [
            (words, name) for name, text in streams.items() if any(s in text for s in SECRETS)
        ]
    kept = [path for path in Path().rglob("*") if path.is_file() and path.name not in given]
    assert Path("run/manifest.json") in kept and Path("answers0/measurement.json") in kept
    assert any(path.match("studies/s/steps/*.json") for path in kept)
    for path in kept:
        content = path.read_bytes()
        leaks += [([], str(path)) for s in SECRETS if s.encode() in content]
    assert not leaks
    assert worked >= 8, "the calls do what they are for"
