"""The process of `mathverify`: reads {"text", "gold"} as JSON lines, answers each by
{"outcome", "extracted", "note"}. It ends when its input does.

Its main thread does the work, because Math-Verify's limits are SIGALRM.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

MEMORY_BYTES = 4 << 30
SHOWN = 400
"""Characters of an answer that are passed on."""


class _Timeouts(logging.Handler):
    """Whether Math-Verify gave up: it only logs that, and answers False."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = False

    def emit(self, record: logging.LogRecord) -> None:
        self.seen = self.seen or "Timeout during" in str(record.msg)


def main() -> None:
    """Answers requests until the input ends."""
    _limit_memory()
    from math_verify import parse, verify

    answers, sys.stdout = (
        sys.stdout,
        sys.stderr,
    )  # what libraries print must not mix with the answers
    timeouts = _Timeouts()
    logging.getLogger("math_verify").addHandler(timeouts)

    def answer(text: str, gold: str) -> dict[str, Any]:
        wanted = parse(f"${gold}$") or parse(gold)
        if not wanted:
            return {"outcome": "failed", "note": "Math-Verify does not read the gold"}
        parsed = parse(text)
        extracted = parsed[-1][:SHOWN] if parsed and isinstance(parsed[-1], str) else None
        equal = bool(parsed) and bool(verify(wanted, parsed))
        if not equal and timeouts.seen:
            return {"outcome": "undecided", "extracted": extracted, "note": "time: its own limit"}
        if not parsed:
            return {"outcome": "no_answer"}
        return {"outcome": "right" if equal else "wrong", "extracted": extracted}

    def say(row: dict[str, Any]) -> None:
        answers.write(json.dumps(row) + "\n")
        answers.flush()

    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        timeouts.seen = False
        try:
            reply = answer(request["text"], request["gold"])
        except MemoryError:
            reply = {"outcome": "undecided", "note": "memory"}
        except Exception as error:  # noqa: BLE001 - any error belongs to this row and is reported
            reply = {"outcome": "failed", "note": f"Math-Verify raised {type(error).__name__}"}
        say(reply)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no rlimits; the time limit still holds
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main()
