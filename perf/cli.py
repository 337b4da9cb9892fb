"""How long `mmeval --help` and `mmeval judge` of 1,319 rows take, process start included.

    .venv/bin/python perf/cli.py

The rows are made: 1,319 outputs of the length that MetaMath-7B writes on GSM8K.
Prints medians of 15 calls, and a bare `python -c pass` beside them, since start-up is
most of what is measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1319
REPEATS = 15
FILLER = "She sells the rest for 2 dollars each, so that is 9 * 2 = 18 dollars a day.\n" * 5


def seconds(*command: str) -> tuple[float, float, float]:
    """Median, least and most of some calls."""
    taken = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken), min(taken), max(taken)


def main() -> None:
    """Prints one line per command."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    mmeval = str(Path(sys.executable).with_name("mmeval"))
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        with rows.open("w", encoding="utf-8") as file:
            for i in range(ROWS):
                text = f"{FILLER}#### {i}\nThe answer is: {i}"
                file.write(json.dumps({"text": text, "gold": str(i)}) + "\n")
        judge = [mmeval, "judge", str(rows), "--text", "text", "--gold", "gold", "--json"]
        for name, command in {
            "python -c pass": [sys.executable, "-c", "pass"],
            "mmeval --help": [mmeval, "--help"],
            "mmeval judge, 1 checker": [*judge, "--checker", "metamath-gsm8k/1"],
            "mmeval judge, all checkers": judge,
        }.items():
            median, least, most = seconds(*command)
            print(f"{name:28} {median:6.3f} s  ({least:.3f} - {most:.3f})")


if __name__ == "__main__":
    main()
