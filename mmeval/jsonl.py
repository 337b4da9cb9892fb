"""JSON lines on disk: reading with file and line in every error, atomic writing, and the
lock of a folder that one process writes to."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeVar

import jsonlines

from mmeval.errors import ConfigError, DataError, MissingData, RunFailed, RunLocked
from mmeval.records import Record, to_row

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

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


ALIASED = 100_000
"""By how many values the aliases of a YAML file may lengthen it, when it is written out."""


def read_yaml(file: Path, what: str = "config file") -> Any:
    """The content of a YAML file. Raises ConfigError where there is none, or it is not YAML, or
    its aliases multiply: ten lines can stand for 10^10 values, and whoever writes them out, or
    merges them, never ends."""
    import yaml

    if not file.is_file():
        raise ConfigError(f"no {what} at {file}")
    try:
        loader = _shallow_loader()(file.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            sizes: dict[int, int] = {}
            if _written_out(node, sizes) > len(sizes) + ALIASED:
                raise ConfigError(
                    f"{file}: its aliases stand for more than {ALIASED:,} values; write it out"
                )
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except ConfigError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise ConfigError(f"{file} is not YAML: {said[:MESSAGE]}") from None


DEEPEST_YAML = 100
"""Brackets within brackets of a YAML file: PyYAML takes seconds for thousands."""


def _shallow_loader() -> type[Any]:
    import yaml

    class Shallow(yaml.SafeLoader):
        def fetch_flow_collection_start(self, kind: Any) -> None:
            if self.flow_level >= DEEPEST_YAML:
                raise ValueError(f"more than {DEEPEST_YAML} brackets within brackets")
            super().fetch_flow_collection_start(kind)

    return Shallow


MESSAGE = 1000
"""Characters of another package's message that an error repeats."""


def _written_out(node: Any, sizes: dict[int, int]) -> int:
    """How many nodes a YAML node is with every alias written out; `sizes` holds what is known.
    Raises ValueError for one that holds itself."""
    if id(node) in sizes:
        if not sizes[id(node)]:
            raise ValueError("a value that holds itself")
        return sizes[id(node)]
    sizes[id(node)] = 0
    size = 1
    if isinstance(node.value, list):
        for each in node.value:
            for one in each if isinstance(each, tuple) else (each,):
                size += _written_out(one, sizes)
    sizes[id(node)] = size
    return size


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
    """One line of JSON, keys in the given order, ready for `write_lines`, newline included."""
    return json.dumps(row, ensure_ascii=False) + "\n"


HALF_SURROGATES = "backslashreplace"
"""How half a surrogate pair of a model's, which has no UTF-8, is written: `\\ud83d`, as JSON
has it, and readable in every other format."""


def write_text(path: Path, text: str, *, given: bool = False, below: Path | None = None) -> None:
    """Replaces a file atomically: readers see the old or the new one, never a half.

    `given` is for a path that a person typed: a link is followed, and what is no regular file,
    a device or a pipe, is written into. Any other path is of a folder that anybody may have
    made: nothing in it is written through a link, nor into what is no file; `below` is that
    folder, where it is not the file's own. Raises ConfigError, and OSError that names the file.
    """
    write_lines(path, [text], given=given, below=below)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]], *, given: bool = False) -> None:
    """Replaces a JSONL file atomically; see `write_text`."""
    write_lines(path, (dumps(row) for row in rows), given=given)


def write_lines(
    path: Path, lines: Iterable[str], *, given: bool = False, below: Path | None = None
) -> None:
    """Replaces a file atomically with the given texts, joined as they are; see `write_text`."""
    with _replacing(path, "w", given=given, below=below) as file:
        file.writelines(lines)


def write_bytes(
    path: Path, content: bytes, durable: bool = True, below: Path | None = None
) -> None:
    """Replaces a file atomically. Not `durable`: without waiting for the disk, for what is
    made again after a power cut."""
    with _replacing(path, "wb", durable=durable, below=below) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, below: Path | None = None) -> Iterator[IO[str]]:
    """An open text file that takes the path's place at the end, unless an error comes first."""
    with _replacing(path, "w", below=below) as file:
        yield file


