"""A run folder: what is in it, and how it is written so that nothing can be lost.

    manifest.json      who, what, how; written first as `running`, replaced atomically
    problems.jsonl     the problems that were asked, so that judging needs nothing else
    generations.jsonl  what the model said; append-only, never rewritten
    verdicts/          one file a checker, replaced atomically
    summary.json       the numbers of the table
    engine.log         what the engine printed
    set-aside.jsonl    lines that were no answers of the run, as `mmeval run --resume` found them

A killed writer leaves at most a torn last line, which readers drop and the next writer
cuts off. A row that is an error is asked again when the run is resumed, and the row
that then succeeds takes its place.

Each answer holds a checksum of itself, and the manifest of a finished run a digest of them
all, so that rows which were cut, doubled, added or changed since are told, and resuming asks
again for those alone. Folders of earlier versions have neither: their answers are counted.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shlex
import zlib
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmeval import jsonl
from mmeval.answers import thoughts
from mmeval.errors import DataError, MissingData, RunMismatch
from mmeval.records import (
    SCHEMA,
    Generation,
    Problem,
    Sampling,
    Total,
    UnfinishedThought,
    Verdict,
    from_row,
    to_row,
)

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE = "run.json"
"""The config of a run of several benchmarks, beside their folders: what it resumes by."""
FIRST_IDS = "first_prompt_ids_sha256"
"""Of an identity: the token ids that the model sees for the first problem."""
OF_ONE_SHARD = (FIRST_IDS, "served.created")
"""Facts of an identity in which the shards of one run differ."""
CHECKSUM = "crc32"
"""The key of a generation's checksum: of the row without it, as `_checksum` has it."""
DEEPEST = 64
"""Levels of a manifest or summary; those that are written have six."""


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
    """What generated."""

    name: str
    version: str = "unknown"
    dtype: str = "unknown"
    mode: str = "unknown"
    device: str = "unknown"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The rest of what the engine says of itself; `base_url` of the server where one was asked
    first."""


def _require_time(text: str) -> None:
    """Raises ValueError for what is no time in ISO 8601; Python takes any one character between
    its day and its hour, an escape code too."""
    datetime.fromisoformat(text)
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{text!r} is no time")


@dataclass(slots=True)
class Session:
    """What one process did for one run."""

    started: str
    engine_start_seconds: float = 0.0
    generation_seconds: float = 0.0
    generations: Total = 0
    prompt_tokens: Total = 0
    tokens: Total = 0
    base_url: str | None = None
    """The server that was asked; None for an engine that is none, and in older folders."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Fields of a request that the server refused -> what held in their place."""

    def __post_init__(self) -> None:
        _require_time(self.started)

    def add(self, generation: Generation) -> None:
        """Counts one generation that the engine gave."""
        self.generations += 1
        self.prompt_tokens += generation.prompt_tokens or 0
        self.tokens += generation.tokens or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersDigest:
    """What generations.jsonl was when its run was finished."""

    answers: int
    """Distinct (problem, sample), the failed ones included."""
    bytes: int
    sha256: str


_SWITCHES = ("top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty")


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
    generations: AnswersDigest | None = None
    """None while a run is not finished, and of earlier versions."""

    def __post_init__(self) -> None:
        if not all(isinstance(self.identity.get(key), str) for key in ("benchmark", "split")):
            raise ValueError("its identity names no benchmark and split")
        _require_time(self.created)
        if self.prompt is not None and not isinstance(self.prompt.get("name"), str):
            raise ValueError("its prompt has no name")

    @property
    def task(self) -> tuple[str, str]:
        """(benchmark, split): runs of another task cannot be compared."""
        return self.identity["benchmark"], self.identity["split"]

    @property
    def endings_told(self) -> bool:
        """Whether how answers ended is known: a file that is replayed tells it by `--finish`."""
        return self.engine.mode != "replay" or self.config.get("finish") is not None

    @property
    def switches(self) -> str:
        """How it was asked beside prompt and temperature, in words: `top_k 20, system message`;
        empty for nothing."""
        own = {name: getattr(self.sampling, name) for name in _SWITCHES}
        own |= {name: self.config.get(name) for name in ("reasoning_effort", "thinking_budget")}
        own["top_p"] = None if self.sampling.top_p == 1 else self.sampling.top_p
        said = [f"{name} {value}" for name, value in own.items() if value is not None]
        chat = self.config.get("chat_args")
        if isinstance(chat, Mapping):
            said += [f"{name}={value}" for name, value in chat.items()]
        if self.config.get("system") is not None:
            said.append("system message")
        refused = {name for each in self.sessions for name in each.refused}
        return ", ".join([*said, *(f"{name} refused" for name in sorted(refused))])

    @property
    def finished(self) -> bool:
        """Whether every answer is there."""
        return self.status == "finished"

    @property
    def asked(self) -> int:
        """How many answers the whole run has; of an older replay the most that it can have, for
        a file may have more answers to one problem than to another."""
        if self.finished and self.generations is not None:
            return self.generations.answers
        return self.data.problems * self.samples

    @property
    def uneven(self) -> bool:
        """Whether `asked` is no more than a bound."""
        known = self.samples == 1 or (self.finished and self.generations is not None)
        return not known and self.identity.get("engine") == "replay"


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
        self.empty += is_empty(generation)
        self.reused += generation.same_as is not None
        if generation.same_as is None:
            self.prompt_tokens += generation.prompt_tokens or 0
            self.tokens += generation.tokens or 0


