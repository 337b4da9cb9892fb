"""What `mmeval run` is asked to do, as one checked value.

Every field is an option of the command line, a key of `--config FILE.yaml`, and a key
of the `config` block in a run's manifest, so that a manifest is a valid config.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from mmeval.answers.thoughts import OpensThought
from mmeval.catalog import is_code
from mmeval.errors import ConfigError, MissingData, unknown
from mmeval.jsonl import read_yaml
from mmeval.problems.load import DataOptions, data_folder
from mmeval.records import Sampling, Scalar, UnfinishedThought, as_setting
from mmeval.text import brief, clean_setting, is_locked, is_secret, shown

if TYPE_CHECKING:  # at run time where they are made: `mmeval run --help` waits for no engine
    from mmeval.engines.engine import EngineOptions
    from mmeval.engines.replay import ReplaySpec


SamplingFrom = Literal["given", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One call of `mmeval run`: a model, one or more benchmarks, how to ask and judge."""

    model: str
    """A path, a hub id, an embedded alias, a served name, or a label (replay)."""
    benchmark: tuple[str, ...]
    """Names or `.py` paths, at least one."""
    split: str | None = None
    """None: each benchmark's own default."""
    revision: str | None = None
    """The commit, tag or branch of a hub model; None: its main branch."""
    engine: str = "auto"
    engine_args: Mapping[str, Scalar] = field(default_factory=dict)
    """Settings for the engine itself, `--engine-arg KEY=VALUE`."""
    dtype: str = "auto"
    prompt: str | None = None
    """A prompt's name, or the path of a `.py` or `.txt`; None: the benchmark's own."""
    shots: int = 0
    """Solved examples before the question, drawn from a train split by `seed`."""
    limit: int | None = None
    """Draw so many problems by `seed`; None: all. A limited run is marked partial."""
    seed: int = 0
    samples: int = 1
    """Answers per problem."""
    repeats: int = 0
    """How often all is asked once more, in another order, to measure the engine's noise."""
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    """These four: None where nothing is set."""
    sampling: SamplingFrom = "given"
    """`model`: by the model's own generation_config.json, where nothing else is given."""
    system: str | None = None
    """A system message before the turns of a chat."""
    chat_args: Mapping[str, Scalar] = field(default_factory=dict)
    """Variables of the chat template, `--chat-arg enable_thinking=false`."""
    reasoning_effort: str | None = None
    """`low`, `medium`, `high` or another word of the model's."""
    thinking_budget: int | None = None
    """Tokens that a thought may have, where the model or server has a switch for it."""
    max_tokens: int | None = None
    """None: as the benchmark declares it (the paper's 512 or 2,048)."""
    stop: tuple[str, ...] | None = None
    """None: the prompt's own stop strings; empty: none at all."""
    checker: tuple[str, ...] = ()
    """Empty: the benchmark's own checkers."""
    out: str | None = None
    """The run folder; with several benchmarks, each gets a folder below it."""
    data: str | None = None
    """A folder with data files; None: the environment's MMEVAL_DATA, then the hub."""
    any_data: bool = False
    """Accept data whose hash is not the published one; the run is marked."""
    shard: str | None = None
    """`I/N`: do only the I-th of N parts."""
    trust_remote_code: bool = False
    use_generation_config: bool = False
    opens_thought: OpensThought = "auto"
    """Whether the prompt opens the model's thought, so that texts begin in it; `auto`: as the
    prompt's end tells, or where that is not known, the texts."""
    unfinished_thought: UnfinishedThought = "no_answer"
    """What an answer counts as that is a thought alone, never finished."""
    responses: str | None = None
    """Replay: the JSONL file with existing outputs."""
    text: str | None = None
    """Replay: the field that holds the output, for example `output.0`."""
    question: str | None = None
    """Replay: the field that holds the question; None: any field that does."""
    finish: str | None = None
    """Replay: the field with the finish reason; None: every answer ended by itself."""
    thought: str | None = None
    """Replay: the field with the thought, where it is apart from the text."""
    by_order: bool = False
    """Replay: row i answers problem i."""
    only_replayed: bool = False
    """Replay: ask only the problems that the file has a row for, where it is of a part of the
    benchmark; the run is marked partial, and so is everything that shows it."""

    def __post_init__(self) -> None:
        for key in _LISTS:
            if isinstance(getattr(self, key), str):  # it would be read letter by letter
                raise ConfigError(f"{key} must be a list of texts, got {brief(getattr(self, key))}")
        for key, rule, holds in (
            ("benchmark", "needs at least one name", bool(self.benchmark)),
            ("out", "must name a folder", self.out is None or self.out.strip()),
            ("shots", "must be 0 or more", self.shots >= 0),
            ("limit", "must be 1 or more", self.limit is None or self.limit >= 1),
            ("max_tokens", "must be 1 or more", self.max_tokens is None or self.max_tokens >= 1),
            ("samples", "must be 1 or more", self.samples >= 1),
            ("repeats", "must be 0 or more", self.repeats >= 0),
            (
                "opens_thought",
                f"must be {_choice(OpensThought)}",
                self.opens_thought in get_args(OpensThought),
            ),
            (
                "unfinished_thought",
                f"must be {_choice(UnfinishedThought)}",
                self.unfinished_thought in get_args(UnfinishedThought),
            ),
            (
                "sampling",
                f"must be {_choice(SamplingFrom)}",
                self.sampling in get_args(SamplingFrom),
            ),
            (
                "thinking_budget",
                "must be 0 or more",
                self.thinking_budget is None or self.thinking_budget >= 0,
            ),
            ("dtype", "must be auto, bfloat16, float16 or float32", self.dtype in _DTYPES),
        ):
            if not holds:
                raise ConfigError(f"{key} {rule}, got {brief(getattr(self, key))}")
        if self.shard is not None:
            parse_shard(self.shard)
        for key, value in self.engine_args.items():
            check_engine_arg(key, value)
        for key, value in self.chat_args.items():
            check_chat_arg(key, value)

    @property
    def data_options(self) -> DataOptions:
        """Where the rows come from: `--data`, else MMEVAL_DATA, else the hub."""
        return DataOptions(
            folder=data_folder(self.data),
            limit=self.limit,
            seed=self.seed,
            allow_any=self.any_data,
        )

    @property
    def engine_options(self) -> EngineOptions:
        """What the engine is opened with."""
        from mmeval.engines.engine import EngineOptions

        return EngineOptions(
            args=self.engine_args,
            dtype=self.dtype,
            seed=self.seed,
            trust_remote_code=self.trust_remote_code,
            opens_thought=self.opens_thought,
            use_generation_config=self.use_generation_config,
            chat_args=self.chat_args,
            reasoning_effort=self.reasoning_effort,
            thinking_budget=self.thinking_budget,
        )

    @property
    def replay_spec(self) -> ReplaySpec | None:
        """The file that is replayed; None for an engine that generates."""
        if self.engine != "replay":
            return None
        if self.responses is None or self.text is None:
            raise ConfigError("--engine replay needs --responses FILE.jsonl and --text FIELD")
        from mmeval.engines.replay import ReplaySpec

        return ReplaySpec(
            responses=Path(self.responses),
            text=self.text,
            question=self.question,
            finish=self.finish,
            thought=self.thought,
            opens_thought=self.opens_thought,
            by_order=self.by_order,
        )

    @property
    def part(self) -> tuple[int, int] | None:
        """The shard as (I, N), 1 <= I <= N; None for the whole run."""
        return None if self.shard is None else parse_shard(self.shard)

    def sampling_for(self, max_tokens: int, stop: tuple[str, ...], stored: int) -> Sampling:
        """How the model is asked, with a benchmark's budget and a prompt's stop strings where
        none were given, and never fewer answers than are stored. Raises ConfigError."""
        try:
            return Sampling(
                temperature=self.temperature,
                top_p=self.top_p,
                max_tokens=max_tokens if self.max_tokens is None else self.max_tokens,
                n=max(self.samples, stored),
                seed=self.seed,
                stop=stop if self.stop is None else self.stop,
                top_k=self.top_k,
                min_p=self.min_p,
                presence_penalty=self.presence_penalty,
                repetition_penalty=self.repetition_penalty,
            )
        except ValueError as error:
            raise ConfigError(str(error)) from None


