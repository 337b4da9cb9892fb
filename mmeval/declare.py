"""What a content file declares: one typed constant, found by the file's name.

`benchmarks/gsm8k.py` says `BENCHMARK = Benchmark(...)`, `mmeval/answers/rules/x_1.py`
says `CHECKER = Checker(...)`, and so on; `mmeval/catalog.py` finds and checks them.
The types here hold data and small pure functions; nothing in them opens a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmeval.records import Fact, Outcome, Report, Scalar

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

    from mmeval.claims import Test
    from mmeval.figure_cells import Cell, Sheet
    from mmeval.measurements import Measurements

Row = Mapping[str, Any]
"""One line of a data file, as JSON gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What `Benchmark.read` makes of one row; the loader adds the id."""

    question: str
    gold: str
    meta: Mapping[str, Scalar] = field(default_factory=dict)
    twin_question: str | None = None
    """The forward question this one was made from; becomes `meta["twin"]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split of a benchmark and the places its rows may be in."""

    rows: int
    """How many rows it was published with (embedded: how many by default)."""
    files: tuple[str, ...] = ()
    """Paths below the data folder, tried in order; `*` gathers sorted matches."""
    hub_files: tuple[str, ...] = ()
    """Paths in the hub repository at `Benchmark.hub_revision`; `*` as above."""
    content_sha256: str | None = None
    """Of the sorted (question, gold) pairs, see `sources.content_sha256`: the same in
    every layout. None for embedded sets, which are checked by their own tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A set of problems, where its rows come from and how its answers are checked."""

    name: str
    title: str
    """One line for `mmeval list`."""
    source: str
    """A link to where it was published."""
    licence: str
    splits: Mapping[str, Split]
    read: Callable[[Row], Item]
    """Makes an item of a row in any of the published layouts. Raises KeyError or
    ValueError with the reason when the row has no question or no gold."""
    checkers: tuple[str, ...]
    """The checkers that judge it unless the user names others."""
    max_tokens: int
    """New tokens for an answer, as the paper measures this set."""
    prompt: str = "metamath"
    default_split: str = "test"
    hub_id: str | None = None
    hub_revision: str | None = None
    parent: str | None = None
    """The benchmark its questions were made from: twins point into it, and few-shot
    examples come from its train split when this one has none."""
    make: Callable[[str, int, int], Iterator[Row]] | None = None
    """(split, size, seed) -> rows, for sets that are made and not read; a larger size
    continues the same rows."""
    train: Callable[[str, str, int, int, int], Iterator[Row]] | None = None
    """(split, arm, problems, copies, seed) -> rows to train on, for sets that are made: see
    `mmeval.template_rows`."""
    describe: Callable[[], Sequence[tuple[str, str]]] | None = None
    """More (label, value) lines for `mmeval show`."""
    file: Path | None = None
    """The file that is the whole set, of one that is given by its path; `--data` and the
    hub are then not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The answer found in a text, and how."""

    value: str
    """What is compared."""
    span: tuple[int, int] | None
    """Its place in the text, [start, end); None when it is no literal piece of it."""
    rule: str
    """The name of the rule that found it."""
    alternatives: tuple[str, ...] = ()
    """Other candidates that the rule passed over, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing an extracted answer with the gold gave."""

    outcome: Outcome
    rule: str
    """The name of the rule that decided."""
    note: str | None = None
    """The reason, when the outcome is `undecided`, `failed` or `no_answer`."""


CANARIES = (("1", "2"), ("5", "25"), ("12", "123"))
"""Pairs that no checker may call the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """An answer rule: find the answer, then compare it. Neither function may raise."""

    name: str
    """With its version, `metamath-gsm8k/1`; a changed rule is a new version."""
    title: str
    source: str
    """A permalink to the rule it reproduces, or to its own documentation."""
    extract: Callable[[str], Extraction | None]
    """None when the text holds no answer by this rule."""
    compare: Callable[[str, str], Comparison]
    """(extracted, gold) -> comparison; pure, so equal pairs are compared once."""
    compare_many: Callable[[Sequence[tuple[str, str]]], list[Comparison]] | None = None
    """The same for many distinct pairs at once, where a checker works in parallel."""
    state: Callable[[str], str] = str
    """gold -> a sentence that says it in the form this checker reads, for the
    self-test; a gold that then is not right is counted as the checker's ceiling. Left
    out, the self-test gives the gold to `compare` alone."""
    strict: bool = False
    """Every gold must be right when it is stated; a run with one that is not is refused."""
    canaries: tuple[tuple[str, str], ...] = CANARIES
    """Answers that differ, for the self-test: a checker that calls one of a pair right
    for the other is refused. They are tried both ways round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """How a question is put to a model.

    `text` holds `{question}` once, filled by literal replacement: LaTeX has braces, so
    never `str.format`. A solved example is `text` with its question, then `shot` with
    `{solution}` and `{gold}` filled, and the examples stand before the question.
    """

    name: str
    title: str
    text: str
    kind: Literal["text", "chat"] = "text"
    """`chat`: `text` is the user's turn, and the model's own template is applied."""
    shot: str = " {solution}\nThe answer is: {gold}\n\n"
    stop: tuple[str, ...] = ()
    """Strings that end an answer under this prompt."""
    source: str = ""
    """A link to where the prompt was published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A question asked of judged answers."""

    name: str
    title: str
    """One line for people."""
    source: str
    """The section of the paper, or the definition it follows."""
    measure: Callable[[pd.DataFrame, Sequence[Fact]], Report]
    """(answers of one or more runs, as `mmeval.tables.answers` makes them; published
    values) -> report. Pure: the same frame gives the same report. Raises DataError when
    the frame lacks what the question is about."""
    samples: bool = False
    """Whether it is about several answers to a problem, and says of one answer each no
    more than the accuracy does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure or a numbered table of a paper: what stands in it, and how it is drawn.

    It computes nothing: a cell is filled with what was printed and with what a report or a
    judged run says.
    """

    name: str
    label: str
    """As the paper has it: `Figure 3`, `Table 8`."""
    title: str
    source: str
    """The section of the paper."""
    cells: Callable[[Measurements], Sequence[Cell]]
    """Its numbers: printed, measured, both or neither. Raises nothing for what is missing."""
    draw: Callable[[Sheet], Picture]
    """The picture of these cells, drawn under `mmeval.plotting.style`."""
    measured_by: str
    """The command that makes what is missing, with placeholders in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of a paper that data can test, with what decides it, said beforehand."""

    says: str
    source: str
    """The section, table or figure it stands in."""
    test: Test
    """Effect, margin and interval."""
    measured_by: str
    """The command that makes what is missing, with placeholders in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims of one paper."""

    name: str
    title: str
    source: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One of the models that a recipe trains: which parts of the data, and what differs."""

    parts: tuple[str, ...] = ()
    """Names of `Recipe.parts` that it is trained on; empty: all data that are given."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Keys of `mmeval.training.settings.Settings`, over the recipe's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How models are fine-tuned: settings, the data they ask for, and the arms compared."""

    name: str
    title: str
    """One line for people."""
    source: str
    """The section of the paper, or a link to where the settings were published."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Keys of `mmeval.training.settings.Settings`; what is left out has its default."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Name of data -> what it must hold; empty: the user's data, whatever their names."""
    arms: Mapping[str, Arm] = field(default_factory=dict)
    """Name -> arm, one model each; empty: the recipe trains one model."""
