"""`measure`: sets of training rows and a model -> a report folder. The imperative shell.

measurement.json   model, data hashes, settings, prefix token
scores.jsonl       one line a distinct text, appended as it is scored: what it resumes by
rows.jsonl         one line an item of a set, written at the end
report.json        the table
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.engine import EngineOptions, engine_identity, info_row
from mmeval.engines.scorer import Scorer, open_scorer
from mmeval.engines.start import EngineStart, captured, foreign, resumable
from mmeval.environment import machine, timestamp, versions
from mmeval.errors import PromptTooLong
from mmeval.jsonl import Appender
from mmeval.progress import Silent, Watch
from mmeval.records import Scored, from_row, to_row
from mmeval.results.report_folder import ReportDir
from mmeval.run_folder import require_same
from mmeval.training_data.perplexity.prepare import KIND, Job, PerplexityConfig, prepare
from mmeval.training_data.perplexity.report import make_report, summaries
from mmeval.training_data.perplexity.scores import WHOLE, Score, Summary, joined, score_of


@dataclass(frozen=True, slots=True)
class Measured:
    """What `measure` found, and where it is."""

    folder: ReportDir
    summaries: list[Summary]


def measure(
    config: PerplexityConfig,
    watch: Watch | None = None,
    now: Callable[[], datetime] | None = None,
) -> Measured:
    """Scores what has no score yet and writes the report.

    The same call resumes where it stopped. Raises RunMismatch for a folder that
    holds another measurement, PromptTooLong before anything is scored, and other
    UserErrors that name what to fix; EngineError, RunFailed or RunInterrupted when it
    stopped early.
    """
    watch = watch or Silent()
    created = timestamp(now)
    job = prepare(config, watch)
    with jsonl.locked(job.folder.path, "report folder"):
        if job.folder.exists():
            _require_same(job, job.identity)
        done = _scores(job.scores_file)
        if next(job.pending(done), None) is not None:
            _score(job, done, watch, created)
        rows = [
            joined(entry, done[job.item(entry).id]) for each in job.sets for entry in each.entries()
        ]
        job.folder.write_rows(map(to_row, rows))
        watch.say("drawing resamples for the intervals")
        results = summaries(rows, config.reference, config.resamples)
        job.folder.finish(make_report(results, _notes(job, results), _sources(job)))
    return Measured(job.folder, results)


def _scores(path: Path) -> dict[str, Score]:
    """The stored scores; texts that ended in an error are scored again."""
    if not path.is_file():
        return {}
    rows = (from_row(Score, row) for _, row in jsonl.read_rows(path, torn_tail=True))
    return {score.key: score for score in rows if score.error is None}


def _score(job: Job, done: dict[str, Score], watch: Watch, created: str) -> None:
    """Scores every text without a score; each score is on disk before the next is made."""
    log = job.folder.path / "engine.log"
    with ExitStack() as stack:
        scorer = stack.enter_context(_opened(job, log, watch))
        with captured(log):  # tokenizers print a warning of their own about long texts
            total = _require_room(job, scorer, done)
        _begin(job, scorer, created)
        begin, before = time.monotonic(), len(done)
        watch.begin(KIND, before, before + total)
        stack.callback(watch.end)

        def go_on(status: str) -> str:
            kept = f"{len(done):,} scores are kept in {job.folder.path}"
            return f"{kept}; resume with the same command"

        with resumable(go_on), Appender(job.scores_file) as file, captured(log):
            for scored in _answers(job, scorer, done, log):
                score = score_of(scored)
                file.append(score)
                done[score.key] = score
                watch.advance(1, score.whole_tokens or 0)
        _note_session(job, time.monotonic() - begin, len(done) - before)


def _answers(job: Job, scorer: Scorer, done: dict[str, Score], log: Path) -> Iterator[Scored]:
    with foreign(job.engine, log):
        yield from scorer.score(item for _, item in job.pending(dict(done)))


def _opened(job: Job, log: Path, watch: Watch) -> AbstractContextManager[Scorer]:
    options = EngineOptions(
        args=job.config.engine_args,
        dtype=job.config.dtype,
        trust_remote_code=job.config.trust_remote_code,
    )
    return EngineStart(job.engine).opened(
        lambda: open_scorer(job.engine, job.model, options, job.scoring),
        log,
        lambda seconds: watch.waiting(f"starting {job.engine}", seconds, f"it prints to {log}"),
    )


def _require_room(job: Job, scorer: Scorer, done: dict[str, Score]) -> int:
    """How many texts are to be scored. Raises PromptTooLong when one does not fit and is
    not to be cut: before the first is scored, not after hours."""
    total, long = 0, []
    for entry, item in job.pending(done):
        total += 1
        if job.scoring.truncate or scorer.max_length is None:
            continue
        size = scorer.tokens(item)
        if size > scorer.max_length:
            long.append((size, entry))
    if long:
        size, entry = max(long, key=lambda pair: pair[0])
        raise PromptTooLong(
            f"{len(long):,} of {total:,} texts are longer than the {scorer.max_length:,} tokens "
            f"that fit; the longest has {size:,} (set {entry.set}, row {entry.id}, question "
            f"{entry.query[:40]!r}); pass --truncate to cut the ends of such responses off"
        )
    return total


def _require_same(job: Job, identity: dict[str, Any]) -> None:
    stored = {"scoring.together": False} | job.folder.measurement()["identity"]
    require_same(stored, identity, str(job.folder.path))


def _begin(job: Job, scorer: Scorer, created: str) -> None:
    """Writes the settings, or checks that they are those that it was begun with."""
    identity = job.identity | engine_identity(scorer.info)
    if job.folder.exists():
        _require_same(job, identity)
        return
    facts = {
        "created": created,
        "model": {"name": job.model.name, "label": job.model.label or job.model.name},
        "identity": identity,
        "config": {k: v for k, v in asdict(job.config).items() if v is not None},
        "sets": [
            {"name": e.name, "place": e.source.place, "sha256": e.source.sha256} for e in job.sets
        ],
        "engine": info_row(scorer.info),
        "versions": versions(),
        "machine": machine(),
        "sessions": [],
    }
    job.folder.start(KIND, facts)


def _note_session(job: Job, seconds: float, texts: int) -> None:
    stored = job.folder.measurement()
    session = {"scoring_seconds": round(seconds, 3), "texts": texts}
    stored["sessions"] = [*stored.get("sessions", []), session]
    kept = {k: v for k, v in stored.items() if k not in ("schema", "kind", "status")}
    job.folder.start(KIND, kept)


def _notes(job: Job, results: Sequence[Summary]) -> list[str]:
    """What a reader must know: prompt, prefix token, what counts, what the reference is."""
    engine: dict[str, Any] = job.folder.measurement()["engine"]
    joined_by = repr(job.scoring.join) if job.scoring.join else "nothing"
    prompt = f"prompt {job.identity['prompt']}, then {joined_by}" if job.template else "no prompt"
    prefix = engine["settings"]["prefix"]
    eos = "counted" if job.scoring.count_eos else "not counted"
    reference = next((each for each in results if each.difference is None), results[0])
    form = "" if reference.form == WHOLE else f" ({reference.form})"
    notes = [
        f"{engine['name']} {engine['version']}, {engine['dtype']}; {prompt}; prefix token: "
        f"{prefix}; end-of-text token {eos}."
    ]
    if len(results) > 1:
        notes.append(
            f"Difference: of medians, to {reference.set}{form}; 95 % interval from "
            f"{job.config.resamples:,} resamples of the original questions."
        )
    if prefix == "none":
        notes.append(
            "The first token of a text with nothing before it is not scored: this concerns whole "
            + ("texts." if job.template else "texts and responses.")
        )
    if job.config.limit is not None:
        notes.append(f"{job.config.limit:,} rows of each set, drawn by seed {job.config.seed}.")
    return notes


def _sources(job: Job) -> list[str]:
    """The model and the data, by hash."""
    weights = f"{job.model.label or job.model.name} {(job.model.weights_sha256 or '')[:16]}"
    return [weights, *(f"{e.name}: {e.source.place} {e.source.sha256[:16]}" for e in job.sets)]
