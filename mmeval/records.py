"""The records that flow: Problem -> Prompt -> Generation -> Verdict -> Report.

Each is frozen, keyword-only and writable as one JSON line with `to_row`; `from_row`
reads it back. A change is `dataclasses.replace`. A field that a newer mmeval added has
a default, and `from_row` ignores keys it does not know, so that every reader accepts
the files of every other version with the same `schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, Union, get_args, get_origin

import msgspec

from mmeval.errors import ConfigError, DataError
from mmeval.text import brief

SCHEMA = 2
"""The version of everything in a run folder. Readers accept every value up to it. 2: thoughts,
and answers that ended otherwise than by themselves or for want of tokens."""

Finish = Literal["stop", "length", "filter", "unknown", "error"]
FINISHES: tuple[Finish, ...] = get_args(Finish)
ThoughtState = Literal["none", "closed", "open"]
THOUGHT_STATES: tuple[ThoughtState, ...] = get_args(ThoughtState)
UnfinishedThought = Literal["no_answer", "read"]
"""What verdicts make of an answer that is a thought alone, never finished."""
Outcome = Literal["right", "wrong", "no_answer", "undecided", "failed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
Scalar = str | int | float | bool | None
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
"""A number of things, as it is read: what counts with it takes a small one."""
Total = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""A sum of such numbers: one that a float holds exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One question of a benchmark with its gold answer."""

    id: str
    """`benchmark/16 hex digits`: a hash of the question, stable under shuffling."""
    question: str
    """Exactly as published, white space included."""
    gold: str
    """The gold answer as published (`1,450,000` keeps its commas), never empty."""
    meta: Mapping[str, Scalar] = field(default_factory=dict)
    """What is known beside: subject, level, style, twin (the id of the forward
    problem), solution (a worked one). A key is absent where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is asked: either text or chat messages, never both."""

    problem_id: str
    text: str | None = None
    """Exactly what the model sees, before the tokenizer's own BOS; None for a chat."""
    messages: tuple[Message, ...] = ()
    """The turns of a chat, to which the model's own template is applied; else empty."""
    template_sha256: str = ""
    """Of the prompt template's bytes, so that an edited template is another run."""

    def __post_init__(self) -> None:
        if (self.text is None) == (not self.messages):
            raise ValueError(f"prompt of {self.problem_id}: needs text or messages, one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is asked to answer. Greedy is temperature 0, the default."""

    temperature: float = 0.0
    """0 is greedy; otherwise in (0, 2]."""
    top_p: float = 1.0
    """In (0, 1]; 1 keeps the whole distribution."""
    max_tokens: int = 512
    """The most new tokens an answer may have, at least 1."""
    n: int = 1
    """Samples per problem, at least 1."""
    seed: int = 0
    """The run's seed, from which each request's own seed is derived."""
    stop: tuple[str, ...] = ()
    """Strings that end an answer; they are cut from its text."""
    top_k: int | None = None
    """Tokens that are kept at each step, at least 1; None: not set."""
    min_p: float | None = None
    """In [0, 1], of the likeliest token's probability; None: not set."""
    presence_penalty: float | None = None
    """In [-2, 2]; None: not set."""
    repetition_penalty: float | None = None
    """In (0, 10]; 1 changes nothing; None: not set."""

    def __post_init__(self) -> None:
        most, presence = self.repetition_penalty, self.presence_penalty
        checks = (
            (self.top_k is None or self.top_k >= 1, "top_k must be at least 1", self.top_k),
            (self.min_p is None or 0 <= self.min_p <= 1, "min_p must be in [0, 1]", self.min_p),
            (presence is None or -2 <= presence <= 2, "presence_penalty in [-2, 2]", presence),
            (most is None or 0 < most <= 10, "repetition_penalty must be in (0, 10]", most),
            (0 <= self.temperature <= 2, "temperature must be in [0, 2]", self.temperature),
            (0 < self.top_p <= 1, "top_p must be in (0, 1]", self.top_p),
            (self.max_tokens >= 1, "max_tokens must be at least 1", self.max_tokens),
            (self.n >= 1, "samples must be at least 1", self.n),
            (all(self.stop), "a stop string must not be empty", self.stop),
        )
        for holds, rule, got in checks:
            if not holds:
                raise ValueError(f"sampling: {rule}, got {got!r}")

    @property
    def greedy(self) -> bool:
        """Whether the answer is a function of the prompt alone."""
        return self.temperature == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One answer to be generated: a prompt, which sample of it, and its own seed."""

    prompt: Prompt
    sample: int = 0
    """Counts from 0 within a problem."""
    seed: int = 0
    """In [0, 2**31): a hash of the run's seed, the prompt and the sample's number, so
    that asking for more samples later repeats none."""

    @property
    def key(self) -> tuple[str, int]:
        """(problem id, sample): what a run resumes by."""
        return (self.prompt.problem_id, self.sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a model said, whole."""

    problem_id: str
    sample: Count = 0
    text: str = ""
    """Without the prompt and without the stop string, thoughts within it included."""
    finish: Finish
    """`stop`: end-of-text token or stop string; `length`: out of tokens; `filter`: withheld or
    broken off by a filter; `unknown`: the server told nothing, or another word; `error`: there
    is no answer, and it is asked again."""
    finish_reason: str | None = None
    """The server's own word, where finish is `filter` or `unknown` and it had one."""
    stop_string: str | None = None
    """The stop string that fired; None when the model ended by itself."""
    prompt_tokens: Count | None = None
    """None where the engine does not tell (replayed outputs)."""
    tokens: Count | None = None
    """Generated tokens, the end-of-text token included; None if not reported."""
    thought: str | None = None
    """What the model thought before it answered, without the marks around it; None where it did
    not, or a server keeps it to itself. A file has it here where it is no part of the text, and
    else by `thought_span` alone."""
    thought_state: ThoughtState | None = None
    """`none`: it did not think; `closed`: it did, and answered; `open`: the thought never ended.
    None: not known, as in files of schema 1."""
    thought_span: tuple[int, int] | None = None
    """Where the thought stands in the text, [start, end) in characters; None where it does not."""
    answer_at: int = 0
    """Where the answer begins in the text; its length where an open thought is all there is."""
    thought_tokens: int | None = None
    """Of `tokens`, those of the thought; None if not known."""
    cached_tokens: int | None = None
    """Of `prompt_tokens`, those that a server had in its cache; None if not reported."""
    error: str | None = None
    """What went wrong, when finish is `error`; else None."""
    same_as: str | None = None
    """`problem_id#sample` of the identical request whose answer this is; None when
    the model was asked for this one itself."""

    def __post_init__(self) -> None:
        if not 0 <= self.answer_at <= len(self.text):
            raise ValueError(f"answer_at {self.answer_at} is no place in the text")
        if self.thought_span is not None:
            start, end = self.thought_span
            if not 0 <= start <= end <= self.answer_at:
                raise ValueError("thought_span is not before the answer")
            object.__setattr__(self, "thought", self.text[start:end])

    @property
    def key(self) -> tuple[str, int]:
        """(problem id, sample): what a run resumes by."""
        return (self.problem_id, self.sample)

    @property
    def answer(self) -> str:
        """The text without the thought: what verdicts read."""
        return self.text[self.answer_at :]

    @property
    def unfinished(self) -> bool:
        """Whether the model was still thinking at its end."""
        return self.thought_state == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The log-probabilities a model gives to a response after its prompt."""

    id: str
    prompt_logprobs: tuple[float, ...] = ()
    """Natural log per prompt token, from the second on: nothing stands before the first,
    which is the prefix token where there is one."""
    response_logprobs: tuple[float, ...] = ()
    """Natural log per response token; the boundary is given, never guessed. Without a
    prompt and a prefix token its first token is not scored either."""
    bytes: int = 0
    """Of the response, as far as it was scored, in UTF-8."""
    words: int = 0
    """White-space separated words of the response, as far as it was scored."""
    truncated: bool = False
    """The end of the response was cut off."""
    error: str | None = None
    """Why there are no log-probabilities; None where there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one checker decided about one generation."""

    problem_id: str
    sample: Count = 0
    outcome: Outcome
    extracted: str | None = None
    """The answer that was compared; None when none was found."""
    span: tuple[int, int] | None = None
    """Where `extracted` stands in the text: [start, end) in characters; None when it
    was not found or is not a literal piece of the text."""
    extract_rule: str | None = None
    compare_rule: str | None = None
    checker: str
    """Name and version, `metamath-gsm8k/1`."""
    revision: int = 1
    """Of that checker; 1 in files written before it was recorded."""
    truncated: bool = False
    """The generation ran out of tokens."""
    stop_cut: bool = False
    """A stop string ended the generation."""
    note: str | None = None
    """Why, where the outcome alone does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a report."""

    name: str
    unit: str = ""
    """`fraction`, `points` (of 100), `answers`, `characters`, ...; empty for names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A published number."""

    model: str
    size: str = ""
    """`7B`; empty if part of the model's name, or unknown."""
    benchmark: str
    value: float
    """Accuracy, a fraction in [0, 1]."""
    group: str = ""
    """What its table groups it under."""
    source: str
    """Where it was printed, for people."""
    link: str = ""
    aliases: tuple[str, ...] = ()
    """Other names that runs of this model go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an analysis found: a table, what it says in words, and what was published."""

    analysis: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    """One value per column; None where there is none."""
    summary: str
    """What the table says, in a sentence or two."""
    notes: tuple[str, ...] = ()
    """What a reader must know to read it, each a sentence."""
    published: tuple[Fact, ...] = ()
    """Published values of what was measured here."""
    sources: tuple[str, ...] = ()
    """The runs it was made from: model, task, and a hash of the problems."""

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(
                f"report {self.analysis}: {len(self.columns)} columns, a row has {len(wrong[0])}"
            )


class Record(Protocol):
    """Any of the records above."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)


def to_row(record: Record) -> dict[str, Any]:
    """The record as a JSON object, fields in their order; tuples become lists."""
    row = msgspec.to_builtins(record, enc_hook=_plain)
    if isinstance(record, Generation) and record.thought_span is not None:
        row["thought"] = None  # a part of the text, which stands there already
    return {name: _listed(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """What msgspec does not know by itself."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a record may not hold {type(value).__name__}")


