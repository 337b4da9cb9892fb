"""Problems that hang together: by what is declared, else by the widest fact that two share."""

from __future__ import annotations

import pytest

from mmeval.problems.clusters import clusters_of
from mmeval.records import Problem, Scalar


def problems(*meta: dict[str, Scalar]) -> list[Problem]:
    return [
        Problem(id=f"p/{i}", question=f"{i}?", gold="1", meta=each) for i, each in enumerate(meta)
    ]


@pytest.mark.parametrize(
    ("meta", "declared", "by", "of"),
    [
        # one question each, as in the published backward set: every problem is its own
        (({"twin": "a"}, {"twin": "b"}), None, None, None),
        (({}, {"level": 3}), None, None, None),
        # an unfiltered backward set: several questions of one original
        (({"twin": "a"}, {"twin": "a"}, {"twin": "b"}), None, "twin", ["a", "a", "b"]),
        # a template holds many originals: the wider one is taken
        (
            ({"template": "t", "twin": "a"}, {"template": "t", "twin": "b"}),
            None,
            "template",
            ["t", "t"],
        ),
        # templates that all differ, but an original that two share
        (
            ({"template": "t", "twin": "a"}, {"template": "u", "twin": "a"}),
            None,
            "twin",
            ["a", "a"],
        ),
        # a problem that lacks the fact is a cluster of its own
        (({"template": "t"}, {"template": "t"}, {}), None, "template", ["t", "t", "p/2"]),
        # what is declared goes first, and alone
        (({"subject": "s", "twin": "a"}, {"subject": "s"}), "subject", "subject", ["s", "s"]),
        (({"subject": "s", "twin": "a"}, {"subject": "u", "twin": "a"}), "subject", None, None),
        # a number is a name too
        (({"template": 7}, {"template": 7}), None, "template", ["7", "7"]),
    ],
)
def test_clusters(
    meta: tuple[dict[str, Scalar], ...], declared: str | None, by: str | None, of: list[str] | None
) -> None:
    found = clusters_of(problems(*meta), declared)
    if found is None:
        assert (by, of) == (None, None)
    else:
        assert (found.by, list(found.of.values())) == (by, of)
        assert found.count == len(set(of or ()))


@pytest.mark.parametrize(
    ("key", "words"),
    [("twin", "by original question"), ("original", "by original question"), ("x", "by x")],
)
def test_people_are_told_by_what(key: str, words: str) -> None:
    found = clusters_of(problems({key: "a"}, {key: "a"}), key)
    assert found is not None and found.words == words
