"""The folder of a report: written file by file, and nobody else's file is ever touched.

`mmeval-report.json` in it says that the folder is a report, and lists every file that
mmeval wrote with its hash. A folder without it is written to only when it is empty. When
a report is made again, a file of ours that is no longer needed is removed if it still is
what was written; a file that is not in the list stays, and is never written over.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmeval.errors import ConfigError, RunFailed
from mmeval.jsonl import write_text

MARKER = "mmeval-report.json"
OURS = re.compile(
    r"(index|compare|run-[a-z0-9.-]+)\.html|(assets|data|data/run-[a-z0-9.-]+)/[\w.-]+"
)
"""Every name that a report may have, below its folder."""


@dataclass(slots=True)
class ReportFolder:
    """A folder that a report is being written to."""

    path: Path
    before: Mapping[str, str]
    """Name -> SHA-256 of the files that an earlier report wrote here."""
    torn: bool
    """Whether that earlier one was stopped half way: its list then lacks files."""
    written: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

    def write(self, name: str, text: str) -> None:
        """Writes a file atomically. Raises ConfigError where a file of somebody else's is
        in its place, RunFailed when the disk refuses."""
        assert OURS.fullmatch(name), name
        file = self.path / name
        if name not in self.before and not self.torn and file.exists():
            raise ConfigError(
                f"{file} is in the way and is none of the report's files; move it, or choose "
                "another --out"
            )
        content = text.encode()
        try:
            write_text(file, text)
        except OSError as error:
            raise RunFailed(f"{file} cannot be written: {error.strerror or error}") from None
        self.written[name] = hashlib.sha256(content).hexdigest()
        self.bytes += len(content)

    def finish(self) -> None:
        """Removes what an earlier report wrote and this one did not, and lists what is there."""
        for name in self.before.keys() - self.written.keys():
            file = self.path / name
            if OURS.fullmatch(name) and self._untouched(file, self.before[name]):
                file.unlink()
                if file.parent != self.path and not any(file.parent.iterdir()):
                    file.parent.rmdir()
        _write_marker(self.path, "finished", self.written)

    def _untouched(self, file: Path, digest: str) -> bool:
        """Whether a file still is what an earlier report wrote."""
        within = file.parent.resolve().is_relative_to(self.path.resolve())
        ours = within and file.is_file() and not file.is_symlink()
        return ours and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def claim(path: Path) -> ReportFolder:
    """A folder to write a report to: a new one, an empty one, or one that is a report.

    Raises ConfigError for anything else that is there, and RunFailed when it cannot be made.
    """
    marker = path / MARKER
    if path.exists() and not path.is_dir():
        raise ConfigError(f"{path} is a file; --out needs a folder")
    before: Mapping[str, str] = {}
    torn = False
    if marker.is_file():
        before, torn = _read_marker(marker)
    elif path.is_dir() and any(path.iterdir()):
        raise ConfigError(
            f"{path} exists and is no report of mmeval's (it has no {MARKER}); choose another --out"
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        # First, so that a report that is stopped half way can be made again in the same place.
        _write_marker(path, "writing", before)
    except OSError as error:
        raise RunFailed(f"{path} cannot be written: {error.strerror or error}") from None
    return ReportFolder(path=path, before=before, torn=torn)


def _read_marker(marker: Path) -> tuple[Mapping[str, str], bool]:
    try:
        row = json.loads(marker.read_text(encoding="utf-8"))
        files, status = row["files"], row["status"]
        listed = all(isinstance(each, str) for pair in files.items() for each in pair)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        listed = False
    if not listed:
        raise ConfigError(
            f"{marker} was edited, so what in its folder is mmeval's cannot be told; choose "
            "another --out"
        )
    return files, status != "finished"


def _write_marker(path: Path, status: str, files: Mapping[str, str]) -> None:
    row = {"schema": 1, "status": status, "files": dict(sorted(files.items()))}
    write_text(path / MARKER, json.dumps(row, indent=1) + "\n")
