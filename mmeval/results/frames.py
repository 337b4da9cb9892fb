"""Judged runs -> pandas frames with fixed columns and dtypes; the only maker of frames.

    frame = mmeval.load_run("runs/smollm2-135m/gsm8k-1a2b3c4d").frame()
    frame.groupby("checker").right.mean()

One row is one checker's verdict on one answer. The columns, their dtypes and units are
`COLUMNS`, always all of them and in that order, whatever a run knows; what it does not
know is missing (`NA`), never 0 and never False.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmeval.errors import DataError, MissingPackage
from mmeval.problems.fields import level_of
from mmeval.records import FINISHES, OUTCOMES, THOUGHT_STATES, Scalar
from mmeval.results.judged import JudgedRun, labels, load_judged
from mmeval.results.verdict_rows import VerdictRow
from mmeval.run_folder import is_empty

if TYPE_CHECKING:
    import pandas as pd

KEYS = {
    "model": (
        "str",
        "the model's label, with its seed, settings or folder where two would be alike",
    ),
    "benchmark": ("str", "its name"),
    "split": ("str", "its split"),
    "problem_id": ("str", "`benchmark/hash of the question`"),
}
VERDICT = {
    "sample": ("int64", "which answer to the problem, from 0"),
    "checker": ("str", "name and version"),
    "outcome": ("category", "right, wrong, no_answer, undecided or failed"),
    "right": ("bool", "outcome is right"),
    "told": ("bool", "outcome is neither undecided nor failed"),
    "extracted": ("str", "the answer that was compared"),
    "extract_rule": ("str", "the rule that found it"),
    "compare_rule": ("str", "the rule that decided"),
    "truncated": ("bool", "the answer ran out of tokens"),
    "stop_cut": ("bool", "a stop string ended the answer"),
    "note": ("str", "why, where the outcome does not say it"),
}
GENERATION = {
    "finish": ("category", "stop, length, filter, unknown or error"),
    "tokens": ("Int64", "generated tokens; NA where the engine did not tell"),
    "characters": ("Int64", "of the answer, a thought before it left out"),
    "thought_state": ("category", "none, closed or open; open is a thought that never ended"),
    "thought_tokens": ("Int64", "tokens of the thought; NA where they are not known"),
    "thought_characters": ("Int64", "of the thought; NA without one, or where it is not shown"),
    "empty": ("boolean", "no text but white space, no error, and no unfinished thought"),
    "degenerate": ("boolean", "ends in the same piece again and again"),
}
PROBLEM = {
    "position": ("Int64", "place among the run's problems, from 0"),
    "gold": ("str", "the gold answer as published"),
    "subject": ("str", "where the benchmark has subjects"),
    "level": ("Int64", "1 (easy) to 5, where it has levels; str where one is no number"),
    "style": ("str", "how a backward question was made"),
    "twin": ("str", "problem_id of the forward question of a backward one"),
    "steps": ("Int64", "steps of the solution, where the benchmark counts them"),
    "template": ("str", "what a problem was made from, where it was made"),
    "cluster": ("str", "what it shares with problems that are not independent of it"),
    "determined": ("boolean", "whether the question has one answer, where marked"),
    "solution_lines": ("Int64", "lines of the worked solution that are not blank"),
    "question_characters": ("Int64", "length of the question"),
    "question_words": ("Int64", "the same in words between white space"),
}
TRAINING = {
    "arm": ("str", "what `mmeval train` trained the model on: the recipe's arm, else the recipe"),
    "training_seed": ("Int64", "its seed"),
    "training_rows": ("Int64", "its rows of data"),
}
COLUMNS: Mapping[str, tuple[str, str]] = {**KEYS, **VERDICT, **GENERATION, **PROBLEM, **TRAINING}
"""Name -> (dtype, what it says)."""
CATEGORIES: Mapping[str, Sequence[str]] = {
    "outcome": OUTCOMES,
    "finish": FINISHES,
    "thought_state": THOUGHT_STATES,
}
TAIL = 400
"""Last characters of an answer that are looked at for a repeated piece."""
REPEATED = 120
"""Characters at the end of an answer that must be one piece, four times or more."""
UNTOLD = ("undecided", "failed")


def answers(runs: Sequence[JudgedRun], checkers: Sequence[str] = ()) -> pd.DataFrame:
    """All of `COLUMNS` for the verdicts of some runs, in the order of runs and answers.

    `checkers` empty: all of each run. Raises DataError for no runs, for files that were
    edited and for verdicts on answers or problems that are not in their run.
    """
    lib = _pandas()
    named = zip(_some(runs), labels(runs), strict=True)
    frames = [_run_answers(lib, run, label, checkers) for run, label in named]
    whole: pd.DataFrame = frames[0] if len(frames) == 1 else lib.concat(frames, ignore_index=True)
    if whole["level"].dtype == object:  # numbers in one run, texts in another
        whole["level"] = _column(lib, "level", whole["level"].tolist())
    return whole[list(COLUMNS)]


def frame_of(path: Path, checkers: Sequence[str], partial: bool) -> pd.DataFrame:
    """`answers` of the run in a folder, as `RunDir.frame` gives it; errors as there."""
    return answers([load_judged(path, partial)], checkers)


def verdicts(runs: Sequence[JudgedRun], checkers: Sequence[str] = ()) -> pd.DataFrame:
    """The columns of `KEYS` and `VERDICT` alone: enough for accuracies, and ten times as
    fast as `answers`, for no text is read."""
    lib = _pandas()
    return _verdict_frame(lib, _some(runs), checkers)


def degenerate(text: str) -> bool:
    """Whether a text ends in the same piece, of up to 30 characters or more repeated four
    times or more over its last `REPEATED` characters; white space alone does not count."""
    tail = text[-TAIL:]
    if len(tail) < REPEATED or not tail[-REPEATED:].strip():
        return False
    probe = tail[-20:]
    # In a text of period p the last 20 characters stand p characters before the end too.
    place = tail.rfind(probe, 0, len(tail) - 1)
    while place >= 0:
        period = len(tail) - 20 - place
        length = max(REPEATED, 4 * period)
        if length > len(tail):
            return False
        if tail[-length + period :] == tail[-length:-period]:
            return True
        place = tail.rfind(probe, 0, place + 19)
    return False


def _run_answers(lib: Any, run: JudgedRun, label: str, checkers: Sequence[str]) -> pd.DataFrame:
    frame = _verdict_frame(lib, [run], checkers)
    frame["model"] = _column(lib, "model", [label] * len(frame))
    try:
        generations, problems = _generations(lib, run), _problems(lib, run)
    except (TypeError, AttributeError, KeyError) as error:
        raise DataError(
            f"{run.path} has a generation or a problem with a field of another type ({error}); "
            "it was edited"
        ) from None
    for keys, other, what in (
        (["problem_id", "sample"], generations, "answer"),
        (["problem_id"], problems, "problem"),
    ):
        joined = frame.merge(other, how="left", on=keys, validate="m:1", indicator=True)
        stray = joined.loc[joined["_merge"] != "both", "problem_id"]
        if len(stray):
            raise DataError(
                f"{run.path} has a verdict on {stray.iloc[0]}, of which it has no {what}: it was "
                f"edited or cut; judge again: mmeval judge {run.path}"
            )
        frame = joined.drop(columns="_merge")
    for name, value in _training(run).items():
        frame[name] = _column(lib, name, [value]).take([0] * len(frame))
    return frame


def _training(run: JudgedRun) -> dict[str, Any]:
    """The values of `TRAINING`; None of a model that `mmeval train` did not make."""
    trained = run.training
    return {
        "arm": trained.get("arm") or trained.get("recipe"),
        "training_seed": trained.get("seed"),
        "training_rows": trained.get("rows"),
    }


class _Texts:
    """A column of texts under way: every text once, and for each row which of them it has."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.places: defaultdict[str | None, int] = defaultdict()
        self.places.default_factory = self.places.__len__
        self.rows = array("q", map(self.places.__getitem__, known))
        del self.rows[:]  # they have their places, and no row yet

    def extend(self, values: Iterable[str | None]) -> None:
        """Adds a row for each."""
        self.rows.extend(map(self.places.__getitem__, values))


