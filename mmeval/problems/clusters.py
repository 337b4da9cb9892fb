"""Problems that are not independent of each other, and by what: which share a cluster.

Problems made from one template, or from one original question, tend to be solved together.
A benchmark declares by which fact of a problem (`Benchmark.cluster`, a key of its meta), and
its runs keep it; for sets of a file, and for runs of earlier versions, it is the first of
`KNOWN` that two problems share.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mmeval.records import Problem

KNOWN = ("cluster", "template", "original", "twin")
"""Facts by which problems hang together, the widest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """Which problems hang together."""

    by: str
    """`template`, `twin`: the fact of a problem that names its cluster."""
    of: dict[str, str]
    """Problem id -> its cluster; a problem without the fact is a cluster of its own."""

    @property
    def words(self) -> str:
        """`by original question`, for people."""
        return f"by {'original question' if self.by in ('twin', 'original') else self.by}"

    @property
    def count(self) -> int:
        """How many there are."""
        return len(set(self.of.values()))


def clusters_of(problems: Iterable[Problem], declared: str | None = None) -> Clusters | None:
    """The clusters of some problems; None where every problem is its own."""
    listed = list(problems)
    for key in (declared,) if declared else KNOWN:
        of = {each.id: str(each.meta.get(key) or each.id) for each in listed}
        if len(set(of.values())) < len(of):
            return Clusters(by=key, of=of)
    return None
