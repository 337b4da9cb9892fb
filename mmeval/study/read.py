"""A study as a file of plain commands: data -> models -> runs -> measurements -> results.

    study: miniature
    seeds: [0]
    common:
      tests: --benchmark wordproblems --benchmark wordproblems_backward --limit 500
    data:
      sft.jsonl: augment templates wordproblems --arm sft --problems 1200
      rft: augment reject --model {model.sft} --questions {data.sft.jsonl} --samples 4
    models:
      sft: train sft --model smollm2-135m --data sft={data.sft.jsonl} --seed {seed}
      rft: train sft --model smollm2-135m --data rft={data.rft}/rows.jsonl --seed {seed}
    runs:
      start: run --model smollm2-135m --prompt chat {tests}
      trained: run --model {model.*} {tests}
    measurements:
      perplexity: perplexity --model smollm2-135m --data sft={data.sft.jsonl}
    results:
      leaderboard.md: leaderboard {runs} --format markdown

Each value is what follows `mmeval`, each name the file or folder that it makes (`--out`, or
what it prints). `{data.rft}` is that of another step, which is also how steps depend on each
other; `{model.*}` makes a step for every model, `{runs}` is every run folder, `{out}` the
study's folder (a measurement or result that says it waits for all before), other names stand
under `common`.
A step that says `{seed}`, or needs one that does, is done once for each seed.

`mmeval/study/steps.py` makes steps of it, and `mmeval/study/run.py` does them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmeval.errors import ConfigError, unknown
from mmeval.text import brief, clean_words

SECTIONS = {
    "data": "data",
    "models": "model",
    "runs": "run",
    "measurements": "measurement",
    "results": "result",
}
"""Section of the file -> how its steps are referred to."""
PLACE = re.compile(r"\{([A-Za-z0-9_-]+)(?:\.([A-Za-z0-9_.-]+|\*))?\}")
"""`{out}`, `{data.sft}`, `{model.*}`; before the dot all letters of `_NAME` but the dot."""
MOST = 100_000
"""Characters of a command; a system takes little more."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What a study file says."""

    name: str
    out: str
    """The folder that everything is made in."""
    seeds: tuple[int, ...]
    """At least one, all different."""
    sections: Mapping[str, Mapping[str, str]]
    """Section -> step -> its command, `common` resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a study."""

    id: str
    """`models/sft-seed0`."""
    argv: tuple[str, ...]
    """What follows `mmeval`."""
    makes: str
    """The file or folder that it makes."""
    captured: bool
    """It makes the file by what it prints."""
    needs: tuple[str, ...] = ()
    """Ids of the steps whose results it reads."""

    @property
    def command(self) -> str:
        """The command as it is typed into a shell, without the secrets in it."""
        line = shlex.join(("mmeval", *clean_words(self.argv)))
        return f"{line} > {shlex.quote(self.makes)}" if self.captured else line


def parse_study(value: object, where: str) -> Study:
    """The study that a file's content describes. Raises ConfigError that names the key."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: a study is `key: value` lines, found {type(value).__name__}")
    keys = ("study", "out", "seeds", "common", *SECTIONS)
    for key in value:
        if key not in keys:
            raise ConfigError(f"{where}: {unknown('key of a study', str(key), keys)}")
    name = value.get("study")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: `study` must be a name of letters, digits, - and ., got {brief(name)}"
        )
    out = value.get("out", f"studies/{name}")
    if not isinstance(out, str) or not out:
        raise ConfigError(f"{where}: `out` must be a folder, got {brief(out)}")
    common = _texts(value.get("common", {}), "common", where)
    sections = {
        section: {
            step: _with_common(text, common)
            for step, text in _texts(value.get(section, {}), section, where).items()
        }
        for section in SECTIONS
    }
    if not any(sections.values()):
        raise ConfigError(f"{where}: no step in it; the sections are {', '.join(SECTIONS)}")
    return Study(name=name, out=out, seeds=parse_seeds(value.get("seeds", [0])), sections=sections)


def parse_seeds(value: object) -> tuple[int, ...]:
    """Seeds from `[0, 1]`, `0` or the text `0,1`. Raises ConfigError for others."""
    listed = value.split(",") if isinstance(value, str) else value
    listed = listed if isinstance(listed, list) else [listed]
    try:
        seeds = tuple(int(str(each)) for each in listed)
    except ValueError:
        seeds = ()
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise ConfigError(
            f"seeds must be different whole numbers of at least 0, got {brief(value)}"
        )
    return seeds


def _texts(value: Any, section: str, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: `{section}` must hold `name: command` lines")
    for name, text in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigError(
                f"{where}: {section}: {brief(name)} is not a name of letters, digits, - and ."
            )
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{where}: {section}.{name}: expected a command, got {brief(text)}")
    return dict(value)


def _with_common(text: str, common: Mapping[str, str]) -> str:
    for _ in range(10):  # what is common may name what is common
        places = (common.get(m[1], "") for m in PLACE.finditer(text) if m[2] is None)
        if len(text) + sum(map(len, places)) > MOST:
            raise ConfigError(
                f"a command of more than {MOST:,} characters: {brief(text)}; what stands in "
                "`common` may not multiply"
            )
        replaced = PLACE.sub(lambda m: common.get(m[1], m[0]) if m[2] is None else m[0], text)
        if replaced == text:
            return text
        text = replaced
    raise ConfigError(f"`common` refers to itself: {brief(text)}")
