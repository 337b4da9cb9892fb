"""`mmeval report`: judged runs as a static site; opens no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mmeval.errors import DataError
from mmeval.records import Report, from_row
from mmeval.results.site.make import NO_TEXT, Made, Wishes, make_site
from mmeval.text import shown
from mmeval.verbs.shared.options import PARTIAL, PATH, RUNS
from mmeval.verbs.shared.terminal import echo
from mmeval.verbs.shared.usable_runs import usable_runs

HELP = f"""Write judged runs as a static site: leaderboard, every problem, comparisons.

\b
mmeval report runs/* --out site
mmeval report runs/* --out site --published --no-text-of runs/metamath-7b

RUN is a run folder or a folder of them. Open site/index.html in a browser: it needs no
server and no network. Made again into the same folder, the report takes its own place;
a folder that is not a report is refused.

Before a report is published: --no-text leaves out questions, prompts, solutions and
answers, and keeps verdicts and the beginnings of extracted answers; --no-text-of does
so for some runs, and so does a file named {NO_TEXT} in a run folder or the one above it.
"""


@click.command(help=HELP)
@RUNS
@click.option("--out", type=PATH, required=True, help="Folder of the site.")
@click.option(
    "--title", default="Evaluation report", show_default=True, help="The heading of the site."
)
@click.option("--published", is_flag=True, help="Show published numbers too.")
@PARTIAL
@click.option("--no-text", is_flag=True, help="Leave all texts out.")
@click.option(
    "--no-text-of",
    multiple=True,
    type=PATH,
    metavar="RUN",
    help="Leave the texts of these runs out; repeatable.",
)
@click.option(
    "--with",
    "extra",
    multiple=True,
    type=PATH,
    metavar="FILE",
    help="Show a report too: of mmeval analyse --json, or of a report folder; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="What was written as one line of JSON.")
def command(runs: tuple[Path, ...], **options: Any) -> None:
    """Writes the site and prints where it is."""
    wishes = Wishes(
        title=options["title"],
        published=options["published"],
        partial=options["partial"],
        text=not options["no_text"],
        no_text_of=options["no_text_of"],
        extra=tuple(map(read_report, options["extra"])),
    )
    usable = usable_runs(runs, options["partial"])
    with progress() as say:
        made = make_site(usable, options["out"], wishes, say)
    if options["as_json"]:
        click.echo(json.dumps(asdict(made) | {"path": str(made.path)}, ensure_ascii=False))
    else:
        echo(lines(made))


def lines(made: Made) -> Iterator[str]:
    """Where the site is, and how large."""
    runs = "run" if made.runs == 1 else "runs"
    yield f"{made.path / 'index.html'}: {made.runs:,} {runs}, {made.problems:,} problems"
    yield (
        f"{made.files:,} files, {made.bytes / 1e6:.1f} MB; open it in a browser, or copy the "
        "folder to any web server"
    )
    if made.without_text:
        yield f"texts left out: {shown(', '.join(made.without_text))}"


def read_report(path: Path) -> Report:
    """The report that `mmeval analyse --json` wrote, or that of a report folder. Raises
    DataError for anything else."""
    file = path / "report.json" if path.is_dir() else path
    try:
        return from_row(Report, json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise DataError(
            f"{path} is not a report of mmeval analyse --json: {' '.join(str(error).split())}"
        ) from None


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is being done, where stderr is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("reading") as status:
        yield lambda step: status.update(shown(step).replace("[", r"\["))
