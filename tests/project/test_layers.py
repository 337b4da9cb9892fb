"""The floors of the tree: imports run down them, in no circle, through one documented door.

`make lint` holds the floors between packages (import-linter, the contract in setup.cfg). Here
every import counts, also one inside a function, under TYPE_CHECKING or by a name in a string.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.builders.source_tree import ROOT, setup_cfg

ENGINE_ROOM = ROOT / "mmeval"
DOOR = ("mmeval.run_folder", "mmeval.results.frames")
"""`run.frame()`: what people write. The folder finds the maker of frames by name."""
FACES = ("mmeval", "mmeval.declare", "mmeval.cli", "mmeval.catalog")
"""They hand things on by name; what they name is below them, or is content."""


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(ENGINE_ROOM.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def imported(name: str) -> set[str]:
    """The modules of the engine room that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = [f"{node.module}.{each.name}" for each in node.names]
            found |= {each if each in MODULES else node.module for each in whole}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found & MODULES.keys() - {name, "mmeval"}


GRAPH = {name: imported(name) for name in MODULES}


def folder(name: str, depth: int) -> str:
    """The package that holds a module, at most so deep; a module on top stands for itself."""
    path = ENGINE_ROOM.joinpath(*name.split(".")[1:])
    parts = name.split(".") if path.is_dir() else name.split(".")[:-1]
    return ".".join(parts[:depth]) if len(parts) > 1 else name


@pytest.mark.parametrize("depth", [None, 2, 3, 4])
def test_nothing_is_on_a_circle(depth: int | None) -> None:
    graph: dict[str, set[str]] = {}
    for name, others in GRAPH.items():
        here = name if depth is None else folder(name, depth)
        there = {each if depth is None else folder(each, depth) for each in others}
        graph.setdefault(here, set()).update(there - {here})
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert len(order) >= len(graph)


def test_the_contract_names_every_package_and_every_module_on_top() -> None:
    text = setup_cfg()["importlinter:contract:floors"]["layers"]
    named = set(re.findall(r"\w+", text))
    assert named == {name.split(".")[1] for name in MODULES if "." in name}
    tops = [name for name in MODULES if name.count(".") == 1]
    packages = [name for name in tops if ENGINE_ROOM.joinpath(name.split(".")[1]).is_dir()]
    assert len(packages) <= 13
    assert len(tops) - len(packages) + 1 <= 12  # mmeval/__init__.py is one


def floors() -> dict[str, int]:
    """Package -> its floor, 0 at the bottom."""
    text = setup_cfg()["importlinter:contract:floors"]["layers"]
    rows = [re.findall(r"\w+", line) for line in text.strip().splitlines()]
    return {name: at for at, row in enumerate(reversed(rows)) for name in row}


def named_in_strings() -> Iterator[tuple[str, str]]:
    """(module, the module that a string in it names), `module:Class` included."""
    for name in MODULES.keys() - set(FACES):
        for node in ast.walk(MODULES[name]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                module = node.value.partition(":")[0]
                if module in MODULES and "." in module:
                    yield name, module


def test_what_is_found_by_a_name_in_a_string_lies_below_too_but_for_one_door() -> None:
    at = floors()
    doors = set()
    for name, module in named_in_strings():
        here, there = (each.split(".")[1] for each in (name, module))
        if here != there and at[there] >= at[here]:
            doors.add((name, module))
    # Processes of their own: `python -m mmeval.cli` is what a person would type.
    doors = {(name, module) for name, module in doors if module != "mmeval.cli"}
    assert doors == {DOOR}


def test_the_door_opens_on_what_it_says() -> None:
    from mmeval.results.frames import frame_of
    from mmeval.run_folder import RunDir

    assert callable(frame_of)
    assert DOOR[1] in (ast.unparse(MODULES[DOOR[0]]))
    assert RunDir.frame.__doc__