def _verdict_frame(lib: Any, runs: Sequence[JudgedRun], checkers: Sequence[str]) -> pd.DataFrame:
    """Rows become numbers at once: hardly a text of 100 runs stands in one of them alone."""
    texts = {name: _Texts() for name in (*KEYS, *VERDICT) if COLUMNS[name][0] == "str"}
    texts["outcome"] = _Texts(OUTCOMES)
    numbers = {"sample": array("q"), "truncated": array("b"), "stop_cut": array("b")}
    for run, label in zip(runs, labels(runs), strict=True):
        named = [name for name in run.checkers if not checkers or name in checkers]
        if not named:
            raise DataError(
                f"{run.path} was judged by {', '.join(run.checkers)}, not by "
                f"{', '.join(checkers)}; mmeval judge FOLDER --checker ... judges again"
            )
        for checker in named:
            rows = run.verdict_rows(checker, VerdictRow)
            of_run = dict(zip(OF_RUN, (label, *run.task, checker), strict=True))
            for name, text in texts.items():
                same = repeat(of_run[name], len(rows)) if name in of_run else None
                text.extend(same or map(attrgetter(name), rows))
            for name, number in numbers.items():
                number.extend(map(attrgetter(name), rows))
    return _gathered(lib, texts, numbers)


OF_RUN = ("model", "benchmark", "split", "checker")
"""What all verdicts of one checker on one run have in common."""


