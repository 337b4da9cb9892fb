"""`mmeval claims`: the claims of a paper, and what was measured about each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from mmeval import catalog
from mmeval.jsonl import write_text
from mmeval.paper.claims.claim import Claim, Claims
from mmeval.paper.claims.weigh import Row, Weighed, weigh, weighed_row
from mmeval.paper.measurements import search
from mmeval.text import markdown_table, shown
from mmeval.verbs.shared.grid import terminal_width, wrapped
from mmeval.verbs.shared.measured_options import echo_left_out, measured_options, search_of
from mmeval.verbs.shared.options import PATH

HELP = """Test the claims of the MetaMath paper on what was measured.

\b
mmeval claims
mmeval claims --runs runs
mmeval claims --runs runs --stand-in gsm8k=wordproblems --markdown > CLAIMS.md
mmeval claims mine.py --runs runs --json

PAPER is a name (metamath, the default) or a .py file. Below each claim stand the numbers
that were printed, with the 95 % interval that their number of problems gives, and those
measured below --runs, with intervals that are adjusted after Holm for being so many. A
claim is supported where the interval lies within what it says, contradicted where it lies
wholly outside, and else not decided. What is not measured says which command would.
"""


@click.command(help=HELP)
@click.argument("papers", nargs=-1, metavar="[PAPER]...")
@measured_options
@click.option("--markdown", is_flag=True, help="A Markdown table.")
@click.option("--out", type=PATH, help="Write here instead of printing.")
@click.option("--json", "as_json", is_flag=True, help="Everything as one line of JSON.")
def command(papers: tuple[str, ...], **options: Any) -> None:
    """Tests and prints."""
    lists: list[Claims] = [
        catalog.load("claims", each) for each in papers or catalog.names("claims")
    ]
    measurements = search(search_of(options))
    echo_left_out(measurements)
    claims: list[Claim] = [each for one in lists for each in one.claims]
    tested = weigh(claims, measurements)
    if options["as_json"]:
        text = json.dumps([weighed_row(each) for each in tested], ensure_ascii=False)
    elif options["markdown"]:
        text = "\n".join(markdown(tested))
    else:
        text = "\n".join(lines(tested, terminal_width()))
    if options["out"] is not None:
        write_text(options["out"], text + "\n", given=True)
    else:
        click.echo(text)


def lines(tested: Sequence[Weighed], width: int) -> Iterator[str]:
    """Each claim with its numbers, then how many stand how."""
    name = max(20, width - 46)
    head = f"  {'on':<{name}} {'effect':>7}  {'interval':>17}  decision"
    for number, each in enumerate(tested, start=1):
        yield from wrapped(f"{number}. {each.claim.says} [{each.claim.source}]", width)
        rows = [("printed", row) for row in each.printed] + [("measured", r) for r in each.measured]
        if rows:
            yield head
        for kind, row in rows:
            on = f"{kind}: {shown(row.estimate.on)}"
            first, *more = wrapped(on, name)
            decision = row.decision if kind == "measured" else f"({row.decision})"
            value, interval = _number(row.estimate.value), _interval(row)
            yield f"  {first:<{name}} {value:>7}  {interval:>17}  {decision}"
            yield from (f"    {line}" for line in more)
        if not each.measured:
            yield "  not measured"
        yield ""
    for command, numbers in _missing(tested).items():
        yield from wrapped(f"to measure {', '.join(map(str, numbers))}: {command}", width)
    yield from wrapped(summary(tested), width)
    yield from wrapped(legend(tested), width)


def _missing(tested: Sequence[Weighed]) -> dict[str, list[int]]:
    """Command -> the numbers of the claims that it would measure."""
    missing: dict[str, list[int]] = {}
    for number, each in enumerate(tested, start=1):
        if not each.measured:
            missing.setdefault(each.claim.measured_by, []).append(number)
    return missing


def markdown(tested: Sequence[Weighed]) -> Iterator[str]:
    """A table of all claims, and what it rests on below."""
    heads = "claim", "where", "printed (95 % interval)", "measured (Holm's interval)", "decision"
    rows = (
        (
            each.claim.says,
            each.claim.source,
            "<br>".join(map(_estimate, each.printed)) or "never printed",
            "<br>".join(map(_estimate, each.measured)) or f"run `{each.claim.measured_by}`",
            each.decision,
        )
        for each in tested
    )
    yield from markdown_table(
        heads, ([shown(cell).replace("|", "\\|") for cell in row] for row in rows)
    )
    yield ""
    yield summary(tested)
    yield legend(tested)


def summary(tested: Sequence[Weighed]) -> str:
    """How many claims stand how."""
    counts = dict.fromkeys(("supported", "contradicted", "not decided", "not measured"), 0)
    for each in tested:
        counts[each.decision] += 1
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(tested)} claims: {listed}."


def legend(tested: Sequence[Weighed]) -> str:
    """What the intervals are."""
    family = sum(len(each.measured) for each in tested)
    measured = (
        f"Measured intervals are adjusted after Holm for {family} estimates together, alpha 5 %."
        if family
        else "Nothing was measured: --runs names folders with runs and reports."
    )
    return (
        f"{measured} Printed ones are 95 % intervals of sampling, each for itself, and their "
        "word in brackets is what they alone would say."
    )


def _estimate(row: Row) -> str:
    return f"{row.estimate.on}: {_number(row.estimate.value)} ({_interval(row)})"


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _interval(row: Row) -> str:
    if row.interval is None:
        return "n unknown"
    return f"{_number(row.interval[0])} to {_number(row.interval[1])}"
