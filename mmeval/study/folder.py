"""The folder of a study: which steps are done, by which command, and what they printed.

A step that is done leaves `steps/ID.json` with its command's fingerprint; its output is in
`steps/ID.log`.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.errors import DataError
from mmeval.study.read import Step


@dataclass(frozen=True, slots=True)
class StudyDir:
    """The folder of a study."""

    path: Path

    def record_file(self, step: Step) -> Path:
        """Says that a step is done, and by which command."""
        return self.path / "steps" / f"{step.id.replace('/', '--')}.json"

    def owner_file(self, step: Step) -> Path:
        """Holds the fingerprint of the command that made what lies in the step's place."""
        return self.record_file(step).with_suffix(".owner")

    def owner(self, step: Step) -> str | None:
        """That fingerprint; None if it was not noted."""
        file, record = self.owner_file(step), self.record(step)
        if file.is_file():
            return file.read_text(encoding="utf-8").strip()
        return None if record is None else record.get("fingerprint")

    def set_owner(self, step: Step, fingerprint: str) -> None:
        """Notes that fingerprint."""
        jsonl.write_text(self.owner_file(step), fingerprint + "\n")

    def set_aside(self, step: Step) -> Path:
        """Moves what a step made before out of the study, where no `--runs` finds it."""
        room = Path(f"{self.path}.replaced")
        room.mkdir(parents=True, exist_ok=True)
        name = step.id.replace("/", "--")
        number = next(n for n in range(1, 10**6) if not (room / f"{name}-{n}").exists())
        return Path(step.makes).replace(room / f"{name}-{number}")

    def log_file(self, step: Step) -> Path:
        """What a step printed."""
        return self.record_file(step).with_suffix(".log")

    def record(self, step: Step) -> dict[str, Any] | None:
        """The record of a step that was done; None where it was not."""
        file = self.record_file(step)
        if not file.is_file():
            return None
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{file}: not JSON ({error}); remove it to do the step again") from None
        return record if isinstance(record, dict) else None

    def locked(self) -> AbstractContextManager[None]:
        """Keeps a second process of the same study away; errors as `mmeval.jsonl.locked`."""
        return jsonl.locked(self.path, "folder of the study")


def is_done(folder: StudyDir, step: Step, fingerprint: str) -> bool:
    """Whether the step was done by the same command, and what it made is still there."""
    record = folder.record(step)
    return bool(record and record.get("fingerprint") == fingerprint and Path(step.makes).exists())
