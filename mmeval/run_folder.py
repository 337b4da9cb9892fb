"""A run folder: what is in it, and how it is written so that nothing can be lost.

    manifest.json      who, what, how; written first as `running`, replaced atomically
    problems.jsonl     the problems that were asked, so that judging needs nothing else
    generations.jsonl  what the model said; append-only, never rewritten
    verdicts/          one file a checker, replaced atomically
    summary.json       the numbers of the table
    engine.log         what the engine printed

A killed writer leaves at most a torn last line, which readers drop and the next writer
cuts off. A row that is an error is asked again when the run is resumed, and the row
that then succeeds takes its place.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmeval import jsonl
from mmeval.errors import DataError, MissingData, RunMismatch
from mmeval.records import SCHEMA, Generation, Problem, Sampling, Verdict, from_row

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE = "run.json"
"""The config of a run of several benchmarks, beside their folders: what it resumes by."""
FIRST_IDS = "first_prompt_ids_sha256"
"""Of an identity: the token ids that the model sees for the first problem."""
OF_ONE_SHARD = (FIRST_IDS, "served.created")
"""Facts of an identity in which the shards of one run differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """Which model a run asked."""

    name: str
    """As the user gave it: a path, a hub id, an alias, or a label for replayed outputs."""
    label: str
    """What tables show."""
    training: object = None
    """What `mmeval train` left in its folder, a mapping; whatever else there is says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """Which problems a run asked, and how many of those that there are."""

    problems: int
    total: int
    """Those of the whole split."""
    partial: bool
    asked_sha256: str
    subset: str | None = None
    """By what the problems were chosen, where that was no fair draw."""
    as_published: bool | None = None
    """Whether the data's hash is the published one; None: no hash is known."""
    stop_in_references: int = 0
    cluster: str | None = None
    """The fact of a problem by which problems hang together, where the benchmark declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What generated; `settings` has the rest of what the engine says of itself."""

    name: str
    version: str = "unknown"
    dtype: str = "unknown"
    mode: str = "unknown"
    device: str = "unknown"


@dataclass(slots=True)
class Session:
    """What one process did for one run."""

    started: str
    engine_start_seconds: float = 0.0
    generation_seconds: float = 0.0
    generations: int = 0
    prompt_tokens: int = 0
    tokens: int = 0

    def add(self, generation: Generation) -> None:
        """Counts one generation that the engine gave."""
        self.generations += 1
        self.prompt_tokens += generation.prompt_tokens or 0
        self.tokens += generation.tokens or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """manifest.json as mmeval reads it; keys that it does not know are ignored."""

    status: str
    """`running`, `finished`, `interrupted` or `failed`."""
    created: str
    """ISO 8601 in UTC."""
    identity: Mapping[str, Any]
    """The facts that must not change between the first start and the last row."""
    model: ModelFacts
    data: DataFacts
    samples: int
    """Answers per problem."""
    sampling: Sampling
    engine: EngineFacts
    versions: Mapping[str, str | None]
    config: Mapping[str, Any] = field(default_factory=dict)
    """As `--config` reads it."""
    command: str | None = None
    checkers: tuple[str, ...] = ()
    """Those that the run was asked for."""
    prompt: Mapping[str, Any] | None = None
    """The prompt template whole; None for replayed outputs."""
    first_prompt: Mapping[str, Any] | None = None
    shots: int = 0
    shard: tuple[int, int] | None = None
    repeat: int = 0
    """Which repeat of a run it is; 0 for the run itself."""
    step: bool = False
    """Whether it is a step of another command, which `command` then names."""
    short_of_room: int = 0
    """Prompts that left less room than max_tokens."""
    sessions: tuple[Session, ...] = ()

    def __post_init__(self) -> None:
        if not all(isinstance(self.identity.get(key), str) for key in ("benchmark", "split")):
            raise ValueError("its identity names no benchmark and split")

    @property
    def task(self) -> tuple[str, str]:
        """(benchmark, split): runs of another task cannot be compared."""
        return self.identity["benchmark"], self.identity["split"]

    @property
    def finished(self) -> bool:
        """Whether every answer is there."""
        return self.status == "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerSummary:
    """One checker's numbers over a run; `mmeval.judging.summary` has their formulas."""

    n: int
    right: int
    wrong: int
    no_answer: int
    undecided: int
    failed: int
    accuracy: float
    accuracy_high: float
    low: float
    high: float
    accuracy_finished: float | None = None
    no_answer_examples: tuple[str, ...] = ()
    revision: int = 1
    """Of the checker; 1 in summaries written before it was recorded."""
    ceiling: float = 1.0
    """The share of golds that the rule can score right at all; 1 where that was not tried."""
    golds_not_read: int = 0
    golds_not_read_examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.right, self.wrong, self.no_answer, self.undecided, self.failed)
        if self.n < 1 or min(parts) < 0 or sum(parts) != self.n:
            raise ValueError("the five outcomes of a checker do not add up to its n")
        if self.accuracy != self.right / self.n:
            raise ValueError("the accuracy of a checker is not right / n")


