"""A study -> its steps in an order that works; pure: nothing is run, no disk is touched."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from mmeval.errors import ConfigError, unknown
from mmeval.study.read import PLACE, SECTIONS, Step, Study

_SUFFIXES = {"json": ".json", "markdown": ".md", "csv": ".csv"}


class _Seeded(NamedTuple):
    """A step, and the seed that it is done with; None where that makes no difference."""

    seed: int | None
    step: Step


@dataclass(frozen=True, slots=True)
class _Command:
    """A command of the file, its `{kind.*}` replaced."""

    section: str
    name: str
    text: str
    where: str
    """The key of the file that holds it, for errors."""


@dataclass(slots=True)
class _Expansion:
    """The steps of a study, worked out one by one as others refer to them."""

    study: Study
    takes_out: Callable[[Sequence[str]], bool]
    steps: dict[str, list[_Seeded]] = field(default_factory=dict)
    """By `model.sft`: a step for each seed; one without a seed where it has none."""
    busy: list[str] = field(default_factory=list)

    def of(self, kind: str, name: str, asker: str) -> list[_Seeded]:
        key = f"{kind}.{name}"
        if key in self.steps:
            return self.steps[key]
        section = next((s for s, k in SECTIONS.items() if k == kind), None)
        if section is None:
            raise ConfigError(f"{asker}: {unknown('kind', kind, SECTIONS.values())}")
        commands = self.study.sections[section]
        if name not in commands:
            raise ConfigError(f"{asker}: {unknown(f'step of {section}', name, commands)}")
        if key in self.busy:
            circle = " -> ".join([*self.busy[self.busy.index(key) :], key])
            raise ConfigError(f"these steps need each other: {circle}")
        self.busy.append(key)
        self.steps[key] = [
            each
            for command in self._commands(section, name, commands[name])
            for each in self._seeded(command)
        ]
        self.busy.pop()
        return self.steps[key]

    def _commands(self, section: str, name: str, text: str) -> Iterator[_Command]:
        where = f"{section}.{name}"
        stars = [m for m in PLACE.finditer(text) if m[2] == "*"]
        if not stars:
            yield _Command(section, name, text, where)
            return
        if len({m[0] for m in stars}) > 1:
            raise ConfigError(f"{where}: one {{….*}} to a command, found {len(stars)}")
        star, kind = stars[0][0], stars[0][1]
        source = next((s for s, k in SECTIONS.items() if k == kind), "")
        for each in self.study.sections.get(source, {}):
            yield _Command(section, each, text.replace(star, f"{{{kind}.{each}}}"), where)

    def _seeded(self, command: _Command) -> Iterator[_Seeded]:
        places = [m for m in PLACE.finditer(command.text) if m[2] is not None]
        needed = {m[0]: self.of(m[1], m[2], command.where) for m in places}
        seeded = "{seed}" in command.text or any(
            each.seed is not None for steps in needed.values() for each in steps
        )
        for seed in self.study.seeds if seeded else (None,):
            inputs = {
                place: next(each.step for each in steps if each.seed in {None, seed})
                for place, steps in needed.items()
            }
            yield _Seeded(seed, self._step(command, seed, inputs))

    def _step(self, command: _Command, seed: int | None, inputs: Mapping[str, Step]) -> Step:
        section, where = command.section, command.where
        stem, dot, suffix = command.name.partition(".")
        label = command.name if seed is None else f"{stem}-seed{seed}{dot}{suffix}"
        values = {place: step.makes for place, step in inputs.items()} | {
            "{seed}": str(seed),
            "{out}": self.study.out,
        }
        needed = list(inputs.values())
        if "{out}" in command.text:
            needed += self._before(section)
        argv: list[str] = []
        for word in _words(command.text, where):
            if word == "{runs}":
                runs = self._runs(where)
                argv += [step.makes for step in runs]
                needed += runs
            else:
                argv.append(_filled(word, values, where))
        takes_out = self.takes_out(argv)
        makes = _made_at(f"{self.study.out}/{section}/{label}", argv, takes_out)
        if takes_out:
            argv += ["--out", makes]
        return Step(
            id=f"{section}/{label}",
            argv=tuple(argv),
            makes=makes,
            captured=not takes_out,
            needs=tuple(dict.fromkeys(step.id for step in needed)),
        )

    def _before(self, section: str) -> Iterator[Step]:
        """What a measurement or result may read that gets the whole folder, `{out}`: every
        step of the sections before its own. Others name what they need."""
        if section in {"measurements", "results"}:
            for earlier in list(SECTIONS)[: list(SECTIONS).index(section)]:
                for name in self.study.sections[earlier]:
                    yield from (each.step for each in self.of(SECTIONS[earlier], name, section))

    def _runs(self, where: str) -> list[Step]:
        names = self.study.sections["runs"]
        if not names:
            raise ConfigError(f"{where}: {{runs}} in a study without runs")
        return [each.step for name in names for each in self.of("run", name, where)]


def _words(text: str, where: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"{where}: not a command that a shell would take ({error})") from None


def _filled(word: str, values: Mapping[str, str], where: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] not in values:
            names = ", ".join((*values, "{runs}"))
            raise ConfigError(f"{where}: there is no {match[0]}; available: {names}")
        return values[match[0]]

    return PLACE.sub(value, word)


def _made_at(path: str, argv: Sequence[str], takes_out: bool) -> str:
    """The file or folder that a step makes; what is printed gets a suffix where the name
    of the step has none."""
    if takes_out or "." in path.rpartition("/")[2]:
        return path
    chosen = next((b for a, b in pairwise(argv) if a == "--format"), "")
    return path + (".json" if "--json" in argv else _SUFFIXES.get(chosen, ".txt"))


def expand(study: Study, takes_out: Callable[[Sequence[str]], bool]) -> list[Step]:
    """The steps of a study, each after those it needs, otherwise as the file has them.

    `takes_out` says of a command whether it has `--out`; what the others print is kept.
    Raises ConfigError, naming the step, for a name that is not there, for steps that need
    each other, and for two that would make the same thing.
    """
    expansion = _Expansion(study, takes_out)
    for section, kind in SECTIONS.items():
        for name in study.sections[section]:
            expansion.of(kind, name, f"{section}.{name}")
    made = [each.step for steps in expansion.steps.values() for each in steps]
    by_id = {step.id: step for step in made}
    if len(by_id) < len(made):
        twice = next(step.id for step in made if sum(step.id == each.id for each in made) > 1)
        raise ConfigError(f"two steps would make {twice}; give one of them another name")
    return list(_in_order(made, by_id))


def _in_order(steps: Sequence[Step], by_id: Mapping[str, Step]) -> Iterator[Step]:
    """Section by section where that is possible: what is needed earlier comes earlier."""
    done: set[str] = set()

    def visit(step: Step) -> Iterator[Step]:
        if step.id not in done:
            done.add(step.id)
            for needed in step.needs:
                yield from visit(by_id[needed])
            yield step

    sections = list(SECTIONS)
    for step in sorted(steps, key=lambda each: sections.index(each.id.partition("/")[0])):
        yield from visit(step)


def fingerprints(steps: Sequence[Step]) -> dict[str, str]:
    """A hash for each step of its command and of every step it needs: what was made by
    another command, or from something that was, is made again."""
    prints: dict[str, str] = {}
    for step in steps:
        parts = json.dumps([step.argv, [prints[each] for each in step.needs]])
        prints[step.id] = hashlib.sha256(parts.encode()).hexdigest()[:16]
    return prints
