"""The index and the page for comparing; what all pages have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mmeval.environment import own_version
from mmeval.records import Report
from mmeval.results.judged import JudgedRun, part_of_split
from mmeval.results.leaderboard import PUBLISHED, Cell, Entry, Head, Leaderboard
from mmeval.results.leaderboard_formats import at_most, legend, marks, ranked, ranks, task_name
from mmeval.results.site.charts import Chart, Mark, Row, chart
from mmeval.results.site.from_reports import folded, report_section, scrolling
from mmeval.results.site.markup import Element, Node, document, tag

SCRIPTS = ("dom.js", "store.js", "symbols.js", "tex.js", "prose.js", "problem.js")
"""What every page with problems loads, each building on those before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One run as the pages name it."""

    run: JudgedRun
    label: str
    slug: str
    """Its page is `SLUG.html`, its data in `data/SLUG/`."""
    text: bool
    """Whether its texts are in the report."""

    @property
    def task(self) -> str:
        """`gsm8k test`."""
        return " ".join(self.run.task)

    @property
    def answered(self) -> str:
        """`80 of 100 answers`; of all `100`."""
        there, asked = self.run.summary.health.n, self.run.manifest.asked
        return f"{there:,}" if there == asked else f"{there:,} of {asked:,} answers"

    @property
    def state(self) -> str:
        """What a reader must know of it; empty for a whole, finished run."""
        manifest = self.run.manifest
        marks = (
            None if manifest.finished else f"{manifest.status}, {self.answered}",
            part_of_split(manifest.data.problems, self.run),
            "not the published problems" if manifest.data.as_published is False else None,
            None if self.text else "texts left out",
        )
        return ", ".join(each for each in marks if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the index is made of."""

    title: str
    shown: Sequence[Shown]
    board: Leaderboard
    joint: Sequence[tuple[str, Report]] = ()
    extra: Sequence[Report] = ()
    twins: Sequence[tuple[int, int]] = field(default=())
    """(forward, backward) places of runs that are twins of each other."""


def page(title: str, here: str, main: Element, scripts: Sequence[str]) -> str:
    """A whole page with the bar above and the line below."""
    links = (("index.html", "Leaderboard"), ("compare.html", "Compare"))
    bar = [
        tag("a", name, href=href, aria_current="page" if href == here else None)
        for href, name in links
    ]
    body = tag(
        "body",
        tag("a", "Skip to the content", href="#main", class_="skip"),
        tag("header", tag("nav", *bar, aria_label="Pages")),
        main,
        tag("footer", f"Made by mmeval {own_version()}. This site loads nothing from a network."),
    )
    return document(title, body, tuple(scripts))


def index_page(made: Contents) -> str:
    """Leaderboard, plots of it, what several runs say together, and the list of runs."""
    problems = sum(each.run.manifest.data.problems for each in made.shown)
    whole = all(each.run.manifest.finished for each in made.shown)
    intro = f"{_count(len(made.shown), 'run')}, {problems:,} problems "
    intro += "answered." if whole else "asked, and not all of them answered."
    jumps = [("#leaderboard", "Leaderboard"), ("#plots", "Plots"), ("#runs", "Runs")]
    sections: list[Node] = []
    for title, report in made.joint:
        sections.append(report_section(report, title[:1].upper() + title[1:], level=2))
    for report in made.extra:
        sections.append(report_section(report, report.analysis.replace("_", " "), level=2))
    main = tag(
        "main",
        tag("h1", made.title),
        tag("p", intro),
        tag("p", *(tag("a", name, href=href) for href, name in jumps), class_="jumps"),
        _leaderboard(made),
        tag("section", tag("h2", "Plots"), *map(chart, board_charts(made)), id="plots"),
        *sections,
        _runs(made),
        id="main",
    )
    return page(made.title, "index.html", main, ("tables.js",))


def _leaderboard(made: Contents) -> Element:
    """A table a task, best first, as the verb prints them; quoted rows in one of their own."""
    board = made.board
    pages = {(each.label, *each.run.task): each for each in made.shown}
    tables = []
    for task in dict.fromkeys(head.task for head in board.heads):
        heads = [head for head in board.heads if head.task == task]
        entries = [each for each in ranked(board, heads) if each.measured]
        if all(head.checker == PUBLISHED for head in heads):
            continue
        tables += [tag("h3", task_name(task)), _table(task_name(task), heads, entries, pages)]
    quoted = [each for each in board.entries if not each.measured]
    if quoted:
        heads = [head for head in board.heads if head.checker == PUBLISHED]
        title = f"Quoted, not measured here: {_count(len(quoted), 'row')}"
        tables.append(folded(title, _table(title, heads, quoted, pages)))
    notes = [
        tag("p", line.replace("*", "").replace("`", ""), class_="note") for line in legend(board)
    ]
    return tag("section", tag("h2", "Leaderboard"), *tables, *notes, id="leaderboard")