@dataclass(slots=True)
class Health:
    """What happened to the generations of a run, whatever their answers."""

    n: int = 0
    truncated: int = 0
    """Ran out of tokens."""
    stop_cut: int = 0
    """Ended by a stop string."""
    empty: int = 0
    """No text but white space, without an error."""
    failed: int = 0
    """The engine gave an error."""
    reused: int = 0
    """Took the answer of an identical request."""
    prompt_tokens: int = 0
    tokens: int = 0

    def add(self, generation: Generation) -> None:
        """Counts one generation; tokens only where the model was asked for this one."""
        self.n += 1
        self.truncated += generation.finish == "length"
        self.failed += generation.finish == "error"
        self.stop_cut += generation.stop_string is not None
        self.empty += generation.finish != "error" and not generation.text.strip()
        self.reused += generation.same_as is not None
        if generation.same_as is None:
            self.prompt_tokens += generation.prompt_tokens or 0
            self.tokens += generation.tokens or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """How fast a run's answers came, over all its sessions."""

    engine_start_seconds: float
    generation_seconds: float
    prompt_tokens_per_second: float | None
    """None where the engine told no tokens or the clock saw no time."""
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """summary.json as mmeval reads it; keys that it does not know are ignored."""

    model: str
    benchmark: str
    split: str
    problems: int
    problems_in_split: int
    partial: bool
    samples: int
    checkers: Mapping[str, CheckerSummary]
    """By the checkers' names, in the order they were asked for."""
    health: Health
    throughput: Throughput
    as_published: bool | None = None
    subset: str | None = None
    shard: tuple[int, int] | None = None
    stop_in_references: int = 0
    clustered: str | None = None
    """By what the intervals are clustered, in words; None where problems are independent."""


