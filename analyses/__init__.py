"""Analyses: one file each, named after it, a pure function from answers to a Report.

The frame is what `mmeval.results.frames.answers` makes: one row per verdict, with fixed columns.
This is a whole analysis:

    from mmeval.declare import GROUP_COLUMNS, Analysis, Column, Report, groups

    def measure(frame, facts):
        rows = tuple((*key, len(part)) for key, part in groups(frame))
        columns = (*GROUP_COLUMNS, Column(name="answers", unit="answers"))
        return Report(analysis="count", columns=columns, rows=rows, summary="Counted.")

    ANALYSIS = Analysis(
        name="count", title="how many answers there are", source="by definition",
        measure=measure,
    )

Nothing imports this package; `mmeval/catalog.py` loads its files by path.
"""