def _table(
    title: str,
    heads: Sequence[Head],
    entries: Sequence[Entry],
    pages: Mapping[tuple[str, str, str], Shown],
) -> Element:
    """Columns are checkers; of quoted rows their tasks, and what their table groups them under."""
    quoted = not entries[0].measured
    names = [task_name(head.task) if quoted else head.checker for head in heads]
    first = ["model", "group"] if quoted else ["model"]
    head = tag(
        "tr",
        *(tag("th", name, scope="col") for name in first),
        *(tag("th", name, scope="col", class_="number") for name in names),
    )
    rows = [_entry(each, heads, pages) for each in entries]
    classes = "sortable board quoted" if quoted else "sortable board"
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_=classes)
    return tag("div", table, **scrolling(title))


def _entry(
    entry: Entry, heads: Sequence[Head], pages: Mapping[tuple[str, str, str], Shown]
) -> Element:
    cells = []
    for head in heads:
        cell = entry.cells.get(head)
        own_page = pages.get((entry.model, head.benchmark, head.split)) if entry.measured else None
        page = f"{own_page.slug}.html" if own_page and head.checker != PUBLISHED else None
        value = None if cell is None else f"{cell.accuracy:.6f}"
        classes = "number quoted" if cell and cell.source else "number"
        cells.append(tag("td", *_cell(cell, page), class_=classes, data_value=value))
    group = [] if entry.measured else [tag("td", entry.group)]
    return tag("tr", tag("th", entry.model, scope="row"), *group, *cells)


def _cell(cell: Cell | None, page: str | None) -> Iterator[Node]:
    """`66.8`, a link to its run, with the interval and the ranks below."""
    if cell is None:
        yield tag("span", "\u2013", aria_label="none")
        return
    number = f"{100 * cell.accuracy:.1f}"
    if cell.low is None or cell.high is None:
        yield tag("em", number, title=f"Quoted: {cell.source}")
        return
    number += marks(cell)
    yield tag("a", number, href=page) if page else number
    yield tag("span", f" {ranks(cell)}", class_="ranks")
    interval = f"{100 * cell.low:.1f}\u2013{100 * cell.high:.1f}{at_most(cell)}"
    yield tag("span", interval, class_="interval below")


def board_charts(made: Contents) -> Iterator[Chart]:
    """A plot for each task: the measured models with their intervals by every checker, and
    what was published of them."""
    pages = {(each.label, *each.run.task): each for each in made.shown}
    for task in dict.fromkeys(head.task for head in made.board.heads):
        heads = [head for head in made.board.heads if head.task == task]
        rows = []
        for entry in ranked(made.board, heads):
            found = [(head, entry.cells[head]) for head in heads if head in entry.cells]
            own = pages.get((entry.model, *task[:2]))
            if own is not None and any(head.checker != PUBLISHED for head, _ in found):
                marks = tuple(_mark(head, cell) for head, cell in found)
                label = tag("a", entry.model, href=f"{own.slug}.html")
                rows.append(Row(group="", label=label, marks=marks))
        if rows:
            yield Chart(title=f"{task_name(task)}; accuracy with 95 % interval", rows=tuple(rows))


def _mark(head: Head, cell: Cell) -> Mark:
    return Mark(series=head.checker, value=cell.accuracy, low=cell.low, high=cell.high)


def _runs(made: Contents) -> Element:
    """Every run with what to know of it, and the pairs that are worth looking at."""
    names = ("run", "benchmark", "answers", "engine", "prompt", "state")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    rows = []
    for each in made.shown:
        manifest = each.run.manifest
        values = (
            each.task,
            f"{each.run.summary.health.n:,}",
            manifest.engine.name,
            str(manifest.prompt.get("name")) if manifest.prompt else "not known",
            each.state or "whole",
        )
        link = tag("a", each.label, href=f"{each.slug}.html")
        rows.append(tag("tr", tag("th", link, scope="row"), *(tag("td", one) for one in values)))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="sortable")
    return tag(
        "section",
        tag("h2", "Runs"),
        tag("div", table, **scrolling("Runs")),
        *_twins(made),
        id="runs",
    )


def _twins(made: Contents) -> Iterator[Element]:
    twins = [(f, b) for f, b in made.twins if made.shown[f].run.model == made.shown[b].run.model]
    if not twins:
        return
    yield tag("h3", "Forward and backward questions side by side")
    links = []
    for forward, backward in twins:
        one, two = made.shown[forward], made.shown[backward]
        href = f"compare.html#a={one.slug}&b={two.slug}"
        words = f"{one.label}: {one.run.task[0]} and {two.run.task[0]}"
        links.append(tag("li", tag("a", words, href=href)))
    yield tag("ul", *links)


def compare_page(title: str) -> str:
    """The page on which two runs, or a run and its backward twin, stand side by side."""
    main = tag(
        "main",
        tag("h1", "Two runs side by side"),
        tag("noscript", tag("p", "Comparing needs JavaScript; everything is in this folder.")),
        tag("h2", "Problems", class_="unseen"),
        tag("div", id="compare"),
        id="main",
        class_="browser-page",
    )
    return page(
        f"Compare \u2013 {title}", "compare.html", main, (*SCRIPTS, "list.js", "compare.js")
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
