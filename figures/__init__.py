"""Figures and numbered tables of the paper: one file each, which computes nothing.

Its cells say what was printed and what was measured; one function draws them. This is a
whole figure:

    from mmeval.paper.figures import tables
    from mmeval.declare import Figure
    from mmeval.paper.figures.shared_cells import table_cells

    FIGURE = Figure(
        name="game", label="Table 6", title="Game of 24", source="Yu et al. 2023",
        cells=lambda found: table_cells(
            found, (("Table 6", "", ""),), ("Game of 24 (681 test)",)
        ),
        draw=tables.table,
        measured_by="mmeval run --model MODEL --benchmark MINE.py",
    )

`published.toml` holds every number that was printed. Nothing imports this package;
`mmeval/catalog.py` loads its files by path.
"""
