"""Finds and loads what content files declare: by name, by path, by entry point.

`folder(kind)` is `mmeval/<...>` in an installed wheel and the folder beside `mmeval/`
in a clone, so a benchmark is one file and nothing is registered. `names(kind)` imports
nothing. A user's own `./my_benchmark.py` loads by path where the user named it; a name that
stands in data is looked up by `find`, which knows no paths. Installed plug-ins come
through the entry-point group `mmeval.content`, each named `<kind>.<name>`, for example
`benchmarks.pirates = pirate_math.benchmark:BENCHMARK`.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from mmeval.errors import DataError, MmevalError, UnknownName, unknown

ENTRY_POINTS = "mmeval.content"
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of content: its folder, and what a file of it declares."""

    singular: str
    constant: str
    type: str
    """The declared type as `module:Class`: found when a file of the kind is checked, so that
    the catalogue imports nothing of what it finds."""
    folder: str
    """Below `mmeval/`, or beside it in a clone."""
    readers: Mapping[str, str] = field(default_factory=dict)
    """Suffix of a file that is content as it is -> `module:function` that reads one."""


KINDS: dict[str, Kind] = {
    "benchmarks": Kind(
        "benchmark",
        "BENCHMARK",
        "mmeval.problems.benchmark:Benchmark",
        "benchmarks",
        {".jsonl": "mmeval.problems.jsonl_benchmark:load"},
    ),
    "prompts": Kind(
        "prompt",
        "PROMPT",
        "mmeval.problems.prompt_template:PromptTemplate",
        "benchmarks/prompts",
        {".txt": "mmeval.problems.prompt_template:read_text"},
    ),
    "checkers": Kind("checker", "CHECKER", "mmeval.answers.checker:Checker", "answers/rules"),
    "analyses": Kind("analysis", "ANALYSIS", "mmeval.results.analysis:Analysis", "analyses"),
    "figures": Kind("figure", "FIGURE", "mmeval.paper.figures.figure:Figure", "figures"),
    "claims": Kind(
        "list of claims", "CLAIMS", "mmeval.paper.claims.claim:Claims", "analyses/claims"
    ),
    "recipes": Kind("recipe", "RECIPE", "mmeval.training.recipe:Recipe", "training/recipes"),
}


def folder(kind: str) -> Path:
    """The folder that holds the files of a kind, in a clone or in an installed wheel."""
    installed = _PACKAGE / KINDS[kind].folder
    return installed if installed.is_dir() else _PACKAGE.parent / KINDS[kind].folder


def names(kind: str) -> list[str]:
    """The names of a kind, sorted, built in and from plug-ins; imports none of them.

    A checker's version is written with a slash (`metamath-gsm8k/1`) and stored with an
    underscore (`metamath_gsm8k_1.py`).
    """
    files = (p.stem for p in folder(kind).glob("*.py") if not p.stem.startswith("_"))
    built_in = {_spoken(kind, stem) for stem in files}
    return sorted(built_in | {name for name, _ in _plugins(kind)})


def is_code(name: object) -> bool:
    """Whether `load` would take it for the path of a file to be run."""
    return isinstance(name, str) and name.endswith(".py")


def load(kind: str, name: str) -> Any:
    """The declared constant of that name, or of the `.py` or `.txt` file at that path; a
    benchmark may also be a `.jsonl` of problems.

    For what a person typed; a name out of a file goes to `find`. What is built in goes before a
    plug-in of the same name. Raises UnknownName with the near misses, or DataError when the file
    does not declare what its kind asks for; so does a user's file or a plug-in that fails while
    it is loaded.
    """
    if is_code(name):
        path = Path(name).expanduser().absolute()
        return _foreign(str(path), lambda: _load_file(kind, path))
    for suffix, reader in KINDS[kind].readers.items():
        if name.endswith(suffix):
            return _named(reader)(Path(name).expanduser())
    return find(kind, name)


def find(kind: str, name: str) -> Any:
    """The declared constant of that name in the catalogue, and nowhere else: for a name that
    stands in data (a run folder, a row, a report), which may have been written by anybody.

    Raises as `load`, and UnknownName for a path to code, which never runs.
    """
    if is_code(name):
        raise UnknownName(
            f"{name!r} is the path of a {KINDS[kind].singular}, named by data: code runs only "
            "where the command line names it"
        )
    wanted = _stem(name)
    path = folder(kind) / f"{wanted}.py"
    if path.is_file() and not wanted.startswith("_"):
        return _load_file(kind, path, module=f"mmeval.{kind}.{wanted}")
    for plugin, entry in _plugins(kind):
        if _stem(plugin) == wanted:
            where = f"entry point {entry.name} = {entry.value}"
            return _checked(kind, _foreign(where, entry.load), where)
    if kind == "checkers" and "/" not in name:
        split = [n.rpartition("/") for n in names(kind)]
        versions = [int(v) for base, _, v in split if base == name and v.isdecimal()]
        if versions:
            return find(kind, f"{name}/{max(versions)}")
    raise UnknownName(unknown(KINDS[kind].singular, name, names(kind)))


def load_all(kind: str) -> list[Any]:
    """All of a kind, in the order of `names`; a broken plug-in is a warning."""
    loaded = []
    for name in names(kind):
        try:
            loaded.append(load(kind, name))
        except DataError as error:
            if (folder(kind) / f"{_stem(name)}.py").is_file():
                raise
            warnings.warn(f"plug-in {kind}.{name} is skipped: {error}", stacklevel=2)
    return loaded


def _named(where: str) -> Any:
    """The object at `module:name`."""
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)


def _stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _spoken(kind: str, stem: str) -> str:
    if kind != "checkers":
        return stem
    base, _, version = stem.rpartition("_")
    return f"{base.replace('_', '-')}/{version}" if version.isdigit() else stem


def _plugins(kind: str) -> list[tuple[str, metadata.EntryPoint]]:
    prefix = f"{kind}."
    entries = metadata.entry_points(group=ENTRY_POINTS)
    return [(e.name.removeprefix(prefix), e) for e in entries if e.name.startswith(prefix)]


def _load_file(kind: str, path: Path, module: str | None = None) -> Any:
    if not path.is_file():
        raise UnknownName(f"no {KINDS[kind].singular} at {path}: there is no such file")
    name = module or f"mmeval_user_{kind}_{_stem(path.stem)}"
    return _checked(kind, getattr(_module(name, path), KINDS[kind].constant, None), str(path))


def _foreign(where: str, loading: Callable[[], Any]) -> Any:
    """Third-party code may raise anything; its user needs one line that says where."""
    try:
        return loading()
    except MmevalError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise DataError(
            f"{where} cannot be loaded: {type(error).__name__}: {error} "
            f"({frame.filename}, line {frame.lineno})"
        ) from error


def _module(name: str, path: Path) -> ModuleType:
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DataError(f"{path} cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses in the file look themselves up here
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # a half-made module must not answer the next look-up
        raise
    return module


def _checked(kind: str, declared: Any, where: str) -> Any:
    spec = KINDS[kind]
    wanted: type[Any] = _named(spec.type)
    if not isinstance(declared, wanted):
        raise DataError(
            f"{where} must declare {spec.constant} = {wanted.__name__}(...), "
            f"found {type(declared).__name__}"
        )
    return declared
