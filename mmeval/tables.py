"""Judged runs -> pandas frames with fixed columns and dtypes; the only maker of frames.

    frame = mmeval.load_run("runs/smollm2-135m/gsm8k-1a2b3c4d").frame()
    frame.groupby("checker").right.mean()

One row is one checker's verdict on one answer. The columns, their dtypes and units are
`COLUMNS`, always all of them and in that order, whatever a run knows; what it does not
know is missing (`NA`), never 0 and never False.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmeval.errors import DataError, MissingPackage
from mmeval.judged import JudgedRun, labels, load_rows
from mmeval.records import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

KEYS = {
    "model": ("str", "the model's label, with the folder's name where two would be alike"),
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
    "finish": ("category", "stop, length or error"),
    "tokens": ("Int64", "generated tokens; NA where the engine did not tell"),
    "characters": ("Int64", "of the answer"),
    "empty": ("boolean", "no text but white space, and no error"),
    "degenerate": ("boolean", "ends in the same piece again and again"),
}
PROBLEM = {
    "position": ("Int64", "place among the run's problems, from 0"),
    "gold": ("str", "the gold answer as published"),
    "subject": ("str", "where the benchmark has subjects"),
    "level": ("Int64", "1 (easy) to 5, where it has levels"),
    "style": ("str", "how a backward question was made"),
    "twin": ("str", "problem_id of the forward question of a backward one"),
    "steps": ("Int64", "steps of the solution, where the benchmark counts them"),
    "determined": ("boolean", "whether the question has one answer, where marked"),
    "solution_lines": ("Int64", "lines of the worked solution that are not blank"),
    "question_characters": ("Int64", "length of the question"),
    "question_words": ("Int64", "the same in words between white space"),
}
COLUMNS: Mapping[str, tuple[str, str]] = {**KEYS, **VERDICT, **GENERATION, **PROBLEM}
"""Name -> (dtype, what it says)."""
TAIL = 400
"""Last characters of an answer that are looked at for a repeated piece."""
REPEATED = 120
"""Characters at the end of an answer that must be one piece, four times or more."""
FINISHES = ("stop", "length", "error")


def answers(runs: Sequence[JudgedRun], checkers: Sequence[str] = ()) -> pd.DataFrame:
    """All of `COLUMNS` for the verdicts of some runs, in the order of runs and answers.

    `checkers` empty: all of each run. Raises DataError for no runs, for files that were
    edited and for verdicts on answers or problems that are not in their run.
    """
    lib = _pandas()
    named = zip(_some(runs), labels(runs), strict=True)
    frames = [_run_answers(lib, run, label, checkers) for run, label in named]
    whole: pd.DataFrame = frames[0] if len(frames) == 1 else lib.concat(frames, ignore_index=True)
    return whole[list(COLUMNS)]


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
    frame["model"] = lib.array([label] * len(frame), dtype="str")
    try:
        said, asked = _generations(lib, run), _problems(lib, run)
    except (TypeError, AttributeError, KeyError) as error:
        raise DataError(
            f"{run.path} has a generation or a problem with a field of another type ({error}); "
            "it was edited"
        ) from None
    for keys, other, what in (
        (["problem_id", "sample"], said, "answer"),
        (["problem_id"], asked, "problem"),
    ):
        joined = frame.merge(other, how="left", on=keys, validate="m:1", indicator=True)
        stray = joined.loc[joined["_merge"] != "both", "problem_id"]
        if len(stray):
            raise DataError(
                f"{run.path} has a verdict on {stray.iloc[0]}, of which it has no {what}: it was "
                f"edited or cut; judge again: mmeval judge {run.path}"
            )
        frame = joined.drop(columns="_merge")
    return frame


def _verdict_frame(lib: Any, runs: Sequence[JudgedRun], checkers: Sequence[str]) -> pd.DataFrame:
    """Each run becomes typed columns at once, so that the JSON of one run is held, not of all."""
    parts: list[Any] = []
    for run, label in zip(runs, labels(runs), strict=True):
        named = [name for name in run.checkers if not checkers or name in checkers]
        if not named:
            raise DataError(
                f"{run.path} was judged by {', '.join(run.checkers)}, not by "
                f"{', '.join(checkers)}; mmeval judge FOLDER --checker ... judges again"
            )
        for checker in named:
            rows = run.verdict_rows(checker)
            outcome = [row["outcome"] for row in rows]
            made = {
                "model": [label] * len(rows),
                "benchmark": [run.task[0]] * len(rows),
                "split": [run.task[1]] * len(rows),
                "checker": [checker] * len(rows),
                "right": [each == "right" for each in outcome],
                "told": [each not in ("undecided", "failed") for each in outcome],
            }
            columns = {
                name: made[name] if name in made else [row.get(name) for row in rows]
                for name in (*KEYS, *VERDICT)
            }
            parts.append(_frame(lib, columns))
    whole: pd.DataFrame = parts[0] if len(parts) == 1 else lib.concat(parts, ignore_index=True)
    return whole


def _generations(lib: Any, run: JudgedRun) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        (
            each.problem_id,
            each.sample,
            each.finish,
            each.tokens,
            len(each.text),
            each.finish != "error" and not each.text.strip(),
            degenerate(each.text),
        )
        for each in run.run.generations()
    ]
    names = ("problem_id", "sample", *GENERATION)
    return _frame(lib, {name: [row[i] for row in rows] for i, name in enumerate(names)})


def _problems(lib: Any, run: JudgedRun) -> pd.DataFrame:
    rows = []
    for position, row in enumerate(load_rows(run.run.problems_file)):
        meta = row.get("meta") or {}
        solution, question = meta.get("solution"), row["question"]
        lines = [line for line in solution.split("\n") if line.strip()] if solution else None
        known = {name: meta.get(name) for name in PROBLEM if name in meta}
        rows.append(
            known
            | {
                "problem_id": row["id"],
                "position": position,
                "gold": row["gold"],
                "solution_lines": len(lines) if lines is not None else None,
                "question_characters": len(question),
                "question_words": len(question.split()),
            }
        )
    names = ("problem_id", *PROBLEM)
    return _frame(lib, {name: [row.get(name) for row in rows] for name in names})


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
    if dtype == "category":
        return lib.Categorical(values, categories=OUTCOMES if name == "outcome" else FINISHES)
    if dtype == "str" and not set(map(type, values)) <= {str, type(None)}:
        raise DataError(f"the field {name!r} of a run holds something that is no text: edited?")
    try:
        return lib.array(values, dtype=dtype)
    except UnicodeEncodeError:
        return lib.array(list(map(_storable, values)), dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"the field {name!r} of a run holds something that is no {dtype} ({error}); "
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
