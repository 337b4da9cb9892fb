"""One call of `mmeval train`, and that with everything looked up before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.engines.models.find import Model, find_model, training_row
from mmeval.engines.models.fingerprint import file_sha256
from mmeval.environment import versions
from mmeval.errors import ConfigError, unknown
from mmeval.problems.load import DataOptions
from mmeval.problems.prompts import template_sha256
from mmeval.progress import Watch
from mmeval.training import model_folder
from mmeval.training.base_model import need_packages
from mmeval.training.evaluate import Checking
from mmeval.training.examples import Counts
from mmeval.training.loop import Course
from mmeval.training.ordering import Order
from mmeval.training.recipe import Arm, Recipe
from mmeval.training.row_text import Wording
from mmeval.training.settings import Settings, changed
from mmeval.training.steps import CURVE
from mmeval.training.trackers import need_trackers
from mmeval.training_data.overlap.guard import NO_EMBEDDER, Guard, make_guard
from mmeval.training_data.rows import DataFile, TrainingRow, read_file

LORA_ONLY = ("lora_rank", "lora_alpha", "lora_dropout")
"""Settings that `method=full` would ignore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call of `mmeval train`."""

    recipe: str
    """A name, or the path of a `.py`."""
    model: str
    """The base: a folder, a hub id or an embedded alias."""
    data: tuple[DataFile, ...]
    out: Path
    arm: str | None = None
    """Which of the recipe's arms; None where it has none."""
    revision: str | None = None
    """The commit, tag or branch of a hub model."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Settings over those of recipe and arm."""
    trackers: tuple[str, ...] = ()
    """Names of experiment trackers: trackio, wandb, mlflow."""
    licence: str | None = None
    """Of the model that is made; None: the base's."""
    checking: Checking | None = None
    """Evaluation of checkpoints; None: none."""
    against: tuple[str, ...] = ()
    """Benchmarks of whose test problems no row may be one."""
    embedder: str | None = None
    """Which the rows are compared by beside their text, as `make_guard` has it."""
    benchmark_data: DataOptions = field(default_factory=DataOptions)
    """Where those benchmarks are."""


@dataclass(slots=True)
class Plan:
    """A job with everything looked up and nothing begun."""

    job: Job
    recipe: Recipe
    settings: Settings
    files: tuple[DataFile, ...]
    """The data of the arm."""
    base: Model
    guard: Guard
    used: dict[str, int] = field(default_factory=dict)
    """Rows read of each file, by its name."""


def make_plan(job: Job, watch: Watch) -> Plan:
    """The job with its recipe, arm, settings, data and base. Raises UserErrors."""
    recipe: Recipe = catalog.load("recipes", job.recipe)
    arm = choose_arm(recipe, job.arm)
    settings = changed(Settings(), recipe.settings, f"recipe {recipe.name}")
    settings = changed(settings, arm.settings, f"recipe {recipe.name}, arm {job.arm}")
    settings = changed(settings, job.changes)
    if _gives(job, "response_tokens") and _gives(job, "epochs"):
        raise ConfigError(
            "response_tokens and epochs both say how long to train; leave one of them out"
        )
    if ignored := [key for key in LORA_ONLY if settings.method == "full" and _gives(job, key)]:
        raise ConfigError(
            f"--set {ignored[0]}: it says nothing of a training of all weights; leave it out, or "
            "give --set method=lora"
        )
    files = choose_files(recipe, arm, job.data)
    need_packages(settings)
    need_trackers(job.trackers)
    Wording(settings)  # a prompt that cannot be trained with fails before a model is fetched
    guard = make_guard(job.against, job.benchmark_data, _embedder(job))
    guard.say = watch.say
    base = find_model(job.model, job.revision, watch.say)
    return Plan(job, recipe, settings, files, base, guard)


def _embedder(job: Job) -> str | None:
    """Where the user names none, the one of the training that is gone on with: whether one was
    fetched meanwhile must not change the rows."""
    stored = training_row(job.out)
    if stored is None or job.embedder is not None:
        return job.embedder
    return str(stored.get("compared_by") or NO_EMBEDDER)


def choose_arm(recipe: Recipe, name: str | None) -> Arm:
    """The arm of that name. Raises ConfigError where one must be named, or must not."""
    if not recipe.arms:
        if name is not None:
            raise ConfigError(f"recipe {recipe.name} has no arms, so no {name!r}; leave --arm out")
        return Arm(parts=tuple(recipe.parts))
    if name is None:
        listed = ", ".join(recipe.arms)
        raise ConfigError(f"recipe {recipe.name} trains one of several models: --arm {listed}")
    if name not in recipe.arms:
        raise ConfigError(f"recipe {recipe.name}: {unknown('arm', name, recipe.arms)}")
    return recipe.arms[name]


