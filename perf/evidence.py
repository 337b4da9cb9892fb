"""Time and memory of loading and weighing 100 runs of 5,000 verdicts.

    .venv/bin/python perf/evidence.py

The runs are made: answers of real length, one checker. Each line is a process of its own:
the frame of all verdicts with its accuracies, the leaderboard, one comparison, one gate.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from mmeval import jsonl
from mmeval.judging.summary import CheckerTally, Health, summarise
from mmeval.records import Generation, Problem, Verdict, to_row
from mmeval.run_folder import RunDir, problems_sha256

RUNS, PROBLEMS, CHECKER = 100, 5_000, "made/1"
CHILD = """
import resource, sys, time
from pathlib import Path
begin, folder = time.perf_counter(), Path(sys.argv[1])
{code}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
wall, cpu = time.perf_counter() - begin, time.process_time()
print(f"{{wall:6.2f}} s, {{cpu:5.2f}} s of CPU  {{peak:6.0f}} MB  {name}")
"""
WORK = {
    "frame of 100 x 5,000 verdicts, accuracy of each": """
from mmeval.results import frames
from mmeval.results.judged import load_all_judged
frame = frames.verdicts(load_all_judged(folder))
assert len(frame.groupby("model").right.mean()) == 100
""",
    "leaderboard of 100 runs": """
from mmeval.results.judged import load_all_judged
from mmeval.results.leaderboard import make_leaderboard
assert len(make_leaderboard(load_all_judged(folder)).entries) == 100
""",
    "compare two runs": """
from mmeval.results.compare import compare
compare(folder / "000", folder / "001")
""",
    "gate two runs": """
from mmeval.results.gate import Allowance, gate
gate(folder / "000", folder / "001", Allowance(max_drop=0.01))
""",
}


def main() -> None:
    """Prints seconds, peak memory and what was done."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder))
        for name, code in WORK.items():
            script = CHILD.format(code=code, name=name)
            subprocess.run([sys.executable, "-c", script, folder], check=True)


def make_runs(folder: Path) -> None:
    """Runs of one benchmark, each with its own model."""
    rng = random.Random(0)
    problems = [
        Problem(id=f"made/{i:016x}", question=f"What is {i} + {i}?" * 8, gold=str(2 * i))
        for i in range(PROBLEMS)
    ]
    digest = problems_sha256(problems)
    for number in range(RUNS):
        run, tally, health, rows = RunDir(folder / f"{number:03}"), CheckerTally(), Health(), []
        for problem in problems:
            right = rng.random() < 0.5 + number / 300
            verdict = Verdict(
                problem_id=problem.id,
                outcome="right" if right else "wrong",
                extracted=problem.gold if right else "-1",
                span=(400, 402),
                extract_rule="first number after the last marker",
                compare_rule="rounded to an integer",
                checker=CHECKER,
            )
            generation = Generation(problem_id=problem.id, text="", finish="stop")
            health.add(generation)
            tally.add(verdict, "")
            rows.append(to_row(verdict))
        jsonl.write_rows(run.verdicts_file(CHECKER), rows)
        jsonl.write_rows(run.problems_file, map(to_row, problems))
        run.write_manifest(manifest(f"model-{number}", digest))
        run.write_summary(summarise(run.manifest(), health, {CHECKER: tally}))


def manifest(model: str, digest: str) -> dict[str, object]:
    """As much of a manifest as the readers need."""
    return {
        "schema": 1,
        "status": "finished",
        "created": "2026-01-01T00:00:00+00:00",
        "samples": 1,
        "sessions": [],
        "versions": {},
        "identity": {"benchmark": "made", "split": "test", "problems_sha256": digest},
        "model": {"label": model, "name": model},
        "engine": {"name": "made"},
        "sampling": {"temperature": 0, "max_tokens": 512},
        "data": {
            "problems": PROBLEMS,
            "total": PROBLEMS,
            "partial": False,
            "as_published": None,
            "asked_sha256": digest,
        },
    }


if __name__ == "__main__":
    main()
