"""The hub: one commit of a data set, through the cache, from a server or not at all.

huggingface_hub reads its environment when it is imported, so each case is a process.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mmeval.problems.load import content_sha256
from mmeval.records import Problem

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ROWS = [{"question": f"{n}+{n}?", "answer": str(2 * n)} for n in range(10)]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS).encode()

BENCHMARK = """
from mmeval.declare import Benchmark, Item, Split

BENCHMARK = Benchmark(
    name="sums", title="sums", source="https://example.org", licence="MIT",
    splits={{"test": Split(rows=10, files=("sums.jsonl",), hub_files={files!r})}},
    read=lambda row: Item(question=row["question"], gold=row["answer"]),
    checkers=("metamath-gsm8k/1",), max_tokens=8,
    hub_id="someone/sums", hub_revision={revision!r},
)
"""

SCRIPT = """
import json, sys
from mmeval import catalog
from mmeval.errors import UserError
from mmeval.problems.load import DataOptions, load_problems

try:
    where = DataOptions(offline=sys.argv[2] == "offline")
    found = load_problems(catalog.load("benchmarks", sys.argv[1]), "test", where)
    out = {"rows": found.total, "source": found.source, "sha256": found.content_sha256}
except UserError as error:
    out = {"error": f"{type(error).__name__}: {error}"}
print(json.dumps(out))
"""


def benchmark(
    folder: Path, files: tuple[str, ...] = ("data/test.jsonl",), revision: str | None = COMMIT
) -> Path:
    path = folder / "sums.py"
    path.write_text(BENCHMARK.format(files=files, revision=revision))
    return path


def load(path: Path, home: Path, offline: bool = False, **environment: str) -> dict[str, Any]:
    """What a process with that hub home says; no server unless HF_ENDPOINT names one."""
    settings = {
        "HF_HOME": str(home),
        "HF_ENDPOINT": "http://127.0.0.1:9",  # the discard port: nobody answers
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        **environment,
    }
    own = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    command = [sys.executable, "-c", SCRIPT, str(path), "offline" if offline else "online"]
    done = subprocess.run(
        command, env={**own, **settings}, capture_output=True, text=True, timeout=300, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def cached(home: Path, name: str, content: bytes, ref: str | None = None) -> None:
    """Writes a file as the hub's cache holds it."""
    repository = home / "hub" / "datasets--someone--sums"
    path = repository / "snapshots" / COMMIT / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    if ref is not None:
        (repository / "refs").mkdir()
        (repository / "refs" / ref).write_text(COMMIT)


def expected(source: str = f"hub:someone/sums@{COMMIT}") -> dict[str, Any]:
    problems = [Problem(id="-", question=r["question"], gold=r["answer"]) for r in ROWS]
    return {"rows": 10, "source": source, "sha256": content_sha256(problems)}


class Hub(BaseHTTPRequestHandler):
    """The three answers of the hub that reading a file needs."""

    files: dict[str, bytes]
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        self.asked.append(f"{self.command} {self.path}")
        api, resolve = "/api/datasets/someone/sums", "/datasets/someone/sums/resolve/"
        if self.path.startswith(api):
            siblings = [{"rfilename": name} for name in self.files]
            info = {"id": "someone/sums", "sha": COMMIT, "siblings": siblings}
            self._send(200, json.dumps(info).encode(), body)
        elif self.path.startswith(resolve):
            name = self.path.removeprefix(resolve).partition("/")[2]
            self._send(200, self.files[name], body)
        else:
            self._send(404, b"{}", body)

    def _send(self, status: int, content: bytes, body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    """(address, handler) of a server with one file and a list of what it was asked."""

    class Handler(Hub):
        """One server's own."""

    Handler.files = {"README.md": b"# sums\n", "data/test.jsonl": JSONL}
    Handler.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", Handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_file_is_downloaded_once_at_the_pinned_commit(
    tmp_path: Path, hub: tuple[str, type[Hub]]
) -> None:
    address, handler = hub
    path = benchmark(tmp_path)
    assert load(path, tmp_path / "home", HF_ENDPOINT=address) == expected()
    assert any(f"resolve/{COMMIT}/data/test.jsonl" in each for each in handler.asked)
    assert not any("README" in each for each in handler.asked)
    handler.asked.clear()
    assert load(path, tmp_path / "home", HF_ENDPOINT=address) == expected()
    assert handler.asked == []


