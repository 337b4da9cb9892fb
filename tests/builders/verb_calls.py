"""Verbs called a thousand times over in this process, and whether each ended as it should."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from tempfile import TemporaryFile
from unittest.mock import patch

from mmeval import cli


@dataclass(frozen=True)
class Called:
    """How a verb ended."""

    status: int | None
    """None where it ended in a traceback."""
    out: str
    err: str
    raised: str = ""
    """The exception that nobody caught, and the line it comes from; empty for none."""

    @property
    def fault(self) -> str:
        """What is wrong with how it ended; empty where it worked, or said in one line why not."""
        if self.raised:
            return self.raised
        lines = [line for line in self.err.splitlines() if line.startswith("mmeval: ")]
        if self.status and (len(lines) != 1 or not self.err.rstrip("\n").endswith(lines[0])):
            return f"status {self.status} without one line that says why: {self.err[-300:]!r}"
        return ""


def called(*words: object) -> Called:
    """How `mmeval WORDS` ends, in this process."""
    status: int | None = None
    raised = ""
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        with patch.multiple(sys, argv=["mmeval", *map(str, words)], stdout=out, stderr=err):
            try:
                cli.main()
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else 0
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the finding
                raised = f"{type(error).__name__}: {str(error)[:120]} ({_place(error)})"
        for each in (out, err):
            each.seek(0)
        return Called(status, out.read(), err.read(), raised)


def _place(error: BaseException) -> str:
    """The last line of mmeval's own that an exception went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/mmeval/" in each.filename]
    last = (ours or frames)[-1]
    return f"{last.filename.rpartition('/mmeval/')[2]}:{last.lineno}"