class RunDir:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest_file = path / "manifest.json"
        self.problems_file = path / "problems.jsonl"
        self.generations_file = path / "generations.jsonl"
        self.summary_file = path / "summary.json"
        self.log_file = path / "engine.log"

    def exists(self) -> bool:
        """Whether a run was started here."""
        return self.manifest_file.is_file()

    def manifest(self) -> dict[str, Any]:
        """The manifest as JSON, with every key of the version that wrote it. Raises MissingData
        or DataError when there is none to be read."""
        return _read_object(self.manifest_file, "is this a run folder?")

    def read_manifest(self) -> Manifest:
        """What mmeval reads of the manifest, each fact checked for its type; also DataError."""
        return _read_facts(Manifest, self.manifest(), self.manifest_file)

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Replaces the manifest atomically."""
        _write_object(self.manifest_file, manifest)

    def set_status(self, status: str) -> None:
        """Notes in the manifest how the run stands: `finished`, `interrupted` or `failed`."""
        manifest = self.manifest()
        if manifest.get("status") != status:
            self.write_manifest(manifest | {"status": status})

    def summary(self) -> dict[str, Any]:
        """The summary of a judged run as JSON; errors as for the manifest."""
        return _read_object(self.summary_file, "was the run judged?")

    def read_summary(self) -> Summary:
        """What mmeval reads of the summary, each number checked for its type; also DataError."""
        return _read_facts(Summary, self.summary(), self.summary_file)

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Replaces the summary atomically."""
        _write_object(self.summary_file, summary)

    def problems(self) -> Iterator[Problem]:
        """The problems of the run, in their published order."""
        yield from _records(self.problems_file, Problem)

    def generations(self) -> Iterator[Generation]:
        """What the model said, one row a request, as it was finished.

        An error that was made good later is left out; one that stands comes at the end.
        """
        if not self.generations_file.is_file():
            return
        errors: dict[tuple[str, int], Generation] = {}
        for generation in _records(self.generations_file, Generation, torn_tail=True):
            if generation.finish == "error":
                errors[generation.key] = generation
            else:
                errors.pop(generation.key, None)
                yield generation
        yield from errors.values()

    def verdicts_file(self, checker: str) -> Path:
        """Where a checker's verdicts are: `verdicts/metamath-gsm8k@1.jsonl`."""
        return self.path / "verdicts" / f"{checker.replace('/', '@')}.jsonl"

    def verdicts(self, checker: str) -> Iterator[Verdict]:
        """A checker's verdicts, in the order of the generations."""
        yield from _records(self.verdicts_file(checker), Verdict)

    def frame(self, checkers: Sequence[str] = (), partial: bool = False) -> pd.DataFrame:
        """One row per verdict, as a pandas frame; its columns are `mmeval.results.frames.COLUMNS`.

        `checkers` empty: all that judged the run. Raises DataError when the run is not
        finished (unless `partial`) or was edited, MissingData when it was not judged,
        MissingPackage without pandas.
        """
        # The one door up the floors, by name: frames are made of judged runs, which are read
        # from run folders; `run.frame()` is what people write (tests/project/test_layers.py).
        frames = importlib.import_module("mmeval.results.frames")
        frame: pd.DataFrame = frames.frame_of(self.path, checkers, partial)
        return frame

    def done(self) -> Done:
        """Which answers are there; reads every row, and keeps none of their texts."""
        done = Done()
        for generation in self.generations():
            done.add(generation)
        return done

    def locked(self) -> AbstractContextManager[None]:
        """Keeps other processes from writing here; errors as `mmeval.jsonl.locked` has them."""
        return jsonl.locked(self.path, "run folder")


def below_runs(model: str, kind: str, settings: Any) -> Path:
    """`runs/MODEL/KIND-DIGEST`: where something of a model goes by default. The digest is one
    of the settings, so that the same command finds its own folder again."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", model).strip("-.") or "model"
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    return Path("runs") / slug / f"{kind}-{digest}"


def load_run(path: str | Path) -> RunDir:
    """The run in a folder. Raises MissingData or DataError when there is none to be read."""
    run = RunDir(Path(path))
    run.manifest()
    return run


@dataclass(slots=True)
class Done:
    """Which answers a run has, in a few bytes each: (problem, sample) -> yes or no."""

    bits: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def add(self, generation: Generation) -> None:
        """Marks one answer as there; an error is none, and is asked for again."""
        if generation.finish != "error" and generation.key not in self:
            key, sample = generation.key
            self.bits[key] = self.bits.get(key, 0) | 1 << sample
            self.count += 1

    def discard(self, key: tuple[str, int]) -> None:
        """Takes one answer's mark away, if it is there."""
        if key in self:
            self.bits[key[0]] ^= 1 << key[1]
            self.count -= 1

    def __contains__(self, key: tuple[str, int]) -> bool:
        return bool(self.bits.get(key[0], 0) >> key[1] & 1)


R = TypeVar("R", Problem, Generation, Verdict)


def _records(path: Path, kind: type[R], torn_tail: bool = False) -> Iterator[R]:
    """The records in a file; one that is none raises DataError with file and line."""
    for number, row in jsonl.read_rows(path, torn_tail=torn_tail):
        try:
            record = from_row(kind, row)
        except DataError as error:
            raise DataError(f"{path}, line {number}: {error}") from None
        yield record


