"""What the commands of `mmeval augment` share: their questions, and one call of a model."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mmeval.augmenting.masks.mask import Style
    from mmeval.augmenting.questions import Source
    from mmeval.problems.load import DataOptions
    from mmeval.runs.config import RunConfig
    from mmeval.training_data.overlap.guard import Guard


def questions_of(options: dict[str, Any], split: str = "train") -> tuple[Source, Style]:
    """The questions, and how they are to be written."""
    from mmeval.augmenting.questions import from_benchmark, from_file, require_options, style_of

    name, file = options["benchmark"], options["questions"]
    require_options(name, file)
    where = data_options(options)
    source = (
        from_file(file, where) if file else from_benchmark(name, options["split"] or split, where)
    )
    style: Style = options["style"] or style_of(source.problems)
    return source, style


def data_options(options: dict[str, Any]) -> DataOptions:
    """Where the rows come from: `--data`, else MMEVAL_DATA, else the hub."""
    from mmeval.problems.load import DataOptions, data_folder

    return DataOptions(
        folder=data_folder(options["data"]),
        limit=options.get("limit"),
        seed=options.get("seed", 0),
        allow_any=options.get("any_data", False),
    )


def kept_out(source: Source | None, options: dict[str, Any], say: Callable[[str], None]) -> Guard:
    """What keeps test problems out of the rows, by the options of `GUARD`."""
    from mmeval.augmenting.questions import guard_for

    where = data_options(options)
    named, allowed, embedder = (options[k] for k in ("against", "allow_overlap", "embedder"))
    guard = guard_for(source, named, allowed, where, embedder)
    guard.say = say
    return guard


def make_rows(ctx: click.Context, kind: str, options: dict[str, Any]) -> None:
    """One of the five augmentations: asks, keeps, writes, and prints the report."""
    from mmeval import catalog
    from mmeval.augmenting.make import Wanted, make
    from mmeval.augmenting.masks.rules import rule_named
    from mmeval.augmenting.steps import Making
    from mmeval.engines.start import redirected
    from mmeval.records import to_row
    from mmeval.verbs.analyse import print_report
    from mmeval.verbs.run import sigterm_as_ctrl_c
    from mmeval.verbs.shared.terminal import Terminal

    checker = catalog.load("checkers", options["checker"])
    source, style = questions_of(options)
    rule = options.get("rule", "published")
    wanted = Wanted(
        kind=kind,
        style=style,
        checker=checker,
        samples=options["samples"],
        answers=options.get("answers", 1),
        rule=rule_named(rule),
        rule_name=rule,
        clause=rule,
        wording=options.get("wording", "to"),
        prompt=catalog.load("prompts", options["prompt"]) if "prompt" in options else None,
    )
    making = Making(
        config=_config(options, source),
        source=source,
        folder=options["out"],
        command=_command_line(ctx),
        chat=options["chat"],
    )
    with (
        Terminal() as terminal,
        sigterm_as_ctrl_c(),
        redirected([1], 2),
        redirect_stdout(sys.stderr),
    ):
        guard = kept_out(source, options, terminal.say)
        report = make(making, wanted, guard, terminal)
    if options["as_json"]:
        click.echo(json.dumps(to_row(report), ensure_ascii=False))
        return
    print_report(report)
    click.echo(f"the rows are in {making.folder / 'rows.jsonl'}")


def _config(options: dict[str, Any], source: Source) -> RunConfig:
    """What the steps ask the engine, with the checks of `mmeval run`."""
    from mmeval.errors import ConfigError
    from mmeval.runs.config import make_config
    from mmeval.verbs.shared.options import parse_scalar

    pairs = [each.partition("=") for each in options["engine_args"]]
    if any(not equals for _, equals, _ in pairs):
        raise ConfigError("--engine-arg must be KEY=VALUE, such as batch_size=8")
    if options["engine"] == "replay" and not (options["responses"] and options["text"]):
        raise ConfigError("--engine replay needs --responses FILE.jsonl and --text FIELD")
    kept = "model revision engine dtype seed samples temperature top_p max_tokens responses text"
    settings = {name: options[name] for name in [*kept.split(), "question", "trust_remote_code"]}
    args = {key.replace("-", "_"): parse_scalar(value) for key, _, value in pairs}
    return make_config({**settings, "engine_args": args, "benchmark": (source.benchmark.name,)})


def _command_line(ctx: click.Context) -> str:
    """The command as it was given, for resuming; secrets are to be given again."""
    from click.core import ParameterSource

    from mmeval.text import clean_words

    words = [*ctx.command_path.split()]
    for param in ctx.command.params:
        assert param.name is not None
        if ctx.get_parameter_source(param.name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[param.name]
        if value is True:
            words.append(param.opts[0])
        else:
            values = value if isinstance(value, tuple) else (value,)
            words += [each for one in values for each in (param.opts[0], str(one))]
    return shlex.join(clean_words(words))
