"""The command line: a click group whose verbs are loaded when they are called.

Only this module and `mmeval/verbs/` print or exit. `mmeval --help` imports no verb.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO, cast

import click

from mmeval.errors import MmevalError, UnknownName

VERBS: dict[str, str] = {
    "list": "List what is available: benchmarks, prompts, checkers, engines.",
    "show": "Show one benchmark: source, size, a problem, the prompt.",
    "run": "Generate answers to benchmarks and judge them.",
    "judge": "Judge a run folder or a JSONL file of outputs; loads no model.",
    "equal": "Say whether two answers are the same, and by which rule.",
    "audit": "Show where checkers disagree; score them on labels by hand.",
    "leaderboard": "Rank models by benchmarks, with intervals.",
    "compare": "Compare two runs problem by problem: is the difference real?",
    "gate": "Say whether a candidate lost more than is allowed; for CI.",
    "analyse": "Ask judged runs a question: accuracy in parts, reversal gap.",
    "report": "Write runs as a static site: every problem, searched, compared.",
    "perplexity": "Measure how easy a model finds training data, set by set.",
    "diversity": "Measure how far new data lie from a base; overlap with tests.",
    "figures": "Draw the paper's figures from printed and measured numbers.",
    "claims": "Test the paper's claims on what was measured.",
    "augment": "Make training data and backward test sets from questions.",
    "train": "Fine-tune a model by a recipe, ready for `mmeval run`.",
    "study": "Do a whole study from one file, step by step.",
    "models": "List the embedded models; fetch one.",
}
"""Verb -> its line in `mmeval --help`; the verb itself is `mmeval.verbs.<verb>:command`."""


class LazyGroup(click.Group):
    """A click group that imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the table above."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's own command. Raises UnknownName with the near misses."""
        if cmd_name not in VERBS:
            from mmeval.errors import unknown

            raise UnknownName(unknown("verb", cmd_name, VERBS))
        from mmeval.verbs.shared.config_option import with_config

        command = importlib.import_module(f"mmeval.verbs.{cmd_name}").command
        assert isinstance(command, click.Command)
        return with_config(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of verbs, without importing one."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, param, asked: _print_version(ctx) if asked else None,
    help="Show the version and exit.",
)
def mmeval() -> None:
    """Evaluate language models on mathematical reasoning.

    \b
    mmeval run --model smollm2-135m --benchmark gsm8k --limit 32
    """


def _print_version(ctx: click.Context) -> None:
    from mmeval.environment import own_version

    print(f"mmeval {own_version()}")
    ctx.exit()


def main() -> None:
    """The `mmeval` command: errors become one line, and the exit status says whose turn it is.

    0 done, 1 the run or the gate failed, 2 the user must fix something, 3 the gate cannot
    tell, 130 interrupted. Of the gate, 1 says `regressed` and nothing else: what else fails
    there, a full disk or a closed pipe too, is 2.
    A verb ends with another status by `ctx.exit(status)`.
    """
    from mmeval.text import Screen

    _fill_closed_streams()
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if isinstance(stream, TextIOWrapper):  # a path or a model's text in any script
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = cast(TextIO, Screen(out, "stdout"))
    sys.stderr = cast(TextIO, Screen(err, "stderr", needed=False))
    try:
        status = _status(2 if _verb() == "gate" else 1)
    finally:
        sys.stdout, sys.stderr = out, err
    sys.exit(status)


def _status(failure: int) -> int:  # noqa: PLR0911 - a status for each way to end
    """Does what the command line says; `failure` is the status of what nobody has to fix."""
    ours = sys.stdout, sys.stderr
    try:
        # Without click's own handling of errors, `ctx.exit(1)` comes back as a value.
        status = mmeval.main(prog_name="mmeval", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _told("interrupted", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        message = " ".join(error.format_message().split())
        return _told(f"mmeval: {message}{hint}", error.exit_code)
    except MmevalError as error:
        return _told(f"mmeval: {error}", failure if error.exit_code == 1 else error.exit_code)
    except OSError as error:  # a file that may not be read or written: its name is in the message
        return _refused(error, failure)
    except SystemExit:  # of click: who read stdout has gone
        sys.stdout, sys.stderr = ours
        return _refused(OSError(errno.EPIPE, ""), failure)
    except Exception:
        if failure == 1:
            raise
        traceback.print_exc()
        return failure
    return status if isinstance(status, int) else 0


def _refused(error: OSError, failure: int) -> int:
    """What the system refuses is for the user to mend, but for a disk or a pipe that fails."""
    if error.filename == "stdout" or error.errno == errno.EPIPE:
        with suppress(OSError, ValueError):  # what waits to be written has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return failure
    mendable = (
        *(FileNotFoundError, PermissionError, FileExistsError),
        *(IsADirectoryError, NotADirectoryError),
    )
    return _told(f"mmeval: {error}", 2 if isinstance(error, mendable) else failure)


def _told(message: str, status: int) -> int:
    """Prints the last line on stderr, without secrets."""
    from mmeval.text import without_secrets

    print(without_secrets(message), file=sys.stderr)
    return status


def _verb() -> str:
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "")


def _fill_closed_streams() -> None:
    """A daemon may have closed them. A file opened later would take their numbers, and what a
    library prints would go into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


if __name__ == "__main__":
    main()