@contextmanager
def replacing_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The same for bytes, such as a process prints."""
    with _replacing(path, "wb") as file:
        yield file


@contextmanager
def _replacing(
    path: Path,
    mode: Literal["w", "wb"],
    *,
    durable: bool = True,
    given: bool = False,
    below: Path | None = None,
) -> Iterator[IO[Any]]:
    text = {"encoding": "utf-8", "newline": "\n", "errors": HALF_SURROGATES} if mode == "w" else {}
    with _named_in_errors(path):
        if given:
            stream = _stream(path)
            if stream is not None:
                with os.fdopen(stream, mode, **text) as file:  # type: ignore[call-overload]
                    yield file
                return
            path = Path(os.path.realpath(path))
            sweep(path.parent, path.name)
        else:
            require_plain(path, below)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, half = _half_file(path)
        try:
            with os.fdopen(handle, mode, **text) as file:  # type: ignore[call-overload]
                if path.is_file():
                    half.chmod(stat.S_IMODE(path.stat().st_mode) & 0o777)
                yield file
                file.flush()
                if durable:
                    os.fsync(file.fileno())
                half.replace(path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise


@contextmanager
def _named_in_errors(path: Path) -> Iterator[None]:
    """A system names the file that it cannot open, and not the one that it cannot write on."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in _DISK:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def require_plain(path: Path, below: Path | None = None) -> None:
    """Raises ConfigError where a link leads out of a folder, or a pipe or device stands in a
    file's place: a folder that was sent may hold them. `below` is the folder, by default the
    file's own; the folder itself may be a link, for its user named it."""
    here, end = path, below or path.parent
    while here not in (end, here.parent):
        kind = here.lstat().st_mode if os.path.lexists(here) else None
        if kind is not None and not (stat.S_ISREG if here is path else stat.S_ISDIR)(kind):
            what = "a link" if stat.S_ISLNK(kind) else "in the way"
            if what == "a link" or not stat.S_ISDIR(kind):  # a folder is named by the system
                raise ConfigError(
                    f"{here} is {what}, and mmeval writes to files of its own there alone; "
                    "move it away, or choose another --out"
                )
        here = here.parent


def plain(path: str, flags: int) -> int:
    """An `opener` for `open`: no link is followed; raises ConfigError as `require_plain`."""
    require_plain(Path(path))
    return os.open(path, flags | _NO_LINK, 0o666)


def _stream(path: Path) -> int | None:
    """What stands at a path that is no regular file, opened: a device, a pipe, or a stream of
    this process such as /dev/stdout, which may be a file and goes on where it stands. None where
    a file is to be replaced or made."""
    here = path
    for _ in range(40):  # as many links as Linux follows
        folder = os.path.realpath(here.parent)
        if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd") and here.name.isdecimal():
            return os.dup(int(here.name))
        if not here.is_symlink():
            break
        here = here.parent / here.readlink()
    if not path.exists() or path.is_file() or path.is_dir():
        return None
    return os.open(path, os.O_WRONLY)


def _half_file(path: Path) -> tuple[int, Path]:
    """A new file beside a path, of a name that nobody can know before, and locked for as long
    as its writer lives. Its mode is as the umask has it."""
    begin = os.fsdecode(os.fsencode(path.name)[:200])
    while True:
        half = path.with_name(f".{begin}.{secrets.token_hex(8)}.half")
        handle = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o666)
        with suppress(OSError):  # a file system without locks
            _lock(handle, wait=True)
        if os.fstat(handle).st_nlink:
            return handle, half
        os.close(handle)  # `sweep` was faster


def _lock(handle: int, wait: bool) -> None:
    """Locks an open file. Raises OSError where another process has it, or none can."""
    if fcntl is None:
        raise OSError("this system has no such locks")
    fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


_HALF = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}\.half", re.DOTALL)
_OLD_HALF = re.compile(r"\..+\.jsonl?\.[a-z0-9_]{8}", re.DOTALL)
"""Half files of earlier versions, which no lock tells from those of a living writer."""
DAY = 86400.0
"""Seconds; by then a half file of an earlier version has no writer."""


def sweep(folder: Path, name: str | None = None) -> None:
    """Removes half files that killed writers left in a folder: those of one file, or of all.
    The lock of a file says whether its writer lives; where there are no locks, all stay. Those
    of earlier versions go where all are meant, whose caller holds the folder's lock, and where
    they are a day old and nobody but their owner may read them, as they were made."""
    with suppress(OSError):
        for each in os.scandir(folder):
            if name is None and _OLD_HALF.fullmatch(each.name):
                kept = each.stat(follow_symlinks=False)
                private = stat.S_ISREG(kept.st_mode) and not kept.st_mode & 0o077
                if private and time.time() - kept.st_mtime > DAY:
                    with suppress(OSError):
                        Path(each.path).unlink()
                continue
            found = _HALF.fullmatch(each.name)
            if found and name in (None, found["name"]) and each.is_file(follow_symlinks=False):
                with suppress(OSError):
                    handle = os.open(each.path, os.O_RDWR | _NO_LINK)
                    try:
                        _lock(handle, wait=False)
                        Path(each.path).unlink()
                    finally:
                        os.close(handle)


def sweep_all(folder: Path) -> None:
    """The same for a folder and the folders in it."""
    sweep(folder)
    with suppress(OSError):
        for each in os.scandir(folder):
            if each.is_dir(follow_symlinks=False):
                sweep(Path(each.path))


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
        self._file = open(path, "ab", buffering=0, opener=plain)  # noqa: SIM115 - closed below
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
        line = memoryview(dumps(self._row(record)).encode(errors=HALF_SURROGATES))
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
    require_plain(file)
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
        sweep_all(folder)
        yield
    finally:
        lock.release()


def _owner(lock: Path) -> str:
    """The process that holds a lock, where its file can be read."""
    try:
        return lock.read_text(encoding="ascii").strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"
