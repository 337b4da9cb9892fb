"""Training rows made of a question and a response."""

from __future__ import annotations

from mmeval.training_data.rows import TrainingRow, row_id


def row(query: str, response: str) -> TrainingRow:
    """A row with the id of its texts."""
    return TrainingRow(id=row_id(query, response), query=query, response=response)


FOBAR = row("Tom has x pens.\nIf we know the answer is 5, what is x?", "x is 5.\n#### 5")


def typed_rows(count: int, kind: str = "A", copies: int = 1) -> list[dict[str, object]]:
    """Rows of one type, `copies` of each original question, as MetaMathQA has them."""
    return [
        {
            "query": f"{kind} question {i} wording {c}",
            "response": f"step {c}\nThe answer is: {i}",
            "original_question": f"question {i}",
            "type": kind,
        }
        for i in range(count)
        for c in range(copies)
    ]
