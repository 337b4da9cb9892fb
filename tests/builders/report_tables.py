"""Tables of reports as tests read them."""

from __future__ import annotations

from mmeval.records import Report


def by_arm(report: Report) -> dict[str, dict[str, object]]:
    """Arm, the fourth column -> its row, column name -> value."""
    names = [column.name for column in report.columns]
    return {str(row[3]): dict(zip(names, row, strict=True)) for row in report.rows}
