"""`--config` gives a verb its options, and the command line goes first."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from mmeval.cli import VERBS, mmeval
from mmeval.errors import ConfigError
from tests.builders.made_runs import Made, make_run


def call(*words: str) -> Result:
    return CliRunner().invoke(mmeval, list(words), catch_exceptions=False)


def commands() -> list[click.Command]:
    """Every command that does something."""
    found = [mmeval.get_command(click.Context(mmeval), name) for name in VERBS]
    return [
        leaf
        for each in found
        if each is not None
        for leaf in (each.commands.values() if isinstance(each, click.Group) else [each])
    ]


def test_every_verb_takes_a_config() -> None:
    for command in commands():
        options = [opt for each in command.params for opt in each.opts]
        assert options.count("--config") == 1, command.name


def test_options_come_from_the_file_and_the_command_line_goes_first(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_run(tmp_path / name, Made(letters="RRWW", model=name, checkers=("one/1", "two/1")))
    config = tmp_path / "c.yaml"
    config.write_text(
        f"baseline: {tmp_path / 'a'}\ncandidate: {tmp_path / 'b'}\nmax-drop: 60\nchecker: one/1\n"
        "json: true\n"
    )
    told = json.loads(call("gate", "--config", str(config)).stdout.splitlines()[-1])
    assert "one/1" in json.dumps(told)
    other = call("gate", "--config", str(config), "--checker", "two/1").stdout
    assert "two/1" in other
    assert "one/1" not in other


def test_an_option_that_may_be_repeated_takes_a_list_or_one(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", Made(letters="RRWW", checkers=("one/1", "two/1", "three/1")))
    config = tmp_path / "c.yaml"
    config.write_text(f"runs: {run.path}\nanalysis: accuracy\nchecker: [one/1, two/1]\ncsv: true\n")
    shown = call("analyse", "--config", str(config)).stdout
    assert "one/1" in shown
    assert "two/1" in shown
    assert "three/1" not in shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("max_dorp: 1", "no setting is called 'max_dorp'; did you mean max_drop"),
        ("[1]", "must hold `key: value` lines, found list"),
        ("a: [", "is not YAML"),
        ("max_drop: [1, 2]", "max_drop must be one value"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, text: str, reason: str) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(text)
    with pytest.raises(ConfigError, match=reason) as refused:
        call("gate", "--config", str(config))
    assert str(config) in str(refused.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no config file at none\.yaml"):
        call("gate", "--config", "none.yaml")