def is_empty(generation: Generation) -> bool:
    """Whether a model answered with no text but white space: not in error, and not because it
    was still thinking."""
    silent = generation.finish != "error" and not generation.unfinished
    return silent and not generation.answer.strip()


@dataclass(slots=True)
class Thoughts:
    """Which generations of a run think, and what of them ended otherwise than most do."""

    closed: int = 0
    open: int = 0
    """The thought was unfinished at the end."""
    tokens: int = 0
    """Of the thoughts, as far as they are known; counted as `Health.tokens` are."""
    counted: int = 0
    """Thoughts of which these are the tokens."""
    filtered: int = 0
    """Withheld or broken off by a filter of the server."""
    unknown_finish: int = 0
    """The server did not say how they ended, or had a word of its own for it."""

    def add(self, generation: Generation) -> None:
        """Counts one generation."""
        self.closed += generation.thought_state == "closed"
        self.open += generation.unfinished
        self.filtered += generation.finish == "filter"
        self.unknown_finish += generation.finish == "unknown"
        if generation.same_as is None and generation.thought_tokens is not None:
            self.tokens += generation.thought_tokens
            self.counted += 1


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
    thoughts: Thoughts | None = None
    """None in a summary of schema 1."""
    unfinished_thought: UnfinishedThought = "no_answer"
    """What unfinished thoughts were judged as."""


