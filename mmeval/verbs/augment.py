"""`mmeval augment`: training data and backward test sets, by a model or without one."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mmeval.augmenting.masking import Style
    from mmeval.augmenting.sources import Source
    from mmeval.config import RunConfig
    from mmeval.sources import DataOptions

F = TypeVar("F", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)
EXAMPLES = """\b
mmeval augment answers --model ./generator --benchmark gsm8k --samples 4 --out aug/answers
mmeval augment fobar --questions train.jsonl --out fobar.jsonl --no-answers
mmeval augment reject --model ./sft --benchmark gsm8k --samples 100 --out aug/rft
mmeval augment mix aug/*/rows.jsonl --out train.json --against gsm8k
mmeval augment backward --benchmark gsm8k --split test --out backward.jsonl
"""


@click.group("augment", epilog=EXAMPLES)
def command() -> None:
    """Make training data from questions with answers, and backward test sets.

    answers, rephrase, fobar and self-verify are MetaMathQA's four augmentations, reject is
    RFT's rejection sampling; all five ask a model, keep what checks out, and go on where
    they were when the same command is given again.
    """


def _stacked(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


SOURCE = _stacked(
    click.option("--benchmark", help="Questions of a benchmark (mmeval list)."),
    click.option("--questions", type=PATH, help="Questions of a file: question and answer."),
    click.option("--split", help="Of the benchmark; train by default."),
    click.option("--limit", type=int, help="Draw N questions by the seed."),
    click.option("--seed", type=int, default=0, show_default=True),
    click.option("--style", type=click.Choice(["GSM", "MATH"]), help="Default: by the golds."),
    click.option("--data", help="Folder with data files (default: $MMEVAL_DATA, then the hub)."),
    click.option("--any-data", is_flag=True, help="Accept data that are not the published ones."),
)
GUARD = _stacked(
    click.option("--against", multiple=True, help="Test sets that must stay out; repeatable."),
    click.option("--allow-overlap", is_flag=True, help="Check against no test set."),
)
MODEL = _stacked(
    click.option("--model", help="A folder, a hub id, an alias (mmeval models), or a label."),
    click.option("--revision", help="Commit, tag or branch of a hub model."),
    click.option("--engine", default="auto", show_default=True, help="As in mmeval run."),
    click.option("--engine-arg", "engine_args", multiple=True, metavar="KEY=VALUE"),
    click.option("--dtype", default="auto", show_default=True),
    click.option("--chat", is_flag=True, help="Ask as a user's turn, as GPT-3.5 was asked."),
    click.option("--samples", type=int, default=1, show_default=True, help="A question."),
    click.option("--temperature", type=float, default=0.7, show_default=True),
    click.option("--top-p", type=float, default=1.0, show_default=True),
    click.option("--max-tokens", type=int, default=512, show_default=True),
    click.option("--checker", default="mmeval/1", show_default=True, help="What is right."),
    click.option("--responses", help="Replay: a JSONL file with somebody's outputs."),
    click.option("--text", help="Replay: the field with the output."),
    click.option("--question", help="Replay: the field with the question (default: found)."),
    click.option("--trust-remote-code", is_flag=True),
    click.option("--json", "as_json", is_flag=True, help="The report as one line of JSON."),
)
RULE = click.option(
    "--rule",
    type=click.Choice(["published", "improved"]),
    default="published",
    show_default=True,
    help="Which numbers can be hidden.",
)
WORDING = click.option(
    "--wording",
    type=click.Choice(["to", "of"]),
    default="to",
    show_default=True,
    help="The answer to (MetaMathQA), or of (GSM8K-Backward), the question.",
)
OUT = click.option("--out", type=PATH, required=True, help="The folder of rows and steps.")
ANSWERS = click.option(
    "--answers", type=int, default=1, show_default=True, help="For each made question."
)


@command.command("answers")
@SOURCE
@GUARD
@MODEL
@OUT
@click.pass_context
def answers(ctx: click.Context, /, **options: Any) -> None:
    """AnsAug: more worked answers to the same questions; the right ones are kept."""
    _make(ctx, "answers", options)


@command.command("rephrase")
@SOURCE
@GUARD
@MODEL
@ANSWERS
@OUT
@click.pass_context
def rephrase(ctx: click.Context, /, **options: Any) -> None:
    """The questions in other words, answered; kept where the answer stays."""
    _make(ctx, "rephrase", options)


@command.command("self-verify")
@SOURCE
@GUARD
@MODEL
@RULE
@ANSWERS
@OUT
@click.pass_context
def self_verify(ctx: click.Context, /, **options: Any) -> None:
    """A number hidden, question and answer made a statement, x asked for."""
    _make(ctx, "self-verify", options)


@command.command("reject")
@SOURCE
@GUARD
@MODEL
@click.option("--prompt", default="metamath", show_default=True, help="The model's own prompt.")
@OUT
@click.pass_context
def reject(ctx: click.Context, /, **options: Any) -> None:
    """RFT: many answers of a tuned model; of each list of equations one right path."""
    _make(ctx, "reject", options)


@command.command("fobar")
@SOURCE
@GUARD
@MODEL
@RULE
@WORDING
@click.option("--no-answers", is_flag=True, help="The backward questions alone; no model.")
@click.option("--out", type=PATH, required=True, help="A folder; with --no-answers a JSONL file.")
@click.pass_context
def fobar_command(ctx: click.Context, /, no_answers: bool, **options: Any) -> None:
    """A number hidden, the answer told as a condition, x asked for."""
    if not no_answers:
        _make(ctx, "fobar", options)
        return
    from mmeval import jsonl
    from mmeval.augmenting import fobar
    from mmeval.augmenting.masking import rule_named

    source, style = questions_of(options)
    rule = rule_named(options["rule"])
    made = fobar.backward(source.problems, style, rule, options["wording"])
    jsonl.write_rows(options["out"], fobar.question_rows(made))
    from_ = len({problem.meta["original"] for problem in made})
    click.echo(
        f"{len(made):,} backward questions of {from_:,} of {len(source.problems):,} questions "
        f"are in {options['out']}"
    )


def questions_of(options: dict[str, Any], split: str = "train") -> tuple[Source, Style]:
    """The questions, and how they are to be written."""
    from mmeval.augmenting.sources import from_benchmark, from_file, require_options, style_of

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
    from mmeval.sources import DataOptions

    folder = options["data"] or os.environ.get("MMEVAL_DATA") or None
    return DataOptions(
        folder=Path(folder) if folder else None,
        limit=options.get("limit"),
        seed=options.get("seed", 0),
        allow_any=options.get("any_data", False),
    )


def _make(ctx: click.Context, kind: str, options: dict[str, Any]) -> None:
    """One of the five augmentations: asks, keeps, writes, and prints the report."""
    from mmeval import catalog
    from mmeval.augmenting.generating import Making
    from mmeval.augmenting.guarding import guard_for
    from mmeval.augmenting.making import Wanted, make
    from mmeval.augmenting.masking import rule_named
    from mmeval.records import to_row
    from mmeval.starting import redirected
    from mmeval.verbs.analyse import print_report
    from mmeval.verbs.run import sigterm_as_ctrl_c
    from mmeval.verbs.terminal import Terminal

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
    guard = guard_for(source, options["against"], options["allow_overlap"], data_options(options))
    with (
        Terminal() as terminal,
        sigterm_as_ctrl_c(),
        redirected([1], 2),
        redirect_stdout(sys.stderr),
    ):
        report = make(making, wanted, guard, terminal)
    if options["as_json"]:
        click.echo(json.dumps(to_row(report), ensure_ascii=False))
        return
    print_report(report)
    click.echo(f"the rows are in {making.folder / 'rows.jsonl'}")


def _config(options: dict[str, Any], source: Source) -> RunConfig:
    """What the steps ask the engine, with the checks of `mmeval run`."""
    from mmeval.config import make_config, parse_scalar
    from mmeval.errors import ConfigError

    pairs = [each.partition("=") for each in options["engine_args"]]
    if any(not equals for _, equals, _ in pairs):
        raise ConfigError("--engine-arg must be KEY=VALUE, such as batch_size=8")
    if options["engine"] == "replay" and not (options["responses"] and options["text"]):
        raise ConfigError("--engine replay needs --responses FILE.jsonl and --text FIELD")
    kept = "model revision engine dtype seed samples temperature top_p max_tokens responses text"
    settings = {name: options[name] for name in [*kept.split(), "question", "trust_remote_code"]}
    args = {key.replace("-", "_"): parse_scalar(value) for key, _, value in pairs}
    return make_config({**settings, "engine_args": args, "benchmark": (source.name,)})


def _command_line(ctx: click.Context) -> str:
    """The command as it was given, to go on with."""
    from click.core import ParameterSource

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
    return shlex.join(words)


def _add_data_commands() -> None:
    from mmeval.verbs import augment_data

    command.add_command(augment_data.mix)
    command.add_command(augment_data.backward)


_add_data_commands()
