"""JSON lines on disk: reading with file and line in every error, atomic writing, and the
lock of a folder that one process writes to."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeVar

import jsonlines

from mmeval.errors import ConfigError, DataError, MissingData, RunFailed, RunLocked
from mmeval.records import Record, to_row

if TYPE_CHECKING:
    from msgspec import Struct

S = TypeVar("S", bound="Struct")


def read_rows(path: Path, torn_tail: bool = False) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields (line number from 1, object) of a JSONL file; empty lines are skipped.

    `torn_tail`: a last line without its newline is what a killed writer leaves, and is
    dropped. Any other line that is not a JSON object raises DataError.
    """
    if not path.is_file():
        raise MissingData(f"no file at {path}")
    with path.open("rb") as file:
        lines = _Lines(file, torn_tail)
        # Not whichever JSON package is installed: they differ on NaN and on long integers.
        reader = jsonlines.Reader(lines, loads=json.loads)
        try:
            for row in reader.iter(type=dict, skip_empty=True):
                yield lines.number, row
        except (jsonlines.InvalidLineError, RecursionError) as error:
            raise DataError(f"{path}, line {lines.number}: {_reason(error, lines.last)}") from None


def read_structs(path: Path, kind: type[S]) -> list[S]:
    """All rows of a JSONL file as structs: the fields that `kind` names, of its types, and
    nothing else, which is six times as fast as `read_rows`. Errors as there, and DataError
    for a field that is missing or of another type.
    """
    import msgspec

    if not path.is_file():
        raise MissingData(f"no file at {path}")
    decode = msgspec.json.Decoder(kind).decode
    try:
        with path.open("rb") as file:
            return [decode(line) for line in file if not line.isspace()]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Strict JSON lacks what Python writes and reads (NaN, half a surrogate pair), so that
        # `read_rows` says whether such a file is wrong, and where.
        structs = []
        for number, row in read_rows(path):
            try:
                structs.append(msgspec.convert(row, kind))
            except (msgspec.ValidationError, ValueError) as error:  # half a surrogate in an enum
                raise DataError(
                    f"{path}, line {number}: {error}; the file was edited or cut"
                ) from None
        return structs


class _Lines:
    """The lines of a file, counted; a last one without its newline is left out on demand."""

    def __init__(self, file: IO[bytes], torn_tail: bool) -> None:
        self._file = file
        self._torn_tail = torn_tail
        self.number = 0
        self.last = b""

    def __iter__(self) -> Iterator[bytes]:
        for line in self._file:
            self.number += 1
            self.last = line
            if self._torn_tail and not line.endswith(b"\n"):
                return
            yield line


def _reason(error: Exception, line: bytes) -> str:
    if isinstance(error, RecursionError) or isinstance(error.__cause__, ValueError):
        begin = line[:60].decode("utf-8", "replace").rstrip()
        reason = error.__cause__ or error
        return f"not JSON ({reason}), it begins {begin!r}; mend or remove that line"
    return f"expected a JSON object, found {type(json.loads(line)).__name__}"


def dumps(row: Mapping[str, Any]) -> str:
    """One line of JSON, keys in the given order, ready for `write`, newline included."""
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a lone surrogate such as `\\ud83d` has no UTF-8
        line = json.dumps(row)
    return line + "\n"


def write_text(path: Path, text: str) -> None:
    """Replaces a file atomically: readers see the old or the new one, never a half."""
    write_lines(path, [text])


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replaces a JSONL file atomically."""
    write_lines(path, (dumps(row) for row in rows))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Replaces a file atomically with the given texts, joined as they are."""
    with replacing(path) as file:
        file.writelines(lines)


def write_bytes(path: Path, content: bytes, durable: bool = True) -> None:
    """Replaces a file atomically. Not `durable`: without waiting for the disk, for what is
    made again after a power cut."""
    with _replacing(path, "wb", durable) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """An open text file that takes the path's place at the end, unless an error comes first."""
    with _replacing(path, "w", durable=True) as file:
        yield file


