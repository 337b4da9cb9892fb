"""The page of one run: its numbers, its problems, its plots and its settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmeval.records import OUTCOMES, Report
from mmeval.results.site.from_reports import folded, report_section, scrolling
from mmeval.results.site.markup import Element, tag
from mmeval.results.site.pages import SCRIPTS, Shown, page
from mmeval.results.site.settings import settings
from mmeval.run_folder import CheckerSummary, Summary, Thoughts
from mmeval.text import percent

HEALTH = {
    "truncated": "ran out of tokens",
    "stop_cut": "cut by a stop string",
    "empty": "empty",
    "failed": "failed",
    "reused": "taken from an identical request",
}
THOUGHTS = {
    "open": "still thinking at the end",
    "filtered": "ended by a filter",
    "unknown_finish": "ended in a way not known",
}


def run_page(shown: Shown, reports: Sequence[tuple[str, Report]], title: str) -> str:
    """The whole page; its problems come from the shards."""
    jumps = (("problems", "Problems"), ("plots", "Plots"), ("settings", "Settings"))
    main = tag(
        "main",
        tag("h1", shown.label),
        tag("p", f"{shown.task}{_state(shown)}"),
        tag("p", *(tag("a", name, href=f"#{at}") for at, name in jumps), class_="jumps"),
        _results(shown),
        tag(
            "section",
            tag("h2", "Problems"),
            tag("noscript", tag("p", "Looking at problems needs JavaScript.")),
            tag("div", id="browser", data_run=shown.slug),
            id="problems",
        ),
        _plots(reports),
        _settings(shown),
        id="main",
        class_="browser-page",
    )
    name = f"{shown.label}, {shown.task} \u2013 {title}"
    return page(name, f"{shown.slug}.html", main, (*SCRIPTS, "list.js", "browse.js", "tables.js"))


def _state(shown: Shown) -> str:
    return f". {shown.state[:1].upper()}{shown.state[1:]}." if shown.state else "."


def _results(shown: Shown) -> Element:
    """One row a checker: the accuracy and what became of the answers."""
    names = ("checker", "accuracy", "95 % interval", *(each.replace("_", " ") for each in OUTCOMES))
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    rows = [
        tag(
            "tr",
            tag("th", checker, scope="row"),
            *(tag("td", value, class_="number") for value in _result(shown.run.counts(checker))),
        )
        for checker in shown.run.checkers
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag(
        "section",
        tag("h2", "Result"),
        tag("div", table, **scrolling("Result")),
        tag("p", _health(shown.run.summary, shown.run.manifest.endings_told), class_="note"),
    )


def _result(counts: CheckerSummary) -> Iterator[str]:
    yield percent(counts.accuracy)
    yield f"{100 * counts.low:.1f}\u2013{100 * counts.high:.1f}"
    for name in OUTCOMES:
        yield f"{getattr(counts, name):,}"


def _health(summary: Summary, endings_told: bool) -> str:
    health, thoughts = summary.health, summary.thoughts or Thoughts()
    counted = {words: getattr(health, name) for name, words in HEALTH.items()}
    counted |= {words: getattr(thoughts, name) for name, words in THOUGHTS.items()}
    marks = [f"{count:,} {words}" for words, count in counted.items() if count]
    said = f"Of {health.n:,} answers: {', '.join(marks) or 'none was cut or failed'}."
    if endings_told:
        return said
    said = f"Of {health.n:,} answers: {', '.join(marks)}. " if marks else ""
    return f"{said}Whether any was cut is not told: the outputs were replayed without --finish."


def _plots(reports: Sequence[tuple[str, Report]]) -> Element:
    sections = [
        report_section(report, title[:1].upper() + title[1:], level=3) for title, report in reports
    ]
    return tag("section", tag("h2", "Plots"), *sections, id="plots")


def _settings(shown: Shown) -> Element:
    groups = []
    for heading, pairs in settings(shown.run):
        items = [part for name, value in pairs for part in (tag("dt", name), tag("dd", value))]
        groups.append(folded(heading, tag("dl", *items)))
    return tag("section", tag("h2", "Settings"), *groups, id="settings")
