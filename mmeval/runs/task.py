"""One benchmark's part of a run, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.engines.replay import ReplayEngine
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import ProblemSet
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Problem, Prompt, Sampling
from mmeval.run_folder import RunDir
from mmeval.runs.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One benchmark of a run, ready to be asked."""

    settings: Mapping[str, Any]
    """What `--config` and the manifest keep: all that was set, of this benchmark alone."""
    command: str
    """The command that asks for it, and resumes it where it is a step."""
    benchmark: Benchmark
    split: str
    template: PromptTemplate
    checkers: tuple[str, ...]
    """Names or `.py` paths, as they were asked for."""
    data: ProblemSet
    problems: tuple[Problem, ...]
    """Those of this shard."""
    sampling: Sampling
    plan: Plan
    run: RunDir
    identity: dict[str, Any]
    """All that is known without an engine."""
    replay: ReplayEngine | None
    """The stored answers, when the engine is `replay`: the plan follows from them."""
    stop_in_references: int
    """Reference solutions that contain a stop string, and so could not be given whole."""
    shots: int = 0
    """Solved examples before each question."""
    shard: tuple[int, int] | None = None
    """(I, N): the I-th of N parts; None for the whole run."""
    repeats: int = 0
    """How many repeats are asked for."""
    repeat: int = 0
    """Which repeat of a run it is, from 1; 0 for the run itself."""
    step: bool = False
    """Whether it is a step of another command than `mmeval run`."""

    @property
    def home(self) -> RunDir:
        """The run that it repeats and that --resume continues; itself if it is not a repeat."""
        return RunDir(self.run.path.parent.parent) if self.repeat else self.run


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a model, and where the answers go."""

    benchmark: Benchmark
    split: str
    template: PromptTemplate
    data: ProblemSet
    prompts: tuple[Prompt, ...]
    """One for each problem."""
    folder: Path
    among: tuple[Problem, ...] = ()
    """All problems that a file to be replayed may have rows for."""