_OF_THE_CALL = frozenset(
    {"messages", "conversation", "tokenize", "add_generation_prompt", "continue_final_message"}
    | {"chat_template", "return_tensors", "return_dict", "padding", "truncation", "max_length"}
    | {"tokenizer_kwargs", "return_assistant_tokens_mask"}
)
"""What the call of a chat template has for itself."""


def check_chat_arg(key: object, value: object) -> None:
    """Raises ConfigError for what is no variable of a chat template."""
    usable = isinstance(key, str) and key.isidentifier() and key not in _OF_THE_CALL
    if not usable or not isinstance(value, Scalar):
        raise ConfigError(
            f"--chat-arg {brief(key)}: must be a variable of the chat template and one text, "
            "number or boolean, such as enable_thinking=false"
        )


_DTYPES = ("auto", "bfloat16", "float16", "float32")


def _choice(kind: Any) -> str:
    return " or ".join(get_args(kind))


_LISTS = ("benchmark", "stop", "checker")


def check_engine_arg(key: object, value: object) -> None:
    """Raises ConfigError for what no engine takes, and for secrets, without repeating them."""
    if not isinstance(key, str) or not isinstance(value, Scalar):
        raise ConfigError(
            f"--engine-arg {key}: the value must be one text, number or boolean, found "
            f"{type(value).__name__}"
        )
    if key.startswith(("header.", "query.")):
        if is_locked(key) and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,80}", str(value)):
            raise ConfigError(
                f"--engine-arg {key} takes the name of an environment variable, and was given "
                "something else: the secret itself stays in the environment"
            )
        return
    if is_secret(key):
        raise ConfigError(
            f"--engine-arg {key}: a secret must not appear on a command line or in a manifest; "
            "put it into the environment (OPENAI_API_KEY)"
        )
    if key.endswith("_env") and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(value)):
        raise ConfigError(
            f"--engine-arg {key} takes the name of an environment variable, and was given "
            "something else: the secret itself stays in the environment"
        )


