"""Which rows make which optimizer step, and which of them pass through the model together.

All is decided before the first step, from the lengths, the settings and the seed: a
resumed training does not replay random numbers to find its place, and the rows of a step
depend neither on the number of devices nor on `micro_batch`. Rows are sorted by length
only within a step, so that a step stays a random sample, and padding stays small.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from mmeval.errors import ConfigError
from mmeval.training.examples import Examples
from mmeval.training.settings import Settings

Rows = tuple[int, ...]
"""Indices into the examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The whole course of a training."""

    steps: tuple[Rows, ...]
    """The rows of each optimizer step, in random order."""
    passes: int
    """Passes through the model that a step takes on each device."""
    devices: int
    epoch: int
    """Steps to an epoch, rounded up."""
    rows: int
    """Different rows that are seen."""
    tokens: int
    """Tokens that are seen in all, prompts included, each time they are."""
    response_tokens: int
    """Of these, the tokens whose loss is taken."""

    def passes_of(self, step: int, examples: Examples) -> list[Rows]:
        """The rows of each pass of a step, `passes * devices` of them: like lengths together,
        and their numbers differ by one at most."""
        rows = sorted(self.steps[step], key=lambda index: (examples.length(index), index))
        return [tuple(part) for part in split_evenly(rows, self.passes * self.devices)]


def order_rows(examples: Examples, settings: Settings, devices: int = 1) -> Order:
    """The course of a training on these rows; a pure function of its arguments.

    Raises ConfigError when there are fewer rows in a step than devices, or more rows are
    asked for than there are.
    """
    chosen = _drawn(len(examples), settings)
    stream = list(_stream(examples, chosen, settings))
    count = settings.steps or ceil(len(stream) / settings.batch_size)
    if count * devices > len(stream):
        raise ConfigError(
            f"{count:,} steps on {devices} device(s) need {count * devices:,} rows, and there "
            f"are {len(stream):,} in all; fewer steps, more epochs or more rows"
        )
    steps = tuple(tuple(part) for part in split_evenly(stream, count))
    # The smallest step decides: every pass of every step needs a row.
    smallest, largest = len(steps[-1]), len(steps[0])
    passes = min(ceil(largest / (settings.micro_batch * devices)), smallest // devices)
    return Order(
        steps=steps,
        passes=passes,
        devices=devices,
        epoch=ceil(len(chosen) / len(stream) * count) if len(chosen) < len(stream) else count,
        rows=len(set(stream)),
        tokens=sum(map(examples.length, stream)),
        response_tokens=sum(map(examples.response_length, stream)),
    )


def split_evenly(items: Sequence[int], parts: int) -> Iterator[Sequence[int]]:
    """`parts` contiguous pieces whose sizes differ by one at most, the larger ones first."""
    size, larger = divmod(len(items), parts)
    start = 0
    for number in range(parts):
        end = start + size + (number < larger)
        yield items[start:end]
        start = end


def _drawn(count: int, settings: Settings) -> list[int]:
    if settings.rows is None:
        return list(range(count))
    if settings.rows > count:
        raise ConfigError(f"rows={settings.rows:,}: there are only {count:,} rows to draw from")
    return random.Random(f"rows {settings.seed}").sample(range(count), settings.rows)


def _stream(examples: Examples, chosen: Sequence[int], settings: Settings) -> Iterator[int]:
    """The rows one after another: epoch by epoch, each in its own order."""
    total = None if settings.response_tokens else round(settings.epochs * len(chosen)) or 1
    seen = number = epoch = 0
    while True:
        rows = list(chosen)
        random.Random(f"epoch {epoch} {settings.seed}").shuffle(rows)
        for index in rows:
            if total is not None and number >= total:
                return
            if total is None and seen >= (settings.response_tokens or 0):
                return
            yield index
            number += 1
            seen += examples.response_length(index)
        epoch += 1
