"""Reports for tests: runs with hostile and with ordinary texts, and a real Chromium."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from made_runs import Made, make_run

from mmeval import jsonl
from mmeval.rundir import RunDir

HOSTILE = (
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 2">',
    "</script><script>window.pwned = 3</script>",
    "<svg onload=window.pwned=4><a href=javascript:window.pwned=5>x</a></svg>",
    "$\\href{javascript:window.pwned=6}{x} \\text{<img src=x onerror=window.pwned=7>}$",
    "\\begin{array}{c}<iframe srcdoc='<script>parent.pwned=8</script>'></iframe>\\end{array}",
    '");window.pwned=9;("',
    "`); window.pwned = 10; (`${window.pwned = 11}`",
    "<math><mtext></mtext><style><img src onerror=window.pwned=12></style></math>",
    "{{constructor.constructor('window.pwned=13')()}}",
    "\u202egnp.exe\u2066 \x00\x1b[31m\ufeff \ud83d half",
    "__proto__",
    "constructor",
    "$" * 500 + "\\(" * 500 + "{" * 500 + "\\frac" * 500,
)
"""What a model may write that must stay text."""


def shard(path: Path) -> Any:
    """The value in a shard, and that the file is one call with nothing but data in it."""
    text = path.read_text(encoding="utf-8")
    found = re.fullmatch(r'mmeval\.arrived\("([a-z0-9./-]+)","([A-Za-z0-9+/=]+)"\);\n', text)
    assert found, f"{path} is more than a call"
    return json.loads(gzip.decompress(base64.b64decode(found[2])))


def shards(site: Path, slug: str) -> list[dict[str, Any]]:
    """All rows of a run, in their order."""
    files = sorted((site / "data" / slug).glob("[0-9]*.js"))
    return [row for file in files for row in shard(file)]


def make_texts(path: Path, made: Made, questions: Mapping[int, str]) -> RunDir:
    """A made run of which some questions are otherwise."""
    run = make_run(path, made)
    rows = [row for _, row in jsonl.read_rows(run.problems_file)]
    for number, question in questions.items():
        rows[number]["question"] = question
    jsonl.write_rows(run.problems_file, rows)
    return run


def two_runs(path: Path) -> Path:
    """Two models on one task; the second has several answers to a problem."""
    make_run(path / "one", Made(letters="RRWN", model="one"))
    make_run(path / "two", Made(letters="RWUFRRWW", model="two", samples=2))
    return path


def folder_of(site: Path) -> dict[str, bytes]:
    """The files of a site by their names."""
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }


def edit_json(path: Path, **changes: Any) -> None:
    """Another value for some keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")


def chromium() -> str:
    """The Chromium on this machine; without one the test is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome")
    named = os.environ.get("MMEVAL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if named is None:
        pytest.skip(
            "browser: no Chromium; apt-get install chromium, or MMEVAL_CHROMIUM names its program"
        )
    return named
