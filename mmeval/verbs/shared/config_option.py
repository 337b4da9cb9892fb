"""`--config FILE.yaml` for every verb: its options as keys, which the command line overrides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mmeval.errors import ConfigError, unknown
from mmeval.jsonl import read_yaml
from mmeval.text import brief
from mmeval.verbs.shared.options import PATH

HELP = "A YAML file with these options as keys."


def with_config(command: click.Command) -> click.Command:
    """The command with `--config`, where it has none of its own; of a group, its commands.

    Keys are the options' names, with - or _. The command line overrides them.
    """
    if isinstance(command, click.Group):
        for each in command.commands.values():
            with_config(each)
    elif all("--config" not in each.opts for each in command.params):
        option = click.Option(
            ["--config"],
            type=PATH,
            help=HELP,
            is_eager=True,  # before the options that it gives values to
            expose_value=False,
            callback=_read,
        )
        command.params.append(option)
    return command


def _read(ctx: click.Context, param: click.Parameter, file: Path | None) -> None:
    if file is None:
        return
    loaded = read_yaml(file)
    if not isinstance(loaded, Mapping):
        raise ConfigError(f"{file} must hold `key: value` lines, found {type(loaded).__name__}")
    names = _names(ctx.command)
    values: dict[str, Any] = {}
    for key, value in loaded.items():
        name = str(key).replace("-", "_")
        if name not in names:
            raise ConfigError(f"{file}: {unknown('setting', str(key), names)}")
        given = _given(names[name], value, f"{file}: {key}")
        for each in given if isinstance(given, list) else [given]:
            if names_code(str(each), name) or (name == "trust_remote_code" and each is True):
                raise ConfigError(
                    f"{file}: {key} names code to be run, and code runs only where the command "
                    "line names it; take it out of the file and give it as an option"
                )
        values[names[name].name or name] = given
    ctx.default_map = values


def names_code(word: str, option: str = "") -> bool:
    """Whether a word of a command, `x.py` or `NAME=x.py`, makes code run that is not mmeval's;
    of an `option` that hands settings to an engine, whether the setting does."""
    from mmeval.runs.config import named_code

    key, _, value = word.partition("=")
    argument = {key.replace("-", "_"): value} if option.strip("-") in _ENGINE else {}
    return bool(
        _CODE_FILE.search(word)
        or word == "--trust-remote-code"
        or named_code({"engine_args": argument})
    )


_ENGINE = ("engine-arg", "engine_arg", "eval-arg", "eval_arg")
_CODE_FILE = re.compile(r"\.py(?![A-Za-z0-9_])")


def _names(command: click.Command) -> dict[str, click.Parameter]:
    """What a key may be: the long name of an option, or an argument's name."""
    names: dict[str, click.Parameter] = {}
    for each in command.params:
        longs = [opt for opt in each.opts if opt.startswith("--")] or [each.name or ""]
        for long in longs:
            names[long.removeprefix("--").replace("-", "_")] = each
    return {name: each for name, each in names.items() if name not in {"config", "help"}}


def _given(param: click.Parameter, value: Any, where: str) -> Any:
    """A value as the command line would give it: several where the option may be repeated."""
    if param.multiple or param.nargs == -1:
        if isinstance(value, Mapping):  # KEY=VALUE options
            return [f"{key}={each}" for key, each in value.items()]
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]
    if isinstance(value, (Mapping, list)) or value is None:
        raise ConfigError(f"{where} must be one value, got {brief(value)}")
    return value if isinstance(value, bool) else str(value)
