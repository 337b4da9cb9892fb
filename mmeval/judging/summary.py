"""A run's verdicts and generations -> the numbers of its table.

accuracy            right / n, a fraction; more is better
accuracy_high       (right + undecided + failed) / n: what it could be at most
low, high           95 % interval of accuracy: Wilson's score interval for one answer per
                    problem; where answers are not independent, several to a problem or problems
                    that share a template or an original question, Wilson's at the number of
                    independent ones that they are worth (`mmeval.stats.intervals.clustered`)
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
from mmeval.records import OUTCOMES, SCHEMA, Verdict, to_row
from mmeval.run_folder import Health, Manifest, Session, Throughput
from mmeval.stats.intervals import clustered

EXAMPLES = 3
"""Ends of answers kept to show why no answer was found."""
END_CHARACTERS = 160


@dataclass(slots=True)
class CheckerTally:
    """One checker's outcomes over a run, added one verdict at a time."""

    outcomes: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    """The same among answers that did not run out of tokens."""
    right_of: Counter[str] = field(default_factory=Counter)
    asked_of: Counter[str] = field(default_factory=Counter)
    """Cluster, or problem id -> right answers, and all answers."""
    clusters: Mapping[str, str] = field(default_factory=dict)
    """Problem id -> its cluster, where problems are not independent."""
    revision: int = 1
    """Of the checker whose verdicts these are."""
    examples: list[str] = field(default_factory=list)
    """How answers ended in which no answer was found."""

    def add(self, verdict: Verdict, text: str) -> None:
        """Counts one verdict about that text."""
        self.revision = verdict.revision
        self.outcomes[verdict.outcome] += 1
        key = self.clusters.get(verdict.problem_id, verdict.problem_id)
        self.asked_of[key] += 1
        self.right_of[key] += verdict.outcome == "right"
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
        low, high = clustered(
            [(self.right_of[key], asked) for key, asked in self.asked_of.items()], level=0.95
        )
        finished = sum(self.finished.values())
        return counts.to_row() | {
            "low": low,
            "high": high,
            "finished": finished,
            "accuracy_finished": self.finished["right"] / finished if finished else None,
            "no_answer_examples": self.examples if counts.no_answer else [],
            "revision": self.revision,
        }


def throughput(sessions: Iterable[Session]) -> Throughput:
    """Tokens per second of the generation phase over all sessions of a run."""
    done = list(sessions)
    seconds = sum(each.generation_seconds for each in done)

    def rate(tokens: int) -> float | None:
        return tokens / seconds if seconds > 0 and tokens else None

    return Throughput(
        engine_start_seconds=sum(each.engine_start_seconds for each in done),
        generation_seconds=seconds,
        prompt_tokens_per_second=rate(sum(each.prompt_tokens for each in done)),
        tokens_per_second=rate(sum(each.tokens for each in done)),
    )


def summarise(
    manifest: Manifest, health: Health, tallies: Mapping[str, CheckerTally]
) -> dict[str, Any]:
    """The summary of a run as a JSON object; see the module's docstring for its numbers."""
    data = manifest.data
    return {
        "schema": SCHEMA,
        "model": manifest.model.label,
        "benchmark": manifest.task[0],
        "split": manifest.task[1],
        "problems": data.problems,
        "problems_in_split": data.total,
        "partial": data.partial,
        "subset": data.subset,
        "shard": manifest.shard and list(manifest.shard),
        "as_published": data.as_published,
        "samples": manifest.samples,
        "checkers": {name: tally.to_row() for name, tally in tallies.items()},
        "health": to_row(health),
        "throughput": to_row(throughput(manifest.sessions)),
        "stop_in_references": data.stop_in_references,
    }
