"""The docs tell the truth: commands in them exist, and so do their options, files and names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from mmeval import catalog, cli
from tests.builders.source_tree import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("perf/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command in a fenced `console` or `sh` block."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def fenced(text: str, *languages: str) -> Iterator[str]:
    return (body for language, body in FENCE.findall(text) if language in languages)


def typed(text: str) -> Iterator[str]:
    """What a reader types: in `console` after `$ `, in `sh` every line."""
    for block in fenced(text, "console"):
        joined = re.sub(r"\\\n(?:> )?", " ", block)
        yield from (line[2:] for line in joined.splitlines() if line.startswith("$ "))
    for block in fenced(text, "sh", "bash", "shell"):
        yield from re.sub(r"\\\n", " ", block).splitlines()


def commands(page: Path) -> Iterator[Command]:
    for line in typed(page.read_text(encoding="utf-8")):
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"\w+=.*", words[0]):  # MMEVAL_DATA=... before a command
            words = words[1:]
        if words:
            yield Command(relative(page), tuple(words))


COMMANDS = [command for page in PAGES for command in commands(page)]
VERB_CALLS = [c for c in COMMANDS if Path(c.words[0]).name == "mmeval"]
MAKE_CALLS = [c for c in COMMANDS if c.words[0] == "make"]


@pytest.mark.parametrize("call", VERB_CALLS, ids=str)
def test_a_command_in_the_docs_names_existing_verbs_and_options(call: Command) -> None:
    command: click.Command = cli.mmeval
    words = list(call.words[1:])
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        context = click.Context(command)
        below = command.get_command(context, words.pop(0))
        assert below is not None, f"{call}: no such verb"
        command = below
    options = {
        option
        for param in command.params
        if isinstance(param, click.Option)
        for option in (*param.opts, *param.secondary_opts)
    } | {"-h", "--help"}
    written = {word.partition("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)}
    assert written <= options, f"{call}: {sorted(written - options)}"


@pytest.mark.parametrize("call", MAKE_CALLS, ids=str)
def test_a_make_target_in_the_docs_exists(call: Command) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    targets = [word for word in call.words[1:] if "=" not in word and not word.startswith("-")]
    assert set(targets) <= set(phony[1].split())


def test_every_verb_is_in_the_readme() -> None:
    if not list(typed(README)):
        pytest.skip("README.md has no commands yet")
    called = {call.words[1] for call in VERB_CALLS if call.page == "README.md"}
    assert set(cli.VERBS) - called == set()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_python_in_the_docs_compiles(page: Path) -> None:
    for number, block in enumerate(fenced(page.read_text(encoding="utf-8"), "python")):
        compile(block, f"{relative(page)}, block {number}", "exec")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_link_to_a_file_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [t for t in targets if not re.match(r"[a-z]+:", t)]
    assert [t for t in local if not (page.parent / t).exists()] == []


def declared_in_docs() -> Iterator[tuple[str, str, str]]:
    """(page, kind, source) of every Python block that declares content."""
    for page in PAGES:
        for block in fenced(page.read_text(encoding="utf-8"), "python"):
            for kind, spec in catalog.KINDS.items():
                if re.search(rf"^{spec.constant} = ", block, re.MULTILINE):
                    yield relative(page), kind, block


@pytest.mark.parametrize(("page", "kind", "source"), list(declared_in_docs()))
def test_content_in_the_docs_loads(page: str, kind: str, source: str, tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(source, encoding="utf-8")
    assert catalog.load(kind, str(path)).name, page


def test_the_page_on_benchmarks_has_a_whole_one() -> None:
    assert [kind for page, kind, _ in declared_in_docs() if page == "docs/adding-a-benchmark.md"]
