"""Run folders that were killed, cut, edited or left on a full disk; `perf/trials.py` runs these."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mmeval.run_folder import RunDir
from tests.builders.child_processes import child, ended, killed, took
from tests.builders.damaged_folders import DAMAGES, Folders, all_edits, halves_in, said, to_rows
from tests.builders.trial_counts import Bounds, Trial
from tests.builders.verb_calls import called
from tests.builders.whole_folders import replay_words, write_responses


def edits(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Every edit, by every verb: each answers, or says in one line what is wrong."""
    folders = Folders(scratch)
    trial = Trial("each key of each file edited, cuts and flipped bits, by every verb", bounds)
    listed = all_edits(folders.whole, bounds.seed)
    for file, edit in trial.some(listed):
        for verb, words in folders.verbs.items():
            folders.edited(file, edit)
            done = called(*words)
            trial.add(done.fault and f"{verb} of {file}, {edit.name}: {done.fault}")
    yield trial
    trial.name += f" ({trial.taken:,} of {len(listed):,} edits)"


def rows(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """Damaged answers: each reader tells it, and the resumed run has every answer again."""
    folders = Folders(scratch)
    file = RunDir(folders.run).generations_file
    lines = (folders.whole / file.name).read_bytes().splitlines(keepends=True)
    whole = sorted(to_rows(RunDir(folders.whole)))
    rng = random.Random(bounds.seed)
    told = Trial("damaged generations.jsonl, told by every verb that reads it", bounds)
    mended = Trial("the same, resumed: every row as it was", bounds)
    tellers = {k: v for k, v in folders.verbs.items() if k != "resume"}
    for name in told.some([name for _ in range(13) for name in DAMAGES]):
        content = DAMAGES[name](lines, rng)
        if content == b"".join(lines):
            continue
        for verb, words in tellers.items():
            folders.fresh()
            file.write_bytes(content)
            done = called(*words)
            silent = "not told" if done.status == 0 else ""
            told.add((done.fault or silent) and f"{verb}, {name}: {done.fault or silent}")
        folders.fresh()
        file.write_bytes(content)
        done = called(*folders.verbs["resume"])
        wrong = done.fault or ("" if done.status == 0 else done.err)
        if not wrong and sorted(to_rows(RunDir(folders.run))) != whole:
            wrong = "other rows than before"
        if not wrong and called(*tellers["compare"]).status != 0:
            wrong = "not whole after it was resumed"
        mended.add(wrong and f"{name}: {wrong}")
    yield told
    yield mended
    yield _missing_files(folders, bounds)


def _missing_files(folders: Folders, bounds: Bounds) -> Trial:
    trial = Trial("each file of a folder deleted: one line, or resumed as it was", bounds)
    for path in sorted(folders.whole.rglob("*")):
        if path.is_dir():
            continue
        for verb, words in folders.verbs.items():
            folders.fresh()
            (folders.run / path.relative_to(folders.whole)).unlink()
            done = called(*words)
            wrong = done.fault
            if verb == "resume" and path.name != "manifest.json" and done.status != 0:
                wrong = f"a dead end: {done.err}"
            trial.add(wrong and f"{verb} without {path.name}: {wrong}")
    return trial


def kills(scratch: Path, bounds: Bounds, limit: int = 150, samples: int = 2) -> Iterator[Trial]:
    """SIGKILL at random moments of `run`, `judge`, `run --merge` and `report`; each is given
    again, and what it comes to is compared row for row with a run that nobody disturbed."""
    rng = random.Random(bounds.seed)
    responses = write_responses(scratch / "responses.jsonl", limit, samples)
    whole = scratch / "whole"
    long = took(replay_words(responses, whole, limit))
    wanted = said(RunDir(whole))
    trial = Trial("SIGKILL of run, given again: rows lost, doubled or changed", bounds)
    halves = Trial("half files that stay after it", bounds)
    out = scratch / "killed"
    while trial.more(0.6):
        shutil.rmtree(out, ignore_errors=True)
        words = replay_words(responses, out, limit)
        count = sum(killed(words, rng.uniform(0, long)) for _ in range(rng.randint(1, 3)))
        status = ended(child(words))
        wrong = f"status {status}" if status else "" if said(RunDir(out)) == wanted else "differs"
        trial.add(wrong, count)
        if halves_in(out):
            halves.add(f"{halves_in(out)}")
    yield trial
    others = Trial("SIGKILL of judge, merge and report, given again: differences", bounds)
    shards = scratch / "shards"
    for part in ("1/2", "2/2"):
        took([*replay_words(responses, shards, limit), "--shard", part])
    verdicts, site = scratch / "verdicts.jsonl", scratch / "site"
    fields = ["--text", "said", "--gold", "question", "--checker", "mmeval/1"]
    tasks: dict[str, tuple[list[str], Callable[[], Any]]] = {
        "judge": (["judge", str(whole)], lambda: said(RunDir(whole))),
        "judge --out": (
            ["judge", str(responses), *fields, "--out", str(verdicts)],
            verdicts.read_text,
        ),
        "merge": (["run", "--merge", str(shards)], lambda: said(RunDir(shards))),
        "report": (
            ["report", str(whole), "--out", str(site)],
            lambda: sorted(
                (str(path.relative_to(site)), path.stat().st_size)
                for path in site.rglob("*")
                if path.is_file() and path.name != "lock"
            ),
        ),
    }
    for name, (words, result) in tasks.items():
        seconds = took(words)
        before = result()
        until = others.tried + trial.tried // 8 + 1
        while others.tried < until and others.in_time():
            count = int(killed(words, rng.uniform(0, seconds)))
            status = ended(child(words))
            wrong = f"status {status}" if status else "" if result() == before else "differs"
            others.add(wrong and f"{name}: {wrong}", count)
            if not count:
                until -= 0.2  # it was done before it could be killed
    for folder in (whole, shards, site, scratch):
        if found := halves_in(folder, deep=folder != scratch):
            halves.add(f"{folder.name}: {found}")
    yield others
    halves.tried = trial.tried + others.tried
    yield halves


def disks(scratch: Path, bounds: Bounds) -> Iterator[Trial]:
    """A disk that takes no file larger than so many bytes; then again with room."""
    rng = random.Random(bounds.seed)
    responses = write_responses(scratch / "responses.jsonl", 100)
    whole = scratch / "whole"
    took(replay_words(responses, whole, 100))
    wanted = said(RunDir(whole))
    largest = max(path.stat().st_size for path in whole.rglob("*") if path.is_file())
    trial = Trial("full disks (RLIMIT_FSIZE), then with room: tracebacks and lost rows", bounds)
    out = scratch / "full"
    for _ in trial.some(range(50)):
        shutil.rmtree(out, ignore_errors=True)
        words = replay_words(responses, out, 100)
        statuses = [ended(child(words, rng.randint(0, largest))) for _ in range(2)]
        last = ended(child(words))
        wrong = "a traceback" if 99 in statuses else f"status {last}" if last else ""
        if not wrong and said(RunDir(out)) != wanted:
            wrong = "differs"
        trial.add(wrong)
    yield trial
