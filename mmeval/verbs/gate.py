"""`mmeval gate`: red or green for CI, on paired evidence; opens no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mmeval.jsonl import write_text
from mmeval.records import to_row
from mmeval.results.gate import Allowance, gate, overall
from mmeval.results.gate_reports import junit, markdown, remarks, sentence
from mmeval.results.pairing import Terms
from mmeval.results.report_words import task_line
from mmeval.text import percent, shown
from mmeval.verbs.shared.options import PATH, TERMS

HELP = """Say whether a candidate is worse than a baseline by more than is allowed.

\b
mmeval gate --baseline runs/main --candidate runs/pr --max-drop 1
mmeval gate --baseline runs/main --candidate runs/pr --max-drop 1 \\
    --on-cannot-tell pass --junit gate.xml --markdown gate.md

Both are run folders, or folders of them. Exit status: 0 when the lower bound of candidate
minus baseline is above -max-drop (ok), 1 when the upper bound is below it (regressed),
3 when neither (cannot tell), which --on-cannot-tell makes 0 or 1; 2 when something must
be fixed first. A candidate that lost exactly what is allowed is called regressed at most
alpha of the time.
"""
EXITS = {"ok": 0, "regressed": 1, "cannot tell": 3}


@click.command(help=HELP)
@click.option(
    "--baseline", required=True, type=PATH, metavar="RUN", help="The run to compare with."
)
@click.option("--candidate", required=True, type=PATH, metavar="RUN", help="The run to check.")
@click.option(
    "--max-drop", required=True, type=float, metavar="POINTS", help="The drop that is allowed."
)
@click.option("--alpha", type=float, default=0.05, show_default=True, help="False alarms accepted.")
@click.option(
    "--on-cannot-tell", type=click.Choice(["pass", "fail"]), help="Status 0 or 1 instead of 3."
)
@click.option("--drop-failed", is_flag=True, help="Leave problems with failed answers out.")
@TERMS
@click.option("--junit", "junit_file", type=PATH, metavar="FILE", help="Write JUnit XML here.")
@click.option(
    "--markdown",
    "markdown_file",
    type=PATH,
    metavar="FILE",
    help="Write a summary in markdown here.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdicts as one line of JSON.")
@click.pass_context
def command(ctx: click.Context, /, baseline: Path, candidate: Path, **options: Any) -> None:
    """Prints the verdict on every benchmark and ends with its status."""
    allowance = Allowance(
        max_drop=options["max_drop"] / 100,
        alpha=options["alpha"],
        drop_failed=options["drop_failed"],
        terms=Terms(
            checkers=options["checkers"], common=options["common"], partial=options["partial"]
        ),
    )
    results = gate(baseline, candidate, allowance)
    status, instead = overall(results), options["on_cannot_tell"]
    if options["junit_file"]:
        write_text(options["junit_file"], junit(results, instead), given=True)
    if options["markdown_file"]:
        write_text(options["markdown_file"], markdown(results), given=True)
    if options["as_json"]:
        rows = [to_row(each) for each in results]
        click.echo(json.dumps({"status": status, "benchmarks": rows}, ensure_ascii=False))
    else:
        for each in results:
            click.echo(shown(task_line(each)))
            click.echo(f"  baseline   {shown(each.baseline)}: {percent(each.accuracy_baseline)}")
            click.echo(f"  candidate  {shown(each.candidate)}: {percent(each.accuracy_candidate)}")
            click.echo(f"  {shown(sentence(each))}")
            for remark in remarks(each):
                click.echo(f"  {shown(remark)}")
        click.echo(status)
    if status == "cannot tell" and instead:
        ctx.exit(0 if instead == "pass" else 1)
    ctx.exit(EXITS[status])