def _listed(value: Any) -> Any:
    """Tuples as JSON reads them back, so that a row equals the row that was stored."""
    if isinstance(value, tuple | list):
        return [_listed(each) for each in value]
    return {k: _listed(v) for k, v in value.items()} if isinstance(value, dict) else value


def from_row(kind: type[R], row: Mapping[str, Any]) -> R:
    """The record that `to_row` wrote, each field checked for its type. Unknown keys are ignored.

    Raises DataError that names the field when one is missing, is of another type, or is
    refused by the record itself.
    """
    try:
        return msgspec.convert(row, kind)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        reason = str(error).replace("`", "").replace(" - at $.", ", in the field ")
        raise DataError(f"not a {kind.__name__}: {reason}; got {_keys(row)}") from None


def _keys(row: object) -> str:
    if not isinstance(row, Mapping):
        return type(row).__name__
    return f"the keys {sorted(map(str, row))}"


def as_setting(value: Any, wanted: Any, where: str) -> Any:
    """The value of a setting as its type wants it; `where` begins the message of a ConfigError.

    A number may be a text, for YAML 1.1 takes 1e-3, without a point, for one; a lone text may
    stand for a list of one.
    """
    kinds = (wanted, *get_args(wanted))
    lone = isinstance(value, str) and any(get_origin(kind) is tuple for kind in kinds)
    given = [value] if lone else value
    try:
        return msgspec.convert(given, wanted, strict=float not in kinds)
    except (msgspec.ValidationError, UnicodeEncodeError):  # half a surrogate pair is no number
        raise ConfigError(f"{where} must be {_kind_words(wanted)}, got {brief(value)}") from None


def _kind_words(kind: Any) -> str:
    """A type in a user's words."""
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(map(_kind_words, get_args(kind)))
    return _KIND_WORDS[get_origin(kind) or kind]


_KIND_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    tuple: "a text or a list of texts",
    Mapping: "`key: value` pairs",
    type(None): "nothing",
}


Row = Mapping[str, Any]
"""One line of a data file, as JSON gives it."""
