"""Everything mmeval raises on purpose.

    MmevalError                     exit 1  the run or the gate failed
    ├── EngineError                 the engine could not start, died, or keeps refusing
    ├── RunFailed                   writing a run failed (disk full)
    │   └── RunInterrupted          exit 130  the user pressed Ctrl-C
    └── UserError                   exit 2  the user must fix something
        ├── UnknownName             no benchmark, checker, prompt ... with that name
        ├── ConfigError             an option or a config file is invalid
        ├── DataError               a row or a file is malformed
        │   └── MissingData         the files are not there
        ├── ModelNotFound           no model at that path, id or alias
        ├── PromptTooLong           a prompt or text does not fit into the model's context
        ├── MissingPackage          an optional package is needed
        ├── RunMismatch             the run folder belongs to another run
        └── RunLocked               another process writes to the run folder

To add one: subclass the nearest branch *and* the standard error it replaces, say in
the docstring when it is raised, and pass ONE string: what, where, what was found, how
to fix it. One string keeps them picklable, which worker processes rely on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MmevalError(Exception):
    """The root of all errors that mmeval raises on purpose; `exit_code` is the CLI's."""

    exit_code = 1


class EngineError(MmevalError, RuntimeError):
    """The engine could not start, died during a run, or refuses every request."""


class RunFailed(MmevalError, OSError):
    """Writing a run failed; what was generated so far is on disk."""


class RunInterrupted(RunFailed):
    """The user stopped a run (Ctrl-C); what was generated is on disk."""

    exit_code = 130


class UserError(MmevalError):
    """Something that only the user can fix; shown as one line, without a traceback."""

    exit_code = 2


class UnknownName(UserError, LookupError):
    """A name is not in the catalogue; the message lists what is, nearest first."""


class ConfigError(UserError, ValueError):
    """An option, a combination of options or a key of a config file is invalid."""


class DataError(UserError, ValueError):
    """A data file or one of its rows is malformed; the message names file and line."""


class MissingData(DataError, FileNotFoundError):
    """No file of a benchmark was found; the message says the two ways to get it."""


class ModelNotFound(UserError, FileNotFoundError):
    """Neither a model folder, nor an embedded alias, nor a model on the hub."""


class PromptTooLong(UserError, ValueError):
    """A prompt leaves no room for an answer, or a text to score is longer than the
    context; names it and both lengths."""


class MissingPackage(UserError, ImportError):
    """An optional package is not installed; the message ends in the install command."""


class RunMismatch(UserError, ValueError):
    """A run folder was started with other settings; the message names each one."""


class RunLocked(UserError, BlockingIOError):
    """Another living process is writing to the run folder."""


def unknown(singular: str, name: str, known: Iterable[str]) -> str:
    """One line for an unknown name: near misses first, then all."""
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"no {singular} is called {name!r}; {hint}available: {', '.join(listed) or 'none'}"
