"""One benchmark's part of a run, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmeval.answers.checker import Checker
from mmeval.engines.replay import ReplayEngine
from mmeval.problems.benchmark import Benchmark
from mmeval.problems.load import ProblemSet
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.records import Problem, Prompt, Sampling
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig
from mmeval.runs.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One benchmark of a run, ready to be asked."""

    config: RunConfig
    """Of this benchmark alone."""
    benchmark: Benchmark
    split: str
    template: PromptTemplate
    checkers: tuple[Checker, ...]
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
    repeat: int = 0
    """Which repeat of a run it is, from 1; 0 for the run itself."""
    command: str | None = None
    """The command that it is a step of and that resumes it; None for `mmeval run`."""

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
    checkers: tuple[Checker, ...]
    data: ProblemSet
    prompts: tuple[Prompt, ...]
    """One for each problem."""
    folder: Path
