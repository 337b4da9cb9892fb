"""`mmeval study`: a whole study from one file, step by step."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from mmeval.errors import ConfigError, UserError, unknown
from mmeval.jsonl import read_yaml
from mmeval.progress import Silent
from mmeval.study.read import Step, Study, parse_seeds, parse_study
from mmeval.verbs.shared.config_option import names_code
from mmeval.verbs.shared.grid import terminal_width, wrapped
from mmeval.verbs.shared.options import FILLED, PATH
from mmeval.verbs.shared.terminal import echo

DISAGREE = 0.25
"""The share of problems that two models of a study are taken to disagree about, for the
smallest difference that the plan promises to see."""
SEED_SPREAD = "by up to 9 points (docs/miniature.md)"
"""One standard deviation over three seeds of the difference of an arm to SFT there."""
_EPILOG = """\b
mmeval study examples/miniature.yaml --plan
mmeval study examples/miniature.yaml --seeds 0,1,2 --jobs 2
mmeval study examples/miniature.yaml --commands > steps.sh
mmeval study examples/miniature.yaml --step models --step runs/start
"""


@click.command("study", epilog=_EPILOG)
@click.argument("file", type=PATH)
@click.option("--seeds", help="Instead of those in the file, such as 0,1,2.")
@click.option("--out", type=FILLED, help="The folder of the study, instead of the one in the file.")
@click.option("--plan", "plan_only", is_flag=True, help="Print the plan and stop.")
@click.option("--commands", is_flag=True, help="Print every step as a command and stop.")
@click.option("--step", "only", multiple=True, help="Do this step or section alone; repeatable.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Steps done at once, each with its share of the cores and GPUs.",
)
@click.option(
    "--code",
    multiple=True,
    metavar="WORD",
    help="Let the steps run this code, such as a .py file that they name; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON, done or not.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - click passes one parameter per option
    ctx: click.Context,
    file: Path,
    seeds: str | None,
    out: str | None,
    plan_only: bool,
    commands: bool,
    only: tuple[str, ...],
    jobs: int,
    code: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the data, train the models, run and measure them, and gather the results.

    FILE holds plain mmeval commands, see docs/studies.md. A study that was stopped goes
    on where it was: give the same command again.
    """
    from mmeval.study.lanes import Lane, share, this_machine
    from mmeval.study.run import run_study, spoken
    from mmeval.study.steps import expand

    lanes = share(jobs, this_machine()) if jobs > 1 else (Lane(),)
    study = parse_study(read_yaml(file, "study file"), str(file))
    study = replace(study, seeds=parse_seeds(seeds)) if seeds else study
    study = replace(study, out=out) if out else study
    root = ctx.find_root().command
    steps = expand(study, partial(takes_out, root))
    _require_said(steps, code, file)
    options = {step.id: parsed(root, step.argv, step.id) for step in steps}
    names = [*dict.fromkeys(s.id.partition("/")[0] for s in steps), *(s.id for s in steps)]
    for each in only:
        if each not in names:
            raise ConfigError(unknown("step", each, names))
    if commands:
        echo(_commands(steps))
        return
    if as_json:
        click.echo(json.dumps(list(_rows(study, steps)), ensure_ascii=False))
        return
    echo(lines(study, steps, options, terminal_width()))
    if not plan_only:
        seconds = run_study(study, steps, only, Progress(), lanes)
        click.echo(
            f"{len(seconds)} of {len(steps)} steps are done, {spoken(sum(seconds.values()))} "
            f"of work; everything is in {study.out}"
        )


def _require_said(steps: Sequence[Step], said: Sequence[str], file: Path) -> None:
    """Raises ConfigError where a step names code to be run that `--code` does not."""
    named = dict.fromkeys(each for step in steps for each in _code_words(step.argv))
    unsaid = [each for each in named if each not in said]
    if unsaid:
        options = shlex.join(f"--code={each}" for each in unsaid)
        raise ConfigError(
            f"{file} names code to be run, and code runs only where the command line names it; "
            f"where you trust it, add: {options}"
        )


def _code_words(argv: Sequence[str]) -> Iterator[str]:
    """The words that make code run, without the option before `=`."""
    before = ""
    for word in argv:
        option, value = _OPTION.fullmatch(word).groups()  # type: ignore[union-attr]
        if names_code(value, option.rstrip("=") or before):
            yield value
        before = word


_OPTION = re.compile(r"((?:--[A-Za-z0-9-]+=)?)(.*)", re.DOTALL)


def find_command(
    root: click.Command, argv: Sequence[str], where: str
) -> tuple[click.Command, list[str]]:
    """The click command of an argv and the words left for it. Raises ConfigError without."""
    group, words = root, list(argv)
    while isinstance(group, click.Group):
        name = words.pop(0) if words else ""
        try:
            command = group.get_command(click.Context(group), name)
        except UserError as error:
            raise ConfigError(f"{where}: {error}") from None
        if command is None:
            raise ConfigError(f"{where}: mmeval has no command {' '.join(argv)[:40]!r}")
        group = command
    return group, words


def takes_out(root: click.Command, argv: Sequence[str]) -> bool:
    """Whether a command writes to what `--out` names."""
    command, _ = find_command(root, argv, " ".join(argv[:2]))
    return any("--out" in each.opts for each in command.params)


