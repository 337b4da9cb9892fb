"""The command line: verbs loaded when called, errors as one line, exit statuses that mean it."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mmeval import cli, errors
from mmeval.environment import own_version
from mmeval.errors import EngineError, UnknownName


@pytest.fixture
def status_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs `mmeval ARGS` in this process and returns its exit status."""

    def call(*args: str) -> int:
        monkeypatch.setattr(sys, "argv", ["mmeval", *args])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert isinstance(caught.value.code, int)
        return caught.value.code

    return call


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Makes `mmeval list` do something else."""

    def replace(body: Callable[[], object]) -> None:
        @click.command()
        def command() -> object:
            return body()

        monkeypatch.setattr(import_module("mmeval.verbs.list"), "command", command)

    return replace


def leaf_commands() -> list[tuple[str, click.Command]]:
    """(`mmeval models fetch`, its command) of every verb and of the commands below one."""
    found: list[tuple[str, click.Command]] = []

    def collect(path: str, command: click.Command) -> None:
        found.append((path, command))
        if isinstance(command, click.Group):
            for name, below in command.commands.items():
                collect(f"{path} {name}", below)

    for name in cli.VERBS:
        command = cli.mmeval.get_command(click.Context(cli.mmeval), name)
        assert command is not None
        collect(f"mmeval {name}", command)
    return found


COMMANDS = leaf_commands()


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_verb_has_help_with_an_example(path: str, command: click.Command) -> None:
    shown = CliRunner().invoke(cli.mmeval, [*path.split()[1:], "--help"], prog_name="mmeval")
    assert shown.exit_code == 0
    after_usage = shown.output.partition("\n")[2]
    assert f"  {path}" in after_usage, "no example"
    assert [p.name for p in command.params if isinstance(p, click.Option) and not p.help] in (
        [],
        ["top_p"],
    )


def test_help_names_every_verb_and_loads_none() -> None:
    script = (
        "import sys; from mmeval import cli\n"
        "try: cli.mmeval(['--help'])\n"
        "finally: print([m for m in sys.modules if m.startswith('mmeval.verbs.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("[]")
    for name, line in cli.VERBS.items():
        assert f"{name} " in done.stdout
        assert line.split(":")[0] in done.stdout


def test_an_unknown_verb_is_one_line_with_the_near_misses(
    status_of: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("juge") == 2
    said = capsys.readouterr().err
    assert said.startswith("mmeval: no verb is called 'juge'; did you mean judge")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["judge"], "Missing argument"),
        (["judge", "x", "--no-such-option"], "--no-such-option"),
        (["run", "--limit", "many"], "many"),
        (["list", "extra"], "extra"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_help(
    args: list[str],
    said: str,
    status_of: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of(*args) == 2
    line = capsys.readouterr().err
    assert said in line
    assert f"(see mmeval {args[0]} --help)" in line
    assert line.count("\n") == 1


def test_without_a_verb_the_help_is_shown(
    status_of: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of() == 2
    assert "judge" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownName("no benchmark is called 'x'"), 2),
        (EngineError("the engine died"), 1),
        (errors.RunFailed("disk full; resume with: mmeval run --resume d"), 1),
        (PermissionError(errno.EACCES, "Permission denied", "rows.jsonl"), 2),
    ],
)
def test_an_error_is_one_line_and_its_status(
    error: Exception,
    status: int,
    verb: Callable[[Callable[[], object]], None],
    status_of: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise error

    verb(fail)
    assert status_of("list") == status
    assert capsys.readouterr().err == f"mmeval: {error}\n"


def test_ctrl_c_is_130(
    verb: Callable[[Callable[[], object]], None], status_of: Callable[..., int]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    verb(interrupt)
    assert status_of("list") == 130


def test_a_defect_of_our_own_keeps_its_traceback(
    verb: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect() -> None:
        raise ZeroDivisionError

    verb(defect)
    monkeypatch.setattr(sys, "argv", ["mmeval", "list"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize("status", [0, 1, 3])
def test_a_verb_chooses_its_status(
    status: int,
    verb: Callable[[Callable[[], object]], None],
    status_of: Callable[..., int],
) -> None:
    verb(lambda: click.get_current_context().exit(status))
    assert status_of("list") == status


def test_a_verb_that_returns_ends_with_0(
    verb: Callable[[Callable[[], object]], None], status_of: Callable[..., int]
) -> None:
    verb(lambda: None)
    assert status_of("list") == 0


def test_the_version_is_the_packages(
    status_of: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("--version") == 0
    assert capsys.readouterr().out.split() == ["mmeval", own_version()]


def help_pages(command: click.Command, path: str) -> dict[str, str]:
    """`mmeval run` -> what its --help prints on 80 columns; of a group, its commands' too."""
    context = click.Context(command, info_name=path, terminal_width=80)
    pages = {path: command.get_help(context)}
    if isinstance(command, click.Group) and command is not cli.mmeval:
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            pages |= help_pages(below, f"{path} {name}")
    return pages


@pytest.mark.parametrize("name", ["", *cli.VERBS])
def test_help_fits_80_columns_and_cuts_no_summary(name: str) -> None:
    command = import_module(f"mmeval.verbs.{name}").command if name else cli.mmeval
    for path, page in help_pages(command, f"mmeval {name}".strip()).items():
        assert [line for line in page.splitlines() if len(line) > 80] == [], path
        summaries = page.partition("\nCommands:\n")[2].partition("\n\n")[0]
        assert "..." not in summaries, path


OUTPUTS = [
    (path, option)
    for path, command in COMMANDS
    for param in command.params
    for option in param.opts
    if option in {"--out", "--export", "--junit", "--markdown"} and not getattr(param, "is_flag", 0)
]


@pytest.mark.parametrize("output", OUTPUTS, ids=[" ".join(each) for each in OUTPUTS])
def test_an_empty_output_is_refused(
    output: tuple[str, str],
    status_of: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    path, option = output
    assert status_of(*path.split()[1:], option, "") == 2
    said = capsys.readouterr().err
    assert f"'{option}'" in said and "must not be empty" in said
    assert not list(tmp_path.iterdir())


def test_the_gate_that_breaks_is_no_regression(
    status_of: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("an internal error")

    monkeypatch.setattr("mmeval.verbs.gate.gate", broken)
    assert status_of("gate", "--baseline", "a", "--candidate", "b", "--max-drop", "1") == 2
