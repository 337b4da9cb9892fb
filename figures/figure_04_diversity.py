"""Figure 4: diversity gain and gain in accuracy of 20K rows added to 80K of AnsAug.

Printed: the four gains in accuracy, and the diversity gain of AnsAug. Measured: the reports
of `mmeval diversity`, by question and by question and answer (the paper leaves open which
it embedded), and runs of the five arms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmeval.declare import Figure
from mmeval.paper.figures import charts, legends, style
from mmeval.paper.figures.figure import Cell, Sheet, filled, ordered
from mmeval.paper.from_reports import gains
from mmeval.paper.from_runs import gained
from mmeval.paper.measured import Measured
from mmeval.paper.measurements import Measurements, report_source
from mmeval.paper.roles import Role

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

PARTS = ("AnsAug", "Rephrasing", "FOBAR", "SV")
ELEMENT = "text 4.5 / Figure 4"
BENCHMARK = "gsm8k"
KIND = "diversity"
DIVERSITY, ACCURACY = "diversity gain", "gain in accuracy, points"
UNTOLD = "text unknown"
TEXTS = {"question": "question", "question_answer": "question and answer"}


def cells(found: Measurements) -> list[Cell]:
    """Diversity gains by set and text, then gains in accuracy."""
    everything = [
        Cell(
            panel=DIVERSITY,
            series=UNTOLD,
            x=part,
            unit="squared distance",
            quoted=found.numbers.find(ELEMENT, f"+20K {part}", metric="diversity gain"),
        )
        for part in PARTS
    ]
    reports = found.reports.get(KIND, ())
    for folder in reports:
        by = f" ({report_source(folder).about})" if len(reports) > 1 else ""
        everything += [
            Cell(
                panel=DIVERSITY,
                series=f"{TEXTS.get(text, text)}{by}",
                x=found.numbers.series_of(name),
                unit="squared distance",
                measured=measured,
            )
            for name, text, measured in gains(folder)
        ]
    return [*everything, *(_accuracy(found, part) for part in PARTS)]


def _accuracy(found: Measurements, part: str) -> Cell:
    before = found.find(BENCHMARK, Role(series=PARTS[0], rows=80_000))
    after = found.find(BENCHMARK, Role(series=f"80K {PARTS[0]}+20K {part}"))
    measured: Measured | None = gained(before, after)
    return Cell(
        panel=ACCURACY,
        series=ACCURACY,
        x=part,
        unit="points",
        quoted=found.numbers.find(
            ELEMENT, f"+20K {part} on top of 80K {PARTS[0]}", metric="accuracy gain (points)"
        ),
        measured=measured,
    )


def draw(sheet: Sheet) -> Picture:
    """Both gains, one above the other."""
    picture = style.page(style.DOUBLE, 4.2)
    palette = style.colours(ordered(each.series for each in sheet.cells))
    for axes, panel in zip(picture.subplots(2, 1), (DIVERSITY, ACCURACY), strict=True):
        charts.titled(axes, f"{sheet.figure.label}: {panel}")
        own = sheet.panel(panel)
        known = filled(own)
        drawn = [each for each in own if each.series in {one.series for one in known}]
        if any(each.measured is not None for each in known):
            drawn = [each for each in drawn if each in known]
        xs = ordered((*PARTS, *(each.x for each in drawn)))
        drawn.sort(key=lambda cell: xs.index(cell.x))
        axes.margins(y=0.14)
        charts.bars(axes, drawn, palette)
        legends.legend(axes, drawn, palette)
        axes.set_ylabel("squared distance" if panel == DIVERSITY else "points")
    return picture


FIGURE = Figure(
    name="figure_04_diversity",
    label="Figure 4",
    title="diversity gain and gain in accuracy",
    source="Yu et al. 2023, section 4.5",
    cells=cells,
    draw=draw,
    measured_by="mmeval diversity --base FILE --new NAME=FILE",
)
