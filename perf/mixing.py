"""How long reading, checking and mixing 395,000 training rows takes, and its memory.

    .venv/bin/python perf/mixing.py [ROWS]

The rows are made: MetaMathQA's types, counts, fields and lengths (a mean of 214 characters
of query and 498 of response), 15,000 different original questions, 5,000 and 1,319 test
questions to be kept out, by text alone. Prints the seconds of each stage, wall and CPU,
beside the seconds that merely reading the rows takes, because on a busy machine only the
ratio tells.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from mmeval.augmenting.mix import MixSpec, draw, read_pool, write
from mmeval.paper.printed import numbers
from mmeval.records import Problem
from mmeval.training_data.overlap.find import OverlapIndex, OverlapRule
from mmeval.training_data.overlap.guard import Guard
from mmeval.training_data.overlap.report import TestSet
from mmeval.training_data.rows import DataFile, read_file

TYPES = numbers().mixtures["metamathqa"]
WORDS = ["pens", "buys", "more", "of", "them", "each", "day", "until", "count", "no", "further"]
ORIGINALS = 15_000
TESTS = 6_319


def text(rng: random.Random, characters: int) -> str:
    """Words and numbers, about so many characters."""
    made: list[str] = []
    left = max(20, int(rng.gauss(characters, characters / 3)))
    while left > 0:
        made.append(str(rng.randint(2, 99)) if rng.random() < 0.15 else rng.choice(WORDS))
        left -= len(made[-1]) + 1
    return " ".join(made)


def make(path: Path, share: float) -> int:
    """Writes the rows as one JSON list; returns how many."""
    rng = random.Random(0)
    originals = [text(rng, 200) for _ in range(ORIGINALS)]
    kinds = [kind for kind, count in TYPES.items() for _ in range(int(count * share))]
    rng.shuffle(kinds)
    with path.open("w", encoding="utf-8") as file:
        for number, kind in enumerate(kinds):
            answer = rng.randint(1, 5000)
            marker = f"#### {answer}\n" if kind.startswith("GSM_") else ""
            original = rng.choice(originals)
            row = {
                "query": original if kind.endswith("AnsAug") else text(rng, 214),
                "response": f"{text(rng, 470)}\n{marker}The answer is: {answer}",
                "type": kind,
                "original_question": original,
            }
            file.write(("[" if number == 0 else ",\n") + json.dumps(row))
        file.write("]\n")
    return len(kinds)


def main() -> None:
    """Prints one line a stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="?", default=sum(TYPES.values()))
    share = parser.parse_args().rows / sum(TYPES.values())
    rng = random.Random(1)
    problems = [Problem(id=f"t/{i}", question=text(rng, 200), gold="1") for i in range(TESTS)]
    index = OverlapIndex(problems, OverlapRule())
    tests = Guard(tests=[TestSet(name="t", index=index, content_sha256="0")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        count = make(path, share)
        print(f"{count:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
        file = DataFile(name="rows", path=path)
        spec = MixSpec(counts=TYPES, scale=min(share, 1.0), short_ok=True)
        begin, cpu = time.perf_counter(), time.process_time()

        def told(stage: str) -> None:
            wall, used = time.perf_counter() - begin, time.process_time() - cpu
            print(f"{stage:32} {wall:6.1f} s wall {used:6.1f} s CPU")

        sum(1 for _ in read_file(file))
        told("reading alone")
        begin, cpu = time.perf_counter(), time.process_time()
        pool = read_pool([file], spec, tests)
        told("read and checked")
        lines = draw(pool, spec)
        write(Path(folder) / "mixed.json", lines)
        told("read, checked, mixed, written")
        left_out = pool.checked.duplicates + pool.checked.overlapping
        if pool.checked.faults or len(lines) + left_out != count:
            sys.exit(f"something is wrong: {pool.checked}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