def test_without_a_pin_main_is_resolved_and_the_commit_is_told(
    tmp_path: Path, hub: tuple[str, type[Hub]]
) -> None:
    address, _ = hub
    path = benchmark(tmp_path, files=("data/*.json*",), revision=None)
    assert load(path, tmp_path / "home", HF_ENDPOINT=address) == expected()
    assert load(path, tmp_path / "home", offline=True) == expected()
    assert load(path, tmp_path / "home") == expected()  # nobody answers: the cache does


def test_a_repository_without_the_file_tells_what_it_holds(
    tmp_path: Path, hub: tuple[str, type[Hub]]
) -> None:
    path = benchmark(tmp_path, files=("*.parquet",))
    error = load(path, tmp_path / "home", HF_ENDPOINT=hub[0])["error"]
    assert error.startswith("MissingData: sums test: hub:someone/sums@0123456789abcdef")
    assert "it holds README.md, data/test.jsonl, and no *.parquet" in error


def test_a_server_without_the_repository_is_told(
    tmp_path: Path, hub: tuple[str, type[Hub]]
) -> None:
    path = benchmark(tmp_path)
    path.write_text(path.read_text().replace("someone/sums", "someone/else"))
    error = load(path, tmp_path / "home", HF_ENDPOINT=hub[0])["error"]
    assert error.startswith("MissingData: sums test: hub:someone/else@")
    assert "404" in error
    assert "sums.jsonl by --data DIR or MMEVAL_DATA" in error
    assert "\n" not in error


@pytest.mark.parametrize("how", ["offline", "HF_HUB_OFFLINE", "no server"])
def test_the_cache_is_enough(tmp_path: Path, how: str) -> None:
    home = tmp_path / "home"
    cached(home, "data/test.jsonl", JSONL)
    environment = {"HF_HUB_OFFLINE": "1"} if how == "HF_HUB_OFFLINE" else {}
    assert load(benchmark(tmp_path), home, offline=how == "offline", **environment) == expected()


@pytest.mark.parametrize("how", ["offline", "HF_HUB_OFFLINE"])
def test_offline_main_is_what_the_cache_says_it_was(tmp_path: Path, how: str) -> None:
    home = tmp_path / "home"
    cached(home, "sums.json", JSONL, ref="main")
    path = benchmark(tmp_path, files=("*.json*",), revision=None)
    environment = {"HF_HUB_OFFLINE": "1"} if how == "HF_HUB_OFFLINE" else {}
    assert load(path, home, offline=how == "offline", **environment) == expected()


@pytest.mark.parametrize("how", ["offline", "HF_HUB_OFFLINE", "no server"])
def test_an_empty_cache_tells_both_ways_to_get_the_rows(tmp_path: Path, how: str) -> None:
    environment = {"HF_HUB_OFFLINE": "1"} if how == "HF_HUB_OFFLINE" else {}
    found = load(benchmark(tmp_path), tmp_path / "home", offline=how == "offline", **environment)
    error = found["error"]
    assert error.startswith(f"MissingData: sums test: hub:someone/sums@{COMMIT} was not found")
    assert "sums.jsonl by --data DIR or MMEVAL_DATA" in error
    assert "read from the Hugging Face hub" in error
    assert "\n" not in error


def test_a_cache_with_half_of_the_files_is_not_enough(tmp_path: Path) -> None:
    home = tmp_path / "home"
    cached(home, "a.jsonl", JSONL)
    path = benchmark(tmp_path, files=("a.jsonl", "b.jsonl"))
    assert "its cache holds no b.jsonl" in load(path, home, offline=True)["error"]