def _write_object(path: Path, row: Mapping[str, Any]) -> None:
    text = json.dumps(row, indent=1, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        text = json.dumps(row, indent=1)  # half a surrogate pair of a model's has no UTF-8
    jsonl.write_text(path, text)


def _read_object(path: Path, hint: str) -> dict[str, Any]:
    if not path.is_file():
        raise MissingData(f"there is no {path.name} in {path.parent}; {hint}")
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not JSON ({error}); it was edited or cut") from None
    schema = loaded.get("schema") if isinstance(loaded, dict) else None
    if not isinstance(schema, int) or schema > SCHEMA:
        raise DataError(
            f"{path} has schema {schema!r}, this mmeval reads up to {SCHEMA}; "
            "use the version that wrote it, or a newer one"
        )
    return dict(loaded)


F = TypeVar("F", Manifest, Summary)


def _read_facts(kind: type[F], row: Mapping[str, Any], path: Path) -> F:
    try:
        return from_row(kind, row)
    except DataError as error:
        again = f"; judge again: mmeval judge {path.parent}" if kind is Summary else ""
        raise DataError(f"{path} was edited or cut: {error}{again}") from None


def find_runs(path: Path) -> list[RunDir]:
    """The run at a path, or the runs one or two folders below it, as in runs/MODEL/BENCHMARK;
    raises DataError when there is none. What lies in a run is its own: repeats and shards.
    """
    if RunDir(path).exists():
        return [RunDir(path)]
    near = {each.parent for each in path.glob("*/manifest.json")}
    far = {each.parent for each in path.glob("*/*/manifest.json")}
    below = sorted(near | {each for each in far if each.parent not in near})
    if not below:
        raise DataError(
            f"{path} is not a run folder: neither it nor a folder one or two below it has "
            "manifest.json"
        )
    return [RunDir(each) for each in below]


def repeat_folders(run: RunDir) -> list[RunDir]:
    """The repeats that were begun beside a run, by number."""
    folders = [file.parent for file in (run.path / "repeats").glob("*/manifest.json")]
    return [RunDir(path) for path in sorted(folders, key=_number)]


def _number(path: Path) -> tuple[int, str]:
    return (int(path.name) if path.name.isdecimal() else 0, path.name)


def problems_sha256(problems: Iterable[Problem]) -> str:
    """A hash of the chosen problems, their order, questions and golds included."""
    digest = hashlib.sha256()
    for each in problems:
        line = json.dumps([each.id, each.question, each.gold], ensure_ascii=False)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def require_same(stored: Mapping[str, Any], wanted: Mapping[str, Any], where: str) -> None:
    """Raises RunMismatch naming every fact of `wanted` that the stored identity has otherwise.

    A fact that one of them does not have was not known then or is not known yet, and is no
    difference; but of one engine, both have all settings: one that is gone was taken away.
    """
    pairs = {key: (stored[key], value) for key, value in wanted.items() if key in stored}
    if "engine_version" in wanted and stored.get("engine") == wanted["engine"]:
        settings = [key for key in {**stored, **wanted} if key.startswith("engine.")]
        pairs |= {key: (stored.get(key), wanted.get(key)) for key in settings}
    different = [_told(key, was, now) for key, (was, now) in pairs.items() if was != now]
    if different:
        raise RunMismatch(
            f"{where} holds another run: {'; '.join(different)}; give this one its own --out, "
            "or ask as that one did"
        )


def _told(key: str, was: Any, now: Any) -> str:
    """One difference; of lists of rows only the rows that differ, each by its first field."""
    if key == FIRST_IDS:
        return (
            "the same prompts have other token ids than before, as where the model's chat template "
            "writes today's date"
        )
    if not all(isinstance(each, list) and each for each in (was, now)) or not all(
        isinstance(row, list) and row for row in (*was, *now)
    ):
        return f"{key} was {was!r}, now {now!r}"
    new = [str(row[0]) for row in now if row not in was]
    gone = [str(row[0]) for row in was if row not in now]
    parts = [f"{word} {', '.join(names)}" for word, names in (("now", new), ("was", gone)) if names]
    return f"{key}: {'; '.join(parts) or 'in another order'}"
