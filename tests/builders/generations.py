"""What a model said to a problem."""

from __future__ import annotations

from mmeval.records import Finish, Generation, Problem


def said(of: Problem, *texts: str, finish: Finish = "stop") -> list[Generation]:
    """One generation a text, samples 0, 1, ..."""
    return [
        Generation(problem_id=of.id, sample=i, text=text, finish=finish)
        for i, text in enumerate(texts)
    ]
