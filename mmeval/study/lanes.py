"""Shares a machine between steps of a study that are done at once.

Two processes that each take all cores are slower than two that have half of them each, and
two that each take one GPU's memory end in an error. So a lane has cores and GPUs of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mmeval.environment import free_memory
from mmeval.errors import ConfigError

T = TypeVar("T")
GPUS = "CUDA_VISIBLE_DEVICES"
CACHE = "VLLM_CPU_KVCACHE_SPACE"
CACHE_SHARE = 0.4
"""Of the memory that is free, what all lanes together may give vLLM's key-value caches on a CPU."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What can be shared."""

    cores: tuple[int, ...]
    gpus: tuple[str, ...] = ()
    """As CUDA_VISIBLE_DEVICES names them."""
    memory: float | None = None
    """GiB that are free; None if unknown."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What one step at a time may use."""

    cores: tuple[int, ...] = ()
    """Empty: whatever there is."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that its processes get besides."""

    def enter(self) -> None:
        """Binds the calling thread, and the processes that it starts from now on, to the cores.
        Nothing happens where the system has no such call, as on macOS."""
        if self.cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, self.cores)


def this_machine(environment: Mapping[str, str] = os.environ) -> Machine:
    """The cores that this process may use, the GPUs that it sees, the memory that is free."""
    if hasattr(os, "sched_getaffinity"):
        cores = sorted(os.sched_getaffinity(0))
    else:
        cores = list(range(os.cpu_count() or 1))
    return Machine(tuple(cores), tuple(_gpus(environment)), free_memory())


def _gpus(environment: Mapping[str, str]) -> list[str]:
    visible = environment.get(GPUS)
    if visible is not None:
        named = [each.strip() for each in visible.split(",")]
        return [] if "-1" in named else [each for each in named if each]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=index", "--format=csv,noheader"]
    query = subprocess.run(command, capture_output=True, text=True, check=False)
    return query.stdout.split() if query.returncode == 0 else []


def share(
    jobs: int, machine: Machine, environment: Mapping[str, str] = os.environ
) -> tuple[Lane, ...]:
    """As many lanes as `jobs`, with equal shares of cores and GPUs.

    Raises ConfigError where a lane would have no core, or no GPU on a machine that has some.
    """
    for name, units in (("core", machine.cores), ("GPU", machine.gpus)):
        if len(units) < jobs and (units or name == "core"):
            raise ConfigError(
                f"--jobs {jobs}: {len(units)} {name}{'s' * (len(units) != 1)} here, and each "
                f"step that is done at once needs one of its own; at most {len(units)}"
            )
    cache = None
    if not machine.gpus and machine.memory is not None:
        cache = environment.get(CACHE) or str(max(1, int(CACHE_SHARE * machine.memory / jobs)))
    shares = zip(_shares(machine.cores, jobs), _shares(machine.gpus, jobs), strict=True)
    return tuple(_lane(cores, gpus, cache) for cores, gpus in shares)


def _shares(things: Sequence[T], parts: int) -> list[Sequence[T]]:
    """Neighbours together, for they share caches and memory."""
    ends = [len(things) * part // parts for part in range(parts + 1)]
    return [things[ends[part] : ends[part + 1]] for part in range(parts)]


def _lane(cores: Sequence[int], gpus: Sequence[str], cache: str | None) -> Lane:
    variables = {"OMP_NUM_THREADS": str(len(cores))}
    if gpus:
        variables[GPUS] = ",".join(gpus)
    else:
        # vLLM binds its threads to cores of its own choice, which are the same ones for all.
        variables["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
    if cache is not None:
        variables[CACHE] = cache
    return Lane(tuple(cores), variables)