class RunDir:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest_file = path / "manifest.json"
        self.problems_file = path / "problems.jsonl"
        self.generations_file = path / "generations.jsonl"
        self.summary_file = path / "summary.json"
        self.log_file = path / "engine.log"
        self.set_aside_file = path / "set-aside.jsonl"

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
        """Notes in the manifest how the run stands: `interrupted` or `failed`."""
        manifest = self.manifest()
        if manifest.get("status") != status:
            self.write_manifest(manifest | {"status": status})

    def finish(self, answers: int) -> None:
        """Notes in the manifest that all answers are there, how many, and their digest."""
        manifest, (size, sha256) = self.manifest(), _digest(self.generations_file)
        digest = {"answers": answers, "bytes": size, "sha256": sha256}
        ended = manifest | {"status": "finished", "generations": digest}
        if ended != manifest:
            self.write_manifest(ended)

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
        if not self.problems_file.is_file():
            raise MissingData(
                f"there is no problems.jsonl in {self.path}; {self.resume_command()} writes it "
                "again"
            )
        yield from _records(self.problems_file, Problem)

    def generations(self) -> Iterator[Generation]:
        """What the model said, one row a request, as it was finished.

        An error that was made good later is left out; one that stands comes at the end. A thought
        of which the row tells nothing is looked for: see `mmeval.answers.thoughts`.
        """
        if not self.generations_file.is_file():
            return
        errors: dict[tuple[str, int], Generation] = {}
        opened: bool | None = None
        for generation in _records(self.generations_file, Generation, torn_tail=True):
            if generation.thought_state is None and generation.finish != "error":
                if opened is None:
                    opened = self._prompts_opened()
                generation = thoughts.told(generation, opened or None)  # noqa: PLW2901
            if generation.finish == "error":
                errors[generation.key] = generation
            else:
                errors.pop(generation.key, None)
                yield generation
        yield from errors.values()

    def rows(self) -> int:
        """Whole lines of generations.jsonl, whatever is in them."""
        if not self.generations_file.is_file():
            return 0
        with self.generations_file.open("rb") as file:
            return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))

    def resume_command(self) -> str:
        """The command that asks again for what the run lacks: of a repeat that of its run, of a
        step that of its command."""
        manifest = self.read_manifest()
        if manifest.step:
            return manifest.command or "the command that it is a step of"
        home = self.path.resolve().parent.parent if manifest.repeat else self.path
        return f"mmeval run --resume {shlex.quote(str(home))}"

    def examined(self, problems: Container[str], samples: int) -> Examined:
        """Each row of generations.jsonl held against what the run asks: so many answers to each
        of these problems. Lines that hold no answer of the run raise nothing here."""
        found = Examined()
        if not self.generations_file.is_file():
            return found
        with self.generations_file.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and not line.isspace():
                    found.add(number, _read_answer(line), problems, samples)
        return found

    def unchanged(self, manifest: Manifest) -> bool:
        """Whether the answers are byte for byte those with which the run was finished; False
        where it is not finished, or no digest is known."""
        kept = manifest.generations
        if not manifest.finished or kept is None or not self.generations_file.is_file():
            return False
        if self.generations_file.stat().st_size != kept.bytes:
            return False
        return _digest(self.generations_file)[1] == kept.sha256

    def require_whole(self, manifest: Manifest) -> None:
        """Raises DataError where the answers of a finished run are not all there, or where a
        row is none of the run's or is not as it was written; says how to mend it."""
        if self.unchanged(manifest):
            return
        ids = {problem.id for problem in self.problems()}
        found = self.examined(ids, manifest.samples)
        faults = found.faults
        asked = len(ids) if manifest.uneven else manifest.asked
        if manifest.finished and not found.answers and not faults:
            raise DataError(
                f"{self.path} has no generations yet, of {asked:,}: was the run interrupted at "
                f"once? {self.resume_command()} asks for them"
            )
        if manifest.finished and found.answers < asked:
            faults = [f"{found.answers:,} of {asked:,} answers are there", *faults]
        if manifest.finished and manifest.generations is not None and not faults:
            faults = ["it was edited since the run was finished"]
        if faults:
            raise DataError(
                f"{self.generations_file} is not whole: {'; '.join(faults)}; what is missing or "
                f"damaged is asked again by: {self.resume_command()}"
            )

    def set_aside(self, lines: Collection[int]) -> None:
        """Moves these lines of generations.jsonl, counted from 1, to set-aside.jsonl."""
        wanted = set(lines)
        with (
            self.generations_file.open("rb") as file,
            open(self.set_aside_file, "ab", opener=jsonl.plain) as aside,
        ):
            aside.writelines(line for number, line in enumerate(file, 1) if number in wanted)
        with self.generations_file.open("rb") as file:
            kept = (line for number, line in enumerate(file, 1) if number not in wanted)
            whole = (line.decode() for line in kept if line.endswith(b"\n"))
            jsonl.write_lines(self.generations_file, whole)

    def _prompts_opened(self) -> bool:
        """Whether the prompts opened the thought, as the texts without another word of it tell."""
        rows = jsonl.read_rows(self.generations_file, torn_tail=True)
        texts = (
            row.get("text")
            for _, row in rows
            if row.get("finish") != "error" and row.get("thought") is None
        )
        return thoughts.prompts_open(text for text in texts if isinstance(text, str))

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


