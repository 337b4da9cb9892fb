"""A manifest -> the settings of a run, for people, without the paths of a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mmeval.results.judged import JudgedRun

Pair = tuple[str, str]
_PATH = re.compile(r"(?<![\w./:])(?:[A-Za-z]:)?[/\\](?:[^\s/\\'\"]+[/\\])*([^\s/\\'\"]+)")
_HIDDEN = {"path"}


def shortened(text: str) -> str:
    """A text in which every absolute path is `.../` and its last part: a report may be
    published, and local paths are private."""
    return _PATH.sub(r".../\1", text)


def settings(run: JudgedRun) -> list[tuple[str, list[Pair]]]:
    """(heading, [(what, value)]) of all that a manifest says and a reader may ask."""
    manifest = run.run.manifest()  # whole: what this version does not know is shown too
    groups = {
        "Run": _run(manifest),
        "Model": _pairs(manifest["model"]),
        "Data": _pairs(manifest["data"]),
        "Sampling": _pairs(manifest["sampling"]),
        "Engine": _pairs(manifest["engine"]),
        "Prompt": _prompt(manifest),
        "Machine": _pairs(manifest.get("machine")),
        "Versions": _pairs(manifest["versions"]),
        "Identity": _pairs(manifest["identity"]),
    }
    return [(name, found) for name, pairs in groups.items() if (found := list(pairs))]


def _run(manifest: Mapping[str, Any]) -> Iterator[Pair]:
    yield "status", str(manifest["status"])
    yield "created", str(manifest["created"])
    yield "answers per problem", str(manifest["samples"])
    for name in ("command", "shard", "repeat"):
        if manifest.get(name) is not None:
            yield name, shortened(str(manifest[name]))
    sessions = manifest.get("sessions")
    if isinstance(sessions, list) and sessions:
        yield "sessions", str(len(sessions))
        seconds = [each.get("generation_seconds", 0) for each in sessions if isinstance(each, dict)]
        yield "seconds of generating", f"{sum(seconds):,.1f}"


def _prompt(manifest: Mapping[str, Any]) -> Iterator[Pair]:
    """Without its text, which the pages show with every problem."""
    prompt = manifest.get("prompt")
    if isinstance(prompt, Mapping):
        named = {key: prompt.get(key) for key in ("name", "title", "kind", "source")}
        yield from _pairs(named)
    if manifest.get("shots"):
        yield "solved examples before the question", str(manifest["shots"])


def _pairs(row: Any, above: str = "") -> Iterator[Pair]:
    """The leaves of an object, with the names of what they stand in."""
    if not isinstance(row, Mapping):
        return
    for key, value in row.items():
        name = f"{above}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{above}{key}.")
        elif key not in _HIDDEN and value is not None and value != []:
            yield name, shortened(_spoken(value))


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(repr, value))
    return str(value)
