"""A run's verdicts and generations -> the numbers of its table.

accuracy            right / n, a fraction; more is better
accuracy_high       (right + undecided + failed) / n: what it could be at most
low, high           95 % interval of accuracy: Wilson's score interval for one answer per
                    problem; for several, a normal interval whose error is clustered by
                    problem, because answers to one problem are not independent
accuracy_finished   right / n among the answers that did not run out of tokens; null when
                    none finished
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmeval.errors import DataError
from mmeval.judging.judge import Counts
from mmeval.records import OUTCOMES, SCHEMA, Generation, Verdict
from mmeval.stats.intervals import clustered, wilson

EXAMPLES = 3
"""Ends of answers kept to show why no answer was found."""
END_CHARACTERS = 160


@dataclass(slots=True)
class Health:
    """What happened to the generations of a run, whatever their answers."""

    n: int = 0
    truncated: int = 0
    """Ran out of tokens."""
    stop_cut: int = 0
    """Ended by a stop string."""
    empty: int = 0
    """No text but white space, without an error."""
    failed: int = 0
    """The engine gave an error."""
    reused: int = 0
    """Took the answer of an identical request."""
    prompt_tokens: int = 0
    tokens: int = 0

    def add(self, generation: Generation) -> None:
        """Counts one generation; tokens only where the model was asked for this one."""
        self.n += 1
        self.truncated += generation.finish == "length"
        self.failed += generation.finish == "error"
        self.stop_cut += generation.stop_string is not None
        self.empty += generation.finish != "error" and not generation.text.strip()
        self.reused += generation.same_as is not None
        if generation.same_as is None:
            self.prompt_tokens += generation.prompt_tokens or 0
            self.tokens += generation.tokens or 0

    def to_row(self) -> dict[str, int]:
        """The counts as a JSON object."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(slots=True)
class CheckerTally:
    """One checker's outcomes over a run, added one verdict at a time."""

    outcomes: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    """The same among answers that did not run out of tokens."""
    right_of: Counter[str] = field(default_factory=Counter)
    asked_of: Counter[str] = field(default_factory=Counter)
    """Problem id -> right answers, and all answers."""
    examples: list[str] = field(default_factory=list)
    """How answers ended in which no answer was found."""

    def add(self, verdict: Verdict, text: str) -> None:
        """Counts one verdict about that text."""
        self.outcomes[verdict.outcome] += 1
        self.asked_of[verdict.problem_id] += 1
        self.right_of[verdict.problem_id] += verdict.outcome == "right"
        if not verdict.truncated:
            self.finished[verdict.outcome] += 1
        if verdict.outcome == "no_answer" and len(self.examples) < EXAMPLES:
            self.examples.append(text[-END_CHARACTERS:])

    def to_row(self) -> dict[str, Any]:
        """The counts, accuracies and interval; raises DataError where nothing was judged."""
        if not self.outcomes:
            raise DataError("there is nothing to summarise: the run has no generations")
        outcomes = {name: self.outcomes[name] for name in OUTCOMES}
        counts = Counts(n=sum(outcomes.values()), **outcomes)
        low, high = self._interval(counts)
        finished = sum(self.finished.values())
        return counts.to_row() | {
            "low": low,
            "high": high,
            "finished": finished,
            "accuracy_finished": self.finished["right"] / finished if finished else None,
            "no_answer_examples": self.examples if counts.no_answer else [],
        }

    def _interval(self, counts: Counts) -> tuple[float, float]:
        if len(self.asked_of) == counts.n:
            return wilson(counts.right, counts.n)
        return clustered(
            [(self.right_of[key], asked) for key, asked in self.asked_of.items()], level=0.95
        )


def throughput(sessions: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Tokens per second of the generation phase over all sessions of a run; null where
    the engine told no tokens or the clock saw no time."""
    done = list(sessions)
    seconds = sum(each.get("generation_seconds", 0.0) for each in done)
    return {
        "engine_start_seconds": sum(each.get("engine_start_seconds", 0.0) for each in done),
        "generation_seconds": seconds,
    } | {
        f"{name}_per_second": sum(each.get(name, 0) for each in done) / seconds
        if seconds > 0 and any(each.get(name) for each in done)
        else None
        for name in ("prompt_tokens", "tokens")
    }


def summarise(
    manifest: Mapping[str, Any], health: Health, tallies: Mapping[str, CheckerTally]
) -> dict[str, Any]:
    """The summary of a run as a JSON object; see the module's docstring for its numbers."""
    identity = manifest["identity"]
    return {
        "schema": SCHEMA,
        "model": manifest["model"]["label"],
        "benchmark": identity["benchmark"],
        "split": identity["split"],
        "problems": manifest["data"]["problems"],
        "problems_in_split": manifest["data"]["total"],
        "partial": manifest["data"]["partial"],
        "subset": manifest["data"].get("subset"),
        "shard": manifest.get("shard"),
        "as_published": manifest["data"]["as_published"],
        "samples": manifest["samples"],
        "checkers": {name: tally.to_row() for name, tally in tallies.items()},
        "health": health.to_row(),
        "throughput": throughput(manifest["sessions"]),
        "stop_in_references": manifest["data"].get("stop_in_references", 0),
    }
