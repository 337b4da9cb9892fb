"""Math-Verify, an optional package, as a column of an audit.

It runs in a process of its own, which is killed when it overruns: its limits are SIGALRM,
which works in a main thread only and cannot end what runs inside C (a tower of powers).
The answer is given whole, as its authors mean it, without a thought before it, and the gold as
a formula.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib import metadata
from types import TracebackType
from typing import Any, Self

from mmeval.answers.line_process import LineProcess
from mmeval.answers.thoughts import told
from mmeval.errors import MissingPackage
from mmeval.judging.audit import Pairs
from mmeval.judging.judge import UNFINISHED
from mmeval.records import Verdict

SECONDS = 20.0
"""Wall time for one row: its own limits are 5 s for each of three steps."""
START_SECONDS = 120.0
"""Wall time until it is imported."""


def version() -> str:
    """The installed version. Raises MissingPackage when there is none."""
    if importlib.util.find_spec("math_verify") is None:
        raise MissingPackage(
            "--math-verify needs the package 'math-verify', which is not installed; "
            "pip install 'mmeval[math-verify]'"
        )
    try:
        return metadata.version("math-verify")
    except metadata.PackageNotFoundError:
        return "unknown"


class MathVerify:
    """The column; its process is started with the first row and replaced when it dies."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.name = f"math-verify/{version()}"
        self._seconds = seconds
        self._process: LineProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def verdicts(self, pairs: Pairs) -> Iterator[Verdict]:
        """Its verdicts; `undecided` where its limit or ours was reached.

        Raises MissingPackage when its process cannot be started.
        """
        for each, gold in pairs:
            generation = told(each, False)
            if generation.finish == "error":
                reply: dict[str, Any] = {"outcome": "failed", "note": generation.error}
            elif generation.unfinished:
                reply = {"outcome": "no_answer", "note": UNFINISHED}
            else:
                reply = self._ask(generation.answer, gold)
            yield Verdict(
                problem_id=generation.problem_id,
                sample=generation.sample,
                outcome=reply["outcome"],
                extracted=reply.get("extracted"),
                checker=self.name,
                truncated=generation.finish == "length",
                stop_cut=generation.stop_string is not None,
                note=reply.get("note"),
            )

    def _ask(self, text: str, gold: str) -> dict[str, Any]:
        if self._process is None:
            self._process = LineProcess("mmeval.judging.mathverify_worker")
            if self._process.receive(START_SECONDS) is None:
                self.close()
                raise MissingPackage(
                    f"{self.name} is installed and cannot be started; see what "
                    f"`{sys.executable} -m mmeval.judging.mathverify_worker` prints"
                )
        process = self._process
        if process.send({"text": text, "gold": gold}):
            answer = process.receive(self._seconds)
            if answer is not None:
                return answer
        self.close()
        if process.died:
            return {"outcome": "failed", "note": "the process of Math-Verify died"}
        return {"outcome": "undecided", "note": f"time: killed after {self._seconds:g} s"}
