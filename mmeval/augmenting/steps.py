"""A step of an augmentation: problems put to a model by a prompt, kept in a run folder.

The steps of one call share an engine, and each resumes like any run, by the same command.
A step is closed once the next one has begun, because the next one's questions were made from
its answers; from then on its failures are not asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmeval.augmenting.few_shot import with_system
from mmeval.augmenting.questions import Source
from mmeval.engines.engine import choose_engine
from mmeval.engines.models.find import Model
from mmeval.engines.start import EngineStart
from mmeval.environment import timestamp
from mmeval.errors import ConfigError
from mmeval.judging.summary import throughput
from mmeval.problems.load import ProblemSet, content_sha256
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import render
from mmeval.progress import Watch
from mmeval.records import Generation, Problem
from mmeval.run_folder import RunDir
from mmeval.runs.config import RunConfig
from mmeval.runs.prepare import make_task
from mmeval.runs.resume import Call
from mmeval.runs.run import Setup, as_begun, carry_out, model_for
from mmeval.runs.task import Asked, Task

STEPS = "steps"
"""The folder of the run folders, below that of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One call of `mmeval augment` that needs a model."""

    config: RunConfig
    """The model, the engine and the sampling; `samples` is for the first step."""
    source: Source
    folder: Path
    """Where the rows and the steps go."""
    command: str
    """What resumes it."""
    chat: bool = False
    """Whether the prompts are turns of a chat, for chat models and servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a model is asked in one step."""

    name: str
    """Of its folder."""
    template: PromptTemplate
    problems: tuple[Problem, ...]
    samples: int = 1
    followed_by: str | None = None
    """The step that is made from its answers; None for the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a step cost."""

    step: str
    prompts: int
    """Different requests; identical ones are asked once."""
    generations: int
    failed: int
    prompt_tokens: int | None
    """None where the engine does not report it."""
    tokens: int | None
    seconds: float
    """Of generating, over all sessions, without the engine's start."""


class Maker:
    """Asks a model, one step after the other, with one engine."""

    def __init__(self, making: Making, model: Model, setup: Setup, stack: ExitStack) -> None:
        self.making = making
        self._model = model
        self._setup = setup
        self._stack = stack
        self.costs: list[Cost] = []

    def ask(self, step: Step) -> list[Generation]:
        """The model's generations, errors included, in no particular order.

        Raises ConfigError for a step without problems or with more samples than it had when
        the next step began, and whatever a run raises.
        """
        if not step.problems:
            raise ConfigError(f"the step {step.name!r} has nothing to ask: no question was left")
        task = self._task(step)
        if self._is_closed(step):
            self._require_complete(task, step)
        else:
            start = as_begun(self._setup.start, self.making.config, [task])
            self._setup = replace(self._setup, start=start)
            carry_out(self._setup, [task], self._stack)
        generations = list(task.run.generations())
        self.costs.append(cost_of(task.run, step.name, generations))
        return generations

    def model_facts(self) -> Mapping[str, Any]:
        """Which model was asked, for the report's folder."""
        return {
            "label": self._model.label or self._model.name,
            "weights_sha256": self._model.weights_sha256,
            "tokenizer_sha256": self._model.tokenizer_sha256,
            "revision": self._model.revision,
        }

    def _folder(self, name: str) -> Path:
        return self.making.folder / STEPS / name

    def _is_closed(self, step: Step) -> bool:
        followed = step.followed_by
        return followed is not None and RunDir(self._folder(followed)).exists()

    def _require_complete(self, task: Task, step: Step) -> None:
        stored = task.run.read_manifest().samples
        if task.sampling.n > stored:
            raise ConfigError(
                f"{task.run.path} has {stored} samples a question, and {step.followed_by!r} was "
                f"made from them: --samples cannot grow to {task.sampling.n}; choose another --out"
            )

    def _task(self, step: Step) -> Task:
        source, config = self.making.source, self.making.config
        folder = self._folder(step.name)
        prompts = (with_system(render(step.template, each)) for each in step.problems)
        asked = Asked(
            # of a name of its own: a step's accuracy is not a score on the benchmark
            benchmark=replace(
                source.benchmark, name=f"{source.benchmark.name} {step.name}", checkers=()
            ),
            split=source.split,
            template=step.template,
            data=_data(source, step),
            prompts=tuple(prompts),
            folder=folder,
        )
        of_step = replace(config, samples=step.samples, out=str(folder))
        task = make_task(asked, of_step, self._model)
        return replace(task, command=self.making.command, step=True)


@contextmanager
def maker(making: Making, watch: Watch) -> Iterator[Maker]:
    """Finds the model and, when the first step needs one, opens an engine; closes it."""
    config = making.config
    start = EngineStart(choose_engine(config.engine))
    model = model_for(config, start.engine, watch)
    setup = Setup(
        call=Call(config, None, making.command),
        start=start,
        model=model,
        watch=watch,
        started=timestamp(),
    )
    with ExitStack() as stack:
        yield Maker(making, model, setup, stack)


def cost_of(run: RunDir, step: str, generations: list[Generation]) -> Cost:
    """The cost of a step: tokens where the model was asked for this one itself."""
    asked = [each for each in generations if each.same_as is None]
    counted = [each for each in asked if each.prompt_tokens is not None]
    seconds = throughput(run.read_manifest().sessions).generation_seconds
    return Cost(
        step=step,
        prompts=len(asked),
        generations=len(generations),
        failed=sum(each.finish == "error" for each in generations),
        prompt_tokens=sum(each.prompt_tokens or 0 for each in counted) if counted else None,
        tokens=sum(each.tokens or 0 for each in counted) if counted else None,
        seconds=round(seconds, 3),
    )


def _data(source: Source, step: Step) -> ProblemSet:
    return ProblemSet(
        problems=step.problems,
        total=len(step.problems),
        content_sha256=content_sha256(step.problems),
        source=source.data.source,
        partial=source.data.partial,
        as_published=source.data.as_published,
    )
