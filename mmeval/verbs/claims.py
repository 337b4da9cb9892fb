"""`mmeval claims`: the claims of a paper, and what was measured about each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import click

from mmeval import catalog
from mmeval.jsonl import write_text
from mmeval.paper.claims.claim import Claim, Claims, Decision
from mmeval.paper.claims.weigh import Row, Weighed, weigh, weighed_row
from mmeval.paper.measurements import search
from mmeval.text import markdown_cell, markdown_table, shown
from mmeval.verbs.shared.grid import terminal_width, wrapped
from mmeval.verbs.shared.measured_options import echo_left_out, measured_options, search_of
from mmeval.verbs.shared.options import PATH

HELP = """Test the claims of the MetaMath paper on what was measured.

\b
mmeval claims
mmeval claims --runs runs
mmeval claims --runs runs --stand-in gsm8k=wordproblems --markdown > CLAIMS.md
mmeval claims mine.py --runs runs --json

PAPER is a name (metamath, the default) or a .py file. A verdict comes from what was measured
below --runs, with intervals that are adjusted after Holm for being so many: a claim is
supported where the interval lies within what it says, contradicted where it lies wholly
outside, and else not decided. What could not have come out otherwise is marked, and counts
for nothing. Beside it stand the numbers that were printed, with the 95 % interval that their
number of problems gives, and without a verdict. What is not measured says which command would.
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
    """The claims that were measured, each with what decides it; the others with what was printed;
    then how many stand how."""
    numbered = list(enumerate(tested, start=1))
    name = max(20, width - 46)
    for number, each in numbered:
        if not each.measured:
            continue
        yield from wrapped(f"{number}. {each.claim.says} [{each.claim.source}]", width)
        test = each.claim.test
        yield from _indented(f"tested: {test.effect}; true {test.region}", width)
        yield f"  {'on':<{name}} {'effect':>7}  {'interval':>17}  decision"
        for row in each.printed:
            yield from _row_lines(row, f"printed: {row.estimate.on}", name)
        for row in each.measured:
            yield from _row_lines(row, row.estimate.on, name)
            told = [f"p {row.p_words}" if row.p is not None else "", row.remark]
            yield from _indented("  " + "; ".join(filter(None, told)), width)
        if each.claim.note:
            yield from _indented(each.claim.note, width)
        yield ""
    missing = [(number, each) for number, each in numbered if not each.measured]
    if missing:
        yield "not measured:"
    for number, each in missing:
        yield from _indented(f"{number}. {each.claim.says} [{each.claim.source}]", width)
        for row in each.printed:
            yield from _indented(f"  printed: {_estimate(row)}", width)
    if missing:
        yield ""
    for command, numbers in _missing(tested).items():
        yield from wrapped(f"to measure {ranges(numbers)}: {command}", width)
    yield ""
    yield from wrapped(summary(tested), width)
    yield from wrapped(legend(tested), width)


def _row_lines(row: Row, on: str, name: int) -> Iterator[str]:
    first, *more = wrapped(shown(on), name)
    yield (
        f"  {first:<{name}} {_value(row):>7}  {_interval(row):>17}  {row.decision or ''}".rstrip()
    )
    yield from (f"    {line}" for line in more)


def _indented(text: str, width: int) -> Iterator[str]:
    """Two spaces in, and two more where the text has them."""
    indent = " " * (2 + len(text) - len(text.lstrip()))
    yield from (f"{indent}{line}" for line in wrapped(text.strip(), width - len(indent)))


def ranges(numbers: Sequence[int]) -> str:
    """`2 to 12, 44, 45`."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


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
            markdown_cell(each.claim.says),
            markdown_cell(each.claim.source),
            _cells(map(_estimate, each.printed)) or "never printed",
            _cells(map(_measured, each.measured)) or f"run `{_code(each.claim.measured_by)}`",
            each.decision,
        )
        for each in tested
    )
    yield from markdown_table(heads, rows)
    yield ""
    yield summary(tested)
    yield legend(tested)


def _cells(texts: Iterable[str]) -> str:
    return "<br>".join(map(markdown_cell, texts))  # a label in them is a run folder's


def _code(command: str) -> str:
    return shown(command).replace("|", "\\|")


def summary(tested: Sequence[Weighed]) -> str:
    """How many claims stand how."""
    counts = dict.fromkeys(get_args(Decision), 0)
    for each in tested:
        counts[each.decision] += 1
    listed = ", ".join(
        f"{count} {name}" for name, count in counts.items() if count or name != "by construction"
    )
    return f"{len(tested)} claims: {listed}."


def legend(tested: Sequence[Weighed]) -> str:
    """What the intervals are."""
    family = sum(row.p is not None for each in tested for row in each.measured)
    measured = (
        f"Measured intervals are adjusted after Holm for {family} estimates together, alpha 5 %."
        if family
        else "Nothing was measured: --runs names folders with runs and reports."
    )
    return (
        f"{measured} Printed numbers have no verdict; their 95 % intervals are of sampling, each "
        "for itself."
    )


def _estimate(row: Row) -> str:
    return f"{row.estimate.on}: {_value(row)} ({_interval(row)})"


def _measured(row: Row) -> str:
    p = f", p {row.p_words}" if row.p is not None else ""
    remark = f"; {row.remark}" if row.remark else ""
    return f"{_estimate(row)}{p}{remark}"


def _value(row: Row) -> str:
    return _number(row.estimate.value, _digits(row))


def _interval(row: Row) -> str:
    if row.interval is None:
        return "n unknown"
    low, high = (_number(each, _digits(row)) for each in row.interval)
    return f"{low} to {high}"


def _digits(row: Row) -> int:
    """As many decimals for a number as for its interval: three digits of the largest."""
    largest = max(map(abs, (row.estimate.value, *(row.interval or ()))))
    return 1 if largest >= 10 else 2 if largest >= 1 else 3


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"