def choose_files(recipe: Recipe, arm: Arm, given: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """The data of an arm, in the recipe's order. Raises ConfigError for a part that is not
    given, for two of one name, and for none at all."""
    names = [file.name for file in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"--data: two are called {twice[0]!r}; give each its own name")
    if not arm.parts:
        if not given:
            raise ConfigError("--data is missing: --data NAME=FILE, such as mine=rows.jsonl")
        return tuple(given)
    by_name = {file.name: file for file in given}
    missing = [part for part in arm.parts if part not in by_name]
    if missing:
        listed = f"; given: {', '.join(names)}" if names else ""
        raise ConfigError(
            f"recipe {recipe.name} needs --data {missing[0]}=FILE "
            f"({recipe.parts.get(missing[0], 'its rows')}){listed}"
        )
    return tuple(by_name[part] for part in arm.parts)


def rows_of(plan: Plan) -> Iterator[TrainingRow]:
    """The rows of the arm's data that hold no test problem, file after file; counts those
    that it reads in `plan.used`."""

    def read() -> Iterator[TrainingRow]:
        for file in plan.files:
            plan.used[file.name] = 0
            for row in read_file(file):
                plan.used[file.name] += 1
                yield row

    return plan.guard.clean(read())


def require_small_steps(job: Job, order: Order) -> None:
    """Raises ConfigError where `steps` makes larger steps than the `batch_size` beside it."""
    size, steps = len(order.steps[0]), len(order.steps)
    if not (_gives(job, "steps") and _gives(job, "batch_size")):
        return
    if size > (batch := int(job.changes.get("batch_size", job.changes.get("batch-size")))):
        seen = sum(map(len, order.steps))
        raise ConfigError(
            f"steps={steps:,} and batch_size={batch:,} contradict each other: {seen:,} rows in "
            f"{steps:,} steps are up to {size:,} rows a step; leave one of them out, or train on "
            f"fewer rows by rows={steps * batch:,} and epochs=1"
        )


def _gives(job: Job, key: str) -> bool:
    """Whether the user sets it, and not to "none"."""
    return any(job.changes.get(each) is not None for each in (key, key.replace("_", "-")))


def warn_of_rate_0(settings: Settings, order: Order, watch: Watch) -> None:
    """Says so where the one step is the first of the warm-up, which begins at a rate of 0."""
    if len(order.steps) == 1 and settings.warmup > 0:
        watch.say(
            "the only step has a learning rate of 0, so the model stays as it is: warm-up begins "
            "at 0; --set warmup=0, or train in more steps (a smaller batch_size, or steps=N)"
        )


def report_counts(counts: Counts, guard: Guard, watch: Watch) -> None:
    """Reports how many rows are trained on, cut, and left out."""
    for line in (guard.sentence(), *guard.caveats()):
        watch.say(line)
    watch.say(
        f"{counts.rows:,} rows, {counts.tokens:,} tokens, {counts.response_tokens:,} of them in "
        f"responses; {counts.cut:,} rows were cut and {counts.dropped:,} left out as too long"
    )


def training_facts(plan: Plan, course: Course) -> dict[str, Any]:
    """What training.json says before the first step."""
    job, settings, order = plan.job, plan.settings, course.order
    base = model_folder.base_row(plan.base, None)
    names = " + ".join(file.name for file in plan.files)
    template = Wording(settings).template
    return {
        "label": f"{base['label']} + {job.arm or plan.recipe.name} on {names}",
        "recipe": plan.recipe.name,
        "arm": job.arm,
        "title": plan.recipe.title,
        "source": plan.recipe.source,
        "rows": order.rows,
        "tokens": order.tokens,
        "response_tokens": order.response_tokens,
        "steps": len(order.steps),
        "base": base,
        "data": [_data_row(plan, file) for file in plan.files],
        "counts": asdict(course.examples.counts),
        "compared_with": [f"{each.name} {each.content_sha256}" for each in plan.guard.tests],
        "compared_by": plan.guard.embedder,
        "left_out_as_overlapping": plan.guard.left_out,
        "prompt": {"name": template.name, "sha256": template_sha256(template)},
        "devices": order.devices,
        "versions": versions(model_folder.MORE_VERSIONS),
        "licence": job.licence or base["licence"],
        "seed": settings.seed,
        "settings": asdict(settings),
        "curve": CURVE,
    }


def _data_row(plan: Plan, file: DataFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "file": file.path.name,
        "types": list(file.types),
        "sha256": file_sha256(file.path),
        "rows": plan.used[file.name],
    }