def parse_shard(text: str) -> tuple[int, int]:
    """(I, N) of `I/N`, 1 <= I <= N; raises ConfigError for anything else."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ConfigError(f"shard must be I/N with 1 <= I <= N, for example 2/4; got {text!r}")
    return int(match[1]), int(match[2])


CODE_OPTIONS = frozenset({"benchmark", "prompt", "trust_remote_code", "engine_args"})
"""Beside `checker`, what may name code."""
_CODE_KEYS = re.compile(
    r"(cls|class|plugins?|processors?|executor_backend|module(_path)?|trust_remote_code)$"
)
_DOTTED = re.compile(r"[A-Za-z_]\w*([.:][A-Za-z_]\w*)+|.*\.py", re.DOTALL)


def named_code(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the settings that name code to be run: a `.py` file, the code that comes with a
    model, a module that the engine is to import."""
    code = {
        key: value
        for key in ("benchmark", "prompt", "checker")
        if any(map(is_code, _listed(value := settings.get(key))))
    }
    if settings.get("trust_remote_code"):
        code["trust_remote_code"] = True
    arguments = {
        key: value
        for key, value in dict(settings.get("engine_args") or {}).items()
        if _CODE_KEYS.search(key) or (isinstance(value, str) and _DOTTED.fullmatch(value))
    }
    return code | ({"engine_args": arguments} if arguments else {})


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def resume_command(folder: Path | str, settings: Mapping[str, Any], more: str = "") -> str:
    """The command that resumes the run in a folder. What its settings name of code is said
    again, for a file's word is not enough to run code."""
    words = shlex.join(["mmeval", "run", *_words(named_code(settings)), "--resume", str(folder)])
    return f"{words} {more}".rstrip()


def require_said(settings: Mapping[str, Any], given: Mapping[str, Any], path: str) -> None:
    """Raises ConfigError where the settings of a file name code and the command line, whose
    options are `given`, does not say it again."""
    code = named_code(settings)
    arguments = code.get("engine_args", {}).keys() - dict(given.get("engine_args") or {}).keys()
    unsaid = {
        key: {name: value[name] for name in sorted(arguments)} if key == "engine_args" else value
        for key, value in code.items()
        if (arguments if key == "engine_args" else key not in given)
    }
    if unsaid:
        raise ConfigError(
            f"{path} names code to be run, and code runs only where the command line names it; "
            f"where you trust it, add: {shlex.join(_words(unsaid))}"
        )