def _gathered(
    lib: Any, texts: Mapping[str, _Texts], numbers: Mapping[str, array[int]]
) -> pd.DataFrame:
    import numpy as np

    places = {name: np.frombuffer(each.rows, dtype=np.int64) for name, each in texts.items()}
    columns: dict[str, Any] = {
        name: _column(lib, name, list(texts[name].places)).take(places[name])
        for name in texts.keys() - {"outcome"}
    }
    columns |= {name: np.frombuffer(each, dtype=COLUMNS[name][0]) for name, each in numbers.items()}
    outcome = places["outcome"]
    columns["outcome"] = lib.Categorical.from_codes(outcome, categories=OUTCOMES)
    columns["right"] = outcome == OUTCOMES.index("right")
    columns["told"] = ~np.isin(outcome, [OUTCOMES.index(name) for name in UNTOLD])
    made: pd.DataFrame = lib.DataFrame({name: columns[name] for name in (*KEYS, *VERDICT)})
    return made


def _generations(lib: Any, run: JudgedRun) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        (
            each.problem_id,
            each.sample,
            each.finish,
            each.tokens,
            len(each.answer),
            each.thought_state,
            each.thought_tokens,
            None if each.thought is None else len(each.thought),
            is_empty(each),
            degenerate(each.text or each.thought or ""),
        )
        for each in run.run.generations()
    ]
    names = ("problem_id", "sample", *GENERATION)
    return _frame(lib, {name: [row[i] for row in rows] for i, name in enumerate(names)})


def _problems(lib: Any, run: JudgedRun) -> pd.DataFrame:
    rows = []
    clusters = run.clusters()
    for position, problem in enumerate(run.run.problems()):
        meta, question = problem.meta, problem.question
        solution: Any = meta.get("solution")
        lines = [line for line in solution.split("\n") if line.strip()] if solution else None
        facts = {name: _fact(name, meta[name]) for name in PROBLEM if name in meta}
        rows.append(
            facts
            | {
                "problem_id": problem.id,
                "position": position,
                "cluster": clusters.of[problem.id] if clusters else problem.id,
                "gold": problem.gold,
                "solution_lines": len(lines) if lines is not None else None,
                "question_characters": len(question),
                "question_words": len(question.split()),
            }
        )
    names = ("problem_id", *PROBLEM)
    return _frame(lib, {name: [row.get(name) for row in rows] for name in names})


def _fact(name: str, value: Scalar) -> Scalar:
    """What a benchmark says of a problem as its column has it: a subject may be a number."""
    if name == "level":
        return level_of(value)
    return str(value) if PROBLEM[name][0] == "str" and value is not None else value


def _frame(lib: Any, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """A frame with the dtypes of `COLUMNS`. Raises DataError for a value that has none."""
    made: pd.DataFrame = lib.DataFrame(
        {name: _column(lib, name, values) for name, values in columns.items()}
    )
    return made


def _column(lib: Any, name: str, values: list[Any]) -> Any:
    """Half a surrogate pair, which a model may write and UTF-8 cannot hold, becomes its
    escape, `\\ud83d`."""
    dtype = COLUMNS[name][0]
    if name == "level" and any(isinstance(each, str) for each in values):
        dtype, values = "str", [None if lib.isna(each) else str(each) for each in values]
    if dtype == "category":
        return lib.Categorical(values, categories=CATEGORIES[name])
    if dtype == "str" and not set(map(type, values)) <= {str, type(None)}:
        raise DataError(f"the field {name!r} of a run holds something that is not text: edited?")
    try:
        return lib.array(values, dtype=dtype)
    except UnicodeEncodeError:
        return lib.array(list(map(_storable, values)), dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"the field {name!r} of a run holds something that is not {dtype} ({error}); "
            "was the file edited?"
        ) from None


def _storable(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if value is not None else None


def _some(runs: Sequence[JudgedRun]) -> Sequence[JudgedRun]:
    if not runs:
        raise DataError("there are no runs to make a frame of")
    return runs


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise MissingPackage(
            "frames and analyses need the package 'pandas', which is not installed; "
            "pip install 'mmeval[analysis]'"
        ) from error
    return pandas
