"""Size, time and memory of a report of 10 runs of 5,000 problems, and how fast it opens.

    .venv/bin/python perf/report.py [RUNS] [PROBLEMS]

The runs are made: questions and answers of words drawn from a list, as long as real ones,
two checkers. Opening is timed in a Chromium (on PATH, or MMEVAL_CHROMIUM): from going to
the page until the leaderboard is drawn, until a run's list is, until a search has read
every answer of the run; medians of five, each in a fresh window.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.judging.summary import CheckerTally, Health, summarise
from mmeval.records import Generation, Problem, Verdict, to_row
from mmeval.results.site.make import Made, Wishes, make_site
from mmeval.run_folder import RunDir, problems_sha256

CHECKERS = ("made/1", "made/2")
ANSWER_WORDS, QUESTION_WORDS, VOCABULARY = 220, 45, 3_000
TURNS = 5


def main() -> None:
    """Prints one figure a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=int, nargs="?", default=10)
    parser.add_argument("problems", type=int, nargs="?", default=5000)
    given = parser.parse_args()
    runs, problems = given.runs, given.problems
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder) / "runs", runs, problems)
        begin, cpu = time.perf_counter(), time.process_time()
        made = make_site([Path(folder) / "runs"], Path(folder) / "site", Wishes())
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"build                    {wall:.1f} s, {cpu:.1f} s of CPU, peak {peak:.0f} MB")
        sizes(Path(folder), made)
        opening(Path(folder) / "site")


def sizes(folder: Path, made: Made) -> None:
    """What lies on the disk."""
    total = {name: disk(folder / name) for name in ("runs", "site")}
    shards = [each.stat().st_size for each in (folder / "site" / "data").rglob("*.js")]
    print(f"index.html               {made.index_bytes / 1e6:.3f} MB")
    print(f"largest data file        {max(shards) / 1e6:.2f} MB of {len(shards)}")
    share = total["site"] / total["runs"]
    both = f"{total['site'] / 1e6:.1f} / {total['runs'] / 1e6:.1f} MB"
    print(f"site / run folders       {both} = {share:.2f}")


def disk(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def opening(site: Path) -> None:
    """Seconds until things are there, where a Chromium is."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = environ.get("MMEVAL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        print("opening                  not timed: no Chromium")
        return
    run = next(site.glob("run-*.html")).name
    with chromium(program) as browser:
        for what, name, wait in (
            ("leaderboard drawn", "index.html", leaderboard),
            ("list of a run drawn", run, listed),
            ("search of a run done", run, searched),
        ):
            seconds = [timed(browser, f"file://{site}/{name}", wait) for _ in range(TURNS)]
            low, high = min(seconds), max(seconds)
            print(f"{what:<24} {statistics.median(seconds):.2f} s ({low:.2f}-{high:.2f})")


@contextmanager
def chromium(program: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def timed(browser: Any, address: str, wait: Callable[[Any], float]) -> float:
    """Seconds in a window of its own; what `wait` says was not of the page is taken off."""
    context = browser.new_context()
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(address)
    apart = wait(page)
    seconds = time.perf_counter() - begin - apart
    context.close()
    return seconds


def leaderboard(page: Any) -> float:
    page.wait_for_selector("table.board td a", state="visible")
    return drawn(page)


def listed(page: Any) -> float:
    page.wait_for_selector(".items a", state="visible")
    return drawn(page)


def drawn(page: Any) -> float:
    """The next frame is on the screen."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    return 0.0


def searched(page: Any) -> float:
    """From the key to the result; opening the page is not counted. A word in no answer, so
    that all are read."""
    begin = time.perf_counter()
    listed(page)
    box = page.get_by_role("searchbox")
    box.fill("no answer has this")
    apart = time.perf_counter() - begin
    box.press("Enter")
    page.wait_for_selector("progress", state="hidden")
    page.get_by_text("0 of ").first.wait_for()
    return apart


def make_runs(folder: Path, runs: int, problems: int) -> None:
    """Runs of one benchmark, each with its own model."""
    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(VOCABULARY)]
    asked = [
        Problem(
            id=f"made/{i:016x}",
            question=" ".join(rng.choices(words, k=QUESTION_WORDS)),
            gold=str(rng.randint(0, 10_000)),
            meta={
                "subject": f"Subject {i % 7}",
                "level": i % 5 + 1,
                "solution": " ".join(rng.choices(words, k=100)),
            },
        )
        for i in range(problems)
    ]
    for number in range(runs):
        make_run(RunDir(folder / f"{number:02}"), asked, words, random.Random(number))


def make_run(run: RunDir, asked: list[Problem], words: list[str], rng: random.Random) -> None:
    """One run: about 1,500 characters an answer, 60 % of them right."""
    health, tallies = Health(), {name: CheckerTally() for name in CHECKERS}
    said: list[Any] = []
    verdicts: dict[str, list[Any]] = {name: [] for name in CHECKERS}
    for problem in asked:
        right = rng.random() < 0.6
        found = problem.gold if right else "-1"
        said_before = " ".join(rng.choices(words, k=ANSWER_WORDS))
        text = f"{said_before} $\\frac{{1}}{{2}}$ The answer is: {found}"
        generation = Generation(problem_id=problem.id, text=text, finish="stop", tokens=400)
        health.add(generation)
        said.append(to_row(generation))
        for name in CHECKERS:
            verdict = Verdict(
                problem_id=problem.id,
                outcome="right" if right else "wrong",
                extracted=found,
                span=(len(text) - len(found), len(text)),
                extract_rule="first number after the last marker",
                compare_rule="rounded to an integer",
                checker=name,
            )
            tallies[name].add(verdict, text)
            verdicts[name].append(to_row(verdict))
    jsonl.write_rows(run.problems_file, map(to_row, asked))
    jsonl.write_rows(run.generations_file, said)
    for name in CHECKERS:
        jsonl.write_rows(run.verdicts_file(name), verdicts[name])
    run.write_manifest(manifest(run.path.name, asked))
    run.write_summary(summarise(run.manifest(), health, tallies))


def manifest(name: str, asked: list[Problem]) -> dict[str, Any]:
    """As much of a manifest as the readers need."""
    digest = problems_sha256(asked)
    return {
        "schema": 1,
        "status": "finished",
        "created": "2026-01-01T00:00:00+00:00",
        "samples": 1,
        "sessions": [],
        "versions": {},
        "identity": {"benchmark": "made", "split": "test", "problems_sha256": digest},
        "model": {"label": f"model-{name}", "name": f"model-{name}"},
        "engine": {"name": "made"},
        "sampling": {"temperature": 0, "max_tokens": 512},
        "data": {
            "problems": len(asked),
            "total": len(asked),
            "partial": False,
            "as_published": None,
            "asked_sha256": digest,
        },
    }


if __name__ == "__main__":
    main()