def parsed(root: click.Command, argv: Sequence[str], where: str) -> dict[str, Any]:
    """The options of a command as they were written. Raises ConfigError for unknown ones,
    so that a slip shows before the first step and not after hours."""
    command, words = find_command(root, argv, where)
    try:
        options, left, _ = command.make_parser(click.Context(command)).parse_args(words)
    except click.UsageError as error:
        raise ConfigError(f"{where}: mmeval {argv[0]}: {error.format_message()}") from None
    repeated = any(each.nargs != 1 for each in command.params if isinstance(each, click.Argument))
    if left and not repeated:
        raise ConfigError(f"{where}: mmeval {argv[0]} does not take {left[0]!r}")
    return dict(options)


def lines(
    study: Study, steps: Sequence[Step], options: Mapping[str, Mapping[str, Any]], width: int
) -> Iterator[str]:
    """What will be done, what it costs at most, and what it can show."""
    from mmeval.study.folder import StudyDir, is_done
    from mmeval.study.steps import fingerprints

    folder, prints = StudyDir(Path(study.out)), fingerprints(steps)
    seeds = ", ".join(map(str, study.seeds))
    yield f"{study.name}: {len(steps)} steps, seeds {seeds}, in {study.out}"
    section = ""
    for step in steps:
        kind, _, name = step.id.partition("/")
        if kind != section:
            section = kind
            yield section
        mark = "done" if is_done(folder, step, prints[step.id]) else "    "
        yield f"  {mark} {name}"
        yield from (f"         {line}" for line in wrapped(step.command, width - 9))
    yield from budget(steps, options)


def budget(steps: Sequence[Step], options: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Tokens that will be trained on and asked for, and the smallest difference that is
    seen 4 times out of 5."""
    from mmeval.stats.paired import POWER, Design

    trained = [_trained(options[step.id]) for step in steps if step.argv[0] == "train"]
    if trained:
        budgets = [each for each in trained if each is not None]
        rest = len(trained) - len(budgets)
        parts = [f"{sum(budgets):,} response tokens by {len(budgets)} models"] if budgets else []
        parts += [f"all rows of its data by {rest} model{'s' * (rest > 1)}"] if rest else []
        yield f"training: {', '.join(parts)}"
    runs = [each for step in steps if step.argv[0] == "run" for each in _runs(options[step.id])]
    if runs:
        answers = sum(n for n, _ in runs)
        tokens = sum(n * most for n, most in runs)
        yield f"generating: {answers:,} answers, at most {tokens:,} tokens"
        for n in sorted({n for n, _ in runs}):
            least = Design(discordance=DISAGREE).detectable(n)
            shown = "nothing" if least is None else f"a difference of {100 * least:.1f} points"
            yield f"  {n:,} problems with one seed show {shown} {POWER:.0%} of the time"
        yield f"  (paired, one-sided 5 %, where two models disagree about {DISAGREE:.0%} of them)"
        if trained:
            yield f"  another seed changes it besides, {SEED_SPREAD}"


def _trained(options: Mapping[str, Any]) -> int | None:
    """Response tokens of a training; None where it takes all rows."""
    for each in options.get("changes", ()):
        key, _, value = str(each).partition("=")
        if key == "response_tokens" and value.isdigit():
            return int(value)
    return None


def _runs(options: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """(answers, most tokens of one) for each benchmark of a run."""
    from mmeval import catalog

    for name in options.get("benchmark", ()):
        benchmark = catalog.load("benchmarks", name)
        rows = benchmark.splits[options.get("split") or benchmark.default_split].rows
        limit = int(options["limit"]) if options.get("limit") else rows
        n = (limit if benchmark.make else min(limit, rows)) * int(options.get("samples") or 1)
        yield n, int(options.get("max_tokens") or benchmark.max_tokens)


def _commands(steps: Sequence[Step]) -> Iterator[str]:
    """Shell lines, those that may go on at once in a block of their own."""
    level: dict[str, int] = {}
    for step in steps:
        level[step.id] = 1 + max((level[each] for each in step.needs), default=-1)
    for depth in sorted(set(level.values())):
        yield f"# block {depth + 1}: nothing in it waits for another line of it"
        for step in steps:
            if level[step.id] == depth:
                yield step.command


def _rows(study: Study, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    from mmeval.study.folder import StudyDir, is_done
    from mmeval.study.steps import fingerprints

    folder, prints = StudyDir(Path(study.out)), fingerprints(steps)
    for step in steps:
        record = folder.record(step) or {}
        yield {
            "id": step.id,
            "command": step.command,
            "makes": step.makes,
            "needs": list(step.needs),
            "done": is_done(folder, step, prints[step.id]),
            "seconds": record.get("seconds"),
        }


class Progress(Silent):
    """The progress of a study, on stderr."""

    def say(self, line: str) -> None:
        """The line as it is."""
        click.echo(line, err=True)

    def waiting(self, what: str, seconds: float, note: str) -> None:
        """A line a minute, with what the step printed last."""
        from mmeval.study.run import spoken

        head = f"    {what}, {spoken(seconds)}: "
        self.say(head + note[: max(20, terminal_width() - len(head))])