def server_named(arguments: Mapping[str, Any], where: object) -> str | None:
    """A line that names the server which a file's engine settings name, and what goes there:
    whoever made the file chose it. None where they name none."""
    server = arguments.get("base_url")
    if not server:
        return None
    key = str(arguments.get("api_key_env") or "OPENAI_API_KEY")
    return shown(
        f"{where} names the server: prompts, and the key in {key} where it is set, go to "
        f"{clean_setting('base_url', str(server))}"
    )


def read_config(path: Path) -> dict[str, Any]:
    """The settings in a YAML file or in a run's manifest.json, checked by name and type.

    Raises MissingData for a file that is not there, and ConfigError naming the file and
    the key, with near misses. What it names of code is for `require_said`.
    """
    loaded = _load(path)
    if isinstance(loaded, dict) and "schema" in loaded and isinstance(loaded.get("config"), dict):
        loaded = loaded["config"]
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path} must hold `key: value` lines, found {type(loaded).__name__}")
    named = [(_key(key, path), loaded[key]) for key in loaded]
    hints = get_type_hints(RunConfig)
    settings = {key: as_setting(value, hints[key], f"{path}: {key}") for key, value in named}
    if len(settings) < len(named):
        twice = sorted(key for key in settings if sum(key == each for each, _ in named) > 1)
        raise ConfigError(f"{path}: {', '.join(twice)} appears twice")
    return settings


def _load(path: Path) -> Any:
    """What the file holds. JSON is read as JSON: YAML refuses some of its characters, and
    reads 1e-05 as a text."""
    if not path.is_file():
        raise MissingData(f"no config file at {path}")
    if path.suffix != ".json":
        return read_yaml(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not JSON: {' '.join(str(error).split())}") from None


def _key(key: object, path: Path) -> str:
    name = str(key).replace("-", "_")
    names = [each.name for each in fields(RunConfig)]
    if name not in names:
        raise ConfigError(f"{path}: {unknown('setting', str(key), names)}")
    return name


def make_config(settings: Mapping[str, Any]) -> RunConfig:
    """The checked config; a missing model or benchmark is a ConfigError that says so."""
    for needed in ("model", "benchmark"):
        if not settings.get(needed):
            raise ConfigError(f"--{needed} is missing (or the key `{needed}` in --config FILE)")
    return RunConfig(**settings)


def command_line(config: RunConfig) -> str:
    """The command that asks for this run, whoever began it: a notebook's own is none."""
    return shlex.join(["mmeval", "run", *_words(config_row(config))])


def _words(settings: Mapping[str, Any]) -> list[str]:
    """The settings as options of the command line."""
    words = []
    for key, value in settings.items():
        if key in ("engine_args", "chat_args"):
            option = f"--{key[:-1].replace('_', '-')}"
            words += [f"{option}={name}={_typed(each)}" for name, each in value.items()]
            continue
        option = f"--{key.replace('_', '-')}"
        if value is True:
            words.append(option)
        else:  # no stop strings at all are one empty one on the command line
            values = (value or [""]) if isinstance(value, list | tuple) else [value]
            words += [f"{option}={_typed(each)}" for each in values]
    return words


def _typed(value: Any) -> str:
    """The value as `--engine-arg` and the other options read it."""
    return value if isinstance(value, str) else json.dumps(value)


def config_row(config: RunConfig) -> dict[str, Any]:
    """The config as the manifest keeps it: what was set, nothing that is a default, and
    neither credentials nor queries in URLs, but for Azure's api-version."""
    version = re.search(
        r"[?&]api-version=([\w.-]{1,40})(?:&|$)", str(config.engine_args.get("base_url"))
    )
    if version:
        arguments = {"query.api-version": version[1], **config.engine_args}
        config = replace(config, engine_args=arguments)
    return {
        key: _kept(value) if key != "stop" else list(value)
        for key, value in asdict(config).items()
        if value != RunConfig.__dataclass_fields__[key].default and value != {}
    }


def _kept(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return clean_setting(name, value)
    if isinstance(value, tuple):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {key: _kept(each, key) for key, each in value.items()}
    return value
