"""What `mmeval run` is asked to do, as one checked value.

Every field is an option of the command line, a key of `--config FILE.yaml`, and a key
of the `config` block in a run's manifest, so that a manifest is a valid config.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mmeval.errors import ConfigError, MissingData, unknown
from mmeval.problems.load import DataOptions, data_folder
from mmeval.records import Scalar

_SECRET = re.compile(
    r"(^|[-_.])((api|access|private|secret)[-_]?key|token|secret|password|passwd|credentials?"
    r"|authorization|bearer)$",
    re.IGNORECASE,
)
"""The names of settings that hold a secret; `max_num_batched_tokens`, `tokenizer_mode` and
`api_key_env`, the name of a variable, are none."""


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
    responses: str | None = None
    """Replay: the JSONL file with existing outputs."""
    text: str | None = None
    """Replay: the field that holds the output, for example `output.0`."""
    question: str | None = None
    """Replay: the field that holds the question; None: any field that does."""
    finish: str | None = None
    """Replay: the field with the finish reason; None: every answer ended by itself."""
    by_order: bool = False
    """Replay: row i answers problem i."""
    only_replayed: bool = False
    """Replay: ask only the problems that the file has a row for, where it is of a part of the
    benchmark; the run is marked partial, and so is everything that shows it."""

    def __post_init__(self) -> None:
        for key in _LISTS:
            if isinstance(getattr(self, key), str):  # it would be read letter by letter
                raise ConfigError(f"{key} must be a list of texts, got {getattr(self, key)!r}")
        for key, rule, holds in (
            ("benchmark", "needs at least one name", bool(self.benchmark)),
            ("shots", "must be 0 or more", self.shots >= 0),
            ("limit", "must be 1 or more", self.limit is None or self.limit >= 1),
            ("max_tokens", "must be 1 or more", self.max_tokens is None or self.max_tokens >= 1),
            ("samples", "must be 1 or more", self.samples >= 1),
            ("repeats", "must be 0 or more", self.repeats >= 0),
            ("dtype", "must be auto, bfloat16, float16 or float32", self.dtype in _DTYPES),
        ):
            if not holds:
                raise ConfigError(f"{key} {rule}, got {getattr(self, key)!r}")
        if self.shard is not None:
            parse_shard(self.shard)
        for key, value in self.engine_args.items():
            _check_engine_arg(key, value)


_DTYPES = ("auto", "bfloat16", "float16", "float32")
_LISTS = ("benchmark", "stop", "checker")


def _check_engine_arg(key: object, value: object) -> None:
    """Raises ConfigError for what no engine takes, and for secrets, without repeating them."""
    if not isinstance(key, str) or not isinstance(value, Scalar):
        raise ConfigError(
            f"--engine-arg {key}: the value must be one text, number or boolean, found "
            f"{type(value).__name__}"
        )
    if _SECRET.search(key):
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


def read_config(path: Path) -> dict[str, Any]:
    """The settings in a YAML file or in a run's manifest.json, checked by name and type.

    Raises MissingData for a file that is not there, and ConfigError naming the file and
    the key, with near misses.
    """
    loaded = _load(path)
    if isinstance(loaded, dict) and "schema" in loaded and isinstance(loaded.get("config"), dict):
        loaded = loaded["config"]
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path} must hold `key: value` lines, found {type(loaded).__name__}")
    named = [(_key(key, path), loaded[key]) for key in loaded]
    settings = {key: _value(key, value, path) for key, value in named}
    if len(settings) < len(named):
        twice = sorted(key for key in settings if sum(key == each for each, _ in named) > 1)
        raise ConfigError(f"{path}: {', '.join(twice)} appears twice")
    return settings


def _load(path: Path) -> Any:
    """What the file holds. JSON is read as JSON: YAML refuses some of its characters, and
    reads 1e-05 as a text."""
    import yaml

    if not path.is_file():
        raise MissingData(f"no config file at {path}")
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise ConfigError(f"{path} is not {kind}: {' '.join(str(error).split())}") from None


def _key(key: object, path: Path) -> str:
    name = str(key).replace("-", "_")
    known = [each.name for each in fields(RunConfig)]
    if name not in known:
        raise ConfigError(f"{path}: {unknown('setting', str(key), known)}")
    return name


def _value(key: str, value: Any, path: Path) -> Any:
    """The value as its field wants it; a lone string is a list of one where a list is due."""
    if key in _LISTS and value is not None:
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ConfigError(f"{path}: {key} must be a text or a list of texts, got {value!r}")
        return tuple(value)
    wanted = _KINDS[key]
    if value is None and None not in wanted:
        raise ConfigError(f"{path}: {key} must not be empty")
    if float in wanted and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if float in wanted and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)  # YAML 1.1 takes 1e-3, without a point, for a text
    if isinstance(value, bool) and bool not in wanted:
        raise ConfigError(f"{path}: {key} must not be true or false")
    if value is not None and not isinstance(value, tuple(k for k in wanted if k is not None)):
        raise ConfigError(
            f"{path}: {key} must be {' or '.join(k.__name__ for k in wanted if k)}, got {value!r}"
        )
    return value


_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
_KINDS: dict[str, tuple[type | None, ...]] = {
    **dict.fromkeys(("model", "engine", "dtype"), (str,)),
    **dict.fromkeys(
        (
            "split",
            "revision",
            "prompt",
            "out",
            "data",
            "shard",
            "responses",
            "text",
            "question",
            "finish",
        ),
        (str, None),
    ),
    **dict.fromkeys(("stop",), (list, None)),
    "engine_args": (dict,),
    **dict.fromkeys(("shots", "seed", "samples", "repeats"), (int,)),
    **dict.fromkeys(("limit", "max_tokens"), (int, None)),
    **dict.fromkeys(("temperature", "top_p"), (float,)),
    **dict.fromkeys(
        (
            "any_data",
            "trust_remote_code",
            "use_generation_config",
            "by_order",
            "only_replayed",
        ),
        (bool,),
    ),
}


def make_config(settings: Mapping[str, Any]) -> RunConfig:
    """The checked config; a missing model or benchmark is a ConfigError that says so."""
    for needed in ("model", "benchmark"):
        if not settings.get(needed):
            raise ConfigError(f"--{needed} is missing (or the key `{needed}` in --config FILE)")
    return RunConfig(**settings)


_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
_QUERY = re.compile(r"(://[^\s?]*)\?\S*")


def command_line(config: RunConfig) -> str:
    """The command that asks for this run, whoever began it: a notebook's own is none."""
    words = ["mmeval", "run"]
    for key, value in config_row(config).items():
        if key == "engine_args":
            words += [f"--engine-arg={name}={_typed(each)}" for name, each in value.items()]
            continue
        option = f"--{key.replace('_', '-')}"
        if value is True:
            words.append(option)
        else:  # no stop strings at all are one empty one on the command line
            values = (value or [""]) if isinstance(value, list) else [value]
            words += [f"{option}={_typed(each)}" for each in values]
    return shlex.join(words)


def _typed(value: Any) -> str:
    """The value as `--engine-arg` and the other options read it."""
    return value if isinstance(value, str) else json.dumps(value)


def config_row(config: RunConfig) -> dict[str, Any]:
    """The config as the manifest keeps it: what was set, nothing that is a default, and
    neither credentials nor queries in URLs."""
    return {
        key: _kept(value) if key != "stop" else list(value)
        for key, value in asdict(config).items()
        if value != RunConfig.__dataclass_fields__[key].default and value != {}
    }


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return _QUERY.sub(r"\1", _CREDENTIALS.sub("", value))
    if isinstance(value, tuple):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {key: _kept(each) for key, each in value.items()}
    return value


def data_options(config: RunConfig) -> DataOptions:
    """Where the rows come from: `--data`, else MMEVAL_DATA, else the hub."""
    return DataOptions(
        folder=data_folder(config.data),
        limit=config.limit,
        seed=config.seed,
        allow_any=config.any_data,
    )
