"""`mmeval perplexity`: everything that can be known, and refused, before an engine starts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.engines.models.find import Model, find_model, model_identity
from mmeval.engines.scorer import Scorable, Scoring, choose_scorer
from mmeval.errors import ConfigError
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import render, template_sha256
from mmeval.progress import Watch
from mmeval.records import Problem, Prompt, Scalar, to_row
from mmeval.results.report_folder import ReportDir
from mmeval.run_folder import below_runs
from mmeval.stats.bootstrap import RESAMPLES
from mmeval.training_data.perplexity.scores import Entry, Score
from mmeval.training_data.perplexity.sets import ScoredSet, answer_only, parse_source, split_by_type
from mmeval.training_data.rows import row_id

KIND = "perplexity"
NO_PROMPT = "none"
DTYPES = ("auto", "bfloat16", "float16", "float32")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerplexityConfig:
    """One call of `mmeval perplexity`."""

    model: str
    data: tuple[str, ...]
    """`NAME=FILE[:TYPES]` or `NAME=BENCHMARK[:SPLIT]`, at least one."""
    answer_only: tuple[str, ...] = ()
    """`[LABEL=]NAME` of sets whose answers alone are scored too, in every form."""
    question: str | None = None
    """The field of the question; None: found by name."""
    answer: str | None = None
    by_type: bool = False
    """Whether each file is split into its types."""
    prompt: str = "alpaca"
    """A prompt's name or file, or `none`: nothing stands before the response."""
    join: str = ""
    """What stands between a text prompt and the response; nothing does in training."""
    count_eos: bool = False
    prefix: str = "auto"
    max_length: int | None = None
    truncate: bool = False
    limit: int | None = None
    """Rows drawn from each set by `seed`; None: all."""
    seed: int = 0
    reference: str | None = None
    """The set that differences are to; None: the first."""
    resamples: int = RESAMPLES
    engine: str = "auto"
    engine_args: dict[str, Scalar] = field(default_factory=dict)
    dtype: str = "bfloat16"
    revision: str | None = None
    trust_remote_code: bool = False
    out: str | None = None

    def __post_init__(self) -> None:
        for holds, rule in (
            (bool(self.data), "needs at least one --data NAME=FILE"),
            (self.limit is None or self.limit >= 1, f"--limit must be 1 or more: {self.limit}"),
            (self.max_length is None or self.max_length >= 2, "--max-length must be 2 or more"),
            (self.dtype in DTYPES, f"--dtype must be one of {', '.join(DTYPES)}: {self.dtype}"),
            (self.resamples >= 100, f"--resamples must be 100 or more: {self.resamples}"),
        ):
            if not holds:
                raise ConfigError(rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A checked call."""

    config: PerplexityConfig
    model: Model
    template: PromptTemplate | None
    sets: list[ScoredSet]
    scoring: Scoring
    engine: str
    identity: dict[str, Any]
    folder: ReportDir

    @property
    def scores_file(self) -> Path:
        """One line a distinct text, appended as it is scored."""
        return self.folder.path / "scores.jsonl"

    def pending(self, done: Mapping[str, Score]) -> Iterator[tuple[Entry, Scorable]]:
        """The distinct texts that have no score yet, each once, and where each first is."""
        seen: set[str] = set()
        for each in self.sets:
            for entry in each.entries():
                item = self.item(entry)
                if item.id not in done and item.id not in seen:
                    seen.add(item.id)
                    yield entry, item

    def item(self, entry: Entry) -> Scorable:
        """An entry as a scorer takes it; equal texts have equal ids."""
        prompt = Prompt(problem_id=entry.id, text="")
        if self.template is not None:
            prompt = render(
                self.template, Problem(id=entry.id, question=entry.query, gold=entry.response)
            )
        text = prompt.text if prompt.text is not None else json.dumps(to_row(prompt)["messages"])
        return Scorable(id=row_id(text, entry.response), prompt=prompt, response=entry.response)


def prepare(config: PerplexityConfig, watch: Watch) -> Job:
    """The call, checked; starts no engine. Raises UserErrors for what must be fixed."""
    engine = choose_scorer(config.engine)
    none = config.prompt == NO_PROMPT
    template: PromptTemplate | None = None if none else catalog.load("prompts", config.prompt)
    if config.join and (template is None or template.kind != "text"):
        raise ConfigError("--join stands behind a text prompt, and there is none; leave it out")
    sources = [parse_source(each, config.question, config.answer) for each in config.data]
    alone = answer_only(config.answer_only, sources)
    if config.by_type:
        sources = [part for source in sources for part in split_by_type(source)]
    plain = [(each.name, each, False) for each in sources]
    sets = [
        ScoredSet(name=n, source=e, answers_alone=a, limit=config.limit, seed=config.seed)
        for n, e, a in (*plain, *((label, each, True) for label, each in alone))
    ]
    _check_names(sets, config.reference)
    scoring = Scoring(
        join=config.join,
        count_eos=config.count_eos,
        prefix=config.prefix,
        max_length=config.max_length,
        truncate=config.truncate,
    )
    model = find_model(config.model, config.revision, watch.say)
    identity = _identity(config, model, template, sets, scoring)
    folder = ReportDir(Path(config.out) if config.out else below_runs(model.name, KIND, identity))
    return Job(
        config=config,
        model=model,
        template=template,
        sets=sets,
        scoring=scoring,
        engine=engine,
        # without the number type of `auto`, which the engine decides
        identity=identity
        | {"engine": engine}
        | ({} if config.dtype == "auto" else {"dtype": config.dtype}),
        folder=folder,
    )


def _check_names(sets: Sequence[ScoredSet], reference: str | None) -> None:
    """Raises ConfigError for a set named twice, or an unknown reference."""
    names = [each.name for each in sets]
    if len(set(names)) < len(names):
        raise ConfigError(f"a set is named twice: {', '.join(names)}; give each its own NAME=")
    if reference is not None and reference not in names:
        raise ConfigError(f"--reference {reference}: no such set; available: {', '.join(names)}")


def _identity(
    config: PerplexityConfig,
    model: Model,
    template: PromptTemplate | None,
    sets: Sequence[ScoredSet],
    scoring: Scoring,
) -> dict[str, Any]:
    """What must not change between the first text that is scored and the last."""
    return {
        **model_identity(model),
        "prompt": config.prompt if template is None else template.name,
        "prompt_sha256": None if template is None else template_sha256(template),
        **{f"scoring.{key}": value for key, value in asdict(scoring).items()},
        "scoring.together": True,  # reports without it had the response tokenised by itself
        "limit": config.limit,
        "seed": config.seed if config.limit is not None else None,
        "sets": [_set_identity(each) for each in sets],
        "fields": [config.question, config.answer],
    }


def _set_identity(each: ScoredSet) -> list[Any]:
    """What a set is, wherever its file lies."""
    file = each.source.file
    kinds = [] if file is None else list(file.types)
    return [each.name, each.source.sha256, kinds, each.source.by, each.answers_alone]
