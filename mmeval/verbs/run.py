"""`mmeval run`: generate answers to benchmarks and judge them."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NoReturn, get_args

import click
from click.core import ParameterSource

from mmeval.answers.thoughts import OpensThought
from mmeval.errors import ConfigError
from mmeval.runs.config import (
    CODE_OPTIONS,
    SamplingFrom,
    check_engine_arg,
    make_config,
    named_code,
    read_config,
    require_said,
    server_named,
)
from mmeval.verbs.shared.options import FILLED, UNFINISHED, parse_scalar

BESIDE_RESUME = frozenset(
    {"samples", "repeats", "checker", "model", "data", "responses", "shard"}
    | {"unfinished_thought"}
)
"""More samples and repeats, another way to judge, and what may lie elsewhere by now: the run's
identity, which holds hashes, still refuses another model, other data and other responses."""
_EPILOG = """\b
mmeval run --model smollm2-135m --benchmark gsm8k --limit 32
mmeval run --model ./checkpoint --benchmark gsm8k --benchmark gsm8k_backward
mmeval run --model served-name --engine openai \\
    --engine-arg base_url=http://127.0.0.1:8000/v1 --benchmark math500
mmeval run --engine replay --responses theirs.jsonl --text output.0 \\
    --model their-model --benchmark gsm8k
