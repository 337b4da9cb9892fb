"""The worker process of `pool`: reads pairs as JSON lines, writes results as JSON lines.

Started as `python -m mmeval.answers.comparison.worker MEMORY_BYTES`. It ends when its input does,
so it cannot outlive the process that started it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.match import Result
from mmeval.answers.comparison.policies import Policies


def main(memory_bytes: int) -> None:
    """Answers requests until the input ends."""
    _limit_memory(memory_bytes)
    import sympy

    sympy.simplify(sympy.Symbol("x", positive=True) - 1)  # the slow first call, not an answer's
    _say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        _say(asdict(_answer(request["a"], request["b"], Policies(**request["policies"]))))


def _answer(a: str, b: str, policies: Policies) -> Result:
    from mmeval.answers.comparison.sympy_proof import prove

    try:
        return compare(a, b, policies, prove)
    except MemoryError:
        return Result(outcome="undecided", rule="sympy", reason="size")
    except Exception as error:  # noqa: BLE001 - any error of sympy is this pair's, not ours
        kind = type(error).__name__
        return Result(outcome="undecided", rule=f"sympy, {kind}", reason="unproved")


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no rlimits; the time limit still holds
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _say(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
