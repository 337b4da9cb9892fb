"""What a content file declares: one typed constant, found by the file's name.

`benchmarks/gsm8k.py` says `BENCHMARK = Benchmark(...)`, `mmeval/answers/rules/x_1.py`
says `CHECKER = Checker(...)`, and so on; `mmeval/catalog.py` finds and checks them.

Every declared type has its home in the package that uses it. This module is the face of
all of them for content files, with what an analysis makes its report of: it hands each on
when it is asked for, and nothing in the engine room imports it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmeval.answers.checker import CANARIES, Checker, Comparison, Extraction
    from mmeval.paper.claims.claim import Claim, Claims
    from mmeval.paper.figures.figure import Figure
    from mmeval.problems.benchmark import Benchmark, Item, Split
    from mmeval.problems.prompt_template import PromptTemplate
    from mmeval.records import Column, Fact, Report, Row, Scalar
    from mmeval.results.analysis import Analysis
    from mmeval.results.groups import GROUP_COLUMNS, SHARE_COLUMNS, groups, share
    from mmeval.text import percent
    from mmeval.training.recipe import Arm, Recipe

__all__ = [
    "CANARIES",
    "GROUP_COLUMNS",
    "SHARE_COLUMNS",
    "Analysis",
    "Arm",
    "Benchmark",
    "Checker",
    "Claim",
    "Claims",
    "Column",
    "Comparison",
    "Extraction",
    "Fact",
    "Figure",
    "Item",
    "PromptTemplate",
    "Recipe",
    "Report",
    "Row",
    "Scalar",
    "Split",
    "groups",
    "percent",
    "share",
]

_HOME = {
    "CANARIES": "mmeval.answers.checker",
    "GROUP_COLUMNS": "mmeval.results.groups",
    "SHARE_COLUMNS": "mmeval.results.groups",
    "Analysis": "mmeval.results.analysis",
    "Arm": "mmeval.training.recipe",
    "Benchmark": "mmeval.problems.benchmark",
    "Checker": "mmeval.answers.checker",
    "Claim": "mmeval.paper.claims.claim",
    "Claims": "mmeval.paper.claims.claim",
    "Column": "mmeval.records",
    "Comparison": "mmeval.answers.checker",
    "Extraction": "mmeval.answers.checker",
    "Fact": "mmeval.records",
    "Figure": "mmeval.paper.figures.figure",
    "Item": "mmeval.problems.benchmark",
    "PromptTemplate": "mmeval.problems.prompt_template",
    "Recipe": "mmeval.training.recipe",
    "Report": "mmeval.records",
    "Row": "mmeval.records",
    "Scalar": "mmeval.records",
    "Split": "mmeval.problems.benchmark",
    "groups": "mmeval.results.groups",
    "percent": "mmeval.text",
    "share": "mmeval.results.groups",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mmeval.declare' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
