"""Answer augmentation: the right answers to a question, as rows."""

from __future__ import annotations

from mmeval import catalog
from mmeval.augmenting import answers
from mmeval.records import Problem
from tests.builders.generations import said


def test_right_answers_are_rows_of_their_own_question() -> None:
    problem = Problem(id="t/0", question="What is 2 + 3?", gold="5")
    texts = ("2 + 3 = 5.\nThe answer is 5.", "2 + 3 = 6.\nThe answer is 6.")
    checker = catalog.load("checkers", "mmeval/1")
    rows, sieved = answers.keep([problem], said(problem, *texts), checker, "GSM")
    assert [each.to_row() for each in rows] == [
        {
            "type": "GSM_AnsAug",
            "query": problem.question,
            "original_question": problem.question,
            "response": "2 + 3 = 5.\n#### 5\nThe answer is: 5",
        }
    ]
    assert sieved.dropped == {"another answer": 1}


def test_every_question_is_asked_by_the_examples_of_its_style() -> None:
    problem = Problem(id="t/0", question="?", gold="5")
    step = answers.step([problem], "MATH", 8, chat=True)
    assert (step.name, step.problems, step.samples, step.followed_by) == (
        "answers",
        (problem,),
        8,
        None,
    )
    assert (step.template.name, step.template.kind) == ("answer_math.txt", "chat")