@contextmanager
def _replacing(path: Path, mode: Literal["w", "wb"], durable: bool) -> Iterator[IO[Any]]:
    text = {"encoding": "utf-8", "newline": "\n"} if mode == "w" else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, mode, **text) as file:  # type: ignore[call-overload]
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


def field_at(row: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path: `completion`, `output.0`, `choices.0.message.content`.

    A step is a key of an object or a position in a list, negative ones from its end; a
    key that itself holds dots is found first. Raises DataError that lists the fields there are.
    """
    if path in row:
        return row[path]
    value: Any = row
    steps = path.split(".")
    for depth, step in enumerate(steps):
        where = f"in {'.'.join(steps[:depth])!r}" if depth else "in the row"
        if isinstance(value, Mapping):
            if step not in value:
                keys = ", ".join(map(str, value)) or "none"
                raise DataError(f"no field {path!r}: {where} there is no {step!r}; fields: {keys}")
            value = value[step]
        elif isinstance(value, list):
            value = _item(value, step, f"no field {path!r}: {where}")
        else:
            kind = type(value).__name__
            raise DataError(f"no field {path!r}: the value {where} is {kind}, without fields")
    return value


def _item(values: list[Any], step: str, complaint: str) -> Any:
    digits = step.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise DataError(f"{complaint} there is a list of {len(values)}; {step!r} is not a position")
    if not -len(values) <= int(step) < len(values):
        raise DataError(f"{complaint} there is a list of {len(values)}, no position {step}")
    return values[int(step)]


FSYNC_SECONDS = 1.0
"""The most that a power cut can take; a killed process loses nothing that was written."""


class Appender:
    """Appends records to a file, generations to a run's; each flushed to the system at once."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        row: Callable[[Any], Mapping[str, Any]] = to_row,
    ) -> None:
        self._path = path
        self._row = row
        self._clock = clock
        # Unbuffered: a buffer that the disk refused would be tried again on closing.
        self._file = path.open("ab", buffering=0)
        self._synced = clock()
        self._cut_torn_tail()

    def __enter__(self) -> Appender:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _cut_torn_tail(self) -> None:
        """Removes what a killed writer left after the last newline, so that lines stay whole."""
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            end = size
            while end > 0:
                begin = max(0, end - 65536)
                file.seek(begin)
                newline = file.read(end - begin).rfind(b"\n")
                if newline >= 0:
                    end = begin + newline + 1
                    break
                end = begin
        if end < size:
            self._file.truncate(end)

    def append(self, record: Record) -> None:
        """Writes one row. Raises RunFailed when the disk refuses; the file stays whole."""
        line = memoryview(dumps(self._row(record)).encode())
        good = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) :]
            if self._clock() - self._synced > FSYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = self._clock()
        except OSError as error:
            self._file.truncate(good)  # half a row would run into the next one
            raise RunFailed(f"{self._path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Everything is on the disk afterwards."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


@contextmanager
def locked(folder: Path, what: str = "folder") -> Iterator[None]:
    """Keeps other processes from writing to a folder; gone when this process is, killed or not.

    Raises RunLocked while another process has it, and ConfigError for a folder that cannot
    be written to; `what` says what the folder would have been: `run folder`.
    """
    from filelock import FileLock, Timeout

    file = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file, timeout=0)
        lock.acquire()
    except Timeout:
        raise RunLocked(
            f"another process (pid {_owner(file)}) is writing to {folder}; wait for it, or "
            "choose another --out"
        ) from None
    except (OSError, NotImplementedError) as error:  # also a file system without locks
        taken = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file is in its place" if taken else getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{folder} cannot be the {what}: {reason}; choose another --out"
        ) from None
    try:
        with suppress(OSError):  # on Windows not even its holder can write to a locked file
            file.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        lock.release()


def _owner(lock: Path) -> str:
    """The process that holds a lock, where its file can be read."""
    try:
        return lock.read_text(encoding="ascii").strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"
