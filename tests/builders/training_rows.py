"""Training rows made of a question and a response."""

from __future__ import annotations

from mmeval.training_data.rows import TrainingRow, row_id


def row(query: str, response: str) -> TrainingRow:
    """A row with the id of its texts."""
    return TrainingRow(id=row_id(query, response), query=query, response=response)


FOBAR = row("Tom has x pens.\nIf we know the answer is 5, what is x?", "x is 5.\n#### 5")
