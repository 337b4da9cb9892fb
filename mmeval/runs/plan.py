"""Which requests a run is made of: seeds, shards, and identical ones asked only once."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mmeval.engines.replay import ReplaySpec, open_replay
from mmeval.errors import DataError
from mmeval.problems.load import REPLAYED, ProblemSet
from mmeval.records import Generation, Prompt, Request, Sampling

T = TypeVar("T")

SEEDS = 2**31
"""Request seeds lie in [0, SEEDS): every engine takes a signed 32-bit seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The requests of a run, in their order, and which of them are the same request."""

    requests: tuple[Request, ...]
    """The ones to be generated: sample 0 of every problem first, then sample 1, ..."""
    copies: dict[tuple[str, int], tuple[Request, ...]]
    """Key of a request above -> the identical requests that take its answer."""

    @property
    def size(self) -> int:
        """How many generations the finished run has, copies included."""
        return len(self.requests) + sum(len(copies) for copies in self.copies.values())

    def row_keys(self) -> Iterator[tuple[str, int]]:
        """(problem id, sample) of every generation of the finished run."""
        for request in self.requests:
            yield request.key
            yield from (copy.key for copy in self.copies.get(request.key, ()))

    def rows(self, generation: Generation) -> list[Generation]:
        """The generation and its copies, each under its own problem and sample."""
        problem_id, sample = generation.key
        rows = [generation]
        for request in self.copies.get(generation.key, ()):
            twin, number = request.key
            rows.append(
                replace(
                    generation, problem_id=twin, sample=number, same_as=f"{problem_id}#{sample}"
                )
            )
        return rows


def make_plan(prompts: Iterable[Prompt], sampling: Sampling) -> Plan:
    """The plan for `sampling.n` answers to each prompt.

    Two requests are identical when their prompts are, and the answer is greedy or their
    seeds are equal; a seed is a function of run seed, prompt and sample, so the same
    question asked twice has the same seeds.
    """
    listed = list(prompts)
    first: dict[tuple[str, int], tuple[str, int]] = {}
    requests: list[Request] = []
    copies: dict[tuple[str, int], list[Request]] = {}
    for sample in range(sampling.n):
        for prompt in listed:
            content = _content(prompt)
            request = Request(
                prompt=prompt,
                sample=sample,
                seed=_seed(sampling.seed, content, sample),
            )
            same = (content, 0 if sampling.greedy else sample)
            if same in first:
                copies.setdefault(first[same], []).append(request)
            else:
                first[same] = request.key
                requests.append(request)
    return Plan(requests=tuple(requests), copies={key: tuple(each) for key, each in copies.items()})


def plan_stored(prompts: Sequence[Prompt], stored: Container[tuple[str, int]], n: int) -> Plan:
    """The plan for answers generated elsewhere, `n` at most for a problem.

    Nothing is merged, for their answers to the same prompt may differ. A problem without
    any answer is asked once, so that its failure is counted.
    """
    requests = [
        Request(prompt=prompt, sample=sample)
        for sample in range(n)
        for prompt in prompts
        if sample == 0 or (prompt.problem_id, sample) in stored
    ]
    return Plan(requests=tuple(requests), copies={})


def shard_of(items: Sequence[T], index: int, count: int) -> list[T]:
    """The `index`-th of `count` parts (from 1): every count-th item, so that long and
    short problems are spread evenly."""
    return list(items[index - 1 :: count])


def _content(prompt: Prompt) -> str:
    """The prompt as one text; the turns of a chat cannot be mistaken for a text."""
    if prompt.text is not None:
        return f"text\0{prompt.text}"
    return "chat\0" + "\0".join(f"{m.role}\1{m.content}" for m in prompt.messages)


def _seed(run_seed: int, content: str, sample: int) -> int:
    digest = hashlib.sha256(f"{run_seed}\0{sample}\0{content}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SEEDS


def replayed(data: ProblemSet, spec: ReplaySpec) -> ProblemSet:
    """The problems that the file to be replayed has a row for; DataError where it has none."""
    missing = set(open_replay(data.problems, spec).matched.unanswered_problems)
    kept = tuple(each for each in data.problems if each.id not in missing)
    if not kept:
        raise DataError(
            f"{spec.responses} has no row for any of the {len(data.problems):,} problems; "
            "is it another benchmark or split?"
        )
    if not missing:
        return data
    return replace(data, problems=kept, partial=len(kept) < data.total, subset=REPLAYED)
