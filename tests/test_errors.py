"""The error tree: as drawn, each also a standard error, each able to cross a process."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from mmeval import errors
from mmeval.errors import MmevalError, UserError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
BRANCHES = (MmevalError, UserError)
LEAVES = [c for c in CLASSES if c not in BRANCHES]


def drawn() -> dict[str, str | None]:
    """Name -> name of its parent, read off the tree in the module's docstring."""
    parents: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        found = re.match(r"([\s│├└─]*)([A-Z]\w+)  ", line)
        if found:
            column, name = len(found[1]), found[2]
            above = [(c, n) for c, n in above if c < column]
            parents[name] = above[-1][1] if above else None
            above.append((column, name))
    return parents


def test_the_drawn_tree_is_the_real_one() -> None:
    real = {c.__name__: c.__bases__[0].__name__ for c in CLASSES if c is not MmevalError}
    assert drawn() == {"MmevalError": None, **real}


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: str(kind.__name__))
def test_each_error_is_also_the_standard_error_it_replaces(kind: type[MmevalError]) -> None:
    standard = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert set(standard) - {Exception, BaseException, object}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: str(kind.__name__))
def test_each_error_keeps_its_line_across_a_process(kind: type[MmevalError]) -> None:
    error = kind("rows.jsonl, line 3: no gold")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "rows.jsonl, line 3: no gold"


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: str(kind.__name__))
def test_the_status_is_2_for_the_user_130_for_ctrl_c_and_else_1(kind: type[MmevalError]) -> None:
    other = 130 if kind is errors.RunInterrupted else 1
    assert kind.exit_code == (2 if issubclass(kind, UserError) else other)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: str(kind.__name__))
def test_each_error_says_when_it_is_raised(kind: type[MmevalError]) -> None:
    assert (kind.__doc__ or "").endswith(".")
