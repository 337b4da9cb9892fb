"""`--config FILE.yaml` for every verb: its options as keys, which the command line overrides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mmeval.errors import ConfigError, unknown
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
        values[names[name].name or name] = _given(names[name], value, f"{file}: {key}")
    ctx.default_map = values


def read_yaml(file: Path, what: str = "config file") -> Any:
    """The content of a YAML file. Raises ConfigError where there is none, or it is not YAML."""
    import yaml

    if not file.is_file():
        raise ConfigError(f"no {what} at {file}")
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not YAML: {' '.join(str(error).split())}") from None


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
        raise ConfigError(f"{where} must be one value, got {value!r}")
    return value if isinstance(value, bool) else str(value)
