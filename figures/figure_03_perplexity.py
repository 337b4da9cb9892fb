"""Figure 3: perplexity per set of data, as box plots.

Printed: nothing. Measured: the reports of `mmeval perplexity`, one panel each; a box has the
report's median and quartiles, its whiskers stand at 5 and 95 % of the samples. Answers alone
are shown in every form they were scored in, because the form decides their perplexity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures import charts, style
from mmeval.paper.figures.figure import Cell, Sheet, filled, ordered
from mmeval.paper.from_reports import BARE, WHOLE, boxes
from mmeval.paper.measured import Measured
from mmeval.paper.measurements import Measurements, report_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

SETS = ("answer-only", "GSM8K CoT", "AnsAug", "Rephrasing", "FOBAR", "SV")
KIND = "perplexity"


def cells(found: Measurements) -> list[Cell]:
    """The paper's six sets, then what else was scored, report by report."""
    everything = []
    for folder in found.reports.get(KIND, ()):
        by_name: dict[str, Measured] = {}
        for name, form, measured in boxes(folder):
            own = found.numbers.series_of(name)
            by_name.setdefault(own if form in (WHOLE, BARE) else f"{own}: {form}", measured)
        panel = report_source(folder).about.partition(", ")[2]
        series = ordered(each.partition(":")[0] for each in (*SETS, *by_name))
        names = sorted((*SETS, *by_name), key=lambda name: series.index(name.partition(":")[0]))
        for name in ordered(names):
            cell = Cell(
                panel=panel,
                series=name.partition(":")[0],
                x=name,
                unit="perplexity",
                measured=by_name.get(name),
            )
            everything.append(cell)
    return everything or [Cell(series=name, x=name, unit="perplexity") for name in SETS]


def draw(sheet: Sheet) -> Picture:
    """A panel per report, on a logarithmic axis."""
    panels = ordered(each.panel for each in sheet.cells)
    picture = style.page(style.DOUBLE, 3.1 * len(panels))
    palette = style.colours(ordered(each.series for each in sheet.cells))
    for number, panel in enumerate(panels):
        axes = picture.add_subplot(len(panels), 1, number + 1)
        by = f", {panel}" if panel else ""
        charts.titled(axes, f"{sheet.figure.label}: {sheet.figure.title}{by}")
        drawn = filled(sheet.panel(panel))
        if not drawn:
            charts.empty(axes, sheet)
            continue
        charts.boxes(axes, drawn, palette)
        axes.set_ylabel("perplexity of the response")
        missing = [each.x for each in sheet.panel(panel) if each.measured is None]
        if missing:
            charts.remark(picture, f"never printed, not measured: {', '.join(missing)}")
    return picture


FIGURE = Figure(
    name="figure_03_perplexity",
    label="Figure 3",
    title="perplexity per set",
    source="Yu et al. 2023, section 4.4",
    cells=cells,
    draw=draw,
    measured_by="mmeval perplexity --model MODEL --data NAME=FILE --answer-only NAME",
)