mmeval run --resume runs/smollm2-135m/gsm8k-1a2b3c4d
"""


def parse_pairs(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, Any]:
    pairs = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            # Not repeated: it may be a secret that was meant for the environment.
            raise click.BadParameter("must be KEY=VALUE, such as batch_size=8", ctx, param)
        own, dot, theirs = key.partition(".")  # what follows the dot is a server's name
        key = own.replace("-", "_") + dot + theirs
        check_engine_arg(key, value)
        pairs[key] = parse_scalar(value)
    return pairs


def parse_chat(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, Any]:
    pairs = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise click.BadParameter("must be KEY=VALUE, such as enable_thinking=false", ctx, param)
        pairs[key] = parse_scalar(value)
    return pairs


@click.command("run", epilog=_EPILOG)
@click.option("--model", help="A folder, a hub id, an alias (mmeval models), or a label.")
@click.option("--benchmark", multiple=True, help="A name (mmeval list) or a .py file; repeatable.")
@click.option("--split", help="Which split; each benchmark's own by default (test).")
@click.option("--revision", help="Commit, tag or branch of a hub model.")
@click.option("--engine", default="auto", show_default=True, help="auto, vllm, hf, openai, replay.")
@click.option(
    "--engine-arg",
    "engine_args",
    multiple=True,
    callback=parse_pairs,
    metavar="KEY=VALUE",
    help="A setting of the engine itself, such as tensor_parallel_size=2; repeatable.",
)
@click.option(
    "--dtype", default="auto", show_default=True, help="auto, bfloat16, float16, float32."
)
@click.option("--prompt", help="metamath, plain, chat, or a .txt or .py file.")
@click.option("--shots", type=int, default=0, help="Solved examples before each question.")
@click.option("--limit", type=int, help="Draw N problems by the seed; marks the run partial.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws and samples by it.")
@click.option("--samples", type=int, default=1, show_default=True, help="Answers per problem.")
@click.option("--repeats", type=int, default=0, help="Ask all N times more, to measure noise.")
@click.option("--temperature", type=float, default=0.0, show_default=True, help="0 is greedy.")
@click.option("--top-p", type=float, default=1.0, show_default=True)
@click.option("--top-k", type=int, help="Tokens kept at each step.")
@click.option("--min-p", type=float, help="Least probability, of the likeliest token's.")
@click.option("--presence-penalty", type=float, help="For tokens that were there already.")
@click.option("--repetition-penalty", type=float, help="Factor for such tokens; 1 is none.")
@click.option(
    "--sampling",
    type=click.Choice(get_args(SamplingFrom)),
    default="given",
    show_default=True,
    help="model: by its own generation_config.json.",
)
@click.option("--system", help="A system message before the turns of a chat.")
@click.option(
    "--chat-arg",
    "chat_args",
    multiple=True,
    callback=parse_chat,
    metavar="KEY=VALUE",
    help="A variable of the chat template, such as enable_thinking=false; repeatable.",
)
@click.option("--reasoning-effort", help="low, medium, high or a word of the model's own.")
@click.option("--thinking-budget", type=int, help="Tokens that a thought may have.")
@click.option("--max-tokens", type=int, help="New tokens an answer may have.")
@click.option(
    "--stop", multiple=True, help="A stop string instead of the prompt's; repeatable; '' for none."
)
@click.option("--checker", multiple=True, help="An answer rule instead of the default; repeatable.")
@click.option("--out", type=FILLED, help="The run folder (default: one below runs/).")
@click.option("--data", help="Folder with data files (default: $MMEVAL_DATA, then the hub).")
@click.option("--any-data", is_flag=True, help="Accept data that are not the published ones.")
@click.option("--shard", help="I/N: do the I-th of N parts; join them with --merge.")
@click.option("--trust-remote-code", is_flag=True, help="Let code that comes with the model run.")
@click.option(
    "--use-generation-config", is_flag=True, help="Apply the model's own sampling settings."
)
@click.option(
    "--opens-thought",
    type=click.Choice(get_args(OpensThought)),
    default="auto",
    show_default=True,
    help="Whether the prompt opens the model's thought.",
)
@UNFINISHED
@click.option("--responses", help="Replay: a JSONL file with existing outputs.")
@click.option("--text", help="Replay: the field with the output, such as output.0.")
@click.option("--question", help="Replay: the field with the question (default: found).")
@click.option("--finish", help="Replay: the field with the finish reason (default: none).")
@click.option("--thought", help="Replay: the field with the thought (default: in the text).")
@click.option("--by-order", is_flag=True, help="Replay: row i answers problem i.")
@click.option(
    "--only-replayed", is_flag=True, help="Replay: only the problems in the file; marks it partial."
)
@click.option("--config", help="A YAML file, or a run's manifest.json, with these options as keys.")
@click.option("--resume", metavar="DIR", help="Go on with the run in DIR as it was begun.")
@click.option("--merge", metavar="DIR", help="Join the shards in DIR into one run.")
@click.option("--json", "as_json", is_flag=True, help="Print the summaries as JSON.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Generate answers to benchmarks and judge them.

    Everything is kept in a run folder. A run that was stopped goes on where it was:
    give the same command again, or --resume DIR.
    """
    from mmeval.engines.start import redirected
    from mmeval.runs.run import run
    from mmeval.runs.shards import merge
    from mmeval.verbs.shared.run_table import print_summaries, tell_failures
    from mmeval.verbs.shared.terminal import Terminal

    as_json = options.pop("as_json")
    given = {
        key: value
        for key, value in options.items()
        if ctx.get_parameter_source(key) is ParameterSource.COMMANDLINE
    }
    with Terminal() as terminal:
        # What libraries print goes to stderr: stdout has the result alone.
        with sigterm_as_ctrl_c(), redirected([1], 2), redirect_stdout(sys.stderr):
            if "merge" in given:
                if set(given) - {"merge", "checker"}:
                    raise ConfigError(
                        "--merge joins shards: it can only be combined with --json and --checker"
                    )
                runs = merge(Path(given["merge"]), terminal, given.get("checker", ()))
            else:
                runs = run(make_config(_settings(given)), terminal)
        print_summaries(runs, as_json)
        failed = tell_failures(runs, terminal)
    if failed:
        ctx.exit(1)


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """A scheduler's SIGTERM ends a run as Ctrl-C does, with the command that resumes."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, over those of the config file or the resumed run."""
    from mmeval.runs.resume import resumed_settings

    config, resumed = given.pop("config", None), given.pop("resume", None)
    if given.get("stop") == ("",):
        given["stop"] = ()  # no stop strings at all
    if resumed is not None:
        if config or set(given) - BESIDE_RESUME - CODE_OPTIONS:
            _refuse_beside_resume()
        stored = resumed_settings(Path(resumed))
        code = named_code(stored)
        if set(given) - BESIDE_RESUME - set(code) or (
            given.get("engine_args", {}).keys() - code.get("engine_args", {}).keys()
        ):
            _refuse_beside_resume()
    else:
        stored = read_config(Path(config)) if config else {}
    require_said(stored, given, resumed or config)
    if "base_url" not in given.get("engine_args", {}):
        told = server_named(stored.get("engine_args", {}), resumed or config)
        if told is not None and given.get("engine", stored.get("engine")) == "openai":
            click.echo(told, err=True)
    if "engine_args" in stored and "engine_args" in given:
        given["engine_args"] = stored["engine_args"] | given["engine_args"]
    return stored | given


def _refuse_beside_resume() -> NoReturn:
    allowed = ", ".join(f"--{each}" for each in sorted(BESIDE_RESUME))
    raise ConfigError(
        "--resume continues a run as it was started: it can only be combined with "
        f"{allowed}, --json, and what the run names of code to be run"
    )