@dataclass(slots=True)
class Examined:
    """What a file of answers holds, held against what its run asked."""

    done: Done = field(default_factory=Done)
    damaged: list[int] = field(default_factory=list)
    """Lines, from 1, that hold no answer, or another than was written."""
    doubled: list[int] = field(default_factory=list)
    """Lines with an answer that is there already."""
    foreign: list[int] = field(default_factory=list)
    """Lines with an answer that the run does not ask for."""
    first_foreign: str = ""
    unsealed: list[int] = field(default_factory=list)
    """Lines without a checksum, as earlier versions wrote them."""
    failed: set[tuple[str, int]] = field(default_factory=set)
    """Keys of which only an error is there."""

    def add(self, line: int, answer: Answer | None, problems: Container[str], samples: int) -> None:
        """Sorts one line in; None for one that cannot be read or has another checksum."""
        if answer is None:
            self.damaged.append(line)
            return
        generation, sealed = answer
        if generation.problem_id not in problems or generation.sample >= samples:
            self.foreign.append(line)
            self.first_foreign = self.first_foreign or "{}, sample {}".format(*generation.key)
        elif generation.key in self.done:
            self.doubled.append(line)
        else:
            if generation.finish == "error":
                self.failed.add(generation.key)
            else:
                self.failed.discard(generation.key)
                self.done.add(generation)
            if not sealed:
                self.unsealed.append(line)

    @property
    def answers(self) -> int:
        """Distinct answers that are there, the failed ones included."""
        return self.done.count + len(self.failed)

    @property
    def bad(self) -> list[int]:
        """The lines that are no answers of the run."""
        return sorted([*self.damaged, *self.doubled, *self.foreign])

    @property
    def faults(self) -> list[str]:
        """What is wrong, a few words for each kind."""
        kinds = {
            "damaged": self.damaged,
            "there twice": self.doubled,
            f"of no request of this run ({self.first_foreign})": self.foreign,
        }
        return [f"{_lines(lines)} {words}" for words, lines in kinds.items() if lines]


def _lines(numbers: Sequence[int]) -> str:
    """`line 7 is`, `lines 7, 9 are`, at most five of them by number."""
    listed = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    return f"line {listed} is" if len(numbers) == 1 else f"{len(numbers):,} lines ({listed}) are"


Answer = tuple[Generation, bool]
"""A generation as it was read, and whether it holds a checksum."""


def answer_row(generation: Generation) -> dict[str, Any]:
    """A generation as generations.jsonl has it: its fields, and the checksum of them."""
    row = to_row(generation)
    return row | {CHECKSUM: _checksum(row)}


def _checksum(row: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(row, sort_keys=True).encode()):08x}"


def _read_answer(line: bytes) -> Answer | None:
    """The answer in a line; None where it holds none, or another than its checksum says."""
    try:
        row = json.loads(line)
        generation = from_row(Generation, row)
    except (ValueError, RecursionError):
        return None
    said = row.pop(CHECKSUM, None)
    if said is not None and said != _checksum(row):
        return None
    return generation, said is not None


def _digest(path: Path) -> tuple[int, str]:
    """(bytes, SHA-256) of a file; of none those of an empty one."""
    if not path.is_file():
        return 0, hashlib.sha256().hexdigest()
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


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
    jsonl.write_text(path, json.dumps(row, indent=1, ensure_ascii=False))


def _read_object(path: Path, hint: str) -> dict[str, Any]:
    if not path.is_file():
        raise MissingData(f"there is no {path.name} in {path.parent}; {hint}")
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        _require_shallow(loaded)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}); it was edited or cut") from None
    schema = loaded.get("schema") if isinstance(loaded, dict) else None
    if not isinstance(schema, int) or schema > SCHEMA:
        raise DataError(
            f"{path} has schema {schema!r}, this mmeval reads up to {SCHEMA}; "
            "use the version that wrote it, or a newer one"
        )
    return dict(loaded)


def _require_shallow(value: Any) -> None:
    """Raises ValueError for a document deeper than any that is written: whatever walks through
    it would end where Python's own depth does."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            each
            for one in level
            if isinstance(one, dict | list)
            for each in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise ValueError(f"deeper than {DEEPEST} levels")


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
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


SWITCHES = (
    *("top_k", "min_p", "presence_penalty", "repetition_penalty"),
    *("chat_args", "reasoning_effort", "thinking_budget"),
)
"""Facts that an identity has only where they were set."""


def require_same(stored: Mapping[str, Any], wanted: Mapping[str, Any], where: str) -> None:
    """Raises RunMismatch naming every fact of `wanted` that the stored identity has otherwise.

    A fact that one of them does not have was not known then or is not known yet, and is no
    difference; but of one engine, both have all settings: one that is gone was taken away.
    """
    pairs = {key: (stored[key], value) for key, value in wanted.items() if key in stored}
    if "engine_version" in wanted and stored.get("engine") == wanted["engine"]:
        settings = [key for key in {**stored, **wanted} if key.startswith("engine.")]
        pairs |= {key: (stored.get(key), wanted.get(key)) for key in settings}
    if "temperature" in stored and "temperature" in wanted:
        set_only = [key for key in SWITCHES if key in stored or key in wanted]
        pairs |= {key: (stored.get(key), wanted.get(key)) for key in set_only}
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
