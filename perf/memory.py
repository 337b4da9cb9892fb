"""Peak memory of going through a run, against the length of what is written in it.

    .venv/bin/python perf/memory.py

10,000 made answers to the embedded word problems, short ones and then a hundred times
longer ones, are replayed into a run folder. A new process then does what a resumed run
and `mmeval judge` do with the rows: find out which are there, and judge them all. The
rows are the same in number, so whatever grows is text that was held.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 10_000
LENGTHS = (100, 10_000)

MAKE = """
import sys
from mmeval import RunConfig, run
responses, out, rows = sys.argv[1:]
run(RunConfig(model="made", benchmark=("wordproblems",), engine="replay", text="text",
              responses=responses, by_order=True, limit=int(rows), out=out))
"""
READ = """
import resource, sys
from mmeval import judge_run, load_run
run = load_run(sys.argv[1])
assert run.done().count == int(sys.argv[2])
judge_run(run)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Prints the peak for each length."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for characters in LENGTHS:
        with tempfile.TemporaryDirectory() as folder:
            responses = Path(folder) / "responses.jsonl"
            with responses.open("w", encoding="utf-8") as file:
                for i in range(ROWS):
                    text = "x" * characters + f"\nThe answer is: {i}"
                    file.write(json.dumps({"text": text}) + "\n")
            out = str(Path(folder) / "run")
            rows = str(ROWS)
            subprocess.run([sys.executable, "-c", MAKE, responses, out, rows], check=True)
            read = subprocess.run(
                [sys.executable, "-c", READ, out, rows], check=True, capture_output=True
            )
            again = float(read.stdout)
            written = (Path(out) / "generations.jsonl").stat().st_size / 2**20
            print(f"{written:6.1f} MiB written in {ROWS:,} rows: peak {again:.1f} MiB")


if __name__ == "__main__":
    main()
