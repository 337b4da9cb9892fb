"""Processor time of every step on one pair of texts, without a fuzzer's instrumentation.

    echo '{"a": "1,-2", "b": "(x+y)^{300}"}' | python perf/retimed.py

`perf/fuzz_checker.py` asks it about what looked slow: counting branches makes a tight loop
up to twelve times as slow.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from mmeval import catalog
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.policies import PRESETS


def slowest(a: str, b: str) -> float:
    """Seconds of the slowest step: comparing under each preset and reading by each checker,
    either way round, when all is imported."""
    steps: list[Callable[[], object]] = []
    for one, other in ((a, b), (b, a)):
        for policies in PRESETS.values():
            steps.append(lambda x=one, y=other, p=policies: compare(x, y, p))
        for name in catalog.names("checkers"):
            checker = catalog.load("checkers", name)
            steps.append(lambda x=one, c=checker: c.extract(x))
    compare(r"\sin 1", r"\cos 2")
    taken = []
    for step in steps:
        begin = time.process_time()
        step()
        taken.append(time.process_time() - begin)
    return max(taken)


if __name__ == "__main__":
    row = json.load(sys.stdin)
    print(slowest(row["a"], row["b"]))
