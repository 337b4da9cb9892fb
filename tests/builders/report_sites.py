"""Reports for tests: runs with hostile and with ordinary texts, and a real Chromium."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mmeval
from mmeval import catalog, jsonl
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem
from mmeval.results.site import make
from mmeval.results.site.make import Wishes, make_site
from mmeval.results.site.shards import batches
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig
from tests.builders.made_runs import Made, make_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROBLEMS = 60
PAPER = "metamath-gsm8k/1"
ABLE = "run-able-wordproblems-test.html"
BOTH = "compare.html#a=run-able-wordproblems-test&b=run-weak-wordproblems-test"

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


def replayed(
    folder: Path, model: str, benchmark: str, say: Callable[[int, Problem], str]
) -> RunDir:
    """A run of the first 60 word problems, answered by `say(place, problem)` and judged by
    their own checkers: everything but the model is real."""
    declared = catalog.load("benchmarks", benchmark)
    problems = load_problems(declared, "test", DataOptions(limit=PROBLEMS)).problems
    folder.mkdir(parents=True, exist_ok=True)
    rows = ({"said": say(i, problem)} for i, problem in enumerate(problems))
    jsonl.write_rows(folder / f"{model}.jsonl", rows)
    config = RunConfig(
        model=model,
        benchmark=(benchmark,),
        engine="replay",
        responses=str(folder / f"{model}.jsonl"),
        text="said",
        by_order=True,
        limit=PROBLEMS,
        out=str(folder / model),
    )
    [run] = mmeval.run(config)
    return run


def able(place: int, problem: Problem) -> str:
    """Right in three of four; every fourth answer only one checker can read; and whatever
    it says else is hostile."""
    gold = problem.gold
    nasty = HOSTILE[place % len(HOSTILE)]
    return (
        f"{nasty}\nSo $\\frac{{2 \\cdot {gold}}}{{2}} = {gold}$.\nThe answer is: {gold}",
        f"It is $$\\sqrt{{{gold}^2}}$$ and so \\boxed{{{gold}}}.",
        f"\U0001f986 {nasty} The answer is: {gold}",
        "The answer is: -77",
    )[place % 4]


def weak(place: int, problem: Problem) -> str:
    """Right where `able` is wrong, and in a fifth of the rest."""
    if place % 4 == 3 or place % 5 == 0:
        return f"A <b>plain</b> answer.\nThe answer is: {problem.gold}"
    return "I give up." if place % 2 else "The answer is: -78"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site and the runs it was made of."""

    path: Path
    able: RunDir
    weak: RunDir

    def verdicts(self, checker: str) -> list[str]:
        """The outcomes of `able` in the order of its problems."""
        found = {each.problem_id: each.outcome for each in self.able.verdicts(checker)}
        return [found[problem.id] for problem in self.able.problems()]


def browsed_site(folder: Path) -> Site:
    """Two models forwards, one of them backwards too, in shards of a few problems; and two
    runs with subjects, levels and several answers."""
    one = replayed(folder / "forward", "able", "wordproblems", able)
    two = replayed(folder / "forward", "weak", "wordproblems", weak)
    replayed(folder / "backward", "able", "wordproblems_backward", able)
    meta = {
        i: {
            "subject": ("Algebra", "Geometry")[i % 2],
            "level": i % 5 + 1,
            "style": ("fobar", "self_verification")[i // 10],
        }
        for i in range(20)
    }
    make_run(folder / "parts" / "p", Made(letters="RW" * 10, meta=meta, model="parts"))
    make_run(folder / "several" / "s", Made(letters="RWRUNF", samples=3, model="several"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(make, "batches", lambda rows: batches(rows, most=6_000))
        folders = [folder / name for name in ("forward", "backward", "parts", "several")]
        make_site(folders, folder / "site", Wishes(no_text_of=(folder / "parts",)))
    assert len(list((folder / "site" / "data" / "run-able-wordproblems-test").iterdir())) > 5
    return Site(path=folder / "site", able=one, weak=two)


def go(page: Page, site: Site, name: str) -> None:
    """Opens a page anew, also where only what follows the # is another."""
    page.goto("about:blank")
    page.goto(f"file://{site.path}/{name}")
    if name.startswith(("run-", "compare")):
        page.wait_for_selector(".items a, .status:not(:empty)")


def listed(page: Page) -> int:
    """How many problems the list says it has."""
    found = re.match(r"[\d,]+", page.inner_text(".status"))
    assert found
    return int(found[0].replace(",", ""))
