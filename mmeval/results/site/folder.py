"""The folder of a report: written file by file, and no other file is ever touched.

`mmeval-report.json` in it says that the folder is a report, and lists every file that
mmeval wrote with its hash. A folder without it is written to only when it is empty. When
a report is made again, a file of ours that is no longer needed is removed if it still is
what was written; a file that is not in the list stays, and is never written over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmeval.errors import ConfigError, RunFailed
from mmeval.jsonl import HALF_SURROGATES, require_plain, sweep_all, write_bytes

MARKER = "mmeval-report.json"
OURS = re.compile(
    r"(index|compare|run-[a-z0-9.-]+)\.html|(assets|data|data/run-[a-z0-9.-]+)/[\w.-]+"
)
"""Every name that a report may have, below its folder."""


@dataclass(slots=True)
class ReportFolder:
    """A folder that a report is being written to."""

    path: Path
    listed: dict[str, str]
    """Name -> SHA-256 of all files here that are mmeval's, of an earlier report too. A name
    is in the marker before its file is written, so a report that was stopped half way, even
    by a kill, is distinguished from other files."""
    written: set[str] = field(default_factory=set)
    bytes: int = 0

    def write(self, name: str, text: str) -> None:
        """Writes a file atomically. Raises ConfigError where another file is
        in its place, RunFailed when the disk refuses."""
        assert OURS.fullmatch(name), name
        file = self.path / name
        require_plain(file, self.path)
        if name not in self.listed and file.exists():
            raise ConfigError(
                f"{file} is in the way and is not one of the report's files; move it, or choose "
                "another --out"
            )
        content = text.encode(errors=HALF_SURROGATES)
        new = name not in self.listed
        self.listed[name] = hashlib.sha256(content).hexdigest()
        try:
            if new:
                _write_marker(self.path, self.listed)
            write_bytes(file, content, durable=False, below=self.path)
        except OSError as error:
            raise RunFailed(f"{file} cannot be written: {error.strerror or error}") from None
        self.written.add(name)
        self.bytes += len(content)

    def finish(self) -> None:
        """Removes what an earlier report wrote and this one did not, and lists what is there."""
        for name in self.listed.keys() - self.written:
            file = self.path / name
            if OURS.fullmatch(name) and self._untouched(file, self.listed[name]):
                file.unlink()
                if file.parent != self.path and not any(file.parent.iterdir()):
                    file.parent.rmdir()
        _write_marker(self.path, {name: self.listed[name] for name in self.written})

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
    listed: dict[str, str] = {}
    if marker.is_file():
        listed = _read_marker(marker)
    elif path.is_dir() and any(path.iterdir()):
        raise ConfigError(
            f"{path} exists and is not an mmeval report (it has no {MARKER}); choose another --out"
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        _write_marker(path, listed)
    except OSError as error:
        raise RunFailed(f"{path} cannot be written: {error.strerror or error}") from None
    sweep_all(path)
    return ReportFolder(path=path, listed=listed)


def _read_marker(marker: Path) -> dict[str, str]:
    files: object = None
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        files = json.loads(marker.read_text(encoding="utf-8"))["files"]
    if isinstance(files, dict) and all(isinstance(each, str) for each in files.values()):
        return files
    raise ConfigError(
        f"{marker} was edited, so which files in its folder are mmeval's is unknown; choose "
        "another --out"
    )


def _write_marker(path: Path, files: Mapping[str, str]) -> None:
    row = {"schema": 1, "files": dict(sorted(files.items()))}
    # After a power cut a report is made again: waiting for the disk would take most of the time.
    write_bytes(path / MARKER, (json.dumps(row, indent=1) + "\n").encode(), durable=False)
